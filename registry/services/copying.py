"""Write many rows with COPY: text format, one string per row."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

import msgspec
from django.db import connection


class _Mark(str):
    """A field that is no text: written as it is."""

    __slots__ = ()


NULL = _Mark("\\N")
_ESCAPED = re.compile(r"\\(.)")
_MARKS = {"n": "\n", "t": "\t", "r": "\r"}


def copy_rows(statement: str, rows: Iterable[str]) -> int:
    """Send ``rows``, each ended by a line feed, to one COPY statement; return how many.

    One string may hold several rows. Without any, nothing is sent.
    """
    data = "".join(rows).encode()
    if not data:
        return 0
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            copy.write(data)
        return int(cursor.rowcount)


def line(*fields: str) -> str:
    """Return one row of ``fields``, without the line feed that ends it.

    All of them are looked through at once; they are escaped one by one only where one needs it.

    :raises ValueError: if one holds NUL or a lone surrogate, which PostgreSQL refuses
    """
    row = "\t".join(fields)
    if "\\" in row or "\n" in row or "\r" in row or row.count("\t") >= len(fields):
        row = "\t".join([field if type(field) is _Mark else _escaped(field) for field in fields])
    if "\0" in row or not row.isascii():
        _refuse_unstorable(row)
    return row


def read_field(row: str, number: int) -> str:
    """Return one field of a row, from 0, as it was before the row was written."""
    return _ESCAPED.sub(lambda mark: _MARKS.get(mark[1], mark[1]), row.split("\t")[number])


def _escaped(value: str) -> str:
    if "\\" in value:
        value = value.replace("\\", "\\\\")
    if "\n" in value:
        value = value.replace("\n", "\\n")
    if "\t" in value:
        value = value.replace("\t", "\\t")
    if "\r" in value:
        value = value.replace("\r", "\\r")
    return value


def _refuse_unstorable(value: str) -> None:
    if "\0" in value:
        raise ValueError("text holds a NUL character")
    value.encode()


def json(value: object) -> str:
    """Return ``value`` as JSON with sorted keys.

    :raises ValueError: if a text in it holds NUL or a lone surrogate
    """
    encoded = msgspec.json.encode(value, order="deterministic").decode()
    if "\\u0000" in encoded:
        raise ValueError("text holds a NUL character")
    return encoded


def flag(value: bool) -> str:
    """Return a boolean."""
    return "t" if value else "f"


def number(value: float | None) -> str:
    """Return a number; ``None`` is null."""
    return NULL if value is None else repr(value)


@lru_cache(maxsize=256)  # all pages of a batch were observed at one time
def moment(value: datetime | None) -> str:
    """Return a time; ``None`` is null."""
    return NULL if value is None else value.isoformat()
