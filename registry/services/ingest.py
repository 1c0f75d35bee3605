"""Write what hub pages said into the registry, many pages at once.

What is stored for a page: its row, a state change whenever its state differs, versions, files,
bytes with their digests, a licence claim whenever it differs from the latest of its source, and
lineage edges, also those that the header of a listed file states, if it was read. Nothing is
deleted: what a page does not list any more stays, an edge it does not state any more is retracted.
Pages that were erased are dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from registry.models import HubModel, StateChange
from registry.services import audit
from registry.services.aliases import needed_aliases
from registry.services.erased import drop_erased, pages_naming
from registry.services.fitness import UnfitSnapshot
from registry.services.header_edges import inspected_among, spread_header_edges
from registry.services.interventions import follow_rename
from registry.services.locks import Lock, hold
from registry.services.page_rows import PageRows, rows_of
from registry.services.page_writer import Written, write_pages
from registry.snapshots import ModelSnapshot, PageState

__all__ = [
    "IngestReport",
    "PageRows",
    "UnfitSnapshot",
    "ingest_rows",
    "ingest_snapshots",
    "record_state",
    "rows_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What one call wrote; ``rows_written`` counts rows inserted or changed in every table."""

    pages_new: int = 0
    pages_changed: int = 0  # known pages of which any row differs
    pages_unchanged: int = 0
    pages_erased: int = 0  # dropped, because they were erased
    rows_written: int = 0
    # (hub, hub_model_id): their payloads spell names of erased bytes, so nobody may keep them
    pages_naming_erased_bytes: frozenset[tuple[str, str]] = frozenset()


def ingest_snapshots(*, snapshots: Sequence[ModelSnapshot], by: str) -> IngestReport:
    """Store what hub pages said; doing it again with the same snapshots writes nothing.

    Should one page come twice, its last snapshot counts. One such writer runs at a time.

    :param by: the actor, e.g. ``job:mirror-civitai``
    :raises UnfitSnapshot: naming a page that cannot be stored; then nothing of the batch is
    """
    return ingest_rows(pages=[rows_of(snapshot) for snapshot in snapshots], by=by)


@transaction.atomic(savepoint=False)
def ingest_rows(*, pages: Sequence[PageRows], by: str) -> IngestReport:
    """Store pages that were rendered before (``rows_of``), as ``ingest_snapshots`` does.

    Should the database refuse a value, the whole transaction is void, the caller's included.
    """
    latest = list({page.key: page for page in pages}.values())
    hold(Lock.MIRRORED_TABLES)
    kept, hidden = drop_erased(latest)
    written = write_pages(pages=kept, hidden=hidden) if kept else Written()
    in_files = _state_what_files_say(kept)
    if written.rows or in_files:
        audit.record(
            event="pages.mirrored",
            actor=by,
            target=",".join(sorted({page.hub for page in kept})),
            pages_new=written.new_pages,
            pages_changed=written.changed_pages,
            rows_written=written.rows + in_files,
        )
    return IngestReport(
        pages_new=written.new_pages,
        pages_changed=written.changed_pages,
        pages_unchanged=len(kept) - written.new_pages - written.changed_pages,
        pages_erased=len(latest) - len(kept),
        rows_written=written.rows + in_files,
        pages_naming_erased_bytes=pages_naming(hidden.digests, pages=kept),
    )


def _state_what_files_say(pages: Sequence[PageRows]) -> int:
    """Write the edges that headers of listed files state; return how many are new."""
    artifacts = inspected_among(said.sha256 for page in pages for said in page.bytes)
    if not artifacts:
        return 0
    seen_at = max(datetime.fromisoformat(page.observed_at) for page in pages)
    return spread_header_edges(artifacts=artifacts, seen_at=seen_at)


@transaction.atomic
def record_state(
    *, hub: str, hub_model_id: str, state: PageState, moved_to: str = "", seen_at: datetime, by: str
) -> bool:
    """Record that a page was found in ``state``; return whether that is news.

    A page that is not mirrored, or was erased, has no state: nothing is written. What an operator
    did about it holds for the page it was renamed to.

    :param moved_to: hub_model_id of the page it was renamed to
    """
    hold(Lock.MIRRORED_TABLES)
    page = HubModel.objects.filter(hub=hub, hub_model_id=hub_model_id).first()
    if page is None or (page.state, page.moved_to) == (state.value, moved_to):
        return False
    StateChange.objects.create(
        hub_model=page, state=state.value, moved_to=moved_to, seen_at=seen_at
    )
    page.state, page.moved_to, page.changed_at = state.value, moved_to, seen_at
    page.save(update_fields=["state", "moved_to", "changed_at"])
    audit.record(
        event="page.state_changed",
        actor=by,
        target=needed_aliases().of_reference(f"{hub}:{hub_model_id}"),
        state=state.value,
    )
    if state is PageState.RENAMED and moved_to:
        follow_rename(old=str(page), new=f"{hub}:{moved_to}", by=by)
    return True
