"""Answer "may I?" for a model and everything it was made from.

Pure Python: importing this module must never import Django.
Source: README.md; facts/license_terms.md section 5, rules 1 to 5.
"""

from collections.abc import Sequence

from registry.licensing.combined import Combined, Listing, combine
from registry.licensing.duties import duties_of, use_restrictions_of
from registry.licensing.examination import Examined, Inheritance, beginnings_of, examine
from registry.licensing.findings import (
    NO_RELICENSE,
    Cap,
    Duty,
    ExcludedTerritory,
    Finding,
    Ground,
    PermissionVerdict,
    RightsVerdict,
    UseRestriction,
)
from registry.licensing.grounds import (
    NO_LICENSE,
    basis_of,
    grounds_of,
    nothing_known,
    terms_or_unknown,
)
from registry.licensing.interval import ALLOWED, Interval, join_all
from registry.licensing.lineage_view import CivitaiFlags, Lineage, Node, NodeClaim, Reading
from registry.licensing.notes import notes_on
from registry.licensing.profile import NOBODY, Profile
from registry.licensing.relicense import relicense_grounds
from registry.licensing.revisions import in_force
from registry.licensing.routes import ACT_OF, Act, Routes
from registry.licensing.stacks import stack_of
from registry.licensing.terms import Basis, Level, Permission, Word
from registry.lineage.coverage import LineageCoverage, weakest
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Coverage, Evidence, Grade

__all__ = [
    "Cap",
    "CivitaiFlags",
    "Combined",
    "Duty",
    "ExcludedTerritory",
    "Finding",
    "Ground",
    "Lineage",
    "Listing",
    "Node",
    "NodeClaim",
    "PermissionVerdict",
    "Profile",
    "Reading",
    "RightsVerdict",
    "UseRestriction",
    "assess",
    "assess_stack",
    "combine",
    "found_in",
]

OF_A_SERVICE = frozenset({Permission.OUTPUTS_COMMERCIAL, Permission.TRAIN_ON_OUTPUTS})


def assess(lineage: Lineage, profile: Profile = NOBODY) -> RightsVerdict:
    """Return what is allowed with a model, counting its whole lineage.

    Every permission is the join of its grounds (rule L3): the subject's own and those of every
    ancestor over the edges that pass it on (rules L9 to L11), and what conflicts and the asker's
    own case add (rules L23 to L31). Each has at least one ground. The order of edges and claims
    makes no difference.

    :param profile: who asks; what it leaves open changes no word
    """
    lineage = in_force(lineage, profile.obtained_on)
    coverage = LineageCoverage.of(lineage.nodes, lineage.edges)
    inheritance = _inheritance(lineage, coverage)
    found = examine(inheritance, profile)
    nodes, routes, subject = inheritance.nodes, inheritance.routes, inheritance.subject
    edges = _ordered(lineage.edges, routes)
    return RightsVerdict(
        rights={
            permission: _verdict(permission, inheritance, found.conflicts)
            for permission in Permission
        },
        coverage=_coverage(inheritance, coverage),
        duties=duties_of(nodes, routes),
        use_restrictions=use_restrictions_of(nodes, routes),
        open_edges=tuple(edge for edge in edges if _node(lineage, edge.parent).is_open),
        edges=edges,
        notes=notes_on(nodes, edges, subject),
        relicense=_relicense(inheritance, found.conflicts),
        caps=found.caps,
        territory_excluded=found.territory_excluded,
        conflicts=found.conflicts,
        drift=found.drift,
    )


def found_in(lineage: Lineage, profile: Profile = NOBODY) -> Examined:
    """Return what ``assess`` finds besides words: conflicts, drift, caps, territories."""
    lineage = in_force(lineage, profile.obtained_on)
    coverage = LineageCoverage.of(lineage.nodes, lineage.edges)
    return examine(_inheritance(lineage, coverage), profile)


def assess_stack(lineages: Sequence[Lineage], profile: Profile = NOBODY) -> RightsVerdict:
    """Return what is allowed with files that run together (rule L37).

    Running, hosting and outputs are answered; handing on is a question about each file.

    :raises EmptyStack: if there is no file
    """
    return assess(stack_of(lineages), profile)


def _inheritance(lineage: Lineage, coverage: LineageCoverage) -> Inheritance:
    passing = _passing(lineage)
    routes = Routes.from_subject(lineage.subject, passing)
    nodes = [_node(lineage, node) for node in sorted(routes.reaches)]
    return Inheritance(
        subject=_node(lineage, lineage.subject),
        nodes=nodes,
        routes=routes,
        unknown={n.id: "" if n.is_stack else coverage.unknown_parent(n.id) for n in nodes},
        beginnings=beginnings_of(lineage.subject, nodes, passing),
    )


def _coverage(inheritance: Inheritance, coverage: LineageCoverage) -> Coverage:
    """Return how much of the lineage is known; of a stack, the weakest of its files (L37)."""
    subject = inheritance.subject.id
    if not inheritance.subject.is_stack:
        return coverage.whole(subject)
    distance = inheritance.routes.distance
    return weakest([coverage.whole(node) for node, far in distance.items() if far == 1])


