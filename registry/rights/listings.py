"""The rights of bytes that several pages list, out of the pages' rows (rule L20).

Pure Python: importing this module must never import Django.
"""

from collections.abc import Sequence

from registry.licensing.combined import Listing, combine
from registry.licensing.findings import PermissionVerdict, RightsVerdict
from registry.licensing.interval import DOUBTED
from registry.licensing.terms import Permission, Word
from registry.lineage.coverage import weakest
from registry.rights.answers import RowAnswer, Said


def combined_answer(listings: Sequence[tuple[RowAnswer, bool]], *, has_more: bool) -> RowAnswer:
    """Return one answer for bytes out of its listings' answers, each with "is it official?".

    Duties and uses are those of any listing, the coverage is the weakest. ``has_more``: there are
    more listings than are answered at once, so nobody knows which one the asker means: unclear.
    """
    verdicts = [Listing(verdict=_verdict(row), is_official=known) for row, known in listings]
    combined = combine(verdicts)
    rows = [row for row, _ in listings]
    said = {p: Said(one.word, one.best, one.worst) for p, one in combined.rights.items()}
    return RowAnswer(
        rights={p: _or_others(one) if has_more else one for p, one in said.items()},
        coverage=weakest([row.coverage for row in rows]),
        uses=tuple(sorted({use for row in rows for use in row.uses})),
        duties=tuple(sorted({duty for row in rows for duty in row.duties})),
        is_cyclic=any(row.is_cyclic for row in rows),
        listings_disagree=bool(combined.note) or has_more,
    )


def _verdict(row: RowAnswer) -> RightsVerdict:
    rights: dict[Permission, PermissionVerdict] = {
        p: PermissionVerdict(word=one.word, best=one.best, worst=one.worst, grounds=())
        for p, one in row.rights.items()
    }
    return RightsVerdict(rights=rights, coverage=row.coverage)


def _or_others(said: Said) -> Said:
    if said.word is Word.NOT_APPLICABLE:
        return said
    return Said(DOUBTED.word, DOUBTED.best.word, DOUBTED.worst.word)
