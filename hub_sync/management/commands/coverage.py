"""``manage.py coverage``: what is mirrored, and what a mirror cannot see."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from hub_sync.selectors.coverage import HubCoverage, coverage


class Command(BaseCommand):
    """State how much of each hub is here."""

    help = "Say what is mirrored of each hub, since when, and what a mirror cannot see."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        found = coverage()
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found), default=_isoformat, indent=2))
            return
        for hub in found.hubs:
            self.stdout.write("\n".join(_lines(hub)) + "\n")
        self.stdout.write(f"Distinct files by SHA-256, all hubs together: {found.artifacts:,}")


def _lines(hub: HubCoverage) -> list[str]:
    states = ", ".join(
        f"{state.replace('_', ' ')} {pages:,}" for state, pages in hub.pages_by_state.items()
    )
    return [
        f"{hub.hub}: {hub.pages:,} pages ({states or 'none'})",
        f"  last whole walk ended: {_when(hub.last_walk_finished_at, 'never')}",
        f"  walk under way since: {_when(hub.walk_under_way_since, 'none')}",
        f"  files: {hub.files:,}, without a SHA-256: {hub.files_without_sha256:,}; "
        f"versions without files: {hub.versions_without_files:,}",
        f"  its pages refer to what is not mirrored: {hub.open_references:,} references",
        f"  it was asked by id for, and does not have: {hub.references_the_hub_lacks:,} references",
        f"  in quarantine: {hub.quarantined:,}",
        "  What a mirror of it cannot see:",
        *(f"  - {sentence}" for sentence in hub.cannot_see),
    ]


def _when(moment: datetime | None, otherwise: str) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else otherwise


def _isoformat(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no JSON form")
