"""``manage.py correct SUBJECT --license ID --reason TEXT [--as KIND] [--withdraw]``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registry.errors import BadInput
from registry.management.intervention import add_subject_arguments
from registry.models.claims import CORRECTING
from registry.selectors.claims import words_of
from registry.services.corrections import correct, withdraw
from registry.services.interventions import subject_of
from registry.snapshots import ClaimSource


class NoLicense(BadInput):
    """A correction was asked for without a licence."""


class Command(BaseCommand):
    """State a page's licence as a moderator, or on behalf of its author, or take that back."""

    help = (
        "State a page's licence as a moderator, or on behalf of its author. It stands beside what "
        "the page says; a moderator's with --url, the address of the text, beats the page's tags. "
        "The reason is shown with every answer."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_subject_arguments(parser)
        parser.add_argument(
            "--license", default="", metavar="ID", help="a licence of the catalogue"
        )
        parser.add_argument(
            "--as", dest="kind", choices=CORRECTING, default="moderator", help="who states it"
        )
        parser.add_argument("--url", default="", help="where the text stands")
        parser.add_argument("--withdraw", action="store_true", help="take it back")

    def handle(self, *args: Any, **options: Any) -> None:
        """Parse, act, say what stands now.

        :raises NoLicense: if neither ``--license`` nor ``--withdraw`` is given
        """
        act = {
            "subject": subject_of(options["subject"]),
            "kind": ClaimSource(options["kind"]),
            "reason": options["reason"],
            "by": options["by"],
        }
        if options["withdraw"]:
            claim = withdraw(**act)
            self.stdout.write(f"withdrawn: {act['subject']} {claim.source}: {words_of(claim)}")
            return
        if not options["license"]:
            raise NoLicense("Say which licence: --license ID (or --withdraw).")
        claim = correct(**act, declared=options["license"], evidence_url=options["url"])
        self.stdout.write(
            f"{claim.source} states {claim.declared[0]} ({claim.grade}): {act['subject']}"
        )
