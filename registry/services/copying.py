"""Write many rows with COPY: text format, one string per row."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

import msgspec
from django.db import connection


class _Mark(str):
    """A field that is no text: written as it is."""

    __slots__ = ()


NULL = _Mark("\\N")


def copy_rows(statement: str, rows: Iterable[str]) -> None:
    """Send ``rows``, each ended by a line feed, to one ``COPY ... FROM STDIN`` statement."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write("".join(rows).encode())


def line(*fields: str) -> str:
    """Return one row of ``fields``, ended by a line feed.

    All of them are looked through at once; they are escaped one by one only where one needs it.

    :raises ValueError: if one holds NUL or a lone surrogate, which PostgreSQL refuses
    """
    row = "\t".join(fields)
    if "\\" in row or "\n" in row or "\r" in row or row.count("\t") >= len(fields):
        row = "\t".join([field if type(field) is _Mark else text(field) for field in fields])
    _refuse_unstorable(row)
    return row + "\n"


def text(value: str) -> str:
    """Return ``value`` with what COPY would read as a mark escaped.

    :raises ValueError: if it holds NUL or a lone surrogate, which PostgreSQL refuses
    """
    _refuse_unstorable(value)
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
    if not value.isascii():
        value.encode()
    if "\0" in value:
        raise ValueError("text holds a NUL character")


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
