"""The rights of bytes that several pages list, out of the pages' rows (rule L20).

Pure Python: importing this module must never import Django.
"""

from collections.abc import Mapping, Sequence

from registry.licensing.combined import Combined, Listing, combine
from registry.licensing.findings import PermissionVerdict, RightsVerdict
from registry.licensing.interval import DOUBTED
from registry.licensing.terms import Permission, Word
from registry.lineage.coverage import weakest
from registry.rights.answers import RowAnswer, Said, said_of
from registry.rights.layout import CODES


def combined_answer(listings: Sequence[tuple[RowAnswer, bool]], *, has_more: bool) -> RowAnswer:
    """Return one answer for bytes out of its listings' answers, each with "is it official?".

    Duties, uses and conflicts are those of any listing, the coverage is the weakest. ``has_more``:
    there are more listings than are answered at once, so nobody knows which one the asker means:
    unclear.
    """
    combined = _combined([(row.rights, known) for row, known in listings], listings)
    # Other terms are one more question: it is combined under every permission's name.
    others = [(dict.fromkeys(Permission, row.relicense), known) for row, known in listings]
    relicense = said_of(next(iter(_combined(others, listings).rights.values())))
    rows = [row for row, _ in listings]
    said = {p: said_of(one) for p, one in combined.rights.items()}
    codes = {code for row in rows for code in row.conflicts}
    return RowAnswer(
        rights={p: _or_others(one) if has_more else one for p, one in said.items()},
        relicense=_or_others(relicense) if has_more else relicense,
        conflicts=tuple(code.value for code in CODES if code in codes),
        coverage=weakest([row.coverage for row in rows]),
        uses=tuple(sorted({use for row in rows for use in row.uses})),
        duties=tuple(sorted({duty for row in rows for duty in row.duties})),
        is_cyclic=any(row.is_cyclic for row in rows),
        listings_disagree=bool(combined.note) or has_more,
    )


def _combined(
    said: Sequence[tuple[Mapping[Permission, Said], bool]],
    listings: Sequence[tuple[RowAnswer, bool]],
) -> Combined:
    pairs = zip(said, listings, strict=True)
    return combine(
        [
            Listing(verdict=_verdict(rights, row), is_official=known)
            for (rights, known), (row, _) in pairs
        ]
    )


def _verdict(said: Mapping[Permission, Said], row: RowAnswer) -> RightsVerdict:
    rights: dict[Permission, PermissionVerdict] = {
        p: PermissionVerdict(word=one.word, best=one.best, worst=one.worst, grounds=())
        for p, one in said.items()
    }
    return RightsVerdict(rights=rights, coverage=row.coverage)


def _or_others(said: Said) -> Said:
    if said.word is Word.NOT_APPLICABLE:
        return said
    return Said(DOUBTED.word, DOUBTED.best.word, DOUBTED.worst.word)
