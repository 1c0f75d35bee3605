"""How answers by digest are shaped, and rendered."""

from dataclasses import replace
from functools import cache
from typing import TypedDict

import msgspec

from registry.licensing.interval import DOUBTED
from registry.licensing.terms import Permission, Word
from registry.lineage.relations import Coverage
from registry.rights.answers import RowAnswer, Said


class WordJson(TypedDict):
    """The answer for one permission, without reasons."""

    word: str
    best: str
    worst: str


class OwedJson(TypedDict):
    """A duty; when it is due and to whom is in the whole answer."""

    duty: str
    value: str


class BytesRightsJson(TypedDict):
    """What may be done with the bytes a digest names; all empty where it names none."""

    digest: str  # as it was asked
    found: bool
    exact: bool  # false: the digest does not identify bytes, or is not known
    matched_by: str  # sha256 | blake3 | autov1 | autov2 | autov3 | crc32 | sha256_prefix
    candidates: int  # how many mirrored files it could name; 51: or more
    computed: str  # "epoch"; "now" for bytes newer than the epoch; "" where that is still to do
    answer: str  # where the whole answer is, with every reason
    rights: dict[str, WordJson]
    conflicts: list[str]  # codes of conflicts between texts of the lineage
    lineage_coverage: str
    duties: list[OwedJson]
    use_restrictions: list[str]
    listings_disagree: bool
    cyclic: bool  # the lineage runs in a circle


class LookupJson(BytesRightsJson):
    """One answer and the epoch it is of."""

    epoch: int
    computed_at: str


class LookupsJson(TypedDict):
    """Many answers, in the order they were asked for."""

    epoch: int
    computed_at: str
    results: list[BytesRightsJson]


def rendered(row: RowAnswer) -> bytes:
    """Return the part of an answer that a row says."""
    said = {
        "rights": {
            permission.value: _words(one.word, one.best, one.worst)
            for permission, one in row.rights.items()
        },
        "conflicts": row.conflicts,
        "lineage_coverage": row.coverage,
        "duties": [{"duty": duty.duty, "value": duty.value} for duty in row.duties],
        "use_restrictions": row.uses,
        "listings_disagree": row.listings_disagree,
        "cyclic": row.is_cyclic,
    }
    return msgspec.json.encode(said)[1:]


@cache
def _words(word: Word, best: Word, worst: Word) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode({"word": word, "best": best, "worst": worst}))


_DOUBT = Said(DOUBTED.word, DOUBTED.best.word, DOUBTED.worst.word)
_EMPTY_ROW = RowAnswer(
    rights={},
    relicense=_DOUBT,
    conflicts=(),
    coverage=Coverage.NONE,
    uses=(),
    duties=(),
    is_cyclic=False,
    listings_disagree=False,
)
RENDERED_DOUBTED = rendered(replace(_EMPTY_ROW, rights=dict.fromkeys(Permission, _DOUBT)))
RENDERED_EMPTY = rendered(_EMPTY_ROW)
