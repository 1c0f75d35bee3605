"""What binds no permission and should be known all the same.

Pure Python: importing this module must never import Django. Source: README.md, rule L11.
"""

from collections.abc import Iterator, Sequence

from registry.licensing.civitai_flags import is_barred_from_civitai
from registry.licensing.grounds import is_overruled, terms_or_unknown
from registry.licensing.inheritance import Inheritance
from registry.licensing.lineage_view import Node, Reading
from registry.licensing.readings import clause_of, reads_as_derivative
from registry.licensing.terms import Permission
from registry.lineage.graph import Edge
from registry.lineage.relations import Relation


def notes_on(inheritance: Inheritance, edges: Sequence[Edge]) -> tuple[str, ...]:
    """Return the notes on a lineage, each once: statements in doubt, platforms, training."""
    nodes, routes = inheritance.nodes, inheritance.routes
    notes = [note for node in nodes for note in _on_claims(node)]
    for edge in edges:
        parent = inheritance.parent_of(edge)
        if parent.place not in routes.reaches:
            parent = Node(id=edge.parent, label=edge.parent, is_open=True)
        notes += _on_edge(edge, parent)
    if inheritance.subject.is_service:
        notes.insert(0, "A hosted service: only what its terms say of outputs applies.")
    return tuple(dict.fromkeys(notes))


def _on_claims(node: Node) -> Iterator[str]:
    for claim in node.claims:
        in_doubt = claim.reading is Reading.DOUBT and not is_overruled(node, claim)
        if in_doubt and claim.declared:
            yield f"{node.label}: {claim.declared}"
        if claim.flags and is_barred_from_civitai(claim.flags):
            yield f"{node.label}: not on Civitai's own generator (RentCivit is off)."


def _on_edge(edge: Edge, parent: Node) -> Iterator[str]:
    if edge.relation is Relation.DATASET:
        yield f"{parent.label}: a data set; its licence is reported, not applied."
    elif edge.relation is Relation.DISTILL:
        for claim in parent.claims:
            terms = terms_or_unknown(claim.license_id)
            if claim.license_id and reads_as_derivative(terms) is False:
                clause = clause_of(terms, Permission.TRAIN_ON_OUTPUTS)
                yield f"Trained on outputs of {parent.label}; {terms.name}: {clause}."
