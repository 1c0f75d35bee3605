"""Write what was read from a hub: pages, payloads, states, quarantine; all in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from hub_sync.services.keeping import keep_payloads, supersede
from hub_sync.services.quarantining import quarantine, release
from hub_sync.services.rendering import rendered
from hub_sync.services.sources import (
    ItemRefused,
    PageReady,
    PageStanding,
    Reading,
    Rendered,
)
from hub_sync.services.tally import Tally
from registry.selectors.aliases import stored_aliases
from registry.selectors.arrays import text_array
from registry.selectors.interventions import erased_subjects
from registry.services.ingest import IngestReport, ingest_rows, record_state
from registry.services.locks import Lock, hold

_PROGRAM_LIMIT = "54"  # SQLSTATE class: an index entry too large and the like

_FORGET_ABSENCES = "DELETE FROM hub_sync_absence WHERE reference = ANY(%s::text[])"


def store_readings(*, hub: str, readings: Sequence[Reading], seen_at: datetime, by: str) -> Tally:
    """Render readings of one hub and write them as ``store`` does."""
    ready = rendered(readings, hub=hub, received_at=seen_at)
    return store(hub=hub, readings=ready, seen_at=seen_at, by=by)


def store(*, hub: str, readings: Sequence[Rendered], seen_at: datetime, by: str) -> Tally:
    """Write what one hub says within the caller's transaction; return what changed.

    A page that the registry refuses goes to quarantine and takes no other page with it. Nothing is
    kept of a page that was erased while it was read.
    """
    if not readings:
        return Tally()
    hold(Lock.MIRRORED_TABLES)  # an erasure comes before all of this, or after it
    asked, readings = readings, _without_erased(hub, readings)
    pages = [reading for reading in readings if isinstance(reading, PageReady)]
    standings = [reading for reading in readings if isinstance(reading, PageStanding)]
    refused = [reading for reading in readings if isinstance(reading, ItemRefused)]
    report, stored, unfit = _ingest(pages, by=by)
    refused += unfit
    tally = Tally(new=report.pages_new, changed=report.pages_changed, quarantined=len(refused))
    tally.erased = len(asked) - len(readings)
    tally.unchanged = report.pages_unchanged
    tally.rows_written = report.rows_written
    tally.rows_written += keep_payloads(
        hub=hub,
        pages=stored,
        without_body={name for _, name in report.pages_naming_erased_bytes},
    )
    tally.rows_written += _close_absences(hub, stored)
    moved_to = hidden_names(hub, [standing.moved_to for standing in standings])
    for standing in standings:
        is_news = record_state(
            hub=hub,
            hub_model_id=standing.external_id,
            state=standing.state,
            moved_to=moved_to[standing.moved_to],
            seen_at=seen_at,
            by=by,
        )
        tally.gone += is_news
        tally.rows_written += 2 * is_news  # the change, and the page's own row
    answered = [page.external_id for page in stored] + [one.external_id for one in standings]
    tally.rows_written += supersede(hub=hub, read=[(one.external_id, "") for one in standings])
    tally.rows_written += quarantine(hub=hub, items=refused, seen_at=seen_at)
    tally.rows_written += release(hub=hub, external_ids=answered)
    return tally


def hidden_names(hub: str, names: Iterable[str]) -> Mapping[str, str]:
    """Return how pages are called here: by their id, or by an alias if they were erased."""
    asked = {name: f"{hub}:{name}" for name in names}
    erased = erased_subjects(subjects={asked[name] for name in asked if name})
    aliases = stored_aliases() if erased else None
    return {
        name: aliases.of_reference(subject).partition(":")[2]
        if aliases and subject in erased
        else name
        for name, subject in asked.items()
    }


def _without_erased(hub: str, readings: Sequence[Rendered]) -> Sequence[Rendered]:
    subjects = {one.external_id: f"{hub}:{one.external_id}" for one in readings}
    erased = erased_subjects(subjects=set(subjects.values()))
    return [one for one in readings if subjects[one.external_id] not in erased]


def _ingest(
    pages: Sequence[PageReady], *, by: str
) -> tuple[IngestReport, Sequence[PageReady], list[ItemRefused]]:
    """Ingest pages, leaving out those whose values the database refuses."""
    try:
        with transaction.atomic():
            return ingest_rows(pages=[page.rows for page in pages], by=by), pages, []
    except (DataError, IntegrityError, OperationalError) as error:
        if not _is_about_values(error):
            raise
        bad = {page.external_id for page in pages if not _can_be_stored(page, by=by)}
        if not bad:
            raise
    left = [page for page in pages if page.external_id not in bad]
    report, stored, refused = _ingest(left, by=by)
    return report, stored, [*refused, *(_unfit(p) for p in pages if p.external_id in bad)]


def _is_about_values(error: Exception) -> bool:
    if isinstance(error, OperationalError):
        return str(getattr(error.__cause__, "sqlstate", "")).startswith(_PROGRAM_LIMIT)
    return True


def _can_be_stored(page: PageReady, *, by: str) -> bool:
    """Try one page and undo it."""
    try:
        with transaction.atomic():
            ingest_rows(pages=[page.rows], by=by)
            transaction.set_rollback(True)
    except (DataError, IntegrityError, OperationalError):
        return False
    return True


def _unfit(page: PageReady) -> ItemRefused:
    return ItemRefused(
        external_id=page.external_id,
        reason="the database refuses its values",
        payload_sha256=page.body_sha256,
    )


def _close_absences(hub: str, pages: Iterable[PageReady]) -> int:
    references = [f"{hub}:{page.external_id}" for page in pages]
    if hub == "civitai":
        references += [
            f"civitai-version:{version.hub_version_id}"
            for page in pages
            for version in page.rows.versions
        ]
    if not references:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_ABSENCES, [text_array(references)])
        return int(cursor.rowcount)
