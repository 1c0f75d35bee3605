"""The secret key of this installation."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def secret_key(home: Path) -> str:
    """Return the key kept in ``home/secret-key`` (mode 600), making it the first time."""
    file = home / "secret-key"
    with suppress(FileNotFoundError):
        if kept := file.read_text(encoding="ascii").strip():
            return kept
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = home / f"secret-key.{os.getpid()}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(secrets.token_urlsafe(50))
    try:
        with suppress(FileExistsError):
            os.link(fresh, file)  # of two commands starting at once, the first one's key stays
    finally:
        fresh.unlink()
    return file.read_text(encoding="ascii").strip()
