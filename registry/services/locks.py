"""Locks that make one kind of writer run at a time; each ends with its transaction.

Whoever takes both takes ``MIRRORED_TABLES`` first, so no two can wait for each other.
"""

from enum import IntEnum

from django.db import connection


class Lock(IntEnum):
    """What is locked; the numbers are PostgreSQL advisory lock keys and never change."""

    MIRRORED_TABLES = 0x6B656966_01
    AUDIT_CHAIN = 0x6B656966_02
    RIGHTS = 0x6B656966_03


def hold(lock: Lock) -> None:
    """Wait for ``lock`` and keep it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock.value])
