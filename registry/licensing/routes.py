"""How far an ancestor's terms reach: which acts they bind, and as what.

Pure Python: importing this module must never import Django.
Source: README.md, rules L5 and L9 to L11; facts/license_terms.md section 4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Flag, auto
from typing import NamedTuple

from registry.licensing.terms import Permission
from registry.lineage.coverage import DERIVATIVE
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Grade, Relation


class Act(Flag):
    """Three groups of permissions that edges pass on or do not."""

    RUN = auto()  # run, outputs, host
    HAND_ON = auto()  # redistribute, sell
    BUILD_ON = auto()  # derive, share derivatives, sublicense


EVERY_ACT = Act.RUN | Act.HAND_ON | Act.BUILD_ON

ACT_OF: Mapping[Permission, Act] = {
    Permission.USE_PRIVATE: Act.RUN,
    Permission.USE_COMMERCIAL: Act.RUN,
    Permission.OUTPUTS_COMMERCIAL: Act.RUN,
    Permission.HOST_FREE: Act.RUN,
    Permission.HOST_PAID: Act.RUN,
    Permission.TRAIN_ON_OUTPUTS: Act.RUN,
    Permission.REDISTRIBUTE: Act.HAND_ON,
    Permission.SELL_WEIGHTS: Act.HAND_ON,
    Permission.CREATE_DERIVATIVES: Act.BUILD_ON,
    Permission.SHARE_DERIVATIVES: Act.BUILD_ON,
    Permission.SUBLICENSE: Act.BUILD_ON,
}

_PASSED_ON: Mapping[Relation, Act] = {
    Relation.MERGE: EVERY_ACT,
    Relation.FINETUNE: EVERY_ACT,
    Relation.ADAPTER: EVERY_ACT,
    Relation.QUANTIZED: EVERY_ACT,
    Relation.BUNDLE: Act.RUN | Act.HAND_ON,
    Relation.RUNTIME: Act.RUN,
    Relation.DISTILL: EVERY_ACT,  # only where the ancestor's text says so: ``is_distilled``
    Relation.DATASET: Act(0),  # reported only
}


class Way(NamedTuple):
    """What the edges between the question and an ancestor make of the ancestor's terms."""

    acts: Act  # the permissions they bind
    is_derived: bool  # some edge makes a derivative: handing it on shares one (rule L10)
    is_merged: bool  # some edge merges
    is_distilled: bool  # some edge is training on outputs (rule L11)

    def through(self, relation: Relation) -> "Way":
        """Return the way that goes on over one more edge."""
        return Way(
            self.acts & _PASSED_ON[relation],
            self.is_derived or relation in DERIVATIVE,
            self.is_merged or relation is Relation.MERGE,
            self.is_distilled or relation is Relation.DISTILL,
        )


class Reach(NamedTuple):
    """One way to an ancestor, and the weakest evidence on the best path of that way."""

    way: Way
    grade: Grade


_OWN = Reach(Way(EVERY_ACT, is_derived=False, is_merged=False, is_distilled=False), Grade("E1"))


def weakest_grade(first: Grade, second: Grade) -> Grade:
    """Return the weaker of two grades: a chain holds no better than its weakest link."""
    return max(first, second, key=lambda grade: grade.value)


def edge_grade(edge: Edge) -> Grade:
    """Return how far an edge can be believed; a retracted one is as weak as a guess."""
    return Grade.INFERRED if edge.retracted else edge.grade


@dataclass(frozen=True, slots=True)
class Routes:
    """Every model that binds the subject: by which ways, and how many edges away."""

    subject: NodeId
    reaches: Mapping[NodeId, tuple[Reach, ...]]
    distance: Mapping[NodeId, int]

    @classmethod
    def from_subject(cls, subject: NodeId, edges: Sequence[Edge]) -> "Routes":
        """Return the routes up from ``subject``; the order of ``edges`` is of no account.

        There are at most 24 ways to a model, each kept with its best grade, so the walk ends on
        any graph, cycles included.
        """
        parents: dict[NodeId, list[Edge]] = {}
        for edge in edges:
            if edge.relation is not Relation.DATASET:
                parents.setdefault(edge.child, []).append(edge)
        best: dict[tuple[NodeId, Way], Grade] = {(subject, _OWN.way): _OWN.grade}
        distance = {subject: 0}
        frontier = list(best)
        while frontier:
            reached = []
            for node, way in frontier:
                for edge in parents.get(node, ()):
                    key = (edge.parent, way.through(edge.relation))
                    grade = weakest_grade(best[node, way], edge_grade(edge))
                    if key not in best or grade.value < best[key].value:
                        best[key] = grade
                        reached.append(key)
                        distance.setdefault(edge.parent, distance[node] + 1)
            frontier = list(dict.fromkeys(reached))
        return cls(subject, _by_node(best), distance)


def _by_node(best: Mapping[tuple[NodeId, Way], Grade]) -> Mapping[NodeId, tuple[Reach, ...]]:
    reaches: dict[NodeId, list[Reach]] = {}
    for (node, way), grade in best.items():
        reaches.setdefault(node, []).append(Reach(way, grade))
    return {node: tuple(sorted(found, key=_place)) for node, found in reaches.items()}


def _place(reach: Reach) -> tuple[object, ...]:
    """Order ways so that no answer depends on the order of the edges."""
    way = reach.way
    return (reach.grade.value, way.acts.value, way.is_derived, way.is_merged, way.is_distilled)
