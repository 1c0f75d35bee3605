"""How much of a model's lineage is known, and where an unknown parent must be assumed.

A verdict over the ancestors we happen to know is not a verdict: the coverage stands beside it.
Pure Python: importing this module must never import Django.
Source: registry/licensing/README.md, rules L18 and L19.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Coverage, Evidence, Relation

DERIVATIVE = frozenset({Relation.MERGE, Relation.FINETUNE, Relation.ADAPTER, Relation.QUANTIZED})
_BEST_FIRST = (
    Coverage.CERTIFIED,
    Coverage.ATTESTED,
    Coverage.DECLARED,
    Coverage.LABEL_ONLY,
    Coverage.NONE,
)


class Provenance(Protocol):
    """What must be known of a model to tell how much of its lineage is known."""

    @property
    def is_open(self) -> bool:
        """Named by somebody, seen by nobody."""

    @property
    def is_checkpoint(self) -> bool:
        """A whole model, no adapter or part."""

    @property
    def looks_merged(self) -> bool:
        """Merge in its type, text or tags."""

    @property
    def is_official_base(self) -> bool:
        """In the index of official base releases."""

    @property
    def is_service(self) -> bool:
        """Hosted only."""

    @property
    def attested_recipe(self) -> bool:
        """A complete recipe names all parents."""


def _speaks_for_itself(model: Provenance) -> bool:
    return model.is_open or model.is_official_base or model.is_service


def weakest(coverages: Sequence[Coverage]) -> Coverage:
    """Return the weakest link of ``coverages``; of none: ``none``."""
    return max(coverages, key=_BEST_FIRST.index, default=Coverage.NONE)


def labels_of(edges: Sequence[Edge]) -> frozenset[NodeId]:
    """Return what is named by base-model labels only and has no parents: a family, no model."""
    labelled = {edge.parent for edge in edges if edge.evidence is Evidence.BASE_LABEL}
    named = {edge.parent for edge in edges if edge.evidence is not Evidence.BASE_LABEL}
    return frozenset(labelled - named - {edge.child for edge in edges})


@dataclass(frozen=True, slots=True)
class LineageCoverage:
    """The coverage of every model of one lineage."""

    nodes: Mapping[NodeId, Provenance]
    parents: Mapping[NodeId, Sequence[Edge]]  # edges by child
    labels: frozenset[NodeId]  # base-model labels: a family, not a model

    @classmethod
    def of(
        cls,
        nodes: Mapping[NodeId, Provenance],
        edges: Sequence[Edge],
        *,
        labels: frozenset[NodeId],
    ) -> "LineageCoverage":
        """Return the coverage of the models joined by ``edges``, whose order is of no account.

        :param labels: what are base-model labels (``labels_of``)
        """
        parents: dict[NodeId, list[Edge]] = {}
        for edge in edges:
            parents.setdefault(edge.child, []).append(edge)
        return cls(nodes, parents, labels)

    def whole(self, subject: NodeId) -> Coverage:
        """Return the coverage of ``subject`` over its whole derivative lineage (rule L18).

        The weakest step of the subject and of every model it derives from. A lineage that only
        runs in circles has no beginning: ``none``.
        """
        lineage = self._lineage(subject)
        if self._runs_in_circles(lineage):
            return Coverage.NONE
        return weakest([self.step(node) for node in lineage])

    def step(self, node: NodeId) -> Coverage:
        """Return how well the parents of one model are known, whatever lies above them.

        Evidence that is not firm (prose, names, retracted statements) covers nothing.
        """
        model = self.nodes.get(node)
        if model is None or model.is_service:
            return Coverage.NONE
        if model.is_official_base:
            return Coverage.ATTESTED
        if model.is_open:
            return Coverage.NONE
        firm = self._firm(node)
        declared = [edge for edge in firm if edge.evidence is not Evidence.BASE_LABEL]
        if model.attested_recipe and declared:
            return Coverage.ATTESTED
        if declared:
            return Coverage.DECLARED
        return Coverage.LABEL_ONLY if firm else Coverage.NONE

    def unknown_parent(self, node: NodeId) -> str:
        """Return why an unknown parent of ``node`` must be assumed, or an empty text (rule L19).

        Nothing is assumed about official releases and services, nor about models nobody has seen,
        which are unknown themselves.
        """
        model = self.nodes.get(node)
        if model is None or node in self.labels or _speaks_for_itself(model):
            return ""
        step = self.step(node)
        if step is Coverage.NONE or self._runs_in_circles(self._lineage(node)):
            return "nobody says what it was made from"
        if model.is_checkpoint and model.looks_merged and step is not Coverage.ATTESTED:
            return "it looks merged and no complete recipe names its parents"
        if model.is_checkpoint and step is Coverage.LABEL_ONLY:
            return "only a base-model label says what it was made from"
        return ""

    def _lineage(self, subject: NodeId) -> set[NodeId]:
        """Return the subject and every model it derives from."""
        seen, frontier = {subject}, {subject}
        while frontier:
            above = {edge.parent for node in frontier for edge in self._followed(node)}
            frontier = above - seen
            seen |= above
        return seen

    def _runs_in_circles(self, lineage: set[NodeId]) -> bool:
        return all(self._followed(node) for node in lineage)

    def _firm(self, node: NodeId) -> list[Edge]:
        return [
            edge
            for edge in self.parents.get(node, ())
            if edge.relation in DERIVATIVE and edge.grade.is_firm and not edge.retracted
        ]

    def _followed(self, node: NodeId) -> list[Edge]:
        """Return the edges that lead on; a label and an official release are beginnings."""
        model = self.nodes.get(node)
        if model is None or model.is_official_base:
            return []
        return [edge for edge in self._firm(node) if edge.parent not in self.labels]
