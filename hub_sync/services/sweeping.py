"""Fetch by id what lineage refers to and nobody listed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from hub_sync.models import Walk, WalkPhase
from hub_sync.selectors.walks import absent_among, seen_among
from hub_sync.services.asking import ask
from hub_sync.services.reading import Reader, now
from hub_sync.services.run import Run
from hub_sync.services.sources import ItemRefused, PageRead, PageStanding, Reading
from hub_sync.services.storing import hidden_names, store_readings
from hub_sync.services.tally import Tally
from hub_sync.services.walks import carry_on
from registry.lineage.references import ReferenceKind
from registry.models import Hub
from registry.selectors.aliases import MARK
from registry.selectors.references import known_pages, open_among, open_references
from registry.services.locks import Lock, hold

_BATCH = 40
_WINDOW = 4000  # references taken from the database at once
_UNLISTED = "unlisted"  # the page is there; what the reference names on it is not
_INVALID = "invalid"  # no id that the hub could have
_KINDS = {
    Hub.CIVITAI.value: (ReferenceKind.CIVITAI_MODEL, ReferenceKind.CIVITAI_VERSION),
    Hub.HUGGING_FACE.value: (ReferenceKind.HUGGING_FACE,),
}

_NOTE = """
INSERT INTO hub_sync_absence AS kept (hub, seen_at, reference, outcome, moved_to)
SELECT %s, %s, new.* FROM unnest(%s::text[], %s::text[], %s::text[])
    AS new(reference, outcome, moved_to)
ON CONFLICT (reference) DO UPDATE SET
    outcome = EXCLUDED.outcome, moved_to = EXCLUDED.moved_to, seen_at = EXCLUDED.seen_at
WHERE (kept.outcome, kept.moved_to) IS DISTINCT FROM (EXCLUDED.outcome, EXCLUDED.moved_to)
"""

_Outcome = PageStanding | ItemRefused | None


def sweep(walk: Walk, reader: Reader, run: Run) -> bool:
    """Fetch by id what edges refer to and nobody listed; return whether all was asked for.

    What is found may refer to more, so rounds are made until one finds nothing new. What the hub
    does not have is remembered and asked for again on a full walk only.

    :raises HubError: if the hub did not answer
    """
    left = run.scope.sweep_limit
    while references := _unanswered(walk, limit=min(_BATCH, left)):
        _follow(walk, reader, run, references)
        left -= len(references)
        if run.is_over():
            return False
    return True


def _unanswered(walk: Walk, *, limit: int) -> list[str]:
    """Return open references to the walk's hub that it has not asked for yet."""
    if limit <= 0:
        return []
    found: list[str] = []
    after = ""
    while len(found) < limit:
        batch = open_references(kinds=_KINDS[walk.hub], after=after, limit=_WINDOW)
        if not batch:
            break
        after = batch[-1]
        done = seen_among(walk, batch)
        done |= set() if walk.is_full else absent_among(batch)
        found += [one for one in batch if one not in done and MARK not in one]
    return found[:limit]


def _follow(walk: Walk, reader: Reader, run: Run, references: Sequence[str]) -> None:
    seen_at = now()
    pages = reader.in_turn(references, reader.source.page_of)
    named = dict(zip(references, pages, strict=True))
    targets = {page for page in named.values() if isinstance(page, str)}
    known = known_pages(hub=walk.hub, hub_model_ids=targets)
    asked = ask(reader, sorted(targets - known))
    outcomes = {
        reading.external_id: reading
        for reading in asked.readings
        if isinstance(reading, PageStanding | ItemRefused)
    }
    told = {
        reference: outcomes.get(page) if isinstance(page, str) else page
        for reference, page in named.items()
    }
    with transaction.atomic():
        hold(Lock.MIRRORED_TABLES)  # what is erased now is in none of what follows
        readings = [*asked.readings, *_signposts(reader, asked.readings, seen_at)]
        tally = store_readings(hub=walk.hub, readings=readings, seen_at=seen_at, by=run.by)
        tally.rows_written += _note_absences(walk.hub, told, seen_at=seen_at)
        tally.add(Tally(seen=asked.found, erased=asked.erased))
        carry_on(walk, seen=references, tally=tally)
    run.tally.add(tally)
    run.report(WalkPhase.SWEEPING.value)


def _signposts(reader: Reader, readings: Sequence[Reading], seen_at: datetime) -> list[PageRead]:
    """Return pages that say nothing but where they went, so that lineage can follow them."""
    moved = [one for one in readings if isinstance(one, PageStanding) and one.moved_to]
    erased = reader.erased([one.moved_to for one in moved])
    return [
        PageRead(
            external_id=one.external_id,
            snapshot=reader.source.signpost(one, observed_at=seen_at),
            parts=(),
        )
        for one in moved
        if one.moved_to not in erased
    ]


def _note_absences(hub: str, told: Mapping[str, _Outcome], *, seen_at: datetime) -> int:
    """Remember which of the references still stand open, and why; return the rows written."""
    absent = {
        reference: _why(told[reference])
        for reference in sorted(open_among(told))
        if not _is_unanswered(told[reference])
    }
    if not absent:
        return 0
    names = hidden_names(hub, [moved_to for _, moved_to in absent.values()])
    rows = [(one, outcome, names[moved_to]) for one, (outcome, moved_to) in absent.items()]
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [hub, seen_at, *columns])
        return int(cursor.rowcount)


def _is_unanswered(outcome: _Outcome) -> bool:
    return isinstance(outcome, ItemRefused) and outcome.is_transient


def _why(outcome: _Outcome) -> tuple[str, str]:
    """Return an absence's outcome and where the page moved to."""
    if isinstance(outcome, PageStanding):
        return outcome.state.value, outcome.moved_to
    return (_INVALID if isinstance(outcome, ItemRefused) else _UNLISTED), ""
