"""One answer out of several listings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from registry.errors import BadInput
from registry.licensing.combined import Combined, Listing, combine
from registry.licensing.findings import Ground, PermissionVerdict
from registry.licensing.interval import DOUBTED, Interval
from registry.licensing.terms import Basis, Permission, Word
from registry.lineage.addresses import reference_of
from registry.lineage.graph import NodeId
from registry.lineage.references import UnreadableReference
from registry.lineage.relations import Grade
from registry.models import Hub
from registry.selectors.node_ids import WITHHELD
from registry.selectors.rights import Judged
from registry.selectors.subjects import Subject

_SHOWN = 80  # characters of somebody's words in a message
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


class UnknownListing(BadInput):
    """A copy is said to have been obtained from a page that lists nothing of what was asked."""


def combined_rights(
    *, subject: Subject, judged: Sequence[Judged], obtained_from: str = ""
) -> Combined:
    """Return one answer: for bytes listed several times, for a page's versions, for candidates.

    Listings of the same bytes are weighed by ``registry.licensing.combined.combine``; the sample
    hub's are left out where another hub lists the bytes. Versions of a page differ, and the asker
    may hold any of them: what holds for all. Candidates may be other bytes altogether, and of more
    listings than are read at once nobody looked at the rest: unclear. ``obtained_from`` names the
    page or version that the asker has his copy from (rule L20).
    """
    if not judged:
        return Combined(rights={})
    if not subject.is_exact or len(judged) < len(subject.listed):
        return Combined(rights=_whichever(judged, or_others=True))
    meant = meant_listings(subject=subject, judged=judged, obtained_from=obtained_from)
    if not subject.is_bytes:
        return Combined(rights=_whichever(meant))
    listings = [_listing(row, obtained_from) for row in _mirrored(judged)]
    told = combine(listings, obtained_from=obtained_from)
    if 1 < len(meant) < len(listings):  # several versions of the page the copy is from
        return replace(told, rights=combine([_listing(row, "") for row in meant]).rights)
    return told


def meant_listings(
    *, subject: Subject, judged: Sequence[Judged], obtained_from: str = ""
) -> Sequence[Judged]:
    """Return the listings that the answer rests on: all, unless one of them alone binds.

    Of bytes that is the official publisher's, else those the copy was obtained from (rule L20).
    """
    if not subject.is_exact:
        return judged
    rows = _mirrored(judged) if subject.is_bytes else judged
    official = [row for row in rows if row.is_official]
    if subject.is_bytes and len(official) == 1:
        return official
    return [row for row in rows if is_from(row, obtained_from)] or rows


def is_from(judged: Judged, obtained_from: str) -> bool:
    """Return whether a copy obtained from what ``obtained_from`` names is of this listing.

    Nothing is said so of a page that is not shown.
    """
    if not obtained_from or judged.json["state"] == WITHHELD:
        return False
    try:
        named = str(reference_of(obtained_from)).casefold()
    except UnreadableReference:
        return False
    row = judged.json
    page = f"{row['hub']}:{row['model_id']}"
    names = (row["id"], page, f"{page}@{row['version_id']}")
    return named in {name.casefold() for name in names}


def check_listing(judged: Iterable[Judged], *, obtained_from: str) -> None:
    """Check that a copy can have been obtained from where the asker says.

    :raises UnknownListing: if none of the listings is what ``obtained_from`` names
    """
    rows = list(judged)
    if not obtained_from or any(is_from(row, obtained_from) for row in rows):
        return
    shown = dict.fromkeys(
        f"{row.json['hub']}:{row.json['model_id']}" for row in rows if row.json["state"] != WITHHELD
    )
    known = f"They are: {', '.join(shown)}." if shown else ""
    raise UnknownListing(
        f"obtained_from: {obtained_from[:_SHOWN]!r} is none of the listings. {known}".strip()
    )


def _mirrored(judged: Sequence[Judged]) -> Sequence[Judged]:
    return [row for row in judged if row.page.hub != Hub.SAMPLE] or judged


def _listing(row: Judged, obtained_from: str) -> Listing:
    place = obtained_from if is_from(row, obtained_from) else ""
    return Listing(verdict=row.verdict, is_official=row.is_official, id=place)


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
    intervals = [right.interval for right in applicable]
    whole = reduce(Interval.hull, [*intervals, *([DOUBTED] if or_others else [])])
    binding = applicable[intervals.index(max(intervals, key=lambda one: (one.worst, one.best)))]
    return PermissionVerdict(
        word=whole.word,
        best=whole.best.word,
        worst=whole.worst.word,
        grounds=((_STRANGERS,) if or_others else ()) + binding.grounds,
    )
