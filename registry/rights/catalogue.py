"""The whole catalogue as arrays: models, what they say, and the edges between them.

Pure Python: importing this module must never import Django.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntFlag
from functools import cached_property

import numpy as np
import numpy.typing as npt

from registry.licensing.lineage_view import Lineage, Node, NodeClaim
from registry.lineage.coverage import DERIVATIVE
from registry.lineage.graph import Edge, LineageGraph, NodeId
from registry.lineage.relations import Evidence, Grade
from registry.rights.blocks import RELATIONS
from registry.rights.order import Bools, Ints

Bytes = npt.NDArray[np.uint8]

GRADES = tuple(Grade)
_DERIVATIVE = np.array([relation in DERIVATIVE for relation in RELATIONS])
_FIRM = np.array([grade.is_firm for grade in GRADES])


class Trait(IntFlag):
    """What is known of a model besides its claims, one bit each."""

    OPEN = 1
    OFFICIAL = 2
    SERVICE = 4
    ELSEWHERE = 8  # not all above it is told here: whoever reads has to ask
    CHECKPOINT = 16
    LOOKS_MERGED = 32
    RECIPE = 64

    @classmethod
    def of(cls, node: Node) -> "Trait":
        """Return a model's traits."""
        said = {
            cls.OPEN: node.is_open,
            cls.OFFICIAL: node.is_official_base,
            cls.SERVICE: node.is_service,
            cls.CHECKPOINT: node.is_checkpoint,
            cls.LOOKS_MERGED: node.looks_merged,
            cls.RECIPE: node.attested_recipe,
        }
        return cls(sum(trait for trait, holds in said.items() if holds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Statements: ``child`` was made from ``parent`` (both numbers of nodes)."""

    child: Ints
    parent: Ints
    relation: Bytes  # places in RELATIONS
    is_firm: Bools  # grade E1 to E4 and not retracted
    is_label: Bools  # stated by a base-model label
    day: Ints  # of the copy, as ``date.toordinal`` counts; 0: nobody says

    @property
    def is_derivative(self) -> Bools:
        """Return which make a derivative (the first row of rule L9)."""
        return _DERIVATIVE[self.relation]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.child)


@dataclass(frozen=True)
class Catalogue:
    """Model ``i`` says ``claim_sets[said[i]]``; ``traits[i]`` are its bits.

    The last ones may be copies of others: the same model under the text of another day
    (``registry.rights.dated``). ``releases``: what models are called of which the publisher
    replaced the text (rule L15).
    """

    claim_sets: Sequence[tuple[NodeClaim, ...]]
    said: Ints
    traits: Bytes
    edges: Edges
    releases: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    copies: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int32))  # of which each is

    def __len__(self) -> int:
        """Return how many models there are, copies included."""
        return len(self.said)

    @property
    def models(self) -> int:
        """Return how many there are without copies."""
        return len(self.said) - len(self.copies)

    @cached_property
    def original(self) -> Ints:
        """Return which model each one is; a copy is the one it was copied from."""
        return np.concatenate([np.arange(self.models, dtype=np.int32), self.copies])

    def has(self, trait: Trait) -> Bools:
        """Return which models have a trait."""
        found: Bools = (self.traits & np.uint8(trait)) != 0
        return found

    def node(self, number: int) -> Node:
        """Return one model as the object engine reads it."""
        claims = tuple(self.claim_sets[self.said[number]])
        node = node_of(claims, Trait(int(self.traits[number])), name=name_of(number))
        return replace(node, releases=self.releases.get(number, ()))

    def lineage(self, subject: int, *, most: int | None = None) -> Lineage | None:
        """Return a model and everything above it as the object engine reads it.

        :param most: nothing if there are more models than that
        """
        graph: dict[NodeId, list[Edge]] = {}
        seen, frontier = {subject}, [subject]
        while frontier:
            if most is not None and len(seen) > most:
                return None
            above = [at for number in frontier for at in self._above(number)]
            for at in above:
                edge = self._edge(at)
                graph.setdefault(edge.child, []).append(edge)
            parents = dict.fromkeys(int(self.edges.parent[at]) for at in above)
            frontier = [number for number in parents if number not in seen]
            seen.update(frontier)
        nodes = {name_of(number): self.node(number) for number in seen}
        edges = LineageGraph(graph).ancestry(name_of(subject))
        return Lineage(subject=name_of(subject), nodes=nodes, edges=edges)

    @cached_property
    def _by_child(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return the edges by child, and where each one's begin; the last number is their end."""
        sort = np.argsort(self.edges.child, kind="stable")
        numbers = np.arange(len(self) + 1, dtype=self.edges.child.dtype)  # or all would be cast
        return sort, np.searchsorted(self.edges.child[sort], numbers)

    def _above(self, number: int) -> list[int]:
        sort, starts = self._by_child
        found: list[int] = sort[starts[number] : starts[number + 1]].tolist()
        return found

    def _edge(self, at: int) -> Edge:
        return Edge(
            child=name_of(int(self.edges.child[at])),
            parent=name_of(int(self.edges.parent[at])),
            relation=RELATIONS[self.edges.relation[at]],
            evidence=Evidence.BASE_LABEL if self.edges.is_label[at] else Evidence.DECLARED,
            grade=Grade.TAG if self.edges.is_firm[at] else Grade.INFERRED,
            source="",
            made_on=date.fromordinal(int(self.edges.day[at])) if self.edges.day[at] else None,
        )


def name_of(number: int) -> NodeId:
    """Return how the object engine calls a model of the arrays."""
    return NodeId(f"n{number:09d}")


def node_of(claims: tuple[NodeClaim, ...], traits: Trait, *, name: str = "") -> Node:
    """Return a model that says ``claims``, as the object engine reads it."""
    return Node(
        id=NodeId(name),
        label="",
        claims=claims,
        is_open=Trait.OPEN in traits,
        is_official_base=Trait.OFFICIAL in traits,
        is_service=Trait.SERVICE in traits,
        is_checkpoint=Trait.CHECKPOINT in traits,
        looks_merged=Trait.LOOKS_MERGED in traits,
        attested_recipe=Trait.RECIPE in traits,
    )


def are_firm(grade: Bytes, is_retracted: Bools) -> Bools:
    """Return which edges can make a word firm; ``grade`` is a place in ``GRADES`` (rule L5)."""
    return _FIRM[grade] & ~is_retracted


def catalogue_of(nodes: Sequence[Node], edges: Sequence[Edge]) -> Catalogue:
    """Return a lineage as arrays; model ``i`` is ``nodes[i]``, and every end of an edge is one."""
    number = {node.id: i for i, node in enumerate(nodes)}
    sets: dict[tuple[NodeClaim, ...], int] = {}
    said = [sets.setdefault(plain_claims(node.claims), len(sets)) for node in nodes]
    return Catalogue(
        claim_sets=list(sets),
        said=np.array(said, dtype=np.int32),
        traits=np.array([Trait.of(node) for node in nodes], dtype=np.uint8),
        releases={at: node.releases for at, node in enumerate(nodes) if node.releases},
        edges=Edges(
            child=np.array([number[e.child] for e in edges], dtype=np.int32),
            parent=np.array([number[e.parent] for e in edges], dtype=np.int32),
            relation=np.array([RELATIONS.index(e.relation) for e in edges], dtype=np.uint8),
            is_firm=np.array([e.grade.is_firm and not e.retracted for e in edges], dtype=np.bool_),
            is_label=np.array([e.evidence is Evidence.BASE_LABEL for e in edges], dtype=np.bool_),
            day=np.array(
                [e.made_on.toordinal() if e.made_on else 0 for e in edges], dtype=np.int32
            ),
        ),
    )


def plain_claims(claims: Sequence[NodeClaim]) -> tuple[NodeClaim, ...]:
    """Return claims without the words they were made with, which no rule reads."""
    return tuple(replace(claim, source="", declared="") for claim in claims)
