"""Everything that is found out about a lineage as a whole, in one place.

Pure Python: importing this module must never import Django. Source: README.md, rules L23 to L35.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.licensing.codes import ConflictCode
from registry.licensing.conflicts import conflicts_of
from registry.licensing.declared import Declared, Inherited
from registry.licensing.drift import drift_of
from registry.licensing.drift_page import page_drift
from registry.licensing.findings import Cap, ExcludedTerritory, Finding
from registry.licensing.grounds import is_overruled, terms_or_unknown, why_unlicensed
from registry.licensing.inheritance import Inheritance
from registry.licensing.limit_findings import limit_findings
from registry.licensing.limits import Limits, caps_of, territories_of
from registry.licensing.lineage_view import Node
from registry.licensing.profile import Profile
from registry.licensing.routes import Act, Routes, weakest_grade
from registry.licensing.statements import Bond, own_statements, statements_of
from registry.lineage.relations import Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found."""

    conflicts: tuple[Finding, ...]
    drift: tuple[Finding, ...]
    caps: tuple[Cap, ...]
    territory_excluded: tuple[ExcludedTerritory, ...]


def examine(inheritance: Inheritance, profile: Profile) -> Examined:
    """Return every conflict, drift, cap and excluded territory, in a stable order."""
    nodes, routes = inheritance.nodes, inheritance.routes
    shared = statements_of(nodes, routes, Bond.SHARED)
    trained = statements_of(nodes, routes, Bond.TRAINED)
    beginning = [node for node in nodes if node.place in inheritance.beginnings]
    limits = Limits(nodes, routes, profile)
    conflicts = (
        *conflicts_of(shared, trained, statements_of(beginning, routes, Bond.SHARED)),
        *limit_findings(limits),
        *_unknown_parents(inheritance),
    )
    inherited = Inherited(
        handed_on=statements_of(nodes, routes, Bond.HANDED_ON),
        shared=shared,
        trained=trained,
        unverifiable=[
            node.id for node in (*_unread(inheritance, Act.HAND_ON), *_assumed(inheritance))
        ],
    )
    return Examined(
        conflicts=tuple(sorted(conflicts, key=lambda found: (found.code.value, found.because))),
        drift=_drift(inheritance.subject, inherited),
        caps=caps_of(limits),
        territory_excluded=territories_of(limits),
    )


def _drift(subject: Node, inherited: Inherited) -> tuple[Finding, ...]:
    flags = tuple(claim.flags for claim in subject.claims if claim.flags)
    declared = Declared(subject=subject.id, statements=own_statements(subject), flags=flags)
    found = (*drift_of(declared, inherited), *page_drift(subject, declared))
    return tuple(sorted(found, key=lambda finding: (finding.code.value, finding.because)))


def _unknown_parents(inheritance: Inheritance) -> Iterator[Finding]:
    """Find ancestors whose text nobody can tell, and ancestors nobody names (rule L4, L19)."""
    unread = _unread(inheritance, Act.RUN)
    if unread:
        grade = weakest_grade(_best(unread, inheritance.routes), Grade.TAG)
        yield _unknown("Nobody can tell which text binds a parent.", unread, grade)
    assumed = _assumed(inheritance)
    if assumed:
        reasons = "; ".join(sorted({inheritance.unknown[node.place] for node in assumed}))
        because = f"A parent is assumed that nobody names: {reasons}."
        yield _unknown(because, assumed, Grade.INFERRED)


def _unread(inheritance: Inheritance, act: Act) -> list[Node]:
    """Return the ancestors whose text nobody can tell, among those that bind an act."""
    return [
        node
        for node in inheritance.nodes
        if node.id != inheritance.subject.id
        and any(act in reach.way.acts for reach in inheritance.routes.reaches[node.place])
        and _is_unread(node)
    ]


def _assumed(inheritance: Inheritance) -> list[Node]:
    return [node for node in inheritance.nodes if inheritance.unknown[node.place]]


def _is_unread(node: Node) -> bool:
    binding = [c for c in node.claims if c.license_id and not is_overruled(node, c)]
    ids = [license_id for claim in binding for license_id in (claim.license_id, *claim.others)]
    is_vague = any(terms_or_unknown(license_id).names_no_text for license_id in ids)
    return is_vague or bool(why_unlicensed(node, binding))


def _best(nodes: Sequence[Node], routes: Routes) -> Grade:
    grades = [reach.grade for node in nodes for reach in routes.reaches[node.place]]
    return min(grades, key=lambda grade: grade.value)


def _unknown(because: str, nodes: Sequence[Node], grade: Grade) -> Finding:
    return Finding(
        code=ConflictCode.UNKNOWN_PARENT,
        because=because,
        clause="",
        ancestors=tuple(dict.fromkeys(node.id for node in nodes)),
        licenses=(),
        grade=grade,
        is_firm=False,
    )
