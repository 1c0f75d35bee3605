"""``manage.py inspect_pending``: read the headers of mirrored files now, in this process."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from hub_sync.selectors.traffic import failures_by_code
from hub_sync.services.inspecting import InspectionTally, Reach, inspect_waiting
from hub_sync.services.opening import HUBS
from hub_sync.services.pace import configured
from registry.errors import BadInput
from registry.services.fetch_requests import ask_for_headers


class Command(BaseCommand):
    """Ask for the headers of files that nobody has read yet, and read what is due."""

    help = (
        "Read what mirrored files say of themselves, by range requests: safetensors and GGUF, a "
        "part of each file's start. Stop it as you like; the next run carries on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("hub", choices=HUBS)
        parser.add_argument(
            "--base-url", default="", help="another address that serves the hub's files"
        )
        parser.add_argument(
            "--limit", type=int, default=0, metavar="N", help="read at most N files in this run"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        if options["limit"] < 0:
            raise BadInput("A limit is a number from 0 up.")
        hub = options["hub"]
        asked = ask_for_headers(hubs=[hub])
        self.stdout.write(f"{hub}: {asked:,} new files to read")
        tally = inspect_waiting(
            hub=hub,
            by="cli:inspect",
            politeness=configured(),
            base_url=options["base_url"],
            reach=Reach(limit=options["limit"]),
        )
        self.stdout.write(_sum(hub, tally))
        if failed := failures_by_code(hub=hub):
            self.stdout.write(f"{hub}: not read so far: {_codes(failed)}")


_STOPS = {
    "budget": "the day's byte budget is used up (KEIFU_INSPECT_BYTES)",
    "hub": "the hub could not be read",
    "limit": "the limit is reached",
    "time": "the time is over",
}


def _codes(failures: Mapping[str, int]) -> str:
    return ", ".join(f"{code} {count:,}" for code, count in sorted(failures.items()))


def _sum(hub: str, tally: InspectionTally) -> str:
    failures = _codes(tally.reasons)
    stopped = f"; stopped: {_STOPS[tally.stopped_by]}" if tally.stopped_by else ""
    return (
        f"{hub}: headers read {tally.read:,}, edges {tally.edges:,}, failed {tally.failed:,}"
        f"{f' ({failures})' if failures else ''}, requests {tally.requests:,}, "
        f"bytes {tally.bytes_read:,}{stopped}"
    )
