"""One answer out of several listings."""

from collections.abc import Mapping, Sequence
from functools import reduce

from registry.licensing.combined import Combined, Listing, combine
from registry.licensing.findings import Ground, PermissionVerdict
from registry.licensing.interval import DOUBTED, Interval
from registry.licensing.terms import Basis, Level, Permission, Word
from registry.lineage.graph import NodeId
from registry.lineage.relations import Grade
from registry.models import Hub
from registry.selectors.rights import Judged
from registry.selectors.subjects import Subject

OTHERS = NodeId("name:others that the question may be about")
_STRANGERS = Ground(
    ancestor=OTHERS,
    license="unknown",
    clause="the question does not identify one of the listings answered here",
    grade=Grade.INFERRED,
    basis=Basis.SILENCE,
    source="",
    best=DOUBTED.best,
    worst=DOUBTED.worst,
)


def combined_rights(*, subject: Subject, judged: Sequence[Judged]) -> Combined:
    """Return one answer: for bytes listed several times, for a page's versions, for candidates.

    Listings of the same bytes are weighed by ``registry.licensing.combined.combine``; the sample
    hub's are left out where another hub lists the bytes. Versions of a page differ, and the asker
    may hold any of them: what holds for all. Candidates may be other bytes altogether, and of more
    listings than are read at once nobody looked at the rest: unclear.
    """
    if not judged:
        return Combined(rights={})
    if not subject.is_exact or len(judged) < len(subject.listed):
        return Combined(rights=_whichever(judged, or_others=True))
    if not subject.is_bytes:
        return Combined(rights=_whichever(judged))
    mirrored = [row for row in judged if row.page.hub != Hub.SAMPLE] or judged
    return combine([Listing(verdict=row.verdict, is_official=row.is_official) for row in mirrored])


def _whichever(
    judged: Sequence[Judged], *, or_others: bool = False
) -> Mapping[Permission, PermissionVerdict]:
    """Return what holds where one of the listings is meant and nobody says which."""
    return {
        permission: _hull([row.verdict.rights[permission] for row in judged], or_others=or_others)
        for permission in judged[0].verdict.rights
    }


def _hull(rights: Sequence[PermissionVerdict], *, or_others: bool) -> PermissionVerdict:
    applicable = [right for right in rights if right.word is not Word.NOT_APPLICABLE]
    if not applicable:
        return rights[0]
    intervals = [_interval(right) for right in applicable]
    whole = reduce(Interval.hull, [*intervals, *([DOUBTED] if or_others else [])])
    binding = applicable[intervals.index(max(intervals, key=lambda one: (one.worst, one.best)))]
    return PermissionVerdict(
        word=whole.word,
        best=whole.best.word,
        worst=whole.worst.word,
        grounds=((_STRANGERS,) if or_others else ()) + binding.grounds,
    )


def _interval(right: PermissionVerdict) -> Interval:
    return Interval(Level[right.best.name], Level[right.worst.name])
