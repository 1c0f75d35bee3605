"""Write many rows with COPY: text format, one string per row."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from django.db import connection

from registry.selectors.arrays import text_array

NULL = "\\N"


def copy_rows(statement: str, rows: Iterable[str]) -> None:
    """Send ``rows``, each ended by a line feed, to one ``COPY ... FROM STDIN`` statement."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write("".join(rows).encode())


def text(value: str) -> str:
    """Return ``value`` with what COPY would read as a mark escaped.

    :raises ValueError: if it holds NUL or a lone surrogate, which PostgreSQL refuses
    """
    if not value.isascii():
        value.encode()
    if "\0" in value:
        raise ValueError("text holds a NUL character")
    if "\\" in value:
        value = value.replace("\\", "\\\\")
    if "\n" in value:
        value = value.replace("\n", "\\n")
    if "\t" in value:
        value = value.replace("\t", "\\t")
    if "\r" in value:
        value = value.replace("\r", "\\r")
    return value


def texts(values: Iterable[str]) -> str:
    """Return an array of text for COPY."""
    return text(text_array(values))


def json(value: object) -> str:
    """Return ``value`` as JSON with sorted keys.

    :raises ValueError: if a text in it holds NUL or a lone surrogate
    """
    encoded = msgspec.json.encode(value, order="deterministic").decode()
    if "\\u0000" in encoded:
        raise ValueError("text holds a NUL character")
    return text(encoded)


def flag(value: bool) -> str:
    """Return a boolean."""
    return "t" if value else "f"


def number(value: float | None) -> str:
    """Return a number; ``None`` is null."""
    return NULL if value is None else repr(value)


def moment(value: datetime | None) -> str:
    """Return a time; ``None`` is null."""
    return NULL if value is None else value.isoformat()
