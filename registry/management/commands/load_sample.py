"""Load the sample catalogue."""

from typing import Any

from django.core.management.base import BaseCommand

from registry.services.sample import load_sample


class Command(BaseCommand):
    """``manage.py load_sample``."""

    help = "Load the sample catalogue (well-known models, facts of ours); again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it and say what changed."""
        report = load_sample(by="operator")
        self.stdout.write(
            f"sample catalogue: {report.pages_new} new, {report.pages_changed} changed"
        )
