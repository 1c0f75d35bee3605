"""Run the embedded database alone."""

from typing import Any

from django.core.management.base import BaseCommand

from registry.config import running


class Command(BaseCommand):
    """``manage.py postgres``."""

    help = (
        "Run the embedded PostgreSQL in the foreground and print the DATABASE_URL to reach it by."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until Ctrl-C."""
        running.run_postgres(say=self._say)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
