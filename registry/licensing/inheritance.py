"""Whose terms bind a model: every model above it, and by which ways.

Pure Python: importing this module must never import Django.
Source: README.md, rules L16, L18, L19, L29 and L36.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from registry.licensing.copies import Copies
from registry.licensing.lineage_view import Lineage, Node
from registry.licensing.routes import Routes
from registry.lineage.coverage import DERIVATIVE, LineageCoverage, labels_of, weakest
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Coverage, Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Inheritance:
    """A subject and every model that binds it, once for each text it does so by (rule L36).

    ``unknown`` says of each place why an unknown parent must be assumed (empty: none, rule L19);
    ``beginnings`` are the places above the subject without known parents (rule L29).
    ``distance``: how many edges away a model is.
    """

    subject: Node
    nodes: Sequence[Node]
    routes: Routes
    unknown: Mapping[NodeId, str]
    beginnings: frozenset[NodeId]
    coverage: Coverage
    distance: Mapping[NodeId, int]
    copies: Copies

    @classmethod
    def of(cls, lineage: Lineage, obtained_on: date | None) -> "Inheritance":
        """Return what a lineage's subject inherits under the texts of its days.

        :param obtained_on: the day of the asker's copy of the subject; ``None``: nobody says
        """
        copies = Copies.of(lineage, obtained_on)
        coverage = _coverage_of(lineage, copies)
        passing = _passing(copies)
        routes = Routes.from_subject(copies.subject, passing)
        nodes = [copies.at(place) for place in sorted(routes.reaches)]
        subject = copies.at(copies.subject)
        return cls(
            subject=subject,
            nodes=nodes,
            routes=routes,
            unknown={node.place: _unknown_parent(node, coverage) for node in nodes},
            beginnings=_beginnings(copies.subject, routes, passing),
            coverage=_coverage(subject, routes, coverage),
            distance=_distances(nodes, routes),
            copies=copies,
        )

    def parent_of(self, edge: Edge) -> Node:
        """Return the parent of an edge of the lineage, under the text of its day."""
        return self.copies.at(self.copies.parent_of(edge))


def _coverage_of(lineage: Lineage, copies: Copies) -> LineageCoverage:
    """Return the coverage; a label is one under every text, whichever edge names it (L18)."""
    labels = labels_of(lineage.edges)
    places = {place for place, node in copies.nodes.items() if node.id in labels}
    return LineageCoverage.of(copies.nodes, copies.edges, labels=labels | places)


def _passing(copies: Copies) -> list[Edge]:
    """Return the edges that pass terms on: a release's own label is no parent of it (L16)."""
    return [
        edge
        for edge in copies.edges
        if not (edge.evidence is Evidence.BASE_LABEL and copies.at(edge.child).is_official_base)
    ]


def _beginnings(subject: NodeId, routes: Routes, edges: Sequence[Edge]) -> frozenset[NodeId]:
    """Return the places above the subject that no firm edge derives from another (rule L29)."""
    derived = {
        edge.child
        for edge in edges
        if edge.relation in DERIVATIVE and edge.grade.is_firm and not edge.retracted
    }
    return frozenset(routes.reaches) - derived - {subject}


def _unknown_parent(node: Node, coverage: LineageCoverage) -> str:
    return "" if node.is_stack else coverage.unknown_parent(node.place)


def _coverage(subject: Node, routes: Routes, coverage: LineageCoverage) -> Coverage:
    """Return how much of the lineage is known; of a stack, the weakest of its files (L37)."""
    if not subject.is_stack:
        return coverage.whole(subject.id)
    return weakest([coverage.whole(place) for place, far in routes.distance.items() if far == 1])


def _distances(nodes: Sequence[Node], routes: Routes) -> dict[NodeId, int]:
    distance: dict[NodeId, int] = {}
    for node in nodes:
        far = routes.distance[node.place]
        distance[node.id] = min(far, distance.get(node.id, far))
    return distance
