"""``manage.py suppress SUBJECT --reason TEXT [--lift]``."""

from registry.management.intervention import LiftableCommand
from registry.models import InterventionKind


class Command(LiftableCommand):
    """Keep a page or bytes out of search and lists."""

    help = "Keep a page or bytes out of search and lists."
    kind = InterventionKind.SUPPRESS