def _verdict(
    permission: Permission, inheritance: Inheritance, conflicts: Sequence[Finding]
) -> PermissionVerdict:
    """Return the answer on one permission; what makes no sense is not applicable (L14, L37)."""
    subject, routes = inheritance.subject, inheritance.routes
    if subject.is_service and permission not in OF_A_SERVICE:
        return _not_applicable(subject, permission, "a hosted service hands out no weights")
    if subject.is_stack and ACT_OF[permission] is not Act.RUN:
        return _not_applicable(subject, permission, "each file of a stack is handed on alone")
    grounds = [
        ground
        for node in inheritance.nodes
        for ground in grounds_of(
            node, permission, routes.reaches[node.id], inheritance.unknown[node.id]
        )
    ]
    for finding in conflicts:
        interval = dict(finding.effects).get(permission)
        if interval is not None:
            grounds.append(_ground_of(finding, permission.value, interval))
    if all(ground.overruled for ground in grounds):
        grounds.append(nothing_known(routes.subject, permission.value))
    return _joined(grounds, routes)


def _relicense(inheritance: Inheritance, conflicts: Sequence[Finding]) -> PermissionVerdict:
    """Return whether a derivative may go out under other terms (rule L22)."""
    if inheritance.subject.is_service or inheritance.subject.is_stack:
        return NO_RELICENSE
    routes = inheritance.routes
    grounds = [*relicense_grounds(inheritance.nodes, routes, inheritance.unknown)]
    for finding in conflicts:
        if finding.relicense != ALLOWED:
            grounds.append(_ground_of(finding, "relicense", finding.relicense))
    return _joined(grounds or [nothing_known(routes.subject, "relicense")], routes)


def _ground_of(finding: Finding, asked: str, interval: Interval) -> Ground:
    """Return a finding as a reason (rule L23)."""
    return Ground(
        ancestor=finding.ancestors[0],
        license=finding.licenses[0],
        clause=f"{asked}: {finding.code.value}, {finding.because}",
        grade=finding.grade,
        basis=Basis.TEXT,
        source="",
        best=interval.best,
        worst=interval.worst,
    )


def _joined(grounds: Sequence[Ground], routes: Routes) -> PermissionVerdict:
    whole = join_all(ground.interval for ground in grounds if not ground.overruled)
    return PermissionVerdict(
        word=whole.word,
        best=whole.best.word,
        worst=whole.worst.word,
        grounds=tuple(sorted(grounds, key=lambda ground: _binding_first(ground, routes))),
    )


def _binding_first(ground: Ground, routes: Routes) -> tuple[object, ...]:
    return (
        ground.overruled,
        -ground.worst,
        -ground.best,
        ground.grade.value,
        routes.distance[ground.ancestor],
        ground.ancestor,
        ground.license,
        ground.clause,
        ground.source,
    )


def _not_applicable(subject: Node, permission: Permission, why: str) -> PermissionVerdict:
    """Return that an act makes no sense for a service or a stack (rules L14 and L37)."""
    said = (claim for claim in subject.claims if claim.license_id)
    claim = next(
        said, NodeClaim(license_id=NO_LICENSE, grade=Grade.TAG, source="", basis=Basis.TAG)
    )
    ground = Ground(
        ancestor=subject.id,
        license=claim.license_id,
        clause=f"{permission.value}: not applicable, {why}",
        grade=claim.grade,
        basis=basis_of(claim, terms_or_unknown(claim.license_id)),
        source=claim.source,
        best=Level.ALLOWED,
        worst=Level.ALLOWED,
    )
    word = Word.NOT_APPLICABLE
    return PermissionVerdict(word=word, best=word, worst=word, grounds=(ground,))


def _node(lineage: Lineage, node: NodeId) -> Node:
    """Return a model of the lineage; one that is only named is open."""
    return lineage.nodes.get(node) or Node(id=node, label=node, is_open=True)


def _passing(lineage: Lineage) -> list[Edge]:
    """Return the edges that pass terms on: a release's own label is no parent of it (L16)."""
    return [
        edge
        for edge in lineage.edges
        if not (
            edge.evidence is Evidence.BASE_LABEL and _node(lineage, edge.child).is_official_base
        )
    ]


def _ordered(edges: Sequence[Edge], routes: Routes) -> tuple[Edge, ...]:
    """Return edges nearest first, in an order that does not depend on how they came."""

    def place(edge: Edge) -> tuple[object, ...]:
        distance = routes.distance.get(edge.child, len(routes.distance))
        words = (edge.child, edge.grade.value, edge.parent, edge.relation.value)
        more = (edge.retracted, str(edge.weight), str(edge.made_on))
        return (distance, *words, edge.evidence.value, edge.source, *more)

    return tuple(sorted(edges, key=place))
