"""Keep what could not be read where an operator sees it, and forget it once it can."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from hub_sync.models import Walk
from hub_sync.services.sources import ItemRefused
from registry.selectors.arrays import text_array

_LONGEST_REASON = 500  # characters
_LONGEST_ID = 255

# An item that fails as before writes nothing.
_QUARANTINE = """
INSERT INTO hub_sync_quarantineditem AS kept
    (hub, external_id, reason, payload_sha256, first_seen_at, changed_at)
SELECT %s, new.*, %s, %s
FROM unnest(%s::text[], %s::text[], %s::text[]) AS new(external_id, reason, payload_sha256)
ON CONFLICT (hub, external_id) DO UPDATE SET
    reason = EXCLUDED.reason, payload_sha256 = EXCLUDED.payload_sha256,
    changed_at = EXCLUDED.changed_at
WHERE (kept.reason, kept.payload_sha256)
    IS DISTINCT FROM (EXCLUDED.reason, EXCLUDED.payload_sha256)
"""

_FORGET_UNREADABLE = """
DELETE FROM hub_sync_quarantineditem q
WHERE q.hub = %s AND q.external_id LIKE 'unreadable:%%' AND NOT EXISTS (
    SELECT FROM hub_sync_walkpage p WHERE p.walk_id = %s AND q.external_id = ANY(p.seen))
"""

_RELEASE = "DELETE FROM hub_sync_quarantineditem WHERE hub = %s AND external_id = ANY(%s::text[])"


def quarantine(*, hub: str, items: Sequence[ItemRefused], seen_at: datetime) -> int:
    """Record items that could not be read; return how many rows that wrote."""
    latest = {item.external_id[:_LONGEST_ID]: item for item in items}
    if not latest:
        return 0
    reasons = [item.reason[:_LONGEST_REASON].replace("\x00", "") for item in latest.values()]
    digests = [item.payload_sha256 for item in latest.values()]
    with connection.cursor() as cursor:
        cursor.execute(_QUARANTINE, [hub, seen_at, seen_at, list(latest), reasons, digests])
        return int(cursor.rowcount)


def forget_unreadable(walk: Walk) -> int:
    """Drop items without a readable id that the hub did not send in this walk any more."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_UNREADABLE, [walk.hub, walk.pk])
        return int(cursor.rowcount)


def release(*, hub: str, external_ids: Sequence[str]) -> int:
    """Forget items that could be read, or that the hub no longer has; return how many."""
    if not external_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [hub, text_array(external_ids)])
        return int(cursor.rowcount)
