"""Advisory file locks, which the kernel releases with the process whatever ends it.

Standard library only: the keepers run without any installed package.
"""

import fcntl
import os
import time
from pathlib import Path


def open_lock(path: Path) -> int:
    """Return a descriptor of ``path``, made if missing; children do not inherit it."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock if nobody holds it in a conflicting way; return whether that was so."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock(descriptor: int, *, shared: bool = False, seconds: float) -> bool:
    """Wait at most ``seconds`` for the lock; return whether it was taken."""
    until = time.monotonic() + seconds
    while not try_lock(descriptor, shared=shared):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def is_locked(path: Path) -> bool:
    """Return whether some process holds ``path`` exclusively."""
    if not path.exists():
        return False
    descriptor = open_lock(path)
    try:
        return not try_lock(descriptor, shared=True)
    finally:
        os.close(descriptor)
