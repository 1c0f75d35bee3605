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


@contextmanager
def only_mirror_of(hub: str) -> Iterator[None]:
    """Hold a hub's lock, which PostgreSQL releases with the connection.

    :raises AlreadyMirroring: if another process holds it
    """
    key = int.from_bytes(hashlib.sha256(f"hub_sync:{hub}".encode()).digest()[:8], signed=True)
    give_up_at = time.monotonic() + _GRACE_SECONDS
    while not _call("pg_try_advisory_lock", key):
        if time.monotonic() > give_up_at:
            raise AlreadyMirroring(f"{hub} is being mirrored by another process.")
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
