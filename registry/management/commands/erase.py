"""``manage.py erase SUBJECT --reason TEXT``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registry.management.intervention import add_subject_arguments
from registry.selectors.subject_spelling import remark_on
from registry.services.interventions import erase, subject_of


class Command(BaseCommand):
    """Remove a page's payload, names, words and URLs for good, or what listings call bytes."""

    help = (
        "Remove a page's payload, names, words and URLs for good, or what listings call bytes. "
        "Digests and a tombstone stay; a later mirror run does not bring it back. "
        "This cannot be undone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_subject_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Parse, act, say under which alias the tombstone stands."""
        subject = subject_of(options["subject"])
        remark = remark_on(subject)
        tombstone = erase(subject=subject, reason=options["reason"], by=options["by"])
        self.stdout.write(f"{tombstone.get_kind_display()}: {tombstone.subject}")
        if remark:
            self.stderr.write(remark)
