"""The rights of bytes: what the pages that list them make of them together (rule L20)."""

import numpy as np

from registry.models import Hub
from registry.rights.answers import read_row, row_of, row_words
from registry.rights.catalogue import Trait
from registry.rights.coding import Codebook
from registry.rights.listings import combined_answer
from registry.rights.order import Ints
from registry.selectors.rights_catalogue import Mirrored
from registry.selectors.rights_tables import HUBS, Array
from registry.selectors.subjects import MAX_LISTED

_Said = tuple[tuple[int, bool], ...]  # of every listing: its code, and whether it is official


def artifact_codes(
    mirrored: Mirrored, codes: Ints, book: Codebook, *, after: int
) -> tuple[tuple[Array, Ints], Codebook]:
    """Return the primary keys of all listed bytes with their codes, and the rows that are new.

    :param codes: of every node; :param after: the highest code given so far
    """
    artifacts, versions = _listings(mirrored)
    pks, first, counts = np.unique(artifacts, return_index=True, return_counts=True)
    found = codes[versions[first]]
    agree = np.ones(len(pks), dtype=np.bool_)
    agree[np.searchsorted(pks, artifacts[codes[versions] != np.repeat(found, counts)])] = False
    official = mirrored.catalogue.has(Trait.OFFICIAL)[versions]
    combined = _Combined(book, after)
    several = np.flatnonzero(~agree | (counts > MAX_LISTED))
    for at in several.tolist():
        listed = slice(first[at], first[at] + counts[at])
        pairs = zip(codes[versions[listed]].tolist(), official[listed].tolist(), strict=True)
        found[at] = combined.code_of(tuple(sorted(pairs)))
    return (pks, found), combined.fresh()


def _listings(mirrored: Mirrored) -> tuple[Array, Array]:
    """Return (artifact, version's place) pairs, by artifact, as ``listings_of`` counts them.

    Of a Hugging Face page only the newest revision that lists the bytes; of the sample hub only
    where no other lists them.
    """
    tables = mirrored.tables
    artifact = tables.listings["artifact"]
    version = np.searchsorted(tables.versions["pk"], tables.listings["version"])
    page = tables.page_of[version]
    hub = tables.pages["hub"][page]
    age = np.empty(len(tables.versions["pk"]), dtype=np.int64)
    age[np.lexsort((tables.versions["pk"], tables.versions["seen"]))] = np.arange(len(age))
    one_each = np.where(hub == HUBS.index(Hub.HUGGING_FACE), -1, version)
    sort = np.lexsort((-age[version], one_each, page, artifact))
    key = np.stack([artifact[sort], page[sort], one_each[sort]])
    newest = sort[np.any(np.diff(key, axis=1, prepend=-2) != 0, axis=0)]
    artifact, version = artifact[newest], version[newest]
    is_sample = hub[newest] == HUBS.index(Hub.SAMPLE)
    stands = ~(is_sample & np.isin(artifact, artifact[~is_sample]))
    return artifact[stands], version[stands]


class _Combined:
    """Rows of bytes whose listings differ, each combination worked out once."""

    def __init__(self, book: Codebook, after: int) -> None:
        self.place = {code: at for at, code in enumerate(book.codes.tolist())}
        self.book = book
        self.after = after
        self.known = {row.tobytes(): int(c) for row, c in zip(book.rows, book.codes, strict=True)}
        self.new: dict[bytes, int] = {}
        self.codes: dict[_Said, int] = {}

    def code_of(self, said: _Said) -> int:
        """Return the code of the row for listings that say these rows."""
        if said not in self.codes:
            rows = [(read_row(self.book.rows[self.place[c]]), known) for c, known in said]
            answer = combined_answer(rows[:MAX_LISTED], has_more=len(rows) > MAX_LISTED)
            row = row_of(answer).tobytes()
            code = self.known.get(row) or self.new.setdefault(row, self.after + len(self.new) + 1)
            self.codes[said] = code
        return self.codes[said]

    def fresh(self) -> Codebook:
        """Return the rows that had no code."""
        rows = np.frombuffer(b"".join(self.new), dtype=np.uint64).reshape(-1, row_words())
        return Codebook(rows, np.array(list(self.new.values()), dtype=np.int32))
