"""The bulk path: reserve keys, render rows, COPY them, merge what was known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from registry.services.batch_ids import Known, find_ids
from registry.services.copying import copy_rows
from registry.services.edge_ends import End, Ends, close_edges, find_ends, names_of
from registry.services.ingest_sql import (
    CARRY_OVERS,
    CREATE_STAGING,
    MERGE_DIGESTS,
    MERGE_PAGES,
    MERGE_PARTS,
    RAISE_SIZES,
    STAGED,
    TOUCH_PAGES,
    Row,
    copy_into,
)
from registry.services.page_rows import Hidden, Ids, Renderer, largest
from registry.snapshots import FileSnapshot, ModelSnapshot

Listings = Mapping[str, Sequence[FileSnapshot]]  # the files of a batch by SHA-256


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written for one batch."""

    new_pages: int = 0
    changed_pages: int = 0
    rows: int = 0


def listings_of(snapshots: Sequence[ModelSnapshot]) -> Listings:
    """Return the listed files that name their bytes, by SHA-256."""
    listings: dict[str, list[FileSnapshot]] = {}
    for snapshot in snapshots:
        for version in snapshot.versions:
            for file in version.files:
                if file.sha256:
                    listings.setdefault(file.sha256, []).append(file)
    return listings


def write_pages(*, snapshots: Sequence[ModelSnapshot], hidden: Hidden) -> Written:
    """Write a batch, each page once; the caller holds ``Lock.MIRRORED_TABLES``.

    :raises UnfitSnapshot: before anything is written
    """
    listings = listings_of(snapshots)
    ids, known = find_ids(snapshots=snapshots, digests=listings)
    newcomers = _newcomers(snapshots, ids)
    renderer = Renderer(
        ids=ids,
        states=known.states,
        ends=_ends(snapshots, hidden, newcomers),
        hidden=hidden,
    )
    renderer.render(snapshots)
    renderer.artifacts(listings)
    rows = close_edges(newcomers) + _raise_sizes(listings, ids, known)
    rows += sum(_copy(row, renderer.new[row], staged=False) for row in Row)
    changed: set[int] = set()
    if any(renderer.staged.values()):
        merged, changed = _merge(renderer, snapshots)
        rows += merged
    return Written(new_pages=len(ids.new[Row.PAGE]), changed_pages=len(changed), rows=rows)


def _newcomers(snapshots: Sequence[ModelSnapshot], ids: Ids) -> Ends:
    """Return what the batch brings that an edge may have waited for, by reference."""
    ends: dict[str, End] = {
        f"sha256:{sha256}": End(artifact=artifact)
        for sha256, artifact in ids.artifacts.items()
        if artifact in ids.new[Row.ARTIFACT]
    }
    for snapshot in snapshots:
        page = ids.pages[snapshot.hub, snapshot.hub_model_id]
        versions = [
            (version.hub_version_id, key)
            for version in snapshot.versions
            if (key := ids.versions[page, version.hub_version_id]) in ids.new[Row.VERSION]
        ]
        if versions or page in ids.new[Row.PAGE]:
            ends |= names_of(snapshot, page=page, versions=versions)
    return ends


def _ends(snapshots: Sequence[ModelSnapshot], hidden: Hidden, newcomers: Ends) -> Ends:
    """Return what the batch's references name, among the newcomers or in the database."""
    references = {
        hidden.spell(edge)[0]
        for snapshot in snapshots
        for version in snapshot.versions
        for edge in version.edges
    }
    ends = find_ends(references - newcomers.keys())
    pages = {
        reference: newcomers[page]
        for reference in references
        if (page := reference.partition("@")[0]) in newcomers
    }
    return {**ends, **pages, **newcomers}


def _raise_sizes(listings: Listings, ids: Ids, known: Known) -> int:
    """Store sizes that were unknown, or smaller than a listing now states."""
    sizes = {}
    for sha256, files in listings.items():
        artifact, size = ids.artifacts[sha256], largest(files)
        if size is not None and artifact in known.sizes and size > (known.sizes[artifact] or -1):
            sizes[artifact] = size
    return _execute(RAISE_SIZES, [list(sizes), list(sizes.values())]) if sizes else 0


def _copy(row: Row, lines: Sequence[str], *, staged: bool) -> int:
    if lines:
        copy_rows(copy_into(row, staged=staged), lines)
    return len(lines)


def _merge(renderer: Renderer, snapshots: Sequence[ModelSnapshot]) -> tuple[int, set[int]]:
    """Merge the staged rows; return how many rows changed, and the known pages they belong to."""
    ids = renderer.ids
    _execute(CREATE_STAGING)
    for row in STAGED:
        _copy(row, renderer.staged[row], staged=True)
    for statement in CARRY_OVERS:
        _execute(statement)
    rows = _execute(MERGE_DIGESTS)
    current = _pages_written(MERGE_PAGES)
    parts = [page for statement in MERGE_PARTS for page in _pages_written(statement)]
    grown = {page for (page, _), version in ids.versions.items() if version in ids.new[Row.VERSION]}
    changed = {*current, *parts, *(grown - set(ids.new[Row.PAGE]))}
    stale = changed.difference(current)
    if stale:
        seen = {
            ids.pages[snapshot.hub, snapshot.hub_model_id]: snapshot.observed_at
            for snapshot in snapshots
        }
        rows += _execute(TOUCH_PAGES, [list(stale), [seen[page] for page in stale]])
    return rows + len(current) + len(parts), changed


def _execute(statement: str, parameters: Sequence[list[Any]] = ()) -> int:
    """Run a statement; return how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        written: int = cursor.rowcount
        return max(written, 0)


def _pages_written(statement: str) -> list[int]:
    """Run a merge; return the page of each row it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [page for (page,) in cursor.fetchall()]
