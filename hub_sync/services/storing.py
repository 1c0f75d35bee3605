"""Write what was read from a hub: pages, payloads, states, quarantine; all in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from hub_sync.services.keeping import keep_payloads, supersede
from hub_sync.services.quarantining import quarantine, release
from hub_sync.services.sources import ItemRefused, PageRead, PageStanding, Reading
from hub_sync.services.tally import Tally
from registry.selectors.arrays import text_array
from registry.selectors.interventions import erased_subjects
from registry.services.ingest import (
    IngestReport,
    UnfitSnapshot,
    ingest_snapshots,
    record_state,
)

_PROGRAM_LIMIT = "54"  # SQLSTATE class: an index entry too large and the like

_FORGET_ABSENCES = "DELETE FROM hub_sync_absence WHERE reference = ANY(%s::text[])"


def store_readings(*, hub: str, readings: Sequence[Reading], seen_at: datetime, by: str) -> Tally:
    """Write readings of one hub within the caller's transaction; return what changed.

    A page that the registry refuses goes to quarantine and takes no other page with it.
    """
    if not readings:
        return Tally()
    pages = [reading for reading in readings if isinstance(reading, PageRead)]
    standings = [reading for reading in readings if isinstance(reading, PageStanding)]
    refused = [reading for reading in readings if isinstance(reading, ItemRefused)]
    report, stored, unfit = _ingest(pages, by=by)
    refused += unfit
    tally = Tally(new=report.pages_new, changed=report.pages_changed, quarantined=len(refused))
    tally.unchanged = report.pages_unchanged
    tally.rows_written = report.rows_written
    tally.rows_written += keep_payloads(
        hub=hub,
        pages=stored,
        seen_at=seen_at,
        without_body={name for _, name in report.pages_naming_erased_bytes},
    )
    tally.rows_written += _close_absences(hub, stored)
    erased = erased_subjects(
        subjects=[f"{hub}:{one.moved_to}" for one in standings if one.moved_to]
    )
    for standing in standings:
        is_news = record_state(
            hub=hub,
            hub_model_id=standing.external_id,
            state=standing.state,
            moved_to="" if f"{hub}:{standing.moved_to}" in erased else standing.moved_to,
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


def _ingest(
    pages: Sequence[PageRead], *, by: str
) -> tuple[IngestReport, list[PageRead], list[ItemRefused]]:
    """Ingest pages, leaving out one after the other those that cannot be stored."""
    left, refused = list(pages), list[ItemRefused]()
    while True:
        try:
            with transaction.atomic():
                report = ingest_snapshots(snapshots=[page.snapshot for page in left], by=by)
        except UnfitSnapshot as error:
            bad = error.hub_model_id
            refused += [_unfit(page, error.reason) for page in left if page.external_id == bad]
            left = [page for page in left if page.external_id != bad]
        except (DataError, IntegrityError, OperationalError) as error:
            if not _is_about_values(error):
                raise
            bad_pages = [page for page in left if not _can_be_stored(page, by=by)]
            if not bad_pages:
                raise
            refused += [_unfit(page, "the database refuses its values") for page in bad_pages]
            left = [page for page in left if page not in bad_pages]
        else:
            return report, left, refused


def _is_about_values(error: Exception) -> bool:
    if isinstance(error, OperationalError):
        return str(getattr(error.__cause__, "sqlstate", "")).startswith(_PROGRAM_LIMIT)
    return True


def _can_be_stored(page: PageRead, *, by: str) -> bool:
    """Try one page and undo it."""
    try:
        with transaction.atomic():
            ingest_snapshots(snapshots=[page.snapshot], by=by)
            transaction.set_rollback(True)
    except (DataError, IntegrityError, OperationalError):
        return False
    return True


def _unfit(page: PageRead, reason: str) -> ItemRefused:
    return ItemRefused(
        external_id=page.external_id,
        reason=reason,
        payload_sha256=page.parts[0].body_sha256 if page.parts else "",
    )


def _close_absences(hub: str, pages: Iterable[PageRead]) -> int:
    references = [f"{hub}:{page.external_id}" for page in pages]
    if hub == "civitai":
        references += [
            f"civitai-version:{version.hub_version_id}"
            for page in pages
            for version in page.snapshot.versions
        ]
    if not references:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_ABSENCES, [text_array(references)])
        return int(cursor.rowcount)
