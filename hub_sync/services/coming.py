"""Items of a page on their way into rows while the page before them is stored."""

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime

from hub_sync.services.reading import Reader
from hub_sync.services.sources import Listed, Rendered

_SLICE = 100  # items


@dataclass(frozen=True, slots=True)
class Coming:
    """What changed items say, slice by slice; one thread works through them in order."""

    reader: Reader
    observed_at: datetime
    slices: Sequence[tuple[Sequence[Listed], Future[list[Rendered]]]]

    def result(self) -> list[Rendered]:
        """Return the rows of all items.

        Slices that nobody has begun are rendered here, from the last on: whoever has nothing to
        store yet would only wait, and leave a core idle.
        """
        parts = [self._part(items, future) for items, future in reversed(self.slices)]
        return [one for part in reversed(parts) for one in part]

    def _part(self, items: Sequence[Listed], future: Future[list[Rendered]]) -> list[Rendered]:
        if future.cancel():
            return self.reader.render(items, observed_at=self.observed_at)
        return future.result()


def begin(
    reader: Reader, items: Sequence[Listed], *, observed_at: datetime, beside: Executor
) -> Coming:
    """Have items rendered by the second process, or else by a thread.

    :param beside: has one thread
    """
    slices = []
    for start in range(0, len(items), _SLICE):
        some = items[start : start + _SLICE]
        task = beside.submit(reader.render_beside, some, observed_at=observed_at)
        slices.append((some, task))
    return Coming(reader, observed_at, slices)
