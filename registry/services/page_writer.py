"""The bulk path: reserve keys, put them into rows, COPY those, merge what was known."""

from collections.abc import Iterable, Mapping, Sequence
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
    KEEP_LAPSES,
    MERGE_PAGES,
    MERGE_PARTS,
    RAISE_SIZES,
    STAGED,
    TOUCH_PAGES,
    Row,
    copy_into,
)
from registry.services.keyed_rows import Hidden, KeyedRows, largest, listings_of
from registry.services.page_rows import BytesRows, PageRows

Listings = Mapping[str, Sequence[BytesRows]]  # what a batch says about bytes, by SHA-256

# Parents before children.
_STRAIGHT = (Row.ARTIFACT, Row.DIGEST, Row.PAGE, Row.STATE_CHANGE, Row.VERSION, Row.FILE, Row.CLAIM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written for one batch."""

    new_pages: int = 0
    changed_pages: int = 0
    rows: int = 0


def write_pages(*, pages: Sequence[PageRows], hidden: Hidden) -> Written:
    """Write a batch, each page once; the caller holds ``Lock.MIRRORED_TABLES``."""
    listings = listings_of(pages)
    ids, known = find_ids(pages=pages, digests=listings)
    keyed = KeyedRows(ids=ids, states=known.states, hidden=hidden)
    keyed.add_bytes(listings)
    keyed.add_pages(pages)
    rows = _raise_sizes(listings, known) + _add_digests(keyed.staged[Row.DIGEST])
    rows += sum(_copy(row, keyed.new[row]) for row in _STRAIGHT)
    rows += _copy(Row.EDGE, with_ends(keyed.new_edges))  # the last: they may lead to all the others
    changed: set[int] = set()
    if keyed.staged[Row.PAGE]:
        merged, changed = _merge(keyed, pages)
        rows += merged
    close_older_edges(ids)
    return Written(new_pages=len(ids.new[Row.PAGE]), changed_pages=len(changed), rows=rows)


def _raise_sizes(listings: Listings, known: Known) -> int:
    """Store sizes that were unknown, or smaller than a listing now states."""
    sizes = {}
    for sha256, (artifact, stored) in known.artifacts.items():
        size = largest(listings[sha256])
        if size is not None and size > (-1 if stored is None else stored):
            sizes[artifact] = size
    return _execute(RAISE_SIZES, [int_array(sizes), int_array(sizes.values())]) if sizes else 0


def _add_digests(lines: Sequence[str]) -> int:
    """Store digests of bytes that are known, as far as they are news."""
    if not lines:
        return 0
    columns = zip(*(line.split() for line in lines), strict=True)
    return _execute(ADD_DIGESTS, [word_array(column) for column in columns])


def _copy(row: Row, lines: Iterable[str], *, staged: bool = False) -> int:
    """Copy rows; return how many."""
    return copy_rows(copy_into(row, staged=staged), lines)


def _merge(keyed: KeyedRows, pages: Sequence[PageRows]) -> tuple[int, set[int]]:
    """Merge the staged rows; return how many rows changed, and the known pages they belong to."""
    ids = keyed.ids
    _execute(CREATE_STAGING)
    keyed.staged[Row.EDGE] = with_ends(keyed.staged_edges)
    for row in STAGED:
        _copy(row, keyed.staged[row], staged=True)
    for statement in CARRY_OVERS:
        _execute(statement)
    rows = _execute(KEEP_LAPSES)
    current = _pages_written(MERGE_PAGES)
    parts = [page for statement in MERGE_PARTS for page in _pages_written(statement)]
    grown = {page for (page, _), version in ids.versions.items() if version in ids.new[Row.VERSION]}
    changed = {*current, *parts, *(grown - set(ids.new[Row.PAGE]))}
    stale = changed.difference(current)
    if stale:
        seen = {ids.pages[page.key]: page.observed_at for page in pages}
        rows += _execute(TOUCH_PAGES, [int_array(stale), text_array(seen[page] for page in stale)])
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
