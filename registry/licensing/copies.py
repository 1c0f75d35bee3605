"""A lineage in which every edge leads to its parent under the text of the edge's own day.

A text binds along the ways over the edges whose day picks it, and along no other: who reaches a
model over two of its texts is bound by each along its own ways (rule L36). A model of which edges
pick several texts therefore stands in a lineage once for each. Pure Python: importing this module
must never import Django.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from registry.licensing.lineage_view import Lineage, Node
from registry.licensing.revisions import dated, depends_on_day
from registry.lineage.graph import Edge, NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """A lineage with a copy of a model for each of its texts that some edge picks.

    ``nodes`` stand by ``Node.place``, and ``edges`` lead from place to place. ``Node.id`` is the
    model: nothing but that leaves the engine. ``picked``: the place of a model that has several, by
    the day of an edge.
    """

    subject: NodeId
    nodes: Mapping[NodeId, Node]
    edges: tuple[Edge, ...]
    picked: Mapping[tuple[NodeId, date | None], NodeId]

    @classmethod
    def of(cls, lineage: Lineage, obtained_on: date | None) -> "Copies":
        """Return a lineage under the texts of its days.

        The day of an edge picks the text of its parent, ``obtained_on`` that of the subject, which
        has this one text in a circle as well.
        """
        subject = lineage.subject
        nodes = dict(lineage.nodes)
        if subject in nodes:
            nodes[subject] = dated(nodes[subject], obtained_on)
        picked: dict[tuple[NodeId, date | None], NodeId] = {}
        places: dict[NodeId, list[NodeId]] = {}
        for model, days in _days(lineage).items():
            node = nodes.pop(model)
            texts = {day: dated(node, day) for day in sorted(days, key=str)}
            copies = _told_apart(texts.values())
            nodes.update({copy.place: copy for copy in copies.values()})
            if len(copies) > 1:
                picked |= {(model, day): copies[text].place for day, text in texts.items()}
                places[model] = [copy.place for copy in copies.values()]
        edges = lineage.edges
        if places:
            edges = tuple(
                replace(edge, child=child, parent=_picked(picked, edge))
                for edge in edges
                for child in places.get(edge.child, [edge.child])
            )
        return cls(subject=subject, nodes=nodes, edges=edges, picked=picked)

    def parent_of(self, edge: Edge) -> NodeId:
        """Return to which place an edge of the lineage leads."""
        return _picked(self.picked, edge)

    def at(self, place: NodeId) -> Node:
        """Return a model of the lineage; one that is only named is open."""
        return self.nodes.get(place) or Node(id=place, label=place, is_open=True)


def _picked(picked: Mapping[tuple[NodeId, date | None], NodeId], edge: Edge) -> NodeId:
    return picked.get((edge.parent, edge.made_on), edge.parent)


def _days(lineage: Lineage) -> dict[NodeId, set[date | None]]:
    """Return the days of the edges into each model of which the day makes a difference."""
    days: dict[NodeId, set[date | None]] = {}
    for edge in lineage.edges:
        if edge.parent != lineage.subject:
            days.setdefault(edge.parent, set()).add(edge.made_on)
    nodes = lineage.nodes
    return {
        node: some for node, some in days.items() if node in nodes and depends_on_day(nodes[node])
    }


def _told_apart(texts: Iterable[Node]) -> dict[Node, Node]:
    """Return the distinct of one model's texts, each with its copy: a single one is its own."""
    distinct = list(dict.fromkeys(texts))
    if len(distinct) == 1:
        return {distinct[0]: distinct[0]}
    return {text: replace(text, copy=number) for number, text in enumerate(distinct, start=1)}
