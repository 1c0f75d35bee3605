"""``manage.py recompute_rights`` computes what may be done with everything mirrored."""

import dataclasses
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registry.services.recompute import recompute_rights


class Command(BaseCommand):
    """Compute the rights of everything mirrored; store what differs under a new epoch."""

    help = "Compute the rights of everything mirrored; store what differs under a new epoch."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compute, print.

        :raises RightsComputedElsewhere: if somebody else did so at the same time
        """
        report = dataclasses.asdict(recompute_rights(by="operator:recompute_rights"))
        if options["json"]:
            self.stdout.write(json.dumps(report))
            return
        for name, value in report.items():
            shown = f"{value:.2f}" if isinstance(value, float) else f"{value:,}"
            self.stdout.write(f"{name.replace('_', ' '):<16} {shown}")
