"""Whether the registry can answer."""

from functools import cache
from typing import TypedDict

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


class ReadinessJson(TypedDict):
    """What an answer needs, and whether it is there."""

    ready: bool
    database: str  # ok | unreachable
    migrations: str  # applied | missing | unknown


def readiness() -> ReadinessJson:
    """Return whether the database answers and has every migration of this code."""
    try:
        applied = set(MigrationRecorder(connection).applied_migrations())
    except Error:
        return {"ready": False, "database": "unreachable", "migrations": "unknown"}
    is_complete = _migrations() <= applied
    return {
        "ready": is_complete,
        "database": "ok",
        "migrations": "applied" if is_complete else "missing",
    }


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    """Return the migrations on disk, which do not change while a process lives."""
    return frozenset(MigrationLoader(None).disk_migrations or ())
