"""Run the tests."""

import sys
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand
from django.test.utils import get_runner


class Command(BaseCommand):
    """``manage.py test``: in place of Django's, because every argument belongs to pytest."""

    help = "Run pytest on a throw-away PostgreSQL (or DATABASE_URL); all arguments are pytest's."
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> NoReturn:
        """Hand the arguments on untouched."""
        sys.exit(get_runner(settings)().run_tests(argv[2:]))

    def handle(self, *args: Any, **options: Any) -> None:
        """Run with the words given by ``call_command``."""
        sys.exit(get_runner(settings)().run_tests(list(args)))
