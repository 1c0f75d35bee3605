"""Pass rows down a graph by their classes: few rows are distinct, so each join is made once.

A class is the place of a row in a book of distinct rows. What a class passes on over a kind of edge
is a class, and so is the join of two: an edge costs a few look-ups of small numbers, and words are
joined only once for each distinct pair. Inside a cycle the edges are repeated until nothing
changes: rows only grow, and the result does not depend on where the cycle is entered. Pure Python:
importing this module must never import Django.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from registry.rights.blocks import Crossing
from registry.rights.coding import mixed_rows
from registry.rights.layout import Words
from registry.rights.order import Bools, Ints, Order

_LARGEST_TABLE = 1 << 22  # pairs looked up in a table; of more possible ones the real are sorted

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Turn:
    """At most one edge to each of some children of one level."""

    children: Ints
    parents: Ints
    edges: npt.NDArray[np.intp]  # their places


@dataclass(frozen=True, slots=True)
class Level:
    """One level: what comes from above, then what goes round in its cycles."""

    above: tuple[Turn, ...]
    rounds: tuple[Turn, ...]


def levels_of(
    order: Order, child: Ints, parent: Ints, only: Bools | None = None
) -> tuple[Level, ...]:
    """Return the edges, or some, in the order of the pass; it holds as long as they do."""
    by_child = np.argsort(child, kind="stable")
    if only is not None:
        by_child = by_child[only[by_child]]
    child, parent = child[by_child], parent[by_child]
    starts = np.flatnonzero(np.diff(child, prepend=-1))
    is_round = order.component[child] == order.component[parent]
    ordinal = np.arange(len(child)) - np.repeat(starts, np.diff(starts, append=len(child)))
    most = int(ordinal.max(initial=0)) + 1
    place = (order.level[child].astype(np.int64) * 2 + is_round) * most + ordinal
    sort = np.argsort(place, kind="stable")
    place = place[sort]
    lots = np.flatnonzero(np.diff(place, prepend=-1)).tolist()
    turns: dict[int, tuple[list[Turn], list[Turn]]] = {}
    for start, end in pairwise([*lots, len(sort)]):
        chosen = sort[start:end]
        level, rounds = divmod(int(place[start]) // most, 2)
        turn = Turn(child[chosen], parent[chosen], by_child[chosen])
        turns.setdefault(level, ([], []))[rounds].append(turn)
    return tuple(Level(tuple(turns[at][0]), tuple(turns[at][1])) for at in sorted(turns))


class RowBook:
    """Distinct rows of some words each."""

    def __init__(self, words: int, crossings: Sequence[Crossing]) -> None:
        """Begin a book for edges that pass on what ``crossings`` says, by kind."""
        self._rows = np.zeros((1024, words), dtype=np.uint64)
        self._count = 0
        self._places: dict[int, int] = {}  # by a row mixed into one word
        self._odd: dict[bytes, int] = {}  # rows that another row was mixed into the same word as
        self._crossings = crossings

    @property
    def rows(self) -> Words:
        """Return every row by class."""
        return self._rows[: self._count]

    def classes(self, rows: Words) -> Ints:
        """Return the class of each of some rows; new ones are entered."""
        mixed = mixed_rows(rows)
        looked_up = map(self._places.get, mixed.tolist(), repeat(-1))
        found = np.fromiter(looked_up, dtype=np.int32, count=len(rows))
        new = np.flatnonzero(found < 0)
        if len(new):
            values, example, place = np.unique(mixed[new], return_index=True, return_inverse=True)
            places = self._entered(rows[new[example]])
            self._places.update(zip(values.tolist(), places.tolist(), strict=True))
            found[new] = places[place.reshape(-1)]
        for at in np.flatnonzero((self._rows[found] != rows).any(axis=1)).tolist():
            row = rows[at].tobytes()
            if row not in self._odd:
                self._odd[row] = int(self._entered(rows[at : at + 1])[0])
            found[at] = self._odd[row]
        return found

    def passed_on(self, kinds: Bytes, classes: Ints) -> Ints:
        """Return the classes of what rows of ``classes`` pass on over edges of ``kinds``."""
        pairs = pairs_of(kinds, classes, len(self._crossings), self._count)
        rows = self._rows[pairs.second]
        for kind in np.unique(pairs.first).tolist():
            chosen, crossing = pairs.first == kind, self._crossings[kind]
            rows[chosen] = rows[chosen][:, crossing.source] & crossing.mask
        found: Ints = self.classes(rows)[pairs.place]
        return found

    def joined(self, one: Ints, other: Ints) -> Ints:
        """Return the classes of the joins of two rows each."""
        count = self._count
        pairs = pairs_of(one, other, count, count)
        rows = self._rows[pairs.first] | self._rows[pairs.second]
        found: Ints = self.classes(rows)[pairs.place]
        return found

    def _entered(self, rows: Words) -> Ints:
        """Enter distinct rows; return their classes."""
        start, self._count = self._count, self._count + len(rows)
        while self._count > len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[start : self._count] = rows
        return np.arange(start, self._count, dtype=np.int32)


def pass_down(book: RowBook, classes: Ints, levels: Sequence[Level], kinds: Bytes) -> None:
    """Join into every number's row (its class, in place) what its ancestors' rows pass on.

    :param kinds: of every edge: which of the book's crossings it is
    """
    for level in levels:
        for turn in level.above:
            _take(book, classes, turn, kinds)
        while level.rounds:
            before = [classes[turn.children] for turn in level.rounds]
            for turn in level.rounds:
                _take(book, classes, turn, kinds)
            after = (classes[turn.children] for turn in level.rounds)
            if all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)):
                break


def _take(book: RowBook, classes: Ints, turn: Turn, kinds: Bytes) -> None:
    passed = book.passed_on(kinds[turn.edges], classes[turn.parents])
    classes[turn.children] = book.joined(classes[turn.children], passed)


class Pairs(NamedTuple):
    """The distinct pairs of two columns, and the place of every pair among them."""

    first: Ints
    second: Ints
    place: Ints


def pairs_of(
    one: npt.NDArray[np.integer], other: npt.NDArray[np.integer], ones: int, others: int
) -> Pairs:
    """Return the distinct pairs of numbers below ``ones`` and ``others``."""
    (a, distinct_a), (b, distinct_b) = ranked(one, ones), ranked(other, others)
    key = a.astype(np.int64) * len(distinct_b) + b
    possible = len(distinct_a) * len(distinct_b)
    if possible <= _LARGEST_TABLE:
        place, distinct = ranked(key, possible)
    else:
        distinct, found = np.unique(key, return_inverse=True)
        place = found.astype(np.int32)
    width = max(len(distinct_b), 1)
    return Pairs(distinct_a[distinct // width], distinct_b[distinct % width], place)


def ranked(values: npt.NDArray[np.integer], size: int) -> tuple[Ints, Ints]:
    """Return the rank of every value among the distinct ones, and those, in linear time."""
    used: Bools = np.zeros(size, dtype=np.bool_)
    used[values] = True
    distinct = np.flatnonzero(used)
    rank = np.zeros(size, dtype=np.int32)
    rank[distinct] = np.arange(len(distinct), dtype=np.int32)
    return rank[values], distinct.astype(np.int32)
