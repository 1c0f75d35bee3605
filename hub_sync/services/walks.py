"""The life of a walk: opened or resumed, carried on page by page, finished."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from hub_sync.models import Walk, WalkPage, WalkPhase
from hub_sync.selectors.walks import unfinished_walk
from hub_sync.services.quarantining import forget_unreadable
from hub_sync.services.tally import Tally
from registry.selectors.arrays import text_array

# One statement: most pages of most walks are unchanged, and then this is all that is written.
_CARRY_ON = """
WITH noted AS (
    INSERT INTO hub_sync_walkpage (walk_id, number, cursor_sha256, seen)
    SELECT %(walk)s, coalesce(max(number), 0) + 1, %(cursor)s, %(seen)s::text[]
    FROM hub_sync_walkpage WHERE walk_id = %(walk)s
    ON CONFLICT (walk_id, cursor_sha256) WHERE NOT cursor_sha256 = '' DO NOTHING
    RETURNING 1
)
UPDATE hub_sync_walk SET
    counts = %(counts)s::jsonb, next_cursor = %(next_cursor)s, phase = %(phase)s
WHERE id = %(walk)s AND EXISTS (SELECT FROM noted)
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
) -> bool:
    """Record one step of a walk, within the transaction that stores what it read.

    :param seen: ids (or references) that the step came across
    :param cursor: what a page of the listing was read with; none for steps by id
    :return: false if the walk has read that page before; then nothing is recorded
    """
    total = Tally(**walk.counts)
    total.add(tally)
    counts = {name: n for name, n in total.as_dict().items() if name not in _OF_A_RUN}
    phase = walk.phase
    if cursor is None:
        next_cursor = walk.next_cursor
    elif not next_cursor:
        phase = WalkPhase.CHECKING.value
    step: dict[str, str | int] = {
        "walk": walk.pk,
        "cursor": "" if cursor is None else cursor_sha256(cursor),
        "seen": text_array(seen),
        "counts": json.dumps(counts),
        "next_cursor": next_cursor,
        "phase": phase,
    }
    with connection.cursor() as query:
        query.execute(_CARRY_ON, step)
        is_new = bool(query.rowcount)
    if is_new:
        walk.counts, walk.next_cursor, walk.phase = counts, next_cursor, phase
    return is_new


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
