"""Mirror a hub: list it, ask by id for what the listing did not show, follow what it refers to.

Every step is one transaction that holds the pages it read, their verbatim answers and how far the
walk got; the network stands outside of it. A run that is killed at any moment is resumed by the
next one and ends with the rows of an undisturbed run.
"""

from collections.abc import Sequence

from django.db import transaction

from hub_sync.clients.errors import PageAbsent, PageGone
from hub_sync.models import Walk, WalkPhase
from hub_sync.queue import QUEUE_INSPECTIONS, RECOMPUTE_RIGHTS, wake
from hub_sync.selectors.walks import pages_of_last_walk, reads_most_pages
from hub_sync.services.asking import check_unseen
from hub_sync.services.listing import read_listing
from hub_sync.services.locking import only_mirror_of
from hub_sync.services.reading import Reader, now, reader_of
from hub_sync.services.run import Run, Scope
from hub_sync.services.sources import ItemRefused, Listed, PageStanding, Reading, Source
from hub_sync.services.storing import store_readings
from hub_sync.services.sweeping import sweep
from hub_sync.services.tally import Tally, Watch, watch_nothing
from hub_sync.services.walks import enter, finish, open_walk
from registry.errors import Unavailable
from registry.snapshots import PageState

EVERYTHING = Scope()


class UnreadablePage(Unavailable):
    """A page was answered, but not in a form that we understand; it is in quarantine."""


def mirror_hub(
    *, source: Source, by: str, scope: Scope = EVERYTHING, watch: Watch = watch_nothing
) -> Tally:
    """Carry on the unfinished walk of a hub, or begin one; return what this run did.

    A full walk reads every page again and asks again for what is known to be gone or absent; rows
    that come out equal are not written. A run that its limit or budget ends leaves the walk
    unfinished.

    :raises AlreadyMirroring: if another process mirrors this hub
    :raises HubError: if the hub did not answer; what was read so far stays
    """
    run = Run(source=source, by=by, scope=scope, watch=watch)
    run.expected = pages_of_last_walk(source.hub)
    with only_mirror_of(source.hub):
        walk = open_walk(
            hub=source.hub, base_url=source.base_url, full=scope.full, started_at=now()
        )
        run.before = walk.counts.get("seen", 0)
        many = walk.phase == WalkPhase.LISTING.value and reads_most_pages(walk)
        with reader_of(source, rereads=walk.is_full, many=many) as reader:
            _walk_on(walk, reader, run)
    run.report(walk.phase)
    _wake_others(run.tally)
    return run.tally


def _wake_others(tally: Tally) -> None:
    """Let rights be computed anew, and new files be asked about, if anything changed."""
    if tally.rows_written:
        wake(RECOMPUTE_RIGHTS)
        wake(QUEUE_INSPECTIONS)


def _walk_on(walk: Walk, reader: Reader, run: Run) -> None:
    if walk.phase == WalkPhase.LISTING.value and not read_listing(walk, reader, run):
        return
    if run.is_over():
        return
    if walk.phase == WalkPhase.CHECKING.value:
        if not check_unseen(walk, reader, run):
            return
        enter(walk, WalkPhase.SWEEPING)
    if sweep(walk, reader, run):
        run.tally.rows_written += finish(walk, finished_at=now())


def mirror_pages(
    *, source: Source, external_ids: Sequence[str], by: str, watch: Watch = watch_nothing
) -> Tally:
    """Fetch pages by id now; return what that did.

    :raises AlreadyMirroring: if another process mirrors this hub
    :raises BadInput: if an id cannot be one of this hub
    :raises PageGone: if the hub does not show a page; its state is recorded all the same
    :raises UnreadablePage: if a page went to quarantine
    :raises HubError: if the hub did not answer
    """
    run = Run(source=source, by=by, scope=Scope(limit=len(external_ids)), watch=watch)
    with only_mirror_of(source.hub), reader_of(source) as reader:
        seen_at = now()
        erased = reader.erased(external_ids)
        answers = [_fetched(source, name) for name in external_ids if name not in erased]
        listed = [answer for answer in answers if isinstance(answer, Listed)]
        standings = [answer for answer in answers if isinstance(answer, PageStanding)]
        changed = reader.changed(listed)
        readings = [*reader.read(changed, observed_at=seen_at), *standings]
        with transaction.atomic():
            run.tally = store_readings(hub=source.hub, readings=readings, seen_at=seen_at, by=by)
    run.tally.add(
        Tally(seen=len(external_ids), unchanged=len(listed) - len(changed), erased=len(erased))
    )
    run.report("pages")
    _wake_others(run.tally)
    _raise_first(source.hub, readings)
    return run.tally


def _fetched(source: Source, external_id: str) -> Listed | PageStanding:
    try:
        return source.fetch(external_id)
    except PageAbsent as absent:
        return PageStanding(external_id=external_id, state=absent.state, moved_to=absent.moved_to)


def _raise_first(hub: str, readings: Sequence[Reading]) -> None:
    """Tell the caller who named a page that it could not be had; what was found is stored.

    :raises PageGone: if the hub does not show a page
    :raises UnreadablePage: if a page went to quarantine
    """
    for reading in readings:
        if isinstance(reading, PageStanding):
            raise PageGone(_sentence(hub, reading))
        if isinstance(reading, ItemRefused):
            raise UnreadablePage(f"{hub}: {reading.external_id}: {reading.reason}")


def _sentence(hub: str, standing: PageStanding) -> str:
    if standing.state is PageState.RENAMED:
        return f"{hub}: {standing.external_id} was renamed to {standing.moved_to}."
    if standing.state is PageState.GONE:
        return f"{hub}: there is no {standing.external_id}, or no more."
    return f"{hub}: {standing.external_id} is {standing.state.value.replace('_', ' ')}."
