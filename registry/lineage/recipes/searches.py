"""Claims about a parent that is known by a name only: searches, never matches.

Pure Python: importing this module must never import Django.
"""

from collections.abc import Iterator

from registry.lineage.parents import ParentClaim
from registry.lineage.recipes.linear import Sum
from registry.lineage.references import UnreadableReference, path_reference
from registry.lineage.relations import Evidence, Grade, Relation


def searches(
    name: str,
    *,
    relation: Relation,
    evidence: Evidence,
    source: str,
    weight: float | None = None,
    detail: str = "",
) -> Iterator[ParentClaim]:
    """Yield the claim (E6) about a file or title, without its folders; none if it names nothing."""
    try:
        reference = path_reference(name)
    except UnreadableReference:
        return
    yield ParentClaim(
        parent_ref=str(reference),
        relation=relation,
        evidence=evidence,
        grade=Grade.INFERRED,
        source=source,
        weight=weight,
        detail=detail,
    )


def searches_of_sum(
    found: Sum, *, evidence: Evidence, source: str, detail: str
) -> Iterator[ParentClaim]:
    """Yield the claims about the leaves of a graph, with the shares that can be told."""
    for leaf, share in found.items():
        yield from searches(
            leaf.name,
            relation=leaf.relation,
            evidence=evidence,
            source=source,
            weight=share,
            detail=detail,
        )
