"""Which text binds a copy: the one that was given on its day.

A revision of a text is a catalogue record of its own; ``revisions.toml`` says which records are
revisions of one text and from which day each was given. The index of official releases says which
texts of a release its publisher replaced, and when. Pure Python: importing this module must
never import Django.
Source: README.md, rules L15 and L36; facts/license_terms.md section 5, rule 14.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from types import MappingProxyType

import msgspec

from registry.licensing.catalog import FOLDER, BrokenRecord, read_toml, terms_of
from registry.licensing.lineage_view import Node, NodeClaim
from registry.licensing.official import days_of_change, official_claim

_FILE = "revisions.toml"


class Revision(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """One record and the day from which its text was given."""

    license: str
    start: date


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    revisions: tuple[Revision, ...]


class _Lines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lines: tuple[_Line, ...]


def revision_on(license_id: str, day: date | None) -> str:
    """Return the record that binds a copy of ``day`` whose text is said to be ``license_id``.

    A text that was not given yet on that day is replaced by the one that was; an older one
    stays, for a later text helps only copies obtained under it. ``None``: nobody knows the day.
    """
    line = _lines().get(license_id, ())
    if day is None or not line:
        return license_id
    said = next(revision for revision in line if revision.license == license_id)
    given = [revision for revision in line if revision.start <= day] or [line[0]]
    return min(said, given[-1], key=lambda revision: revision.start).license


def dated(node: Node, day: date | None) -> Node:
    """Return a model under the text that was given on ``day`` (rules L15 and L36).

    ``None``: nobody knows the day, and the text is the one claimed. On a day on which a release was
    under none of the texts that are known, the page's own words stay.
    """
    if day is None:
        return node
    official = _official_on(node.releases, day)
    if official is not None:
        claims = (*node.claims, official)
        node = replace(node, claims=claims, is_official_base=True, is_open=False)
    claims = tuple(dict.fromkeys(_claim_on(claim, day) for claim in node.claims))
    return node if claims == node.claims else replace(node, claims=claims)


def depends_on_day(node: Node) -> bool:
    """Return whether the day of a copy makes a difference to a model's texts."""
    return bool(node.releases) or any(map(was_revised, node.claims))


def revision_lines() -> tuple[tuple[Revision, ...], ...]:
    """Return every line of revisions, each oldest first."""
    return tuple(dict.fromkeys(_lines().values()))


def first_days() -> tuple[date, ...]:
    """Return the days, in order, from which some copy is under another text than before."""
    starts = {one.start for line in revision_lines() for one in line}
    return tuple(sorted(starts | days_of_change()))


def was_revised(claim: NodeClaim) -> bool:
    """Return whether the day of a copy makes a difference to a claim."""
    return any(license_id in _lines() for license_id in (claim.license_id, *claim.others))


def _official_on(releases: Iterable[str], day: date) -> NodeClaim | None:
    claims = (official_claim(reference, on=day) for reference in releases)
    return next((claim for claim in claims if claim is not None), None)


def _claim_on(claim: NodeClaim, day: date) -> NodeClaim:
    return replace(
        claim,
        license_id=revision_on(claim.license_id, day),
        others=tuple(revision_on(license_id, day) for license_id in claim.others),
    )


@cache
def _lines() -> Mapping[str, tuple[Revision, ...]]:
    index = read_toml(FOLDER / _FILE, lambda raw: msgspec.convert(raw, _Lines))
    found: dict[str, tuple[Revision, ...]] = {}
    for line in index.lines:
        days = [revision.start for revision in line.revisions]
        if days != sorted(set(days)):
            raise BrokenRecord(_FILE, "from", "revisions must stand oldest first")
        for revision in line.revisions:
            terms_of(revision.license)
            found[revision.license] = line.revisions
    return MappingProxyType(found)
