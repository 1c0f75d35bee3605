"""Queries whose values are sent beside the statement instead of inside it.

Django's cursor writes values into the statement, which the server then has to read as SQL: for
arrays of a thousand names that took a fifth of a look-up's time.
"""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from django.db import connection


def rows_bound(
    statement: LiteralString, values: Sequence[str] | Mapping[str, str]
) -> list[tuple[Any, ...]]:
    """Return the rows of a query; errors are Django's.

    The server cannot tell a value's type from its spelling here: cast it where no column does.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(statement, values).fetchall()
