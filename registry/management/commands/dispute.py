"""``manage.py dispute SUBJECT --reason TEXT [--lift]``."""

from registry.management.intervention import LiftableCommand
from registry.models import InterventionKind


class Command(LiftableCommand):
    """Mark what is said of a page or bytes as disputed."""

    help = "Mark what is said of a page or bytes as disputed."
    kind = InterventionKind.DISPUTE
