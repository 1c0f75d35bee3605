"""What a pass over a graph carries for every model, and what an edge lets through of it.

What an ancestor's terms mean for a descendant depends on the way between them (rules L9 to L11,
L17): whether it makes a derivative, merges, or trains on outputs. A row therefore holds several
*blocks*: what the node and everything above it say as they stand, and what they would say to
somebody one derivative, one merge, one training further down. An edge reads, for every word of the
child, one word of the parent and masks it: that is all there is to a relation. Both are derived
from ``registry.licensing.routes``, so the rules stand in one place. Weak edges drop the best ends
and the firm bits of statements (rule L5).

Pure Python: importing this module must never import Django.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from registry.licensing.routes import ACT_OF, EVERY_ACT, Act, Way
from registry.licensing.terms import Level
from registry.lineage.relations import Relation
from registry.rights.bonds import BITS, Bonds, Key, bonds_of
from registry.rights.layout import (
    PERMISSIONS,
    RELICENSE,
    WORD_BITS,
    Layout,
    Words,
    best_bits,
    layout,
    packed,
    worst_bits,
)

RELATIONS = tuple(Relation)


class State(NamedTuple):
    """What the way so far made of the terms that stand above it."""

    is_derived: bool
    is_merged: bool
    is_distilled: bool

    @classmethod
    def of(cls, way: Way) -> "State":
        """Return the state that a way leads to."""
        return cls(way.is_derived, way.is_merged, way.is_distilled)

    @property
    def way(self) -> Way:
        """Return a way of this state that still binds every act."""
        return Way(EVERY_ACT, *self)

    def through(self, relation: Relation) -> "State":
        """Return the state one edge further."""
        return State.of(self.way.through(relation))


STATES = tuple(
    State(derived, merged, distilled)
    for distilled, (derived, merged) in product(
        (False, True), ((False, False), (True, False), (True, True))
    )
)  # a merge always derives
LIST_STATES = (STATES[0], STATES[3])  # lists and bonds ask only whether outputs were trained on


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Which word of a row in the pass is what.

    Words, in this order: the best ends in each of ``STATES``; the worst ends likewise; the lists in
    each of ``LIST_STATES``; the bonds likewise; the bonds that bind the model without its own. The
    first block of each is the node's own answer. The columns of a list: uses; duties that running
    makes due; duties that handing on makes due; three marks of what needs the object engine
    (``mixed_here``, ``mixed_taught``, ``elsewhere``).
    """

    layout: Layout
    bonds: Bonds

    @property
    def list_columns(self) -> int:
        """Return how many bits a list has."""
        return len(self.layout.uses) + 2 * len(self.layout.duties) + 3

    @property
    def list_words(self) -> int:
        """Return how many words a list takes."""
        return -(-self.list_columns // WORD_BITS)

    @property
    def bond_words(self) -> int:
        """Return how many words the bonds of one state take."""
        return -(-self.bonds.bits // WORD_BITS)

    @property
    def words(self) -> int:
        """Return how many words a row has."""
        return self._bonds_from + (len(LIST_STATES) + 1) * self.bond_words

    def best(self, state: State) -> int:
        """Return the word of the best ends in a state."""
        return STATES.index(state)

    def worst(self, state: State) -> int:
        """Return the word of the worst ends in a state."""
        return len(STATES) + STATES.index(state)

    def lists(self, state: State) -> slice:
        """Return the words of the duties and uses in a state."""
        start = 2 * len(STATES) + int(state.is_distilled) * self.list_words
        return slice(start, start + self.list_words)

    def bound(self, state: State) -> slice:
        """Return the words of the bonds in a state, the model's own included."""
        return self._bonds(int(state.is_distilled))

    @property
    def inherited(self) -> slice:
        """Return the words of the bonds that a model's ancestors bring."""
        return self._bonds(len(LIST_STATES))

    @property
    def told(self) -> npt.NDArray[np.intp]:
        """Return the words that a model's own answer is made of; its descendants read the rest."""
        places = np.arange(self.words)
        ends = [self.best(STATES[0]), self.worst(STATES[0])]
        return np.concatenate([places[ends], places[self.lists(STATES[0])], places[self.inherited]])

    @property
    def _bonds_from(self) -> int:
        return 2 * len(STATES) + len(LIST_STATES) * self.list_words

    def _bonds(self, block: int) -> slice:
        start = self._bonds_from + block * self.bond_words
        return slice(start, start + self.bond_words)

    @property
    def mixed_here(self) -> int:
        """Return the column that marks an ancestor of mixed texts, handed on as it is."""
        return self.list_columns - 3

    @property
    def mixed_taught(self) -> int:
        """Return the column that marks an ancestor of mixed texts whose outputs taught this."""
        return self.list_columns - 2

    @property
    def elsewhere(self) -> int:
        """Return the column that marks a lineage of which the catalogue does not tell all."""
        return self.list_columns - 1


@lru_cache(maxsize=4)
def shape_of(keys: frozenset[Key]) -> Shape:
    """Return the rows for the licence catalogue as it stands and these statements besides."""
    return Shape(layout(), bonds_of(keys))


@dataclass(frozen=True, slots=True)
class Crossing:
    """What one kind of edge passes: ``child[i] |= parent[source[i]] & mask[i]``."""

    source: npt.NDArray[np.intp]
    mask: Words


@lru_cache(maxsize=4)
def crossings(shape: Shape) -> tuple[Crossing, ...]:
    """Return what each kind of edge passes on: two kinds a relation, firm and weak; none."""
    kinds = [_crossing(shape, r, is_weak=weak) for r in RELATIONS for weak in (False, True)]
    return (*kinds, _nothing(shape))


def _nothing(shape: Shape) -> Crossing:
    """Return an edge that is only reported (rules L9 and L16): that others be asked is not lost."""
    mask = np.zeros(shape.words, dtype=np.uint64)
    for state in LIST_STATES:
        mask[shape.lists(state)] = packed([shape.elsewhere], shape.list_words)
    return Crossing(np.arange(shape.words, dtype=np.intp), mask)


def _crossing(shape: Shape, relation: Relation, *, is_weak: bool) -> Crossing:
    """Return what an edge of a relation passes on; a weak one makes nothing firm (rule L5)."""
    crossing = _nothing(shape)
    if relation is Relation.DATASET:
        return crossing
    acts = STATES[0].way.through(relation).acts
    passed = [permission for permission in PERMISSIONS if ACT_OF[permission] in acts]
    asked = [*passed, RELICENSE] if Act.BUILD_ON in acts else passed
    best = sum(best_bits(question, Level.FORBIDDEN) for question in asked)
    worst = sum(worst_bits(question, Level.FORBIDDEN) for question in asked)
    places, source, mask = np.arange(shape.words), crossing.source, crossing.mask
    for state in STATES:
        further = state.through(relation)
        source[shape.best(state)] = shape.best(further)
        source[shape.worst(state)] = shape.worst(further)
        mask[shape.best(state)] = 0 if is_weak else best
        mask[shape.worst(state)] = worst
    columns = packed(_list_columns(shape, relation, acts), shape.list_words)
    bonds = packed(_bond_bits(shape, acts, is_weak=is_weak), shape.bond_words)
    for state in LIST_STATES:
        further = state.through(relation)
        source[shape.lists(state)] = places[shape.lists(further)]
        mask[shape.lists(state)] = columns
        source[shape.bound(state)] = places[shape.bound(further)]
        mask[shape.bound(state)] = bonds
    source[shape.inherited] = source[shape.bound(STATES[0])]
    mask[shape.inherited] = bonds
    return crossing


def _bond_bits(shape: Shape, acts: Act, *, is_weak: bool) -> Iterator[int]:
    """Yield the bits of bonds that an edge passes on: the licence of a derivative (rule L9)."""
    if Act.BUILD_ON in acts:
        yield from range(0, shape.bonds.bits, BITS if is_weak else 1)


def _list_columns(shape: Shape, relation: Relation, acts: Act) -> Iterator[int]:
    """Yield the columns of a list that an edge passes on (rules L8 and L9)."""
    on_running = len(shape.layout.uses) + len(shape.layout.duties)
    yield from range(on_running if Act.HAND_ON not in acts else shape.mixed_here)
    yield from (shape.mixed_taught, shape.elsewhere)
    if relation is Relation.BUNDLE:
        yield shape.mixed_here
