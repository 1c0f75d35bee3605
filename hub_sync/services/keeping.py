"""Keep hubs' answers verbatim and compressed; one that says the same as before is not written."""

import struct
from collections.abc import Collection, Iterable, Sequence

from django.db import connection

from hub_sync.services.sources import AnswerRow, PageReady
from registry.selectors.arrays import text_array

_KNOWN = """
SELECT external_id, kind FROM hub_sync_hubpayload
WHERE hub = %s AND external_id = ANY(%s::text[])
"""

COLUMNS = (
    "hub, kind, external_id, body_sha256, content_sha256, revision, is_current, received_at, body"
)
# Binary: bytes written as hex are twice as many to send and to read.
_COPY = "COPY {}hub_sync_hubpayload ({}) FROM STDIN (FORMAT binary)"
_COPY_NEW = _COPY.format("", COLUMNS)
_COPY_STAGED = _COPY.format("staged_", COLUMNS)
_BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_LENGTH = struct.Struct(">i").pack

_STAGE = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS staged_hub_sync_hubpayload ON COMMIT DELETE ROWS
    AS SELECT {COLUMNS} FROM hub_sync_hubpayload WITH NO DATA;
DELETE FROM staged_hub_sync_hubpayload;
"""  # noqa: S608

_KEEP = f"""
INSERT INTO hub_sync_hubpayload AS kept ({COLUMNS})
SELECT {COLUMNS} FROM staged_hub_sync_hubpayload
ON CONFLICT (hub, external_id, kind) DO UPDATE SET
    body_sha256 = EXCLUDED.body_sha256, content_sha256 = EXCLUDED.content_sha256,
    body = EXCLUDED.body, revision = EXCLUDED.revision, is_current = EXCLUDED.is_current,
    received_at = EXCLUDED.received_at
WHERE (kept.content_sha256, kept.revision, kept.is_current)
    IS DISTINCT FROM (EXCLUDED.content_sha256, EXCLUDED.revision, EXCLUDED.is_current)
"""  # noqa: S608

# Another kind of answer may say something else about the page than the one it now stands as.
_SUPERSEDE = """
UPDATE hub_sync_hubpayload p SET is_current = false
FROM unnest(%s::text[], %s::text[]) AS read(external_id, kind)
WHERE p.hub = %s AND p.external_id = read.external_id AND p.is_current AND p.kind <> read.kind
    AND p.kind IN ('model', 'item', 'info')
"""


def keep_payloads(
    *, hub: str, pages: Sequence[PageReady], without_body: Collection[str] = frozenset()
) -> int:
    """Store the answers that pages were read from; return how many rows that wrote.

    :param without_body: pages of which only the digests may be kept (something on them was erased)
    """
    if not pages:
        return 0
    known = _known(hub, [page.external_id for page in pages])
    new: list[bytes] = []
    old: list[bytes] = []
    for page in pages:
        has_body = page.external_id not in without_body
        for answer in page.answers:
            is_known = (page.external_id, answer.kind) in known
            (old if is_known else new).append(_row(answer, has_body=has_body))
    _copy(_COPY_NEW, new)
    standing = {external_id for external_id, _ in known}
    superseded = supersede(
        hub=hub,
        read=[
            (page.external_id, page.answers[0].kind)
            for page in pages
            if page.answers and page.external_id in standing
        ],
    )
    return len(new) + _update(old) + superseded


def supersede(*, hub: str, read: Sequence[tuple[str, str]]) -> int:
    """Mark that pages stand as another kind of answer now: (external_id, kind) each."""
    if not read:
        return 0
    ids, kinds = zip(*read, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_SUPERSEDE, [text_array(ids), text_array(kinds), hub])
        return int(cursor.rowcount)


def _known(hub: str, external_ids: Sequence[str]) -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [hub, text_array(external_ids)])
        return set(cursor.fetchall())


def _row(answer: AnswerRow, *, has_body: bool) -> bytes:
    body = answer.body if has_body else b""
    return answer.row + _LENGTH(len(body)) + body


def _copy(statement: str, rows: Iterable[bytes]) -> None:
    data = b"".join(rows)
    if data:
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(_BEGIN + data + _END)


def _update(rows: Sequence[bytes]) -> int:
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        _copy(_COPY_STAGED, rows)
        cursor.execute(_KEEP)
        return int(cursor.rowcount)
