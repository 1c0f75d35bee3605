"""What we hold of hubs' answers."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import zstandard

from hub_sync.models import HubPayload


class KnownAnswer(NamedTuple):
    """The digests of an answer that a page stands as."""

    body_sha256: str
    content_sha256: str


class KeptPayload(NamedTuple):
    """A stored answer, decompressed."""

    body: bytes
    revision: str


def known_answers(
    *, hub: str, kind: str, external_ids: Collection[str]
) -> Mapping[str, KnownAnswer]:
    """Return the digests of the current answers of one kind, by page, in one query."""
    rows = HubPayload.objects.filter(
        hub=hub, external_id__in=list(external_ids), kind=kind, is_current=True
    ).order_by("external_id")
    return {
        external_id: KnownAnswer(body, content)
        for external_id, body, content in rows.values_list(
            "external_id", "body_sha256", "content_sha256"
        )
    }


def kept_payloads(
    *, hub: str, kinds: Collection[str], external_ids: Collection[str]
) -> Mapping[str, Mapping[str, KeptPayload]]:
    """Return the stored answers of some kinds, by page and kind, in one query."""
    found: dict[str, dict[str, KeptPayload]] = {}
    if not kinds or not external_ids:
        return found
    rows = HubPayload.objects.filter(
        hub=hub, external_id__in=list(external_ids), kind__in=list(kinds)
    ).order_by("external_id", "kind")
    for external_id, kind, body, revision in rows.values_list(
        "external_id", "kind", "body", "revision"
    ):
        kept = KeptPayload(zstandard.decompress(bytes(body)), revision)
        found.setdefault(external_id, {})[kind] = kept
    return found
