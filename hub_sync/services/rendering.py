"""Render what was read as rows, beside the database's work.

One kind of work is done for all readings before the next kind: each has its own code and tables,
and a core that goes from one to the other at every page forgets them. That took a sixth of the
time of reading and rendering.
"""

import logging
import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from hub_sync.services.packing import pack
from hub_sync.services.sources import (
    AnswerRow,
    ItemRefused,
    PageRead,
    PageReady,
    Part,
    Reading,
    Rendered,
)
from registry.services.ingest import PageRows, UnfitSnapshot, rows_of

_LOG = logging.getLogger(__name__)
_FIELDS = struct.Struct(">h").pack(9)  # of a payload's row
_LENGTH = struct.Struct(">i").pack
_TIME = struct.Struct(">iq").pack
_TIME_BYTES = 8
_FLAGS = {True: _LENGTH(1) + b"\1", False: _LENGTH(1) + b"\0"}
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL's
_MICROSECONDS = 10**6
_SECONDS = 86_400  # of a day

_T = TypeVar("_T")


def rendered(readings: Sequence[Reading], *, hub: str, received_at: datetime) -> list[Rendered]:
    """Return pages as rows, in their order; one that cannot be stored goes to quarantine."""

    def answers_of(page: PageRead) -> tuple[AnswerRow, ...]:
        return tuple(
            [
                _answer(part, hub, page.external_id, received_at, is_current=number == 0)
                for number, part in enumerate(page.parts)
            ]
        )

    pages = [reading for reading in readings if isinstance(reading, PageRead)]
    rows = [_tried(_rows_of, page) for page in pages]
    answers = [_tried(answers_of, page) for page in pages]
    ready = map(_ready, pages, rows, answers)
    return [next(ready) if isinstance(one, PageRead) else one for one in readings]


def _rows_of(page: PageRead) -> PageRows:
    return rows_of(page.snapshot)


def _tried(make: Callable[[PageRead], _T], page: PageRead) -> _T | ItemRefused:
    """Return what ``make`` gives; a failure is a fact about the page."""
    try:
        return make(page)
    except UnfitSnapshot as error:
        reason = error.reason
    except ValueError as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001 - a fault of ours costs one page, no listing
        _LOG.exception("rendering %s", page.external_id)
        reason = f"our reader failed: {error!r}"
    return ItemRefused(
        external_id=page.external_id, reason=reason, payload_sha256=_body_sha256(page)
    )


def _ready(
    page: PageRead, rows: PageRows | ItemRefused, answers: tuple[AnswerRow, ...] | ItemRefused
) -> PageReady | ItemRefused:
    if isinstance(rows, ItemRefused):
        return rows
    if isinstance(answers, ItemRefused):
        return answers
    return PageReady(
        external_id=page.external_id, rows=rows, answers=answers, body_sha256=_body_sha256(page)
    )


def _body_sha256(page: PageRead) -> str:
    return page.parts[0].body_sha256 if page.parts else ""


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
    return AnswerRow(kind=part.kind, row=b"".join(row), body=pack(part.body))


def _since_epoch(moment: datetime) -> int:
    past = moment - _EPOCH
    return (past.days * _SECONDS + past.seconds) * _MICROSECONDS + past.microseconds
