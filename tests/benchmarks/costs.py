"""What a piece of work costs: time on the clock, CPU time here and in the database's backend."""

import gc
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The cost of one model, in microseconds."""

    wall: float
    client: float
    server: float  # not a number where the backend cannot be looked at


@dataclass(slots=True)
class Samples:
    """The costs of every repeat, by what was measured."""

    costs: dict[str, list[Cost]] = field(default_factory=dict)
    rows_rewritten: int = 0

    def time(self, name: str, models: int, act: Callable[[], object]) -> None:
        """Measure ``act``, which handles so many models over the one connection."""
        gc.collect()
        connection.ensure_connection()
        wall, client, server = time.perf_counter(), _client_seconds(), _backend_seconds()
        act()
        took = (
            time.perf_counter() - wall,
            _client_seconds() - client,
            _backend_seconds() - server,
        )
        each = [seconds * 1e6 / models for seconds in took]
        self.costs.setdefault(name, []).append(Cost(wall=each[0], client=each[1], server=each[2]))

    def median(self, name: str) -> float:
        """Return the models per second of the median repeat."""
        return 1e6 / statistics.median(cost.wall for cost in self.costs[name])

    def median_cpu(self, name: str) -> float:
        """Return the CPU time of one model in all processes, in microseconds."""
        return statistics.median(cost.client + cost.server for cost in self.costs[name])

    def line(self, name: str) -> str:
        """Describe all repeats."""
        costs = self.costs[name]
        each = ", ".join(f"{1e6 / cost.wall:,.0f}" for cost in costs)
        client = statistics.median(cost.client for cost in costs)
        server = statistics.median(cost.server for cost in costs)
        return (
            f"{name:13} {self.median(name):>9,.0f} models/s; CPU of a model {client:5.0f} us here,"
            f" {server:5.0f} us in the database   ({each})"
        )


def _client_seconds() -> float:
    """Return the CPU time of this process and of those it has started and waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _backend_seconds() -> float:
    """Return the CPU time that the connection's backend has used, where Linux shows it."""
    backend = Path(f"/proc/{connection.connection.info.backend_pid}")
    try:
        if not (backend / "comm").read_text().startswith("postgres"):
            return float("nan")
        return int((backend / "schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return float("nan")
