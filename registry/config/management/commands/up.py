"""Run all of Keifu."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registry.config import running


class Command(BaseCommand):
    """``manage.py up``."""

    help = (
        "Run all of Keifu in the foreground: database, web server, worker and beat. "
        "Reads KEIFU_HOME, DATABASE_URL and CELERY_BROKER_URL; see registry/config/settings.py."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the options."""
        parser.add_argument("--port", type=int, default=8000, help="default 8000; 0: any free one")
        parser.add_argument(
            "--host", default="127.0.0.1", help="address to listen on; default: this machine only"
        )
        parser.add_argument(
            "--no-sample", action="store_true", help="do not load the sample catalogue"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until Ctrl-C."""
        running.up(
            host=options["host"],
            port=options["port"],
            sample=not options["no_sample"],
            say=self._say,
        )

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
