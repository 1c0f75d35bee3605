"""What can be worked out before anybody's claims are read: the order of the pass.

What models say changes often, how they are joined seldom: what is prepared holds as long as edges
and traits do. Models that nothing was made from (leaves) need only their own answer, not what they
would say to descendants: a fifth of the words. Pure Python: importing this module must never import
Django.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from registry.rights.catalogue import Catalogue, Trait
from registry.rights.layout import RELATIONS
from registry.rights.lineages import Lineages, lineages_of
from registry.rights.order import Bools, Ints, Order
from registry.rights.passing import Step, plan_of

OWN_TRAITS = Trait.OPEN | Trait.OFFICIAL | Trait.SERVICE  # what ``own_words`` reads
CASES = 2 * (OWN_TRAITS + 1)  # per set of claims: the traits, and whether it is doubted
_STANDING_STILL = 2 * len(RELATIONS)  # the kind of edges that pass nothing

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Joints:
    """The edges by place: a parent's among the parents, a leaf's among the leaves."""

    child: Ints
    parent: Ints
    kind: npt.NDArray[np.uint8]
    is_inner: Bools  # something was made from the child
    parents: Order
    leaves: Order

    def steps(self, only: Bools | None = None) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
        """Return the steps among the parents, and those to the leaves, over all edges or some."""
        whole = np.ones(len(self.child), dtype=np.bool_) if only is None else only
        inner, outer = np.flatnonzero(whole & self.is_inner), np.flatnonzero(whole & ~self.is_inner)
        child, parent, kind = self.child, self.parent, self.kind
        first = plan_of(self.parents, child[inner], parent[inner], kind[inner])
        last = plan_of(self.leaves, child[outer], parent[outer], kind[outer], apart=True)
        return tuple(first), tuple(last)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that depends on the edges and traits alone.

    ``parents``: the numbers something was made from, in order; ``leaves``: the other models that
    were made from something; ``place``: a number's place among either. ``steps``: over all edges.
    ``case``: what a number's own row depends on besides its claims.
    """

    lineages: Lineages
    parents: Places
    leaves: Places
    place: Ints
    is_parent: Bools
    is_leaf: Bools
    joints: Joints
    steps: tuple[tuple[Step, ...], tuple[Step, ...]]
    case: npt.NDArray[np.int64]

    def with_claims(self, catalogue: Catalogue) -> "Prepared":
        """Return the same for a catalogue that differs in its claims only."""
        return replace(self, lineages=replace(self.lineages, catalogue=catalogue))


def prepared(catalogue: Catalogue) -> Prepared:
    """Return what can be worked out before anybody's claims are read."""
    lineages = lineages_of(catalogue)
    edges, count = lineages.edges, len(lineages.stands_for)
    is_parent, is_child = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    is_parent[edges.parent], is_child[edges.child] = True, True
    is_leaf = is_child & ~is_parent
    parents, leaves = np.flatnonzero(is_parent), np.flatnonzero(is_leaf)
    place = np.zeros(count, dtype=np.int32)
    place[parents], place[leaves] = np.arange(len(parents)), np.arange(len(leaves))
    joints = _joints(lineages, is_parent, parents, place)
    return Prepared(
        lineages=lineages,
        parents=parents,
        leaves=leaves,
        place=place,
        is_parent=is_parent,
        is_leaf=is_leaf,
        joints=joints,
        steps=joints.steps(),
        case=_cases(lineages),
    )


def _joints(lineages: Lineages, is_parent: Bools, parents: Places, place: Ints) -> Joints:
    edges, order = lineages.edges, lineages.order
    is_release = lineages.catalogue.has(Trait.OFFICIAL)[edges.child]
    kind = edges.relation * 2 + ~edges.is_firm
    kind[edges.is_label & is_release] = _STANDING_STILL  # its own label is no parent (L16)
    leaves = np.zeros(len(place), dtype=np.int32)
    return Joints(
        child=place[edges.child],
        parent=place[edges.parent],
        kind=kind,
        is_inner=is_parent[edges.child],
        parents=Order(
            order.level[parents], place[order.component[parents]], order.is_cyclic[parents]
        ),
        leaves=Order(leaves, leaves, leaves != 0),  # nothing comes after them: one level
    )


def _cases(lineages: Lineages) -> npt.NDArray[np.int64]:
    """Return what each number's own row depends on besides its claims."""
    traits = (lineages.catalogue.traits & OWN_TRAITS).astype(np.int64)
    case = traits[lineages.stands_for]
    case[: len(traits)] += (OWN_TRAITS + 1) * lineages.is_doubted
    return case


def descendants(lineages: Lineages, numbers: Places) -> Bools:
    """Return which numbers are among these, stand for them as labels, or come from either."""
    edges = lineages.edges
    reached = np.zeros(len(lineages.stands_for), dtype=np.bool_)
    reached[numbers] = True
    reached |= reached[lineages.stands_for]
    while True:
        more = edges.child[reached[edges.parent] & ~reached[edges.child]]
        if not len(more):
            return reached
        reached[more] = True
