"""How politely a hub's files are read: so many requests a second, a few at once, a daily budget."""

import threading
import time
from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Politeness:
    """What a hub's files may cost the hub; as the operator set it (README.md, "Run it")."""

    requests_per_second: int = 2
    at_once: int = 2
    daily_bytes: int = 1_000_000_000


def configured() -> Politeness:
    """Return what this installation is set to."""
    return Politeness(
        requests_per_second=settings.KEIFU_INSPECT_RATE,
        at_once=settings.KEIFU_INSPECT_AT_ONCE,
        daily_bytes=settings.KEIFU_INSPECT_BYTES,
    )


class Pace:
    """Lets one request pass in every slot of time; threads share it."""

    def __init__(self, requests_per_second: int) -> None:
        """Start with a free slot."""
        self._gap = 1.0 / max(requests_per_second, 1)
        self._next = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> None:
        """Wait for the next slot."""
        with self._lock:
            now = time.monotonic()
            at = max(now, self._next)
            self._next = at + self._gap
        time.sleep(max(at - now, 0.0))
