"""Files that run together, asked about together: base, adapters, ControlNet, post-processors.

Pure Python: importing this module must never import Django. Source: README.md, rule L37.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from registry.errors import BadInput
from registry.licensing.lineage_view import Lineage, Node
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Evidence, Grade, Relation

STACK = NodeId("stack")


class EmptyStack(BadInput):
    """A stack needs at least one file."""


def stack_of(lineages: Sequence[Lineage], obtained_on: date | None) -> Lineage:
    """Return a lineage whose subject runs every file of a stack; order makes no difference.

    Running, hosting and outputs are bound by every part; the parts stay files of their own, so
    handing one on is a question about that file (``Relation.RUNTIME``).

    :param obtained_on: the day of the asker's copies, which picks the files' texts (rule L36)
    :raises EmptyStack: if there is no file
    """
    if not lineages:
        raise EmptyStack("files: a stack needs at least one file.")
    nodes: dict[NodeId, Node] = {}
    for lineage in lineages:
        for node_id, node in lineage.nodes.items():
            nodes[node_id] = _both(nodes[node_id], node) if node_id in nodes else node
    parts = sorted({lineage.subject for lineage in lineages})
    uses = [
        Edge(
            child=STACK,
            parent=part,
            relation=Relation.RUNTIME,
            evidence=Evidence.DECLARED,
            grade=Grade.TEXT_MATCHED,
            source="the question",
            made_on=obtained_on,
        )
        for part in parts
    ]
    nodes[STACK] = Node(id=STACK, label="stack", is_stack=True, awaits_license=True)
    inner = dict.fromkeys(edge for lineage in lineages for edge in lineage.edges)
    return Lineage(subject=STACK, nodes=nodes, edges=(*uses, *inner))


def _both(one: Node, other: Node) -> Node:
    """Return one node with the claims of two views of it."""
    return replace(one, claims=tuple(dict.fromkeys((*one.claims, *other.claims))))
