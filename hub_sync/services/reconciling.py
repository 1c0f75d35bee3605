"""Ask what nobody has read yet, and wake whoever reads it (house.md H7)."""

import logging
from collections.abc import Collection

from django.utils import timezone

from hub_sync.queue import INSPECT_HEADERS, wake
from hub_sync.selectors.traffic import hubs_with_work
from hub_sync.services.inspecting import InspectionTally, Reach, inspect_waiting
from hub_sync.services.locking import AlreadyInspecting
from hub_sync.services.pace import configured
from registry.services.fetch_requests import ask_for_headers

_LOG = logging.getLogger(__name__)
SLICE_SECONDS = 25 * 60.0  # below the task's own time limit


def queue_inspections(*, hubs: Collection[str]) -> int:
    """Ask for the headers of new files of ``hubs`` and wake their readers; return how many."""
    if not hubs:
        return 0
    asked = ask_for_headers(hubs=hubs)
    for hub in hubs_with_work(hubs=hubs, now=timezone.now()):
        wake(INSPECT_HEADERS, hub=hub)
    return asked


def inspect_a_slice(*, hub: str, by: str) -> InspectionTally | None:
    """Read what is due of one hub for a while; nothing if somebody else does."""
    try:
        tally = inspect_waiting(
            hub=hub, by=by, politeness=configured(), reach=Reach(budget_seconds=SLICE_SECONDS)
        )
    except AlreadyInspecting as error:
        _LOG.info("%s", error)
        return None
    _LOG.info("read headers of %s: %d, failed %d", hub, tally.read, tally.failed)
    return tally
