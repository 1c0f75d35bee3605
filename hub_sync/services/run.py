"""One run of the mirror: who started it, how far it may go, what it did."""

import time
from dataclasses import dataclass, field

from hub_sync.services.sources import Source
from hub_sync.services.tally import Progress, Tally, Watch, watch_nothing

SWEEP_LIMIT = 2000  # a hub is asked politely


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How far one run may go."""

    full: bool = False  # read every page again, changed or not, in a new walk
    limit: int = 0  # pages seen at most; 0: no limit
    sweep_limit: int = SWEEP_LIMIT  # references asked for by id at most
    budget_seconds: float = 0.0  # stop at the next border after this long; 0: no limit


@dataclass(slots=True, kw_only=True)
class Run:
    """What one run may do and has done."""

    source: Source
    by: str
    scope: Scope
    expected: int = 0  # pages the last whole walk saw, for the remaining time; 0: unknown
    before: int = 0  # pages that earlier runs of this walk saw
    watch: Watch = watch_nothing
    tally: Tally = field(default_factory=Tally)
    started: float = field(default_factory=time.monotonic)

    def room(self) -> int | None:
        """Return how many more pages may be seen; nothing if there is no limit."""
        return self.scope.limit - self.tally.seen if self.scope.limit else None

    def is_over(self) -> bool:
        """Return whether the run has seen or taken enough."""
        took = time.monotonic() - self.started
        is_late = 0 < self.scope.budget_seconds < took
        return is_late or 0 < self.scope.limit <= self.tally.seen

    def report(self, phase: str) -> None:
        """Tell whoever watches how far it is."""
        self.tally.requests = self.source.requests
        self.tally.retries = self.source.retries
        done = self.tally.seen
        total = self.scope.limit
        if not total:
            done += self.before
            total = max(self.expected, done) if self.expected else 0
        self.watch(Progress(phase=phase, done=done, total=total, tally=self.tally))
