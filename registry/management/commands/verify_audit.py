"""``manage.py verify_audit`` checks the audit log from its first event to its last."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registry.selectors.audit import verify_chain


class Command(BaseCommand):
    """Check the audit log's chain and its personal texts; exit with 5 if it was tampered with."""

    help = "Check the audit log's chain and its personal texts; exit with 5 if it is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--head",
            default="",
            metavar="HASH",
            help="a head noted earlier, which must still be there: shows that no end was cut off",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Parse, check, print."""
        report = verify_chain(noted_head=options["head"])
        self.stdout.write(
            f"{report.events} events follow one another; {report.texts_read} personal texts are "
            f"as committed, {report.texts_destroyed} were destroyed.\nhead {report.head}"
        )
