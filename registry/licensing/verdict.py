"""Answer "may I?" for a model and everything it was made from.

Pure Python: importing this module must never import Django.
Source: README.md; facts/license_terms.md section 5, rules 1 to 5.
"""

from collections.abc import Iterator, Mapping, Sequence

from registry.licensing.combined import Combined, Listing, combine
from registry.licensing.duties import duties_of, use_restrictions_of
from registry.licensing.examination import Examined, examine
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
    by_model,
    grounds_of,
    is_overruled,
    nothing_known,
    terms_or_unknown,
)
from registry.licensing.inheritance import Inheritance
from registry.licensing.interval import ALLOWED, Interval, join_all
from registry.licensing.lineage_view import CivitaiFlags, Lineage, Node, NodeClaim, Reading
from registry.licensing.notes import notes_on
from registry.licensing.profile import NOBODY, Profile
from registry.licensing.relicense import relicense_grounds
from registry.licensing.routes import ACT_OF, Act
from registry.licensing.stacks import stack_of
from registry.licensing.terms import Basis, Level, Permission, Word
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Grade

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

_WEAKEST_LAST = (Basis.TEXT, Basis.FLAG, Basis.TAG, Basis.SILENCE, Basis.MEMORY)
OF_A_SERVICE = frozenset({Permission.OUTPUTS_COMMERCIAL, Permission.TRAIN_ON_OUTPUTS})


def assess(lineage: Lineage, profile: Profile = NOBODY) -> RightsVerdict:
    """Return what is allowed with a model, counting its whole lineage.

    Every permission is the join of its grounds (rule L3): the subject's own and those of every
    ancestor over the edges that pass it on (rules L9 to L11), and what conflicts and the asker's
    own case add (rules L23 to L31). Each has at least one ground. The order of edges and claims
    makes no difference.

    :param profile: who asks; what it leaves open changes no word
    """
    inheritance = Inheritance.of(lineage, profile.obtained_on)
    found = examine(inheritance, profile)
    nodes, routes = inheritance.nodes, inheritance.routes
    edges = _ordered(lineage.edges, inheritance.distance)
    return RightsVerdict(
        rights={
            permission: _verdict(permission, inheritance, found.conflicts)
            for permission in Permission
        },
        coverage=inheritance.coverage,
        duties=duties_of(nodes, routes),
        use_restrictions=use_restrictions_of(nodes, routes),
        open_edges=tuple(edge for edge in edges if inheritance.parent_of(edge).is_open),
        edges=edges,
        notes=notes_on(inheritance, edges),
        relicense=_relicense(inheritance, found.conflicts),
        caps=found.caps,
        territory_excluded=found.territory_excluded,
        conflicts=found.conflicts,
        drift=found.drift,
    )


def found_in(lineage: Lineage, profile: Profile = NOBODY) -> Examined:
    """Return what ``assess`` finds besides words: conflicts, drift, caps, territories."""
    return examine(Inheritance.of(lineage, profile.obtained_on), profile)


def assess_stack(lineages: Sequence[Lineage], profile: Profile = NOBODY) -> RightsVerdict:
    """Return what is allowed with files that run together (rule L37).

    Running, hosting and outputs are answered; handing on is a question about each file.

    :raises EmptyStack: if there is no file
    """
    return assess(stack_of(lineages, profile.obtained_on), profile)


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
        *by_model(
            inheritance.nodes,
            lambda node: grounds_of(
                node, permission, routes.reaches[node.place], inheritance.unknown[node.place]
            ),
        )
    ]
    for finding in conflicts:
        interval = dict(finding.effects).get(permission)
        if interval is not None:
            grounds.append(_ground_of(finding, permission.value, interval, inheritance.nodes))
    if all(ground.overruled for ground in grounds):
        grounds.append(nothing_known(subject.id, permission.value))
    return _joined(grounds, inheritance.distance)


def _relicense(inheritance: Inheritance, conflicts: Sequence[Finding]) -> PermissionVerdict:
    """Return whether a derivative may go out under other terms (rule L22)."""
    if inheritance.subject.is_service or inheritance.subject.is_stack:
        return NO_RELICENSE
    nodes, routes = inheritance.nodes, inheritance.routes
    grounds = [*relicense_grounds(nodes, routes, inheritance.unknown)]
    for finding in conflicts:
        if finding.relicense != ALLOWED:
            grounds.append(_ground_of(finding, "relicense", finding.relicense, nodes))
    unsaid = nothing_known(inheritance.subject.id, "relicense")
    return _joined(grounds or [unsaid], inheritance.distance)


def _ground_of(finding: Finding, asked: str, interval: Interval, nodes: Sequence[Node]) -> Ground:
    """Return a finding as a reason (rule L23), which rests on the weakest of its statements."""
    said = [claim for one in finding.ancestors for claim in _said_by(one, finding, nodes)]
    bases = (basis_of(claim, terms_or_unknown(claim.license_id)) for claim in said)
    return Ground(
        ancestor=finding.ancestors[0],
        license=finding.licenses[0],
        clause=f"{asked}: {finding.code.value}, {finding.because}",
        grade=finding.grade,
        basis=max(bases, key=_WEAKEST_LAST.index, default=Basis.TEXT),
        source=said[0].source if said else "",
        best=interval.best,
        worst=interval.worst,
    )


def _said_by(ancestor: NodeId, finding: Finding, nodes: Sequence[Node]) -> Iterator[NodeClaim]:
    """Yield an ancestor's statements of the licences that a finding is about."""
    for node in nodes:
        for claim in node.claims if node.id == ancestor else ():
            is_meant = not {claim.license_id, *claim.others}.isdisjoint(finding.licenses)
            if is_meant and not is_overruled(node, claim):
                yield claim


def _joined(grounds: Sequence[Ground], distance: Mapping[NodeId, int]) -> PermissionVerdict:
    whole = join_all(ground.interval for ground in grounds if not ground.overruled)
    return PermissionVerdict(
        word=whole.word,
        best=whole.best.word,
        worst=whole.worst.word,
        grounds=tuple(sorted(grounds, key=lambda ground: _binding_first(ground, distance))),
    )


def _binding_first(ground: Ground, distance: Mapping[NodeId, int]) -> tuple[object, ...]:
    return (
        ground.overruled,
        -ground.worst,
        -ground.best,
        ground.grade.value,
        distance[ground.ancestor],
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


def _ordered(edges: Sequence[Edge], distance: Mapping[NodeId, int]) -> tuple[Edge, ...]:
    """Return edges nearest first, in an order that does not depend on how they came."""

    def place(edge: Edge) -> tuple[object, ...]:
        far = distance.get(edge.child, len(distance))
        words = (edge.child, edge.grade.value, edge.parent, edge.relation.value)
        more = (edge.retracted, str(edge.weight), str(edge.made_on))
        return (far, *words, edge.evidence.value, edge.source, *more)

    return tuple(sorted(edges, key=place))
