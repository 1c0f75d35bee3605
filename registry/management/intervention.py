"""What the commands ``suppress``, ``dispute`` and ``erase`` have in common."""

import getpass

from django.core.management.base import CommandParser

from registry.services.interventions import FORMS


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
