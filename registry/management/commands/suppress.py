"""``manage.py suppress SUBJECT --reason TEXT [--lift]``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registry.management.intervention import add_subject_arguments
from registry.models import InterventionKind
from registry.services.interventions import lift, subject_of, suppress


class Command(BaseCommand):
    """Keep a page or bytes out of search and lists."""

    help = "Keep a page or bytes out of search and lists."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_subject_arguments(parser)
        parser.add_argument("--lift", action="store_true", help="end it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Parse, act, say what stands now."""
        act = {
            "subject": subject_of(options["subject"]),
            "reason": options["reason"],
            "by": options["by"],
        }
        if options["lift"]:
            lift(kind=InterventionKind.SUPPRESS, **act)
            self.stdout.write(f"lifted: {act['subject']}")
        else:
            self.stdout.write(f"{suppress(**act).get_kind_display()}: {act['subject']}")
