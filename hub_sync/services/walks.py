"""The life of a walk: opened or resumed, carried on page by page, finished."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from hub_sync.models import Walk, WalkPage, WalkPhase
from hub_sync.selectors.walks import next_page_number, unfinished_walk
from hub_sync.services.quarantining import forget_unreadable
from hub_sync.services.tally import Tally
from registry.selectors.arrays import text_array

_NOTE_SEEN = """
INSERT INTO hub_sync_walkpage (walk_id, number, cursor_sha256, seen) VALUES (%s, %s, %s, %s::text[])
"""
_OF_A_RUN = frozenset({"requests", "retries"})  # counts of a process, not of a walk


@transaction.atomic
def open_walk(*, hub: str, base_url: str, full: bool, started_at: datetime) -> Walk:
    """Return the walk to carry on: the unfinished one, unless ``full`` or of another base URL."""
    walk = unfinished_walk(hub)
    if walk is not None:
        if walk.base_url == base_url and not full:
            return walk
        walk.delete()
    return Walk.objects.create(hub=hub, base_url=base_url, is_full=full, started_at=started_at)


@transaction.atomic
def start_over(walk: Walk) -> None:
    """Forget how far a walk got: the hub does not take its cursor any more."""
    WalkPage.objects.filter(walk=walk).delete()
    walk.next_cursor = ""
    walk.phase = WalkPhase.LISTING.value
    walk.save(update_fields=["next_cursor", "phase"])


def carry_on(
    walk: Walk,
    *,
    seen: Sequence[str],
    tally: Tally,
    cursor: str | None = None,
    next_cursor: str = "",
) -> None:
    """Record one step of a walk, within the transaction that stores what it read.

    :param seen: ids (or references) that the step came across
    :param cursor: what a page of the listing was read with; none for steps by id
    """
    digest = "" if cursor is None else cursor_sha256(cursor)
    number = next_page_number(walk)
    with connection.cursor() as query:
        query.execute(_NOTE_SEEN, [walk.pk, number, digest, text_array(seen)])
    total = Tally(**walk.counts)
    total.add(tally)
    walk.counts = {name: n for name, n in total.as_dict().items() if name not in _OF_A_RUN}
    if cursor is not None:
        walk.next_cursor = next_cursor
        if not next_cursor:
            walk.phase = WalkPhase.CHECKING.value
    walk.save(update_fields=["counts", "next_cursor", "phase"])


def enter(walk: Walk, phase: WalkPhase) -> None:
    """Begin the next phase of a walk."""
    walk.phase = phase.value
    walk.save(update_fields=["phase"])


@transaction.atomic
def finish(walk: Walk, *, finished_at: datetime) -> int:
    """Close a walk that saw everything; return how many quarantine rows that let go."""
    forgotten = forget_unreadable(walk)
    WalkPage.objects.filter(walk=walk).delete()
    walk.phase = WalkPhase.FINISHED.value
    walk.finished_at = finished_at
    walk.next_cursor = ""
    walk.save(update_fields=["phase", "finished_at", "next_cursor"])
    return forgotten


def cursor_sha256(cursor: str) -> str:
    """Return the digest under which a cursor is remembered (it may be a long URL)."""
    return hashlib.sha256(cursor.encode()).hexdigest()
