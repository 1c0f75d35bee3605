"""Small lineages to ask questions of."""

from collections.abc import Sequence

from registry.licensing.official import is_replaced, official_releases
from registry.licensing.terms import Basis, Permission
from registry.licensing.verdict import (
    CivitaiFlags,
    Ground,
    Lineage,
    Node,
    NodeClaim,
    RightsVerdict,
    assess,
)
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Evidence, Grade, Relation

SUBJECT = NodeId("civitai:1")
REPLACED = tuple(  # releases of which several texts were given, each in its time
    dict.fromkeys(one.reference for one in official_releases() if is_replaced(one.reference))
)
OPEN_FLAGS = CivitaiFlags(
    no_credit=True,
    commercial=frozenset({"Image", "RentCivit", "Rent", "Sell"}),
    derivatives=True,
    different_license=True,
)


def tag(license_id: str, *, grade: Grade = Grade.TAG) -> NodeClaim:
    return NodeClaim(license_id=license_id, grade=grade, source="card", basis=Basis.TAG)


def flags(
    *commercial: str, derivatives: bool | None = True, different_license: bool | None = False
) -> NodeClaim:
    said = CivitaiFlags(
        no_credit=True,
        commercial=frozenset(commercial),
        derivatives=derivatives,
        different_license=different_license,
    )
    return flag_claim(said)


def flag_claim(said: CivitaiFlags) -> NodeClaim:
    return NodeClaim(
        license_id="", grade=Grade.PLATFORM_FLAG, source="flags", basis=Basis.FLAG, flags=said
    )


def official(name: str, license_id: str) -> Node:
    claim = NodeClaim(
        license_id=license_id,
        grade=Grade.TEXT_LINKED,
        source="index",
        basis=Basis.TEXT,
        is_official=True,
    )
    return Node(id=NodeId(name), label=name, claims=(claim,), is_official_base=True)


def page(*claims: NodeClaim, name: str = SUBJECT, attested: bool = True) -> Node:
    return Node(id=NodeId(name), label=name, claims=claims, attested_recipe=attested)


def edge(
    parent: Node,
    relation: Relation = Relation.FINETUNE,
    *,
    child: str = SUBJECT,
    grade: Grade = Grade.TAG,
    evidence: Evidence = Evidence.DECLARED,
    retracted: bool = False,
) -> Edge:
    return Edge(
        child=NodeId(child),
        parent=parent.id,
        relation=relation,
        evidence=evidence,
        grade=grade,
        source="card",
        retracted=retracted,
    )


def lineage(subject: Node, parents: Sequence[Node] = (), edges: Sequence[Edge] = ()) -> Lineage:
    nodes = {node.id: node for node in (subject, *parents)}
    return Lineage(subject=subject.id, nodes=nodes, edges=tuple(edges))


def child_of(
    *parents: Node,
    claims: Sequence[NodeClaim] = (),
    relation: Relation = Relation.FINETUNE,
    grade: Grade = Grade.TAG,
) -> RightsVerdict:
    """Ask about a page with a complete recipe that was made from ``parents``."""
    edges = [edge(parent, relation, grade=grade) for parent in parents]
    return assess(lineage(page(*claims), parents, edges))


def words(verdict: RightsVerdict, *permissions: Permission) -> list[str]:
    return [verdict.rights[permission].word.value for permission in permissions]


def binding(verdict: RightsVerdict, permission: Permission) -> Ground:
    return verdict.rights[permission].grounds[0]
