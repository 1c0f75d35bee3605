"""Try a request again: with jitter, as long as the hub asks, and never without end."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Protocol, TypeVar

from hub_sync.clients.errors import HubError
from hub_sync.clients.waiting import Patience, Pause, asked_wait_seconds, backoff_seconds

_LOG = logging.getLogger(__name__)
_TRIED_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 530})
_ALONE = frozenset({500, 502, 503, 504})  # trouble with one request, not with our pace
_WORTH_SAYING_SECONDS = 10.0


class Interrupted(Exception):
    """One attempt failed in a way that another may not."""


class Answered(Protocol):
    """What an attempt came back with."""

    @property
    def status(self) -> int:
        """Return the HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers, names in lower case."""


AnyAnswer = TypeVar("AnyAnswer", bound=Answered)


class Retrying:
    """Runs attempts towards one hub; safe to share between threads, which pause together."""

    def __init__(self, name: str, *, patience: Patience | None = None) -> None:
        """Start with nothing tried.

        :param name: what the hub is called in messages, e.g. its base URL
        """
        self.requests = 0
        self.retries = 0
        self._name = name
        self._patience = patience or Patience()
        self._pause = Pause()
        self._counting = threading.Lock()
        self._closed = threading.Event()
        self._was_answered = False

    def close(self) -> None:
        """Let every thread that waits give up at once."""
        self._closed.set()

    def run(self, attempt: Callable[[], AnyAnswer]) -> AnyAnswer:
        """Return the first answer that no other attempt would better.

        ``attempt`` raises ``Interrupted`` where it broke off.

        :raises HubError: if no such answer came within our patience
        """
        waited, tries = 0.0, 0
        while True:
            tries += 1
            self._wait(self._pause.left_seconds())
            self._count(retry=tries > 1)
            answer, failure = self._tried(attempt)
            asked = 0.0
            if answer is not None:
                now = datetime.fromtimestamp(time.time(), UTC)
                asked = asked_wait_seconds(answer.headers, now=now)
                if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                    asked = max(asked, 1.0)
                self._rest(asked, everybody=answer.status not in _ALONE)
                if answer.status not in _TRIED_AGAIN:
                    return answer
            if tries >= self._most_attempts():
                raise HubError(f"{self._name} {failure}, tried {tries} times")
            waited += self._sleep(tries, asked, waited, failure)

    def _tried(self, attempt: Callable[[], AnyAnswer]) -> tuple[AnyAnswer | None, str]:
        """Return an answer, or nothing; and what would be wrong with it."""
        try:
            answer = attempt()
        except Interrupted as error:
            return None, str(error)
        self._was_answered = True
        return answer, f"answered {answer.status}"

    def _most_attempts(self) -> int:
        patience = self._patience
        if self._was_answered:
            return patience.attempts
        return min(patience.attempts, patience.attempts_before_any_answer)

    def _sleep(self, tries: int, asked: float, waited: float, failure: str) -> float:
        """Wait before the next attempt; return for how long."""
        seconds = max(asked, backoff_seconds(attempt=tries, patience=self._patience))
        if asked > self._patience.longest_wait_seconds:
            raise HubError(f"{self._name} asks to wait {asked:.0f} s; try again later")
        if waited + seconds > self._patience.total_wait_seconds:
            raise HubError(f"{self._name} {failure}; waited {waited:.0f} s in all")
        level = logging.WARNING if seconds >= _WORTH_SAYING_SECONDS else logging.INFO
        _LOG.log(level, "%s %s; waiting %.0f s", self._name, failure, seconds)
        self._wait(seconds)
        return seconds

    def _wait(self, seconds: float) -> None:
        if self._closed.wait(seconds):
            raise HubError(f"reading from {self._name} was stopped")

    def _rest(self, seconds: float, *, everybody: bool) -> None:
        if everybody and 0 < seconds <= self._patience.longest_wait_seconds:
            self._pause.extend(seconds)

    def _count(self, *, retry: bool) -> None:
        with self._counting:
            self.requests += 1
            self.retries += retry
