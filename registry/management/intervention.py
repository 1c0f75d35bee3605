"""What the commands ``suppress``, ``dispute`` and ``erase`` have in common."""

import getpass
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser

from registry.models import InterventionKind
from registry.selectors.subject_spelling import remark_on
from registry.services.interventions import FORMS, dispute, lift, subject_of, suppress

_BEGIN = {InterventionKind.SUPPRESS: suppress, InterventionKind.DISPUTE: dispute}


def add_subject_arguments(parser: CommandParser) -> None:
    """Declare SUBJECT, ``--reason`` and ``--by``."""
    parser.add_argument("subject", metavar="SUBJECT", help=FORMS)
    parser.add_argument(
        "--reason",
        required=True,
        help="why; kept in the audit log, encrypted: name nobody who need not be named",
    )
    parser.add_argument(
        "--by",
        default=f"operator:{getpass.getuser()}",
        metavar="WHO",
        help="who does it, for the audit log (default: %(default)s)",
    )


class LiftableCommand(BaseCommand):
    """Begin or lift an intervention of one ``kind``."""

    kind: ClassVar[InterventionKind]

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_subject_arguments(parser)
        parser.add_argument("--lift", action="store_true", help="end it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Parse, act, say what stands now."""
        subject, reason, by = subject_of(options["subject"]), options["reason"], options["by"]
        if options["lift"]:
            lift(kind=self.kind, subject=subject, reason=reason, by=by)
            self.stdout.write(f"lifted: {subject}")
        else:
            begun = _BEGIN[self.kind](subject=subject, reason=reason, by=by)
            self.stdout.write(f"{begun.get_kind_display()}: {subject}")
            if remark := remark_on(subject):
                self.stderr.write(remark)
