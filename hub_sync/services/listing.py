"""Read a hub's listing to its end, one transaction a page."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from django.db import transaction

from hub_sync.clients.errors import HubError, HubRefused
from hub_sync.models import Walk
from hub_sync.selectors.walks import has_read
from hub_sync.services.reading import Reader, now
from hub_sync.services.run import Run
from hub_sync.services.sources import Listed, ListedPage
from hub_sync.services.storing import store_readings
from hub_sync.services.tally import Tally
from hub_sync.services.walks import carry_on, cursor_sha256, start_over


class HubGoesInCircles(HubError):
    """A hub's next page is one that this walk has read before."""


@dataclass(frozen=True, slots=True)
class _Step:
    cursor: str
    page: ListedPage


def read_listing(walk: Walk, reader: Reader, run: Run) -> bool:
    """Carry on a walk's listing; return whether its end was reached.

    It stops early, at a page's border, when the run has seen enough or taken long enough. A page
    that the limit cuts is not recorded: the next run reads it again from its beginning.

    :raises HubError: if the hub did not answer; what was read so far stays
    :raises HubGoesInCircles: if it listed a page twice; the next run begins at its beginning
    """
    for step in _steps(walk, reader, walk.next_cursor):
        if has_read(walk, cursor_sha256=cursor_sha256(step.cursor)):
            start_over(walk)
            raise HubGoesInCircles(f"{walk.base_url} lists the same page twice.")
        room = run.room()
        is_cut = room is not None and len(step.page.items) + len(step.page.refused) > room
        _take(walk, reader, run, step, room=room if is_cut else None)
        run.report(walk.phase)
        if is_cut or (step.page.next_cursor and run.is_over()):
            return False
    return True


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


def _take(walk: Walk, reader: Reader, run: Run, step: _Step, *, room: int | None) -> None:
    observed_at = now()
    items = step.page.items if room is None else step.page.items[:room]
    refused = step.page.refused if room is None else step.page.refused[: room - len(items)]
    changed = reader.changed(items)
    erased = reader.erased([item.external_id for item in changed]) if changed else set()
    fresh = [item for item in changed if item.external_id not in erased]
    names = [item.external_id for item in items] + [item.external_id for item in refused]
    tally = Tally(seen=len(names), unchanged=len(items) - len(changed), erased=len(erased))
    *first, last = _batches(fresh, reader.source.batch)
    for batch in first:
        tally.add(_store(walk, reader, run, batch))
    readings = reader.read(last, observed_at=observed_at)
    with transaction.atomic():
        tally.add(
            store_readings(
                hub=walk.hub, readings=[*readings, *refused], seen_at=observed_at, by=run.by
            )
        )
        if room is None:
            carry_on(
                walk,
                seen=[name for name in names if name not in erased],
                tally=tally,
                cursor=step.cursor,
                next_cursor=step.page.next_cursor,
            )
    run.tally.add(tally)


def _store(walk: Walk, reader: Reader, run: Run, items: Sequence[Listed]) -> Tally:
    """Store a part of a page before its end; read again, it is unchanged and costs nothing."""
    observed_at = now()
    readings = reader.read(items, observed_at=observed_at)
    with transaction.atomic():
        return store_readings(hub=walk.hub, readings=readings, seen_at=observed_at, by=run.by)


def _batches(items: Sequence[Listed], size: int) -> list[Sequence[Listed]]:
    """Return ``items`` in batches, the last of which may be empty."""
    return [items[start : start + size] for start in range(0, max(len(items), 1), size)]
