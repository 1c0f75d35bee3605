"""One answer for bytes that several pages list.

Pure Python: importing this module must never import Django. Source: README.md, rule L20.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from registry.licensing.findings import PermissionVerdict, RightsVerdict
from registry.licensing.terms import Permission, Word

_STRICTEST_LAST = (Word.ALLOWED, Word.CONDITIONAL, Word.UNCLEAR, Word.FORBIDDEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page's verdict on the same bytes; ``is_official``: the original publisher's page."""

    verdict: RightsVerdict
    is_official: bool = False
    id: str = ""  # as a profile's ``obtained_from`` names it


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """The answer over all listings; ``note`` says how it came about where they disagree."""

    rights: Mapping[Permission, PermissionVerdict]
    note: str = ""


def combine(listings: Sequence[Listing], *, obtained_from: str = "") -> Combined:
    """Return one answer for bytes listed by several pages (rule L20).

    Where the words agree, that word. Where they disagree: the official publisher's, if exactly
    one listing is his, because he alone shows a right to grant; else that of the listing the
    copy was obtained from, if the asker says; else unclear, from the best of the listings to the
    worst. Of no listings: nothing (an empty mapping).
    """
    if not listings:
        return Combined(rights={})
    official = [listing for listing in listings if listing.is_official]
    disagree = any(len(_words(listings, permission)) > 1 for permission in Permission)
    if len(official) == 1:
        note = "The listings disagree; the official publisher's binds." if disagree else ""
        return Combined(rights=dict(official[0].verdict.rights), note=note)
    obtained = [listing for listing in listings if obtained_from and listing.id == obtained_from]
    if len(obtained) == 1:
        note = "The listings disagree; the one the copy was obtained from binds."
        return Combined(rights=dict(obtained[0].verdict.rights), note=note if disagree else "")
    note = "The listings disagree, and no single one is the official publisher's."
    return Combined(
        rights={permission: _joined(listings, permission) for permission in Permission},
        note=note if disagree else "",
    )


def _words(listings: Sequence[Listing], permission: Permission) -> set[Word]:
    return {listing.verdict.rights[permission].word for listing in listings}


def _joined(listings: Sequence[Listing], permission: Permission) -> PermissionVerdict:
    verdicts = [listing.verdict.rights[permission] for listing in listings]
    meant = [verdict for verdict in verdicts if verdict.word is not Word.NOT_APPLICABLE]
    if not meant:
        return verdicts[0]
    words = {verdict.word for verdict in meant}
    grounds = dict.fromkeys(ground for verdict in meant for ground in verdict.grounds)
    return replace(
        meant[0],
        word=words.pop() if len(words) == 1 else Word.UNCLEAR,
        best=min((verdict.best for verdict in meant), key=_STRICTEST_LAST.index),
        worst=max((verdict.worst for verdict in meant), key=_STRICTEST_LAST.index),
        grounds=tuple(sorted(grounds, key=lambda g: (g.overruled, -g.worst, -g.best))),
    )
