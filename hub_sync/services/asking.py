"""Fetch pages by id, those above all that a listing did not show."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction

from hub_sync.models import Walk, WalkPhase
from hub_sync.selectors.walks import unseen_pages, unseen_quarantined
from hub_sync.services.reading import Reader, now
from hub_sync.services.run import Run
from hub_sync.services.sources import Listed, PageRead, PageStanding, Reading
from hub_sync.services.storing import store_readings
from hub_sync.services.tally import Tally
from hub_sync.services.walks import carry_on
from registry.selectors.references import known_pages

_BATCH = 40
_WINDOW = 4000  # names taken from the database at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a hub said about pages asked for by id."""

    readings: tuple[Reading, ...]
    unchanged: int
    erased: int

    @property
    def found(self) -> int:
        """Return how many pages are there."""
        return self.unchanged + sum(isinstance(one, PageRead) for one in self.readings)


def ask(reader: Reader, external_ids: Sequence[str]) -> Asked:
    """Return what a hub says about each page, and about the pages those were renamed to.

    Unchanged answers are left out; a new name is asked for only if it is not mirrored.

    :raises HubError: if the hub answers nothing at all
    """
    asked = _ask(reader, external_ids)
    names = {one.moved_to for one in asked.readings if isinstance(one, PageStanding)} - {""}
    known = known_pages(hub=reader.source.hub, hub_model_ids=names)
    there = _ask(reader, sorted(names - known - set(external_ids)))
    return Asked(
        readings=asked.readings + there.readings,
        unchanged=asked.unchanged + there.unchanged,
        erased=asked.erased + there.erased,
    )


def _ask(reader: Reader, external_ids: Sequence[str]) -> Asked:
    erased = reader.erased(external_ids)
    wanted = [name for name in dict.fromkeys(external_ids) if name not in erased]
    answers = reader.in_turn(wanted, reader.source.fetch)
    listed = [answer for answer in answers if isinstance(answer, Listed)]
    failed = [answer for answer in answers if not isinstance(answer, Listed)]
    changed = reader.changed(listed)
    readings = reader.read(changed, observed_at=now())
    return Asked(
        readings=(*readings, *failed),
        unchanged=len(listed) - len(changed),
        erased=len(erased),
    )


def check_unseen(walk: Walk, reader: Reader, run: Run) -> bool:
    """Fetch by id every mirrored or quarantined page that the listing did not show.

    That is how a deleted page is told from one that a hub hides from its listing (Civitai: flagged
    as a real person or a minor). Returns whether all were asked for.

    :raises HubError: if the hub did not answer
    """
    for names in _unseen(walk):
        _visit(walk, reader, run, names)
        if run.is_over():
            return False
    return True


def _unseen(walk: Walk) -> Iterator[list[str]]:
    for more in (unseen_pages, unseen_quarantined):
        while names := more(walk, limit=_WINDOW):
            for start in range(0, len(names), _BATCH):
                yield names[start : start + _BATCH]


def _visit(walk: Walk, reader: Reader, run: Run, names: Sequence[str]) -> None:
    seen_at = now()
    asked = ask(reader, names)
    with transaction.atomic():
        tally = store_readings(hub=walk.hub, readings=asked.readings, seen_at=seen_at, by=run.by)
        tally.add(Tally(seen=asked.found, unchanged=asked.unchanged, erased=asked.erased))
        carry_on(walk, seen=names, tally=tally)
    run.tally.add(tally)
    run.report(WalkPhase.CHECKING.value)
