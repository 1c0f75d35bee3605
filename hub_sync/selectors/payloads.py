"""What we hold of hubs' answers."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import zstandard

from hub_sync.models import HubPayload
from registry.selectors.arrays import text_array, word_array
from registry.selectors.bound import rows_bound


class KeptPayload(NamedTuple):
    """A stored answer, decompressed."""

    body: bytes
    revision: str


# The index is walked once for all names of a page of a listing (PostgreSQL 17; before, once for
# each), and is given them as an array: joined to them, a planner that knows nothing of the table
# yet might read all of it. Where nothing changed, nothing comes back.
_UNLIKE_KEPT = """
WITH new AS MATERIALIZED (
    SELECT * FROM unnest(%(names)s::text[], %(digests)s::text[]) AS n(external_id, body_sha256)
), kept AS MATERIALIZED (
    SELECT k.external_id, k.body_sha256, k.content_sha256 FROM hub_sync_hubpayload k
    WHERE k.hub = %(hub)s AND k.kind = %(kind)s AND k.is_current
        AND k.external_id = ANY(ARRAY(SELECT external_id FROM new))
)
SELECT new.external_id, kept.content_sha256
FROM new LEFT JOIN kept USING (external_id)
WHERE kept.body_sha256 IS DISTINCT FROM new.body_sha256
"""


def unlike_kept(*, hub: str, kind: str, digests: Mapping[str, str]) -> Mapping[str, str]:
    """Return the pages whose current answer of one kind is not the one with the given digest.

    :param digests: ``body_sha256`` of the answers to compare, by page
    :return: the kept answers' ``content_sha256`` by page; empty where none is kept
    """
    values = {
        "hub": hub,
        "kind": kind,
        "names": text_array(digests),
        "digests": word_array(digests.values()),
    }
    return {name: content or "" for name, content in rows_bound(_UNLIKE_KEPT, values)}


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
