"""``manage.py quarantine``: what could not be read, and why."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from hub_sync.selectors.walks import quarantined
from hub_sync.services.opening import HUBS


class Command(BaseCommand):
    """List the items in quarantine; each is tried again whenever its hub is mirrored."""

    help = "List items of the hubs that could not be read, with the reasons."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("hub", nargs="?", default="", choices=("", *HUBS))
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        items = quarantined(hub=options["hub"])
        if options["json"]:
            rows = [
                {
                    "hub": item.hub,
                    "id": item.external_id,
                    "reason": item.reason,
                    "first_seen_at": item.first_seen_at.isoformat(),
                    "changed_at": item.changed_at.isoformat(),
                }
                for item in items
            ]
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for item in items:
            since = f"{item.first_seen_at:%Y-%m-%d}"
            self.stdout.write(f"{item.hub}:{item.external_id}  since {since}  {item.reason}")
        self.stdout.write(f"{len(items):,} in quarantine")
