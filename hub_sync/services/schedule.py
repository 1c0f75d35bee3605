"""Mirror by the clock: a slice at a time, resumed by the next tick, restful when done."""

import logging
from datetime import timedelta

from hub_sync.clients.errors import HubError
from hub_sync.selectors.walks import last_finished_walk, unfinished_walk
from hub_sync.services.locking import AlreadyMirroring
from hub_sync.services.mirror import mirror_hub
from hub_sync.services.opening import open_source
from hub_sync.services.reading import now
from hub_sync.services.run import Scope

_LOG = logging.getLogger(__name__)
SLICE_SECONDS = 40 * 60.0  # below the task's own time limit
REST = timedelta(hours=20)  # between the end of a walk and the next: once a day


def mirror_if_due(*, hub: str, by: str) -> bool:
    """Mirror a slice of a hub unless nothing is due; return whether anything was asked.

    A hub that does not answer, or that somebody else is mirroring, is left to the next tick.
    """
    if not _is_due(hub):
        return False
    try:
        tally = mirror_hub(
            source=open_source(hub), by=by, scope=Scope(budget_seconds=SLICE_SECONDS)
        )
    except AlreadyMirroring as error:
        _LOG.info("%s", error)
        return False
    except HubError as error:
        _LOG.warning("%s; the walk goes on at the next tick", error)
        return True
    _LOG.info("mirrored %s: %s", hub, tally.as_dict())
    return True


def _is_due(hub: str) -> bool:
    if unfinished_walk(hub) is not None:
        return True
    last = last_finished_walk(hub)
    return last is None or last.finished_at is None or now() - last.finished_at > REST
