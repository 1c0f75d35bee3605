"""One mirror per hub at a time."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from registry.errors import Conflict

_GRACE_SECONDS = 5.0  # a killed mirror's lock ends when the server notices, not at once


class AlreadyMirroring(Conflict):
    """Another process mirrors this hub."""


class AlreadyInspecting(Conflict):
    """Another process reads this hub's files."""


@contextmanager
def only_mirror_of(hub: str) -> Iterator[None]:
    """Hold a hub's lock, which PostgreSQL releases with the connection.

    :raises AlreadyMirroring: if another process holds it
    """
    taken = AlreadyMirroring(f"{hub} is being mirrored by another process.")
    with _only(f"hub_sync:{hub}", taken):
        yield


@contextmanager
def only_inspector_of(hub: str) -> Iterator[None]:
    """Hold the lock of whoever reads a hub's files: so the pace towards it is one.

    :raises AlreadyInspecting: if another process holds it
    """
    taken = AlreadyInspecting(f"{hub}'s files are being read by another process.")
    with _only(f"hub_sync:files:{hub}", taken):
        yield


@contextmanager
def _only(name: str, taken: Conflict) -> Iterator[None]:
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    give_up_at = time.monotonic() + _GRACE_SECONDS
    while not _call("pg_try_advisory_lock", key):
        if time.monotonic() > give_up_at:
            raise taken
        time.sleep(0.25)
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            _call("pg_advisory_unlock", key)


def _call(function: str, key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [key])  # a name of ours
        return bool(cursor.fetchone()[0])
