"""The bits of a node's rights, and what an edge lets through of them.

A row is a few 64-bit words. Intervals stand in thermometer code (a bit for each level reached), so
that joining two rows is ``|`` (rule L3); duties and forbidden uses are one bit each (rule L8).

What an ancestor's terms mean for a descendant depends on the way between them (rules L9 to L11,
L17): whether it makes a derivative, merges, or trains on outputs. A row therefore holds several
*blocks*: what the node and everything above it say as they stand, and what they would say to
somebody one derivative, one merge, one training further down. An edge reads, for every word of the
child, one word of the parent and masks it: that is all there is to a relation. Both are derived
from ``registry.licensing.routes``, so the rules stand in one place. Weak edges drop the best ends
(rule L5).

Pure Python: importing this module must never import Django.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from registry.licensing.catalog import all_terms, use_set
from registry.licensing.civitai_flags import credit_duty
from registry.licensing.lineage_view import CivitaiFlags
from registry.licensing.routes import ACT_OF, EVERY_ACT, Act, Way
from registry.licensing.terms import Level, Permission
from registry.lineage.relations import Relation

Words = npt.NDArray[np.uint64]

WORD_BITS = 64
FORMAT = 1  # of a row; goes up with every change that the columns' names do not show
RELATIONS = tuple(Relation)
PERMISSIONS = tuple(Permission)
BEST_LEVELS = tuple(Level)[1:]  # level 0 is the absence of bits
WORST_LEVELS = tuple(Level)  # the bit of level 0 says that somebody speaks of it at all


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
LIST_STATES = (STATES[0], STATES[3])  # duties and uses ask only whether outputs were trained on


class Duty(NamedTuple):
    """A duty as the catalogue names it; each (duty, value) is one."""

    duty: str
    value: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Which bit stands for what.

    Words, in this order: the best ends in each of ``STATES``, the worst ends likewise, then the
    lists in each of ``LIST_STATES``, several words each. The first block of each is the node's own
    answer. The columns of a list: uses; duties that running makes due; duties that handing on
    makes due; two marks (``MIXED_HERE``, ``MIXED_TAUGHT``) of claims that need the object engine.
    """

    uses: tuple[str, ...]
    duties: tuple[Duty, ...]

    @property
    def list_columns(self) -> int:
        """Return how many bits a list has."""
        return len(self.uses) + 2 * len(self.duties) + 2

    @property
    def list_words(self) -> int:
        """Return how many words a list takes."""
        return -(-self.list_columns // WORD_BITS)

    @property
    def words(self) -> int:
        """Return how many words a row has."""
        return 2 * len(STATES) + len(LIST_STATES) * self.list_words

    @property
    def name(self) -> str:
        """Return a digest of the columns: rows of another name cannot be compared."""
        return _name(self)

    def best(self, state: State) -> int:
        """Return the word of the best ends in a state."""
        return STATES.index(state)

    def worst(self, state: State) -> int:
        """Return the word of the worst ends in a state."""
        return len(STATES) + STATES.index(state)

    def lists(self, state: State) -> slice:
        """Return the words of the duties and uses in a state."""
        block = int(state.is_distilled)
        start = 2 * len(STATES) + block * self.list_words
        return slice(start, start + self.list_words)

    @property
    def mixed_here(self) -> int:
        """Return the column that marks an ancestor of mixed texts, handed on as it is."""
        return self.list_columns - 2

    @property
    def mixed_taught(self) -> int:
        """Return the column that marks an ancestor of mixed texts whose outputs taught this."""
        return self.list_columns - 1

    def packed(self, columns: Iterator[int]) -> Words:
        """Return the words of a list that has these columns set."""
        return packed(columns, self.list_words)


def packed(columns: Iterator[int] | Sequence[int], words: int) -> Words:
    """Return ``words`` words with the bits ``columns`` set."""
    row = [0] * words
    for column in columns:
        row[column // WORD_BITS] |= 1 << column % WORD_BITS
    return np.array(row, dtype=np.uint64)


def best_bits(permission: Permission, level: Level) -> int:
    """Return the thermometer of a best end."""
    return ((1 << level) - 1) << len(BEST_LEVELS) * PERMISSIONS.index(permission)


def worst_bits(permission: Permission, level: Level) -> int:
    """Return the thermometer of a worst end; somebody speaks of it."""
    return ((2 << level) - 1) << len(WORST_LEVELS) * PERMISSIONS.index(permission)


@cache
def _name(shape: Layout) -> str:
    columns = [*shape.uses, *("=".join(duty) for duty in shape.duties), *PERMISSIONS]
    return hashlib.sha256("\n".join([str(FORMAT), *columns]).encode()).hexdigest()[:16]


@cache
def layout() -> Layout:
    """Return the layout for the licence catalogue as it stands."""
    texts = all_terms()
    named = {terms.use_restrictions.set for terms in texts} - {""}
    uses = {tag for name in named for tag in use_set(name).tags or (f"list:{name}",)}
    duties = {Duty(owed.duty.value, owed.value) for terms in texts for owed in terms.duties}
    if credit := credit_duty(CivitaiFlags(no_credit=False)):
        duties.add(Duty(credit.duty.value, credit.value))
    return Layout(tuple(sorted(uses)), tuple(sorted(duties)))


@dataclass(frozen=True, slots=True)
class Crossing:
    """What one kind of edge passes: ``child[i] |= parent[source[i]] & mask[i]``."""

    source: npt.NDArray[np.intp]
    mask: Words

    @property
    def is_straight(self) -> bool:
        """Return whether every word is read from its own place."""
        return bool((self.source == np.arange(len(self.source))).all())


@cache
def crossing(relation: Relation, *, is_weak: bool) -> Crossing:
    """Return what an edge of a relation passes on; a weak one without best ends (rule L5)."""
    shape = layout()
    source = np.arange(shape.words, dtype=np.intp)
    mask = np.zeros(shape.words, dtype=np.uint64)
    if relation is Relation.DATASET:  # reported only (rule L9)
        return Crossing(source, mask)
    acts = STATES[0].way.through(relation).acts
    passed = [permission for permission in PERMISSIONS if ACT_OF[permission] in acts]
    best = sum(best_bits(permission, Level.FORBIDDEN) for permission in passed)
    worst = sum(worst_bits(permission, Level.FORBIDDEN) for permission in passed)
    for state in STATES:
        further = state.through(relation)
        source[shape.best(state)] = shape.best(further)
        source[shape.worst(state)] = shape.worst(further)
        mask[shape.best(state)] = 0 if is_weak else best
        mask[shape.worst(state)] = worst
    columns = shape.packed(_list_columns(relation, acts))
    for state in LIST_STATES:
        source[shape.lists(state)] = np.arange(shape.words)[shape.lists(state.through(relation))]
        mask[shape.lists(state)] = columns
    return Crossing(source, mask)


def _list_columns(relation: Relation, acts: Act) -> Iterator[int]:
    """Yield the columns of a list that an edge passes on (rules L8 and L9)."""
    shape = layout()
    on_running = len(shape.uses) + len(shape.duties)
    yield from range(on_running if Act.HAND_ON not in acts else shape.mixed_here)
    yield shape.mixed_taught
    if relation is Relation.BUNDLE:
        yield shape.mixed_here
