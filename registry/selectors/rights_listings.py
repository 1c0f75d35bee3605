"""The rights of bytes: what the pages that list them make of them together (rule L20)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from registry.models import Hub
from registry.rights.answers import FLAG_WORD, Flag, is_to_ask, read_row, row_of, row_words
from registry.rights.catalogue import Trait
from registry.rights.coding import Codebook
from registry.rights.listings import combined_answer
from registry.rights.order import Ints, ranges
from registry.selectors.rights_catalogue import Mirrored
from registry.selectors.rights_tables import HUBS, Array
from registry.selectors.subjects import MAX_LISTED

_Said = tuple[tuple[int, bool], ...]  # of every listing: its code, and whether it is official


@dataclass(frozen=True, slots=True)
class Listings:
    """Which versions list which bytes, by artifact, as ``listings_of`` counts them.

    Artifact ``pks[i]`` is listed by ``versions[first[i] : first[i] + counts[i]]`` (their places).
    """

    pks: Array
    first: Array
    counts: Array
    versions: Array
    is_official: npt.NDArray[np.bool_]  # of each of ``versions``

    def listing(self, concerned: npt.NDArray[np.bool_]) -> Array:
        """Return the places in ``pks`` of what any of the ``concerned`` versions lists."""
        owner = np.repeat(np.arange(len(self.pks)), self.counts)
        return np.unique(owner[concerned[self.versions]])


def listings_in(mirrored: Mirrored) -> Listings:
    """Return who lists what."""
    artifacts, versions = _listings(mirrored)
    pks, first, counts = np.unique(artifacts, return_index=True, return_counts=True)
    official = mirrored.catalogue.has(Trait.OFFICIAL)[versions]
    return Listings(pks, first, counts, versions, official)


def artifact_codes(
    listings: Listings, codes: Ints, book: Codebook, *, after: int, only: Array | None = None
) -> tuple[tuple[Array, Ints], Codebook]:
    """Return the primary keys of listed bytes with their codes, and the rows that are new.

    :param codes: of every node; :param after: the highest code given so far
    :param only: the places in ``listings.pks`` of those that are asked for
    """
    places = np.arange(len(listings.pks)) if only is None else only
    first, counts = listings.first[places], listings.counts[places]
    found = codes[listings.versions[first]]
    said = codes[listings.versions[ranges(first, first + counts)]]
    owner = np.repeat(np.arange(len(places)), counts)
    differ = np.zeros(len(places), dtype=np.bool_)
    differ[owner[said != found[owner]]] = True
    combined = _Combined(book, after)
    for at in np.flatnonzero(differ | (counts > MAX_LISTED)).tolist():
        listed = slice(first[at], first[at] + counts[at])
        own = codes[listings.versions[listed]].tolist()
        pairs = zip(own, listings.is_official[listed].tolist(), strict=True)
        found[at] = combined.code_of(tuple(sorted(pairs)))
    return (listings.pks[places], found), combined.fresh()


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
            row = self._row(said)
            code = self.known.get(row) or self.new.setdefault(row, self.after + len(self.new) + 1)
            self.codes[said] = code
        return self.codes[said]

    def _row(self, said: _Said) -> bytes:
        if len(said) > MAX_LISTED:  # the engine knows which of them it answers for
            row = np.zeros(row_words(), dtype=np.uint64)
            row[FLAG_WORD] = Flag.ASK
            return bytes(row.tobytes())
        words = [self.book.rows[self.place[code]] for code, _ in said]
        to_ask = next((row for row in words if is_to_ask(row)), None)
        if to_ask is not None:
            return bytes(to_ask.tobytes())
        rows = [(read_row(row), known) for row, (_, known) in zip(words, said, strict=True)]
        return row_of(combined_answer(rows, has_more=False)).tobytes()

    def fresh(self) -> Codebook:
        """Return the rows that had no code."""
        rows = np.frombuffer(b"".join(self.new), dtype=np.uint64).reshape(-1, row_words())
        return Codebook(rows, np.array(list(self.new.values()), dtype=np.int32))
