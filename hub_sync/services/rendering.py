"""Render what was read as rows, beside the database's work."""

import struct
from datetime import UTC, datetime

from hub_sync.services.sources import (
    AnswerRow,
    ItemRefused,
    PageRead,
    PageReady,
    Part,
    Reading,
    Rendered,
)
from registry.services.ingest import UnfitSnapshot, rows_of

_FIELDS = struct.Struct(">h").pack(9)  # of a payload's row
_LENGTH = struct.Struct(">i").pack
_TIME = struct.Struct(">iq").pack
_TIME_BYTES = 8
_FLAGS = {True: _LENGTH(1) + b"\1", False: _LENGTH(1) + b"\0"}
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL's
_MICROSECONDS = 10**6
_SECONDS = 86_400  # of a day


def rendered(reading: Reading, *, hub: str, received_at: datetime) -> Rendered:
    """Return a page as rows; one that cannot be stored goes to quarantine."""
    if not isinstance(reading, PageRead):
        return reading
    digest = reading.parts[0].body_sha256 if reading.parts else ""
    try:
        return PageReady(
            external_id=reading.external_id,
            rows=rows_of(reading.snapshot),
            answers=tuple(
                [
                    _answer(part, hub, reading.external_id, received_at, is_current=number == 0)
                    for number, part in enumerate(reading.parts)
                ]
            ),
            body_sha256=digest,
        )
    except UnfitSnapshot as error:
        reason = error.reason
    except ValueError as error:
        reason = str(error)
    return ItemRefused(external_id=reading.external_id, reason=reason, payload_sha256=digest)


def _answer(
    part: Part, hub: str, external_id: str, received_at: datetime, *, is_current: bool
) -> AnswerRow:
    """Return a row of ``keeping.COLUMNS`` in COPY's binary format, where bytes stay bytes."""
    texts = (
        hub,
        part.kind,
        external_id,
        part.body_sha256,
        part.content_sha256,
        part.revision,
    )
    encoded = [text.encode() for text in texts]
    row = [_FIELDS]
    for value in encoded:
        row += (_LENGTH(len(value)), value)
    row += (_FLAGS[is_current], _TIME(_TIME_BYTES, _since_epoch(received_at)))
    return AnswerRow(kind=part.kind, row=b"".join(row), body=part.packed)


def _since_epoch(moment: datetime) -> int:
    past = moment - _EPOCH
    return (past.days * _SECONDS + past.seconds) * _MICROSECONDS + past.microseconds
