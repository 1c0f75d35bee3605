"""Read the headers that somebody asked for, by range requests, at the pace the operator set.

Requests are leased in small batches; network and parsing stand outside of any transaction, and
what was found is written back in one. A run that is killed leaves leases, which end; the next run
takes them over. What a run may read is bounded by the day's budget.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django.db import DataError
from django.utils import timezone

from hub_sync.clients.remote_file import SPECULATIVE_BYTES
from hub_sync.selectors.places import Place, places_of
from hub_sync.selectors.traffic import bytes_read_on
from hub_sync.services.file_opening import OpenHub, open_files
from hub_sync.services.header_reading import Failure, Outcome, read_place
from hub_sync.services.locking import only_inspector_of
from hub_sync.services.pace import Pace, Politeness
from hub_sync.services.traffic import count_traffic
from registry.selectors.listing_words import words_about
from registry.services.fetch_requests import Lease, give_back, hand_back, lease_requests
from registry.services.inspections import HeaderRead, store_headers

_ROUNDS = 8  # files of one batch a thread
_NOT_LISTED = Failure("not_listed", "No listed page of the hub lists the file now.", for_good=True)

_UNSTORABLE = Failure("unstorable", "The database refuses what was read.", for_good=True)


@dataclass(slots=True)
class InspectionTally:
    """What one run did."""

    read: int = 0
    failed: int = 0
    edges: int = 0
    requests: int = 0
    bytes_read: int = 0
    reasons: dict[str, int] = field(default_factory=dict)  # failures by code
    stopped_by: str = ""  # budget | hub | time | limit; empty: nothing is due any more


Watch = Callable[[InspectionTally], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far one run may go; 0: no limit."""

    limit: int = 0  # files
    budget_seconds: float = 0.0


def inspect_waiting(
    *,
    hub: str,
    by: str,
    politeness: Politeness,
    base_url: str = "",
    reach: Reach | None = None,
    watch: Watch | None = None,
) -> InspectionTally:
    """Read the headers that are due on one hub; return what that did.

    :raises AlreadyInspecting: if another process reads this hub's files
    :raises BadInput: if nobody knows the hub, or ``base_url`` is not an http(s) URL
    """
    pace = Pace(politeness.requests_per_second)
    opened = open_files(hub, base_url=base_url, pace=pace)
    run = _Run(opened, politeness, reach or Reach(), by)
    try:
        with only_inspector_of(hub), ThreadPoolExecutor(politeness.at_once) as pool:
            while run.goes_on():
                run.batch(pool)
                if watch is not None:
                    watch(run.tally)
    finally:
        opened.files.close()
    return run.tally


class _Run:
    """One run over one hub's files."""

    def __init__(self, opened: OpenHub, politeness: Politeness, reach: Reach, by: str) -> None:
        self.tally = InspectionTally()
        self._opened = opened
        self._politeness = politeness
        self._reach = reach
        self._by = by
        self._started = time.monotonic()
        self._is_done = False

    def goes_on(self) -> bool:
        """Return whether another batch may be begun; if not, the tally says what stops it."""
        if self._is_done or self.tally.stopped_by:
            return False
        took = time.monotonic() - self._started
        if 0 < self._reach.budget_seconds < took:
            self.tally.stopped_by = "time"
        elif self._room() <= 0:
            self.tally.stopped_by = "limit"
        elif self._files_in_budget() <= 0:
            self.tally.stopped_by = "budget"
        return not self.tally.stopped_by

    def _room(self) -> int:
        most = self._politeness.at_once * _ROUNDS
        done = self.tally.read + self.tally.failed
        return min(most, self._reach.limit - done) if self._reach.limit else most

    def _files_in_budget(self) -> int:
        read = bytes_read_on(hub=self._opened.hub, now=timezone.now())
        return (self._politeness.daily_bytes - read) // SPECULATIVE_BYTES

    def batch(self, pool: ThreadPoolExecutor) -> None:
        """Lease, read and write back one batch."""
        hub = self._opened.hub
        leases = lease_requests(hub=hub, limit=min(self._room(), self._files_in_budget()))
        if not leases:
            self._is_done = True
            return
        places = places_of(hub=hub, artifacts=[lease.artifact for lease in leases])
        outcomes = self._outcomes(pool, leases, places)
        self._count(outcomes)
        self._write_back(leases, outcomes)
        if all(outcome.is_hub_away for outcome in outcomes):
            self.tally.stopped_by = "hub"

    def _outcomes(
        self, pool: ThreadPoolExecutor, leases: Sequence[Lease], places: Mapping[int, Place]
    ) -> Sequence[Outcome]:
        words = {lease.artifact: words_about(lease.sha256) for lease in leases}

        def outcome(lease: Lease) -> Outcome:
            place = places.get(lease.artifact)
            if place is None:
                return Outcome(_NOT_LISTED)
            return read_place(self._opened, lease, place, words[lease.artifact])

        try:
            return list(pool.map(outcome, leases))
        except BaseException:
            hand_back(leases)  # Ctrl-C, or a fault of ours: others may go on at once
            raise

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        requests = self._opened.files.requests - self.tally.requests  # those that failed too
        read = sum(outcome.bytes_read for outcome in outcomes)
        self.tally.requests += requests
        self.tally.bytes_read += read
        now = timezone.now()
        count_traffic(hub=self._opened.hub, requests=requests, bytes_read=read, now=now)

    def _write_back(self, leases: Sequence[Lease], outcomes: Sequence[Outcome]) -> None:
        found: list[HeaderRead] = []
        for lease, outcome in zip(leases, outcomes, strict=True):
            if isinstance(outcome.result, Failure):
                self._give_back(lease, outcome.result)
            else:
                found.append(
                    HeaderRead(
                        lease=lease,
                        inspected=outcome.result,
                        header=outcome.header,
                        hub=self._opened.hub,
                        bytes_read=outcome.bytes_read,
                    )
                )
        if found:
            self._store(found)

    def _store(self, found: Sequence[HeaderRead]) -> None:
        """Keep what was read; what the database refuses costs no other file its reading."""
        try:
            stored = store_headers(read=found, by=self._by)
        except (DataError, ValueError):
            if len(found) == 1:
                self._give_back(found[0].lease, _UNSTORABLE)
                return
            for one in found:
                self._store([one])
            return
        self.tally.read += stored.inspections
        self.tally.edges += stored.edges

    def _give_back(self, lease: Lease, failure: Failure) -> None:
        give_back(lease=lease, code=failure.code, reason=failure.reason, for_good=failure.for_good)
        self.tally.failed += 1
        self.tally.reasons[failure.code] = self.tally.reasons.get(failure.code, 0) + 1
