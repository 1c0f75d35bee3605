"""How far a walk got, and what it has not seen."""

from collections.abc import Collection

from django.db import connection

from hub_sync.models import Absence, QuarantinedItem, Walk
from registry.models import Hub
from registry.selectors.aliases import MARK
from registry.snapshots import PageState

# Not asked for again on an ordinary walk: where they come back, a listing shows them.
_SETTLED = [PageState.GONE.value, PageState.RENAMED.value]

_UNSEEN_PAGES = """
SELECT m.hub_model_id
FROM registry_hubmodel m
LEFT JOIN (SELECT unnest(seen) AS id FROM hub_sync_walkpage WHERE walk_id = %s) s
    ON s.id = m.hub_model_id
WHERE m.hub = %s AND s.id IS NULL AND m.hub_model_id NOT LIKE %s AND NOT m.state = ANY(%s)
ORDER BY m.hub_model_id COLLATE "C"
LIMIT %s
"""

_UNSEEN_QUARANTINED = """
SELECT q.external_id
FROM hub_sync_quarantineditem q
LEFT JOIN (SELECT unnest(seen) AS id FROM hub_sync_walkpage WHERE walk_id = %s) s
    ON s.id = q.external_id
WHERE q.hub = %s AND s.id IS NULL AND q.external_id NOT LIKE 'unreadable:%%'
ORDER BY q.external_id COLLATE "C"
LIMIT %s
"""

_SEEN = """
SELECT DISTINCT s.id FROM hub_sync_walkpage p, unnest(p.seen) AS s(id)
WHERE p.walk_id = %s AND s.id = ANY(%s)
"""


def unfinished_walk(hub: str) -> Walk | None:
    """Return the walk of a hub that the next run resumes."""
    return Walk.objects.filter(hub=hub, finished_at=None).order_by("-started_at").first()


def last_finished_walk(hub: str) -> Walk | None:
    """Return the latest walk of a hub that saw all of it."""
    return Walk.objects.filter(hub=hub, finished_at__isnull=False).order_by("-finished_at").first()


def unseen_pages(walk: Walk, *, limit: int) -> list[str]:
    """Return ids of mirrored pages that a walk has not come across, in order.

    A full walk asks for those too that are known to be gone or renamed.
    """
    settled = [] if walk.is_full else _SETTLED
    with connection.cursor() as cursor:
        cursor.execute(_UNSEEN_PAGES, [walk.pk, walk.hub, f"{MARK}%", settled, limit])
        return [row[0] for row in cursor.fetchall()]


def unseen_quarantined(walk: Walk, *, limit: int) -> list[str]:
    """Return ids in quarantine that a walk has not come across, in order.

    Items without a readable id cannot be asked for: they are retried where they are listed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNSEEN_QUARANTINED, [walk.pk, walk.hub, limit])
        return [row[0] for row in cursor.fetchall()]


def seen_among(walk: Walk, names: Collection[str]) -> set[str]:
    """Return those of ``names`` (ids or references) that a walk has come across."""
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, [walk.pk, list(names)])
        return {row[0] for row in cursor.fetchall()}


def absent_among(references: Collection[str]) -> set[str]:
    """Return those of ``references`` that a hub is known not to have."""
    rows = Absence.objects.filter(reference__in=list(references)).order_by("reference")
    return set(rows.values_list("reference", flat=True))


def pages_of_last_walk(hub: str) -> int:
    """Return how many pages the last whole walk of a hub saw; 0 if there was none."""
    walk = last_finished_walk(hub)
    return 0 if walk is None else int(walk.counts.get("seen", 0))


def reads_most_pages(walk: Walk) -> bool:
    """Return whether a walk has to read most of what it lists: a full one, or a hub's first."""
    return walk.is_full or last_finished_walk(walk.hub) is None


def quarantined(*, hub: str = "") -> list[QuarantinedItem]:
    """Return the items in quarantine, of one hub or of all but the sample, in order."""
    rows = QuarantinedItem.objects.exclude(hub=Hub.SAMPLE).order_by("hub", "external_id")
    return list(rows.filter(hub=hub) if hub else rows)
