"""What a run of the mirror did, in numbers."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields


@dataclass(slots=True)
class Tally:
    """Counts of one run; ``rows_written`` leaves out the bookkeeping of the walk itself."""

    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    gone: int = 0  # pages whose state became gone, renamed, disabled, gated or withdrawn
    erased: int = 0  # listed, but erased here: not stored
    rows_written: int = 0
    requests: int = 0
    retries: int = 0

    def add(self, other: "Tally") -> None:
        """Add another tally to this one."""
        for count in fields(self):
            total = getattr(self, count.name) + getattr(other, count.name)
            setattr(self, count.name, total)

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is."""

    phase: str  # WalkPhase, or "pages" where pages are fetched by id
    done: int
    total: int  # 0: unknown
    tally: Tally


Watch = Callable[[Progress], None]


def watch_nothing(progress: Progress) -> None:
    """Let a run go unwatched."""
    _ = progress
