"""Read a hub's listing to its end, page by page.

Several pages are under way at a time: one is on its way, two are being read, one is being stored.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hub_sync.clients.errors import HubError, HubRefused
from hub_sync.models import Walk
from hub_sync.services.collecting import rare_collections
from hub_sync.services.coming import Coming, begin
from hub_sync.services.reading import Reader, now
from hub_sync.services.run import Run
from hub_sync.services.sources import ItemRefused, Listed, ListedPage, Rendered
from hub_sync.services.storing import store
from hub_sync.services.tally import Tally
from hub_sync.services.walks import carry_on, start_over

_AHEAD = 2  # pages


class HubGoesInCircles(HubError):
    """A hub's next page is one that this walk has read before."""


@dataclass(frozen=True, slots=True)
class _Step:
    cursor: str
    page: ListedPage


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """A page of a listing on its way into the tables."""

    step: _Step
    is_cut: bool  # by the run's limit
    names: tuple[str, ...]  # everything listed but what was erased here
    refused: tuple[ItemRefused, ...]
    fresh: tuple[Listed, ...]  # what has to be read
    observed_at: datetime
    coming: Coming | None  # being read already, where that asks the hub nothing
    tally: Tally


def read_listing(walk: Walk, reader: Reader, run: Run) -> bool:
    """Carry on a walk's listing; return whether its end was reached.

    It stops early, at a page's border, when the run has seen enough or taken long enough. A page
    that the limit cuts is not recorded: the next run reads it again from its beginning.

    :raises HubError: if the hub did not answer; what was read so far stays
    :raises HubGoesInCircles: if it listed a page twice; the next run begins at its beginning
    """
    beside = ThreadPoolExecutor(1, thread_name_prefix="mirror-rendering")
    try:
        with rare_collections():
            return _read_on(_take_all(walk, reader, run, beside), walk, reader, run)
    except HubGoesInCircles:
        start_over(walk)
        raise
    finally:
        beside.shutdown(cancel_futures=True)


def _read_on(pages: Iterator[_Taken], walk: Walk, reader: Reader, run: Run) -> bool:
    for taken in _ahead(pages):
        _store(walk, reader, run, taken)
        run.report(walk.phase)
        if taken.is_cut or (taken.step.page.next_cursor and run.is_over()):
            return False
    return True


def _ahead(pages: Iterator[_Taken]) -> Iterator[_Taken]:
    """Give a page once those after it are being read; an error comes after the pages before it."""
    waiting: deque[_Taken] = deque()
    try:
        for page in pages:
            waiting.append(page)
            if len(waiting) > _AHEAD:
                yield waiting.popleft()
    except HubError:
        yield from waiting
        raise
    yield from waiting


def _steps(walk: Walk, reader: Reader, cursor: str) -> Iterator[_Step]:
    """Give page after page; the next one is on its way while one is being stored."""
    coming = reader.pool.submit(reader.source.listing, cursor)
    page = _first_page(walk, coming, cursor)
    if page is None:
        cursor = ""
        page = reader.source.listing(cursor)
    while True:
        following = page.next_cursor
        if following:
            coming = reader.pool.submit(reader.source.listing, following)
        yield _Step(cursor, page)
        if not following:
            return
        cursor, page = following, coming.result()


def _first_page(walk: Walk, coming: Future[ListedPage], cursor: str) -> ListedPage | None:
    """Return the page a run begins with; nothing if the hub refuses a cursor kept from before."""
    try:
        return coming.result()
    except HubRefused:
        if not cursor:
            raise
        start_over(walk)
        return None


def _take_all(walk: Walk, reader: Reader, run: Run, beside: Executor) -> Iterator[_Taken]:
    """Give page after page, looked up and being read; those before it are not stored yet."""
    unstored: deque[int] = deque(maxlen=_AHEAD)
    for step in _steps(walk, reader, walk.next_cursor):
        room = run.room()
        left = None if room is None else room - sum(unstored)
        if left is not None and left <= 0:
            return
        taken = _take(reader, step, room=left, beside=beside)
        unstored.append(taken.tally.seen)
        yield taken
        if taken.is_cut:
            return


def _take(reader: Reader, step: _Step, *, room: int | None, beside: Executor) -> _Taken:
    page = step.page
    is_cut = room is not None and len(page.items) + len(page.refused) > room
    items = page.items[:room] if is_cut else page.items
    refused = page.refused[: (room or 0) - len(items)] if is_cut else page.refused
    changed = reader.changed(items)
    erased = reader.erased([item.external_id for item in changed]) if changed else set()
    fresh = tuple(item for item in changed if item.external_id not in erased)
    names = [item.external_id for item in items] + [item.external_id for item in refused]
    observed_at = now()
    coming = None
    if reader.source.reads_alone and fresh:
        coming = begin(reader, fresh, observed_at=observed_at, beside=beside)
    return _Taken(
        step=step,
        is_cut=is_cut,
        names=tuple(name for name in names if name not in erased) if erased else tuple(names),
        refused=refused,
        fresh=fresh,
        observed_at=observed_at,
        coming=coming,
        tally=Tally(
            seen=len(items) + len(refused),
            unchanged=len(items) - len(changed),
            erased=len(erased),
        ),
    )


def _store(walk: Walk, reader: Reader, run: Run, taken: _Taken) -> None:
    """Store a page batch by batch, the cursor with the last one.

    Batches before that, read again, are unchanged and cost nothing.

    :raises HubGoesInCircles: if the walk went through this page before; it is not stored again
    """
    tally = taken.tally
    made = None if taken.coming is None else taken.coming.result()
    *first, last = range(0, max(len(taken.fresh), 1), reader.source.batch)
    for start in first:
        readings, seen_at = _readings(reader, taken, made, start)
        with transaction.atomic():
            tally.add(store(hub=walk.hub, readings=readings, seen_at=seen_at, by=run.by))
    readings, seen_at = _readings(reader, taken, made, last)
    readings = [*readings, *taken.refused]
    with transaction.atomic() if readings else nullcontext():
        tally.add(store(hub=walk.hub, readings=readings, seen_at=seen_at, by=run.by))
        if not taken.is_cut:
            _carry_on(walk, taken, tally)
    run.tally.add(tally)


def _carry_on(walk: Walk, taken: _Taken, tally: Tally) -> None:
    is_new = carry_on(
        walk,
        seen=taken.names,
        tally=tally,
        cursor=taken.step.cursor,
        next_cursor=taken.step.page.next_cursor,
    )
    if not is_new:
        raise HubGoesInCircles(f"{walk.base_url} lists the same page twice.")


def _readings(
    reader: Reader, taken: _Taken, made: Sequence[Rendered] | None, start: int
) -> tuple[Sequence[Rendered], datetime]:
    """Return what one batch says, and when it was received."""
    end = start + reader.source.batch
    if made is not None:
        return made[start:end], taken.observed_at
    seen_at = now()
    return reader.render(taken.fresh[start:end], observed_at=seen_at), seen_at
