"""Pass bits down a graph: ``child |= parent & mask`` over every edge, once, parents first.

Edges stand in the order of their child's level; within a level, those of one kind are one operation
on arrays. Inside a cycle the edges are repeated until nothing changes: the rows only grow, and the
result does not depend on where the cycle is entered. Pure Python: importing this module must never
import Django.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from registry.rights.layout import Crossing, Words
from registry.rights.order import Ints, Order

BLOCK = 1 << 16  # edges at a time: what is read of their parents stays in the processor's cache

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Group:
    """Edges of one kind from lower levels to one level; ``first``: where each child's begin."""

    kind: int
    parents: Ints
    first: Places
    children: Ints


@dataclass(frozen=True, slots=True)
class Step:
    """One level: what comes from above, then what goes round in its cycles."""

    groups: tuple[Group, ...]
    rounds: tuple[Group, ...]


def plan_of(
    order: Order,
    child: Ints,
    parent: Ints,
    kind: npt.NDArray[np.uint8],
    *,
    apart: bool = False,
) -> list[Step]:
    """Return the steps of a pass over edges; the plan holds as long as the edges do.

    :param apart: children and parents are numbered apart, so no edge is part of a cycle
    """
    level = order.level[child].astype(np.int64)
    if apart:
        is_round = np.zeros(len(child), dtype=np.bool_)
    else:
        is_round = order.component[child] == order.component[parent]
    nodes = len(order.level)
    place = ((level * 2 + is_round) * 256 + kind) * nodes + child
    sort = np.argsort(place, kind="stable")
    lots = np.flatnonzero(np.diff(place[sort] // nodes, prepend=-1))
    steps: dict[int, tuple[list[Group], list[Group]]] = {}
    for start, end in pairwise([*lots.tolist(), len(sort)]):
        one = sort[start]
        into = steps.setdefault(int(level[one]), ([], []))[int(is_round[one])]
        into.extend(_groups(int(kind[one]), child[sort[start:end]], parent[sort[start:end]]))
    return [Step(tuple(steps[at][0]), tuple(steps[at][1])) for at in sorted(steps)]


def _groups(kind: int, child: Ints, parent: Ints) -> Iterator[Group]:
    """Yield blocks of about ``BLOCK`` edges; a child's edges may lie in two of them."""
    for start in range(0, len(child), BLOCK):
        some = child[start : start + BLOCK]
        first = np.flatnonzero(np.diff(some, prepend=-1))
        yield Group(kind, parent[start : start + BLOCK], first, some[first])


def pass_down(rows: Words, steps: Sequence[Step], crossings: Sequence[Crossing]) -> None:
    """Join into every row (in place) what its ancestors' rows pass on.

    :param rows: one row per node, words of 64 bits
    :param crossings: what each kind of edge lets through
    """
    for step in steps:
        for group in step.groups:
            join(rows, rows, group, crossings[group.kind])
        while step.rounds:
            before = [rows[group.children] for group in step.rounds]
            for group in step.rounds:
                join(rows, rows, group, crossings[group.kind])
            after = (rows[group.children] for group in step.rounds)
            if all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)):
                break


def join(into: Words, rows: Words, group: Group, crossing: Crossing) -> None:
    """Join into the rows ``into`` of a group's children what their parents' rows pass on."""
    if not crossing.mask.any():
        return
    passed = rows[group.parents]
    if passed.shape[1] != len(crossing.source) or not crossing.is_straight:
        passed = passed[:, crossing.source]
    passed &= crossing.mask
    if len(group.first) < len(group.parents):
        passed = np.bitwise_or.reduceat(passed, group.first, axis=0)
    into[group.children] |= passed
