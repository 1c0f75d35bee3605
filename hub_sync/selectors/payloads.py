"""What we hold of hubs' answers."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import zstandard
from django.db import connection

from hub_sync.models import HubPayload
from registry.selectors.arrays import text_array, word_array


class KeptPayload(NamedTuple):
    """A stored answer, decompressed."""

    body: bytes
    revision: str


# One look into the index a page (OFFSET 0 keeps the planner from reading the whole hub instead);
# where nothing changed, nothing comes back.
_UNLIKE_KEPT = """
SELECT new.external_id, kept.content_sha256
FROM unnest(%s::text[], %s::text[]) AS new(external_id, body_sha256)
LEFT JOIN LATERAL (
    SELECT k.body_sha256, k.content_sha256 FROM hub_sync_hubpayload k
    WHERE k.hub = %s AND k.kind = %s AND k.external_id = new.external_id AND k.is_current
    OFFSET 0
) kept ON true
WHERE kept.body_sha256 IS DISTINCT FROM new.body_sha256
"""


def unlike_kept(*, hub: str, kind: str, digests: Mapping[str, str]) -> Mapping[str, str]:
    """Return the pages whose current answer of one kind is not the one with the given digest.

    :param digests: ``body_sha256`` of the answers to compare, by page
    :return: the kept answers' ``content_sha256`` by page; empty where none is kept
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _UNLIKE_KEPT,
            [text_array(digests), word_array(digests.values()), hub, kind],
        )
        return {external_id: content or "" for external_id, content in cursor.fetchall()}


def kept_payloads(
    *, hub: str, kinds: Collection[str], external_ids: Collection[str]
) -> Mapping[str, Mapping[str, KeptPayload]]:
    """Return the stored answers of some kinds, by page and kind, in one query."""
    found: dict[str, dict[str, KeptPayload]] = {}
    if not kinds or not external_ids:
        return found
    rows = HubPayload.objects.filter(
        hub=hub, external_id__in=list(external_ids), kind__in=list(kinds), body__gt=b""
    ).order_by("external_id", "kind")
    for external_id, kind, body, revision in rows.values_list(
        "external_id", "kind", "body", "revision"
    ):
        kept = KeptPayload(zstandard.decompress(bytes(body)), revision)
        found.setdefault(external_id, {})[kind] = kept
    return found
