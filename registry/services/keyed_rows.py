"""Put primary keys into the rows of pages.

Rows of a parent that is new go straight into their table; rows of a parent that is known go to a
staging table, where SQL compares them with what is stored (``ingest_sql``).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple

from registry.lineage.hub_tags import parent_named_in
from registry.selectors.aliases import Aliases
from registry.selectors.arrays import text_array
from registry.services.copying import NULL, line, number, read_field
from registry.services.ingest_sql import Row
from registry.services.page_rows import (
    KEY,
    TAGS,
    BytesRows,
    PageRows,
    VersionRows,
    page_linked_in,
    tags_of,
)

Sink = dict[Row, list[str]]

# By their names here: to look a member up in its enumeration takes longer than to append a row.
_PAGE, _STATE_CHANGE, _VERSION, _CLAIM = Row.PAGE, Row.STATE_CHANGE, Row.VERSION, Row.CLAIM
_ARTIFACT, _DIGEST, _FILE = Row.ARTIFACT, Row.DIGEST, Row.FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """Primary keys of everything in a batch, known before its rows are written."""

    pages: Mapping[tuple[str, str], int]  # by hub and hub_model_id
    versions: Mapping[tuple[int, str], int]  # by page and hub_version_id
    artifacts: Mapping[str, int]  # by sha256
    new: Mapping[Row, Collection[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What was erased, and how it is spelt since."""

    aliases: Aliases | None = None  # none: nothing was ever erased
    references: AbstractSet[str] = frozenset()
    digests: Collection[str] = ()  # SHA-256

    def page(self, row: str) -> str:
        """Return a page's row without the tags that name a hidden parent."""
        if self.aliases is None or not self.references:
            return row
        tags = tags_of(row)
        kept = [tag for tag in tags if parent_named_in(tag) not in self.references]
        if len(kept) == len(tags):
            return row
        whole = row.split("\t")
        return "\t".join([*whole[:TAGS], line(text_array(kept)), *whole[TAGS + 1 :]])

    def edge(self, row: str, reference: str) -> tuple[str, str]:
        """Return an edge's row and reference; its detail and source (a tag) spell the name too."""
        if self.aliases is None or self.references.isdisjoint({reference, page_linked_in(row)}):
            return row, reference
        alias = self.aliases.of_reference(reference)
        _, relation, evidence, grade, weight, _, _, at = row.split("\t")
        return "\t".join([line(alias), relation, evidence, grade, weight, "", "", at]), alias

    def file(self, row: str, sha256: str) -> str:
        """Return a file's row; the file's own id in a repository is its name."""
        if self.aliases is None or sha256 not in self.digests:
            return row
        hub_file_id = read_field(row, 0)
        alias = self.aliases.of(f"file:{hub_file_id}", unless=hub_file_id)
        _, _, size, kind, file_format, is_primary, _ = row.split("\t")
        return "\t".join([line(alias), "", size, kind, file_format, is_primary, ""])


class EdgeRow(NamedTuple):
    """An edge that waits for its ends."""

    child: int
    row: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRows:
    """The rows of one batch."""

    ids: Ids
    states: Mapping[int, tuple[str, str]]  # of the known pages: state and moved_to
    hidden: Hidden
    new: Sink = field(default_factory=lambda: defaultdict(list))
    staged: Sink = field(default_factory=lambda: defaultdict(list))
    new_edges: list[EdgeRow] = field(default_factory=list)
    staged_edges: list[EdgeRow] = field(default_factory=list)

    def add_pages(self, pages: Iterable[PageRows]) -> None:
        """Append everything of pages, each given once, but the bytes they list."""
        for page in pages:
            self._page(page)

    def _page(self, page: PageRows) -> None:
        key = self.ids.pages[page.key]
        is_new = key in self.ids.new[_PAGE]
        sink = self.new if is_new else self.staged
        sink[_PAGE].append(f"{key}\t{self.hidden.page(page.row)}\n")
        if is_new or self.states.get(key) != (page.state, page.moved_to):
            self.new[_STATE_CHANGE].append(f"{key}\t{page.state_row}\n")
        for claim in page.claims if is_new else (*page.claims, *page.silent_claims):
            sink[_CLAIM].append(f"{key}\t{claim}\n")
        for version in page.versions:
            self._version(key, version)

    def _version(self, page: int, version: VersionRows) -> None:
        key = self.ids.versions[page, version.hub_version_id]
        is_new = key in self.ids.new[_VERSION]
        sink = self.new if is_new else self.staged
        sink[_VERSION].append(f"{key}\t{page}\t{version.row}\n")
        artifacts, files = self.ids.artifacts, version.files
        if self.hidden.digests:
            files = tuple(map(self.hidden.file, files, version.digests))
        sink[_FILE] += [
            f"{key}\t{row}\t{artifacts[sha] if sha else NULL}\n"
            for row, sha in zip(files, version.digests, strict=True)
        ]
        if version.edges:
            edges = self.new_edges if is_new else self.staged_edges
            edges += [
                EdgeRow(key, *self.hidden.edge(row, reference))
                for row, reference in zip(version.edges, version.references, strict=True)
            ]

    def add_bytes(self, listings: Mapping[str, Sequence[BytesRows]]) -> None:
        """Append bytes and their digests; ``listings`` are the batch's by SHA-256."""
        ids, new = self.ids.artifacts, self.ids.new[_ARTIFACT]
        rows, new_digests = self.new[_ARTIFACT], self.new[_DIGEST]
        for sha256, said in listings.items():
            artifact = ids[sha256]
            key = str(artifact)
            digests = said[0].digests.replace(KEY, key) if len(said) == 1 else _all(said, key)
            if artifact in new:
                rows.append(f"{key}\t{sha256}\t{number(largest(said))}\n")
                new_digests.append(digests)
            else:
                self.staged[_DIGEST] += digests.splitlines()


def listings_of(pages: Iterable[PageRows]) -> Mapping[str, Sequence[BytesRows]]:
    """Return what a batch says about bytes, by SHA-256."""
    listings: dict[str, list[BytesRows]] = {}
    for page in pages:
        for said in page.bytes:
            listings.setdefault(said.sha256, []).append(said)
    return listings


def largest(said: Sequence[BytesRows]) -> int | None:
    """Return the largest size that a listing states."""
    if len(said) == 1:
        return said[0].size_bytes
    return max((one.size_bytes for one in said if one.size_bytes is not None), default=None)


def _all(said: Sequence[BytesRows], key: str) -> str:
    rows = dict.fromkeys(row for one in said for row in one.digests.splitlines(keepends=True))
    return "".join(rows).replace(KEY, key)
