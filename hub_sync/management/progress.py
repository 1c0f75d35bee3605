"""Show how far a mirror is: a bar on a terminal, plain lines elsewhere, a sum at the end."""

import sys
import time
from types import TracebackType
from typing import Any, Protocol

from tqdm import tqdm

from hub_sync.services.tally import Progress

_LINE_EVERY_SECONDS = 10.0
_SHOWN = (
    "seen", "new", "changed", "unchanged", "quarantined", "gone", "erased", "rows_written",
    "requests", "retries",
)  # fmt: skip


class _Output(Protocol):
    def write(self, msg: str) -> Any:
        """Write a line."""


class Bar:
    """Watches a run; use it as a context, so that the sum is printed even when the run fails."""

    def __init__(self, *, hub: str, stderr: _Output, stdout: _Output) -> None:
        """Prepare to watch the mirroring of ``hub``."""
        self._hub = hub
        self._stderr = stderr
        self._stdout = stdout
        self._last: Progress | None = None
        self._bar: tqdm[Any] | None = None
        self._started = self._spoke = time.monotonic()
        self._is_terminal = sys.stderr.isatty()

    def __enter__(self) -> "Bar":
        """Begin; the clock of the bar begins here too."""
        if self._is_terminal:
            self._bar = tqdm(desc=self._hub, unit=" models", dynamic_ncols=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the bar and print the sum."""
        if self._bar is not None:
            self._bar.close()
        if self._last is None:
            return
        counts = self._last.tally.as_dict()
        words = ", ".join(f"{name.replace('_', ' ')} {counts[name]:,}" for name in _SHOWN)
        took = time.monotonic() - self._started
        end = "" if self._last.phase in {"finished", "pages"} else "; not finished, run it again"
        self._stdout.write(f"{self._hub}: {words}; {took:.1f} s{end}")

    def watch(self, progress: Progress) -> None:
        """Show one step."""
        self._last = progress
        if self._bar is not None:
            _draw(self._bar, progress)
        elif time.monotonic() - self._spoke >= _LINE_EVERY_SECONDS:
            self._spoke = time.monotonic()
            self._stderr.write(self._line(progress))

    def _line(self, progress: Progress) -> str:
        rate = progress.tally.seen / max(time.monotonic() - self._started, 0.001)
        left = max(progress.total - progress.done, 0) / rate if rate else 0.0
        remaining = f", about {left:.0f} s left" if left else ""
        of_all = f" of {progress.total:,}" if progress.total else ""
        return (
            f"{self._hub}: {progress.phase}, {progress.done:,}{of_all} models, "
            f"{rate:.0f}/s{remaining}"
        )


def _draw(bar: "tqdm[Any]", progress: Progress) -> None:
    bar.total = progress.total or None
    bar.initial = progress.done - progress.tally.seen  # by earlier runs of the walk
    bar.set_postfix_str(progress.phase, refresh=False)
    bar.update(progress.done - bar.n)
