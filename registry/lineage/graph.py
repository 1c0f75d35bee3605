"""Which models a model was made from, as plain data.

Pure Python: importing this module must never import Django.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NewType

from registry.lineage.relations import Evidence, Grade, Relation

NodeId = NewType("NodeId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """``child`` is said to be made from ``parent``."""

    child: NodeId
    parent: NodeId
    relation: Relation
    evidence: Evidence
    grade: Grade
    source: str
    weight: float | None = None
    retracted: bool = False
    made_on: date | None = None  # the day of the copy; ``None``: nobody says


@dataclass(frozen=True, slots=True)
class LineageGraph:
    """Edges by child, in a stable order; a node that is absent has no recorded parents."""

    edges: Mapping[NodeId, Sequence[Edge]]

    def ancestry(self, node: NodeId) -> tuple[Edge, ...]:
        """Return every edge reached from ``node``, nearest first, each once.

        Cycles end where they close: an edge is never followed twice.
        Takes time linear in the edges reached.
        """
        seen = {node}
        reached: list[Edge] = []
        frontier = [node]
        while frontier:
            edges = [edge for child in frontier for edge in self.edges.get(child, ())]
            reached += edges
            frontier = list(dict.fromkeys(e.parent for e in edges if e.parent not in seen))
            seen.update(frontier)
        return tuple(reached)
