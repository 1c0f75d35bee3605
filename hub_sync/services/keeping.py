"""Keep hubs' answers verbatim and compressed; one that says the same as before is not written."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import zstandard
from django.db import connection

from hub_sync.services.sources import PageRead
from registry.selectors.arrays import text_array
from registry.services.copying import copy_rows, flag, moment, text

_COMPRESSION_LEVEL = 1

_KNOWN = """
SELECT external_id, kind FROM hub_sync_hubpayload
WHERE hub = %s AND external_id = ANY(%s::text[])
"""

_COPY_NEW = """
COPY hub_sync_hubpayload
    (hub, kind, external_id, body_sha256, content_sha256, body, revision, is_current, received_at)
FROM STDIN
"""

_KEEP = """
INSERT INTO hub_sync_hubpayload AS kept
    (hub, kind, external_id, body_sha256, content_sha256, body, revision, is_current, received_at)
SELECT %s, new.*, %s
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[], %s::text[], %s::bool[])
    AS new(kind, external_id, body_sha256, content_sha256, body, revision, is_current)
ON CONFLICT (hub, external_id, kind) DO UPDATE SET
    body_sha256 = EXCLUDED.body_sha256, content_sha256 = EXCLUDED.content_sha256,
    body = EXCLUDED.body, revision = EXCLUDED.revision, is_current = EXCLUDED.is_current,
    received_at = EXCLUDED.received_at
WHERE (kept.content_sha256, kept.revision, kept.is_current)
    IS DISTINCT FROM (EXCLUDED.content_sha256, EXCLUDED.revision, EXCLUDED.is_current)
"""

# Another kind of answer may say something else about the page than the one it now stands as.
_SUPERSEDE = """
UPDATE hub_sync_hubpayload p SET is_current = false
FROM unnest(%s::text[], %s::text[]) AS read(external_id, kind)
WHERE p.hub = %s AND p.external_id = read.external_id AND p.is_current AND p.kind <> read.kind
    AND p.kind IN ('model', 'item', 'info')
"""


class _Answer(NamedTuple):
    """One answer as it is stored; only the first of a page is what the page stands as."""

    kind: str
    external_id: str
    body_sha256: str
    content_sha256: str
    body: bytes
    revision: str
    is_current: bool


def keep_payloads(
    *,
    hub: str,
    pages: Sequence[PageRead],
    seen_at: datetime,
    without_body: Collection[str] = frozenset(),
) -> int:
    """Store the answers that pages were read from; return how many rows that wrote.

    :param without_body: pages of which only the digests may be kept (something on them was erased)
    """
    if not pages:
        return 0
    answers = _answers(pages, without_body)
    known = _known(hub, [page.external_id for page in pages])
    new = [answer for answer in answers if (answer.external_id, answer.kind) not in known]
    old = [answer for answer in answers if (answer.external_id, answer.kind) in known]
    if new:
        at = moment(seen_at)
        copy_rows(_COPY_NEW, [_line(hub, answer, at) for answer in new])
    standing = {external_id for external_id, _ in known}
    superseded = supersede(
        hub=hub,
        read=[
            (p.external_id, p.parts[0].kind) for p in pages if p.parts and p.external_id in standing
        ],
    )
    return len(new) + _update(hub, old, seen_at) + superseded


def supersede(*, hub: str, read: Sequence[tuple[str, str]]) -> int:
    """Mark that pages stand as another kind of answer now: (external_id, kind) each."""
    if not read:
        return 0
    ids, kinds = zip(*read, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_SUPERSEDE, [text_array(ids), text_array(kinds), hub])
        return int(cursor.rowcount)


def _answers(pages: Sequence[PageRead], without_body: Collection[str]) -> list[_Answer]:
    compressor = zstandard.ZstdCompressor(level=_COMPRESSION_LEVEL)
    return [
        _Answer(
            part.kind,
            page.external_id,
            part.body_sha256,
            part.content_sha256,
            b"" if page.external_id in without_body else compressor.compress(part.body),
            part.revision,
            number == 0,
        )
        for page in pages
        for number, part in enumerate(page.parts)
    ]


def _known(hub: str, external_ids: Sequence[str]) -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [hub, text_array(external_ids)])
        return set(cursor.fetchall())


def _line(hub: str, answer: _Answer, at: str) -> str:
    return (
        f"{hub}\t{answer.kind}\t{text(answer.external_id)}\t{answer.body_sha256}"
        f"\t{answer.content_sha256}\t\\\\x{answer.body.hex()}\t{text(answer.revision)}"
        f"\t{flag(answer.is_current)}\t{at}\n"
    )


def _update(hub: str, answers: Sequence[_Answer], seen_at: datetime) -> int:
    if not answers:
        return 0
    columns = [list(column) for column in zip(*answers, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [hub, seen_at, *columns])
        return int(cursor.rowcount)
