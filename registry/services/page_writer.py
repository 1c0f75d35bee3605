"""The bulk path: reserve keys, render rows, COPY them, merge what was known."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from registry.selectors.arrays import int_array, text_array, word_array
from registry.services.batch_ids import Known, find_ids
from registry.services.copying import copy_rows
from registry.services.edge_ends import close_older_edges, with_ends
from registry.services.ingest_sql import (
    ADD_DIGESTS,
    CARRY_OVERS,
    CREATE_STAGING,
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

_OF_PAGES = [row for row in Row if row not in {Row.ARTIFACT, Row.DIGEST}]


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

    :raises UnfitSnapshot: then the caller's transaction is void
    """
    listings = listings_of(snapshots)
    ids, known = find_ids(snapshots=snapshots, digests=listings)
    renderer = Renderer(ids=ids, states=known.states, hidden=hidden)
    renderer.artifacts(listings)
    rows = _raise_sizes(listings, ids, known) + _add_digests(renderer.staged[Row.DIGEST])
    rows += _copy(Row.ARTIFACT, renderer.new[Row.ARTIFACT], staged=False)
    with _copying(Row.DIGEST, renderer.new[Row.DIGEST]):
        renderer.render(snapshots)
    rows += len(renderer.new[Row.DIGEST])
    rows += sum(_copy(row, renderer.new[row], staged=False) for row in _OF_PAGES)
    changed: set[int] = set()
    if renderer.staged[Row.PAGE]:
        merged, changed = _merge(renderer, snapshots)
        rows += merged
    close_older_edges(ids.new)
    return Written(new_pages=len(ids.new[Row.PAGE]), changed_pages=len(changed), rows=rows)


def _raise_sizes(listings: Listings, ids: Ids, known: Known) -> int:
    """Store sizes that were unknown, or smaller than a listing now states."""
    sizes = {}
    for sha256, files in listings.items():
        artifact, size = ids.artifacts[sha256], largest(files)
        if size is not None and artifact in known.sizes and size > (known.sizes[artifact] or -1):
            sizes[artifact] = size
    return _execute(RAISE_SIZES, [int_array(sizes), int_array(sizes.values())]) if sizes else 0


def _add_digests(lines: Sequence[str]) -> int:
    """Store digests of bytes that are known, as far as they are news."""
    if not lines:
        return 0
    columns = zip(*(line.split() for line in lines), strict=True)
    return _execute(ADD_DIGESTS, [word_array(column) for column in columns])


@contextmanager
def _copying(row: Row, lines: Sequence[str]) -> Iterator[None]:
    """Copy rows while the caller goes on working: the database takes longer than to send them."""
    if not lines:
        yield
        return
    with connection.cursor() as cursor, cursor.copy(copy_into(row, staged=False)) as copy:
        copy.write("".join(lines).encode())
        yield


def _copy(row: Row, lines: Sequence[str], *, staged: bool) -> int:
    """Copy rows; edges come after all that they may lead to."""
    if lines:
        rows = with_ends(lines) if row is Row.EDGE else lines
        copy_rows(copy_into(row, staged=staged), rows)
    return len(lines)


def _merge(renderer: Renderer, snapshots: Sequence[ModelSnapshot]) -> tuple[int, set[int]]:
    """Merge the staged rows; return how many rows changed, and the known pages they belong to."""
    ids = renderer.ids
    _execute(CREATE_STAGING)
    for row in STAGED:
        _copy(row, renderer.staged[row], staged=True)
    for statement in CARRY_OVERS:
        _execute(statement)
    current = _pages_written(MERGE_PAGES)
    parts = [page for statement in MERGE_PARTS for page in _pages_written(statement)]
    grown = {page for (page, _), version in ids.versions.items() if version in ids.new[Row.VERSION]}
    changed = {*current, *parts, *(grown - set(ids.new[Row.PAGE]))}
    rows = 0
    stale = changed.difference(current)
    if stale:
        seen = {
            ids.pages[snapshot.hub, snapshot.hub_model_id]: snapshot.observed_at
            for snapshot in snapshots
        }
        rows = _execute(
            TOUCH_PAGES, [int_array(stale), text_array(seen[page].isoformat() for page in stale)]
        )
    return rows + len(current) + len(parts), changed


def _execute(statement: str, parameters: Sequence[str] = ()) -> int:
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
