"""How long to wait before asking a hub again."""

import random
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Hugging Face: `RateLimit: "api";r=0;t=41` (hub-docs: docs/hub/rate-limits.md).
_RATE_LIMIT = re.compile(r'"[^"]*"\s*;\s*r\s*=\s*(\d{1,9})\s*;\s*t\s*=\s*(\d{1,9})')


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long one request may be tried."""

    attempts: int = 8
    attempts_before_any_answer: int = 4  # a mistyped address should not take a minute to say so
    base_seconds: float = 0.5
    longest_backoff_seconds: float = 60.0
    longest_wait_seconds: float = 900.0  # one wait that a hub asks for
    total_wait_seconds: float = 1800.0  # all waits of one request


def backoff_seconds(*, attempt: int, patience: Patience) -> float:
    """Return a wait with full jitter before the attempt after ``attempt`` (1-based).

    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    ceiling = min(patience.longest_backoff_seconds, patience.base_seconds * 2**attempt)
    return random.uniform(0, ceiling)  # noqa: S311  # jitter, not a secret


def asked_wait_seconds(headers: Mapping[str, str], *, now: datetime) -> float:
    """Return how long the answer asks us to stay away; 0 if it does not say.

    Reads ``Retry-After`` (seconds or a date, RFC 9110 section 10.2.3) and ``RateLimit`` with no
    requests remaining; the longer one counts. One second is added to a window's end, because the
    header is rounded.
    """
    return max(_retry_after(headers.get("retry-after", ""), now=now), _window(headers))


def _window(headers: Mapping[str, str]) -> float:
    found = _RATE_LIMIT.search(headers.get("ratelimit", ""))
    if found is None or int(found[1]) > 0:
        return 0.0
    return float(found[2]) + 1.0


def _retry_after(value: str, *, now: datetime) -> float:
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


class Pause:
    """A pause that all threads of one client keep together."""

    def __init__(self) -> None:
        """Start without one."""
        self._lock = threading.Lock()
        self._until = 0.0

    def extend(self, seconds: float) -> None:
        """Let nobody ask for ``seconds`` from now."""
        with self._lock:
            self._until = max(self._until, time.monotonic() + seconds)

    def left_seconds(self) -> float:
        """Return how long the pause still lasts."""
        return max(0.0, self._until - time.monotonic())
