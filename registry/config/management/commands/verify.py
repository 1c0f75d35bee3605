"""Check the code as the continuous integration does."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registry.config import verification


class Command(BaseCommand):
    """``manage.py verify``."""

    help = "The check command: format, lint, types, layers, migrations, then the tests."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the options."""
        parser.add_argument("--no-tests", action="store_true", help="leave the tests out")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every check, then exit with 1 if one failed."""
        failed = verification.verify(tests=not options["no_tests"], say=self._say)
        if failed:
            sys.exit(1)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
