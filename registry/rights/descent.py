"""Pass rows down a graph from parents to children, every edge once.

Edges of one kind into one child are taken together: what they pass on of the join of the parents'
rows is the join of what each passes on. Who is joined to others has a place, so that the children
of most steps stand side by side, and a step is a few operations on blocks that fit into a cache.
Inside a cycle the edges are repeated until nothing changes: rows only grow, and the result does not
depend on where the cycle is entered. Pure Python: importing this module must never import Django.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from registry.rights.order import Bools, Ints, Order, Places, are_first, sorting

BLOCK = 2048  # children of a step: their rows, a few hundred bytes each, stay in the cache
_KINDS = 64  # more than there are kinds of edges

Bytes = npt.NDArray[np.uint8]
Rows = npt.NDArray[Any]  # one for each place
Numbers = npt.NDArray[np.integer]
Children = slice | Numbers
Passing = Callable[[int, Rows, Children], Rows]  # a kind of edge, parents' rows, whose they are


class Step(NamedTuple):
    """Edges of one kind to some children; all are places.

    ``parents[i]``: the parent number ``i`` of each child that has so many; those are the first.
    """

    kind: int
    children: Children
    parents: tuple[Numbers, ...]

    def only(self, is_chosen: Bools) -> "Step":
        """Return the edges to chosen children."""
        chosen = is_chosen[self.children]
        parents = tuple(some[chosen[: len(some)]] for some in self.parents)
        if isinstance(self.children, slice):
            return Step(self.kind, np.flatnonzero(chosen) + self.children.start, parents)
        return Step(self.kind, self.children[chosen], parents)


@dataclass(frozen=True, slots=True)
class Level:
    """One level: what comes from above, then what goes round in its cycles."""

    above: tuple[Step, ...]
    rounds: tuple[Step, ...]

    def only(self, is_chosen: Bools) -> "Level":
        """Return the edges to chosen children."""
        above, rounds = (
            tuple(step for step in (one.only(is_chosen) for one in steps) if len(step.parents[0]))
            for steps in (self.above, self.rounds)
        )
        return Level(above, rounds)


@dataclass(frozen=True, slots=True)
class Descent:
    """The edges in the order of the pass.

    ``numbers``: of every place; ``place``: of every number, -1 of those that no edge joins.
    """

    numbers: Ints
    place: Ints
    levels: tuple[Level, ...]

    def pass_down(self, rows: Rows, passing: Passing, only: Bools | None = None) -> None:
        """Join into every place's row, or into some, what its parents' rows pass on; in place."""
        for level in self.levels:
            chosen = level if only is None else level.only(only)
            for step in chosen.above:
                _take(rows, step, passing)
            while chosen.rounds:
                before = [rows[step.children] for step in chosen.rounds]
                for step in chosen.rounds:
                    _take(rows, step, passing)
                after = (rows[step.children] for step in chosen.rounds)
                if all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)):
                    break


def _take(rows: Rows, step: Step, passing: Passing) -> None:
    kind, children, parents = step
    above = rows.take(parents[0], axis=0)
    for more in parents[1:]:
        above[: len(more)] |= rows.take(more, axis=0)
    rows[children] |= passing(kind, above, children)


@dataclass(frozen=True, slots=True)
class _Groups:
    """Edges of one kind to one child each: the first is ``edges[starts]``, they are ``counts``.

    ``gives_place``: the first group of each child that something comes to from above.
    """

    edges: Places
    starts: Places
    counts: Places
    child: Numbers
    is_round: Bools
    kind: Numbers
    gives_place: Bools


def descent_of(order: Order, child: Ints, parent: Ints, kinds: Bytes) -> Descent:
    """Return the edges in the order of the pass; it holds as long as they do.

    :param kinds: of every edge, below 64
    """
    groups = _groups(order, child, parent, kinds)
    lot = order.level[groups.child].astype(np.int64) * 2 + groups.is_round
    lot = (lot * 2 + ~groups.gives_place) * _KINDS + groups.kind
    most = int(groups.counts.max(initial=0))
    sort = sorting(lot * (most + 1) + most - groups.counts)
    placed = groups.child[sort[groups.gives_place[sort]]]
    numbers = _numbers(len(order.level), child, parent, placed)
    place = np.full(len(order.level), -1, dtype=np.int32)
    place[numbers] = np.arange(len(numbers), dtype=np.int32)
    parents = place[parent[groups.edges]]
    levels: dict[int, tuple[list[Step], list[Step]]] = {}
    for start, end in _blocks(lot[sort]):
        chosen = sort[start:end]
        level, rest = divmod(int(lot[chosen[0]]), 4 * _KINDS)
        steps = levels.setdefault(level, ([], []))[rest // (2 * _KINDS)]
        steps.append(_step(groups, chosen, place, parents))
    return Descent(numbers, place, tuple(Level(*map(tuple, levels[at])) for at in sorted(levels)))


def _groups(order: Order, child: Ints, parent: Ints, kinds: Bytes) -> _Groups:
    is_round = order.component[child] == order.component[parent]
    key = (child.astype(np.int64) * 2 + is_round) * _KINDS + kinds
    edges = sorting(key)
    key = key[edges]
    starts = np.flatnonzero(are_first(key))
    whose, kind = np.divmod(key[starts], _KINDS)
    child, is_round = whose // 2, whose % 2 == 1
    counts = np.diff(starts, append=len(key))
    return _Groups(edges, starts, counts, child, is_round, kind, are_first(child) & ~is_round)


def _numbers(nodes: int, child: Ints, parent: Ints, placed: Numbers) -> Ints:
    """Return the number of each place: first those to which nothing comes from above."""
    others = np.zeros(nodes, dtype=np.bool_)
    others[parent] = True
    others[child] = True
    others[placed] = False
    return np.concatenate([np.flatnonzero(others), placed]).astype(np.int32)


def _blocks(lots: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield where each lot begins and ends, in pieces of at most ``BLOCK``."""
    begins = np.flatnonzero(are_first(lots)).tolist()
    for begin, end in pairwise([*begins, len(lots)]):
        for start in range(begin, end, BLOCK):
            yield start, min(start + BLOCK, end)


def _step(groups: _Groups, chosen: Places, place: Ints, parents: Ints) -> Step:
    """Return the step of some groups of one kind; those of most edges are first."""
    kind, first = int(groups.kind[chosen[0]]), int(place[groups.child[chosen[0]]])
    starts, counts = groups.starts[chosen], groups.counts[chosen]
    having = [int((counts > at).sum()) for at in range(int(counts[0]))]
    above = tuple(parents[starts[:some] + at] for at, some in enumerate(having))
    is_side_by_side = groups.gives_place[chosen[0]]
    children = slice(first, first + len(chosen)) if is_side_by_side else place[groups.child[chosen]]
    return Step(kind, children, above)
