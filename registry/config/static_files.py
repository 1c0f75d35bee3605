"""Collect the static files under hashed names whenever they changed, so that nobody has to."""

import hashlib
import os
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command

from registry.config import flocks


def collect_if_changed() -> bool:
    """Collect the static files into STATIC_ROOT if they differ from the last time; say whether."""
    root = Path(settings.STATIC_ROOT or "")
    root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = _fingerprint()
    stamp = root.with_name(f"{root.name}.stamp")
    if _read(stamp) == wanted:
        return False
    lock = flocks.open_lock(root.with_name(f"{root.name}.lock"))
    try:
        flocks.lock(lock, seconds=60)
        if _read(stamp) == wanted:
            return False  # another process has just done it
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(wanted, encoding="ascii")
    finally:
        os.close(lock)
    return True


def _fingerprint() -> str:
    """Return a hash of every static file's name, size and time of change."""
    found = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in finders.get_finders():
        for path, storage in sorted(finder.list([]), key=lambda entry: entry[0]):
            seen = Path(storage.path(path)).stat()
            found.update(f"{path}\0{seen.st_size}\0{seen.st_mtime_ns}\n".encode())
    return found.hexdigest()


def _read(stamp: Path) -> str:
    try:
        return stamp.read_text(encoding="ascii")
    except OSError:
        return ""
