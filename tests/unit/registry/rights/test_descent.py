"""Rows go down every edge, deep, merged and in circles."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rights import descent
from registry.rights.blocks import crossings, shape_of
from registry.rights.descent import Descent, descent_of
from registry.rights.layout import Words
from registry.rights.order import Bools, order_of
from registry.rights.recompute import passing

SHAPE = shape_of(frozenset())
KINDS = crossings(SHAPE)


class Graph(NamedTuple):
    """Edges as child, parent, kind; a row for every node."""

    edges: list[tuple[int, int, int]]
    rows: Words

    @property
    def descent(self) -> Descent:
        child, parent, kind = np.array(self.edges, dtype=np.int32).reshape(-1, 3).T
        order = order_of(len(self.rows), child, parent)
        return descent_of(order, child, parent, kind.astype(np.uint8))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    nodes = draw(st.sampled_from([3, 12, 40]))
    width = draw(st.sampled_from([1, 3, nodes]))  # a narrow graph is a deep one
    may_go_round = draw(st.booleans())
    seed = np.random.default_rng(draw(st.integers(0, 2**32)))
    child = seed.integers(1, nodes, size=draw(st.integers(0, 4 * nodes)))
    above = child - seed.integers(1, width + 1, size=len(child))
    parent = above % nodes if may_go_round else np.maximum(above, 0)
    kind = seed.integers(0, len(KINDS), size=len(child))
    edges = list(zip(child.tolist(), parent.tolist(), kind.tolist(), strict=True))
    return Graph(edges, seed.integers(0, 2**64, size=(nodes, SHAPE.words), dtype=np.uint64))


def joined_edge_by_edge(graph: Graph, only: Bools | None = None) -> Words:
    """Repeat every edge by itself until nothing grows."""
    rows, before = graph.rows.copy(), None
    while before is None or not np.array_equal(before, rows):
        before = rows.copy()
        for child, parent, kind in graph.edges:
            if only is None or only[child]:
                rows[child] |= rows[parent][KINDS[kind].source] & KINDS[kind].mask
    return rows


@given(graphs())
def test_everybody_is_told_what_all_edges_pass_on(graph: Graph) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(descent, "BLOCK", 2)
        ordered = graph.descent
    numbers = ordered.numbers
    rows = graph.rows[numbers]

    ordered.pass_down(rows, passing(SHAPE))

    assert np.array_equal(rows, joined_edge_by_edge(graph)[numbers])
    assert set(numbers.tolist()) == {end for edge in graph.edges for end in edge[:2]}


@given(graphs(), st.integers(0, 2**40 - 1))
def test_nobody_else_is_told_where_some_are_chosen(graph: Graph, bits: int) -> None:
    chosen = np.array([bits >> node & 1 for node in range(len(graph.rows))], dtype=np.bool_)
    numbers = graph.descent.numbers
    rows = graph.rows[numbers]

    graph.descent.pass_down(rows, passing(SHAPE), only=chosen[numbers])

    assert np.array_equal(rows, joined_edge_by_edge(graph, chosen)[numbers])


def test_nothing_goes_down_where_there_are_no_edges() -> None:
    graph = Graph([], np.ones((3, SHAPE.words), dtype=np.uint64))

    assert not graph.descent.levels
    assert graph.descent.place.tolist() == [-1, -1, -1]
