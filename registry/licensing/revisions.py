"""Which revision of a text binds a copy: the one that was given on its day.

A revision of a text is a catalogue record of its own; ``revisions.toml`` says which records are
revisions of one text and from which day each was given. Pure Python: importing this module must
never import Django. Source: README.md, rule L36; facts/license_terms.md section 5, rule 14.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from types import MappingProxyType

import msgspec

from registry.licensing.catalog import FOLDER, BrokenRecord, read_toml, terms_of
from registry.licensing.lineage_view import Lineage, Node, NodeClaim
from registry.lineage.graph import NodeId

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


def in_force(lineage: Lineage, obtained_on: date | None) -> Lineage:
    """Return a lineage whose claims are the texts in force on the day of each copy (rule L36).

    The day an edge was made picks the text of its parent, ``obtained_on`` that of the subject. A
    parent that was copied on several days is bound by every text it was copied under.
    """
    days: dict[NodeId, set[date | None]] = {lineage.subject: {obtained_on}}
    for edge in lineage.edges:
        if edge.parent != lineage.subject:
            days.setdefault(edge.parent, set()).add(edge.made_on)
    nodes = {
        node_id: dated(node, days.get(node_id, {None})) for node_id, node in lineage.nodes.items()
    }
    return replace(lineage, nodes=nodes)


def claims_on(claims: Sequence[NodeClaim], days: Collection[date | None]) -> tuple[NodeClaim, ...]:
    """Return claims as the texts in force on each of ``days``, each once."""
    dated = (_claim_on(claim, day) for claim in claims for day in sorted(days, key=str))
    return tuple(dict.fromkeys(dated))


def revision_lines() -> tuple[tuple[Revision, ...], ...]:
    """Return every line of revisions, each oldest first."""
    return tuple(dict.fromkeys(_lines().values()))


def was_revised(claim: NodeClaim) -> bool:
    """Return whether the day of a copy makes a difference to a claim."""
    return any(license_id in _lines() for license_id in (claim.license_id, *claim.others))


def dated(node: Node, days: Collection[date | None]) -> Node:
    """Return a model under every text that was given on one of ``days``; ``None``: nobody knows."""
    return replace(node, claims=claims_on(node.claims, days)) if any(days) else node


def _claim_on(claim: NodeClaim, day: date | None) -> NodeClaim:
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
