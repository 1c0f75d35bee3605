"""Answer "may I?" for a model and everything it was made from.

Pure Python: importing this module must never import Django.
Source: README.md; facts/license_terms.md section 5, rules 1 to 5.
"""

from collections.abc import Mapping, Sequence

from registry.licensing.combined import Combined, Listing, combine
from registry.licensing.duties import duties_of, use_restrictions_of
from registry.licensing.findings import (
    Duty,
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
from registry.licensing.interval import join_all
from registry.licensing.lineage_view import CivitaiFlags, Lineage, Node, NodeClaim, Reading
from registry.licensing.notes import notes_on
from registry.licensing.routes import Routes
from registry.licensing.terms import Basis, Level, Permission, Word
from registry.lineage.coverage import LineageCoverage
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Evidence, Grade

__all__ = [
    "CivitaiFlags",
    "Combined",
    "Duty",
    "Ground",
    "Lineage",
    "Listing",
    "Node",
    "NodeClaim",
    "PermissionVerdict",
    "Reading",
    "RightsVerdict",
    "UseRestriction",
    "assess",
    "combine",
]

OF_A_SERVICE = frozenset({Permission.OUTPUTS_COMMERCIAL, Permission.TRAIN_ON_OUTPUTS})


def assess(lineage: Lineage) -> RightsVerdict:
    """Return what is allowed with a model, counting its whole lineage.

    Every permission is the join of its grounds (rule L3): the subject's own and those of every
    ancestor over the edges that pass it on (rules L9 to L11). Each has at least one ground. The
    order of edges and claims makes no difference.
    """
    coverage = LineageCoverage.of(lineage.nodes, lineage.edges)
    routes = Routes.from_subject(lineage.subject, _passing(lineage))
    nodes = [_node(lineage, node) for node in sorted(routes.reaches)]
    unknown = {node.id: coverage.unknown_parent(node.id) for node in nodes}
    subject = _node(lineage, lineage.subject)
    edges = _ordered(lineage.edges, routes)
    rights = {
        permission: _not_applicable(subject, permission)
        if subject.is_service and permission not in OF_A_SERVICE
        else _verdict(permission, nodes, routes, unknown)
        for permission in Permission
    }
    return RightsVerdict(
        rights=rights,
        coverage=coverage.whole(lineage.subject),
        duties=duties_of(nodes, routes),
        use_restrictions=use_restrictions_of(nodes, routes),
        open_edges=tuple(edge for edge in edges if _node(lineage, edge.parent).is_open),
        edges=edges,
        notes=notes_on(nodes, edges, subject),
    )


def _verdict(
    permission: Permission,
    nodes: Sequence[Node],
    routes: Routes,
    unknown: Mapping[NodeId, str],
) -> PermissionVerdict:
    grounds = [
        ground
        for node in nodes
        for ground in grounds_of(node, permission, routes.reaches[node.id], unknown[node.id])
    ]
    binding = [ground for ground in grounds if not ground.overruled]
    if not binding:
        grounds.append(nothing_known(routes.subject, permission))
        binding = grounds[-1:]
    whole = join_all(ground.interval for ground in binding)
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


def _not_applicable(subject: Node, permission: Permission) -> PermissionVerdict:
    """Return that an act makes no sense for a hosted service (rule L14)."""
    said = (claim for claim in subject.claims if claim.license_id)
    claim = next(
        said, NodeClaim(license_id=NO_LICENSE, grade=Grade.TAG, source="", basis=Basis.TAG)
    )
    ground = Ground(
        ancestor=subject.id,
        license=claim.license_id,
        clause=f"{permission.value}: not applicable, a hosted service hands out no weights",
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
        return (distance, *words, edge.evidence.value, edge.source, edge.retracted)

    return tuple(sorted(edges, key=place))
