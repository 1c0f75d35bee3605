import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from registry.rights.order import Order, order_of, sorting

NODES = 8
pairs = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=20)


def ordered(edges: list[tuple[int, int]]) -> Order:
    child = np.array([edge[0] for edge in edges], dtype=np.int32)
    parent = np.array([edge[1] for edge in edges], dtype=np.int32)
    return order_of(NODES, child, parent)


def ancestors(edges: list[tuple[int, int]], node: int) -> set[int]:
    found, frontier = set[int](), {node}
    while frontier:
        frontier = {p for c, p in edges if c in frontier} - found
        found |= frontier
    return found


@given(pairs)
def test_a_parent_stands_above_its_child_unless_both_are_in_one_cycle(
    edges: list[tuple[int, int]],
) -> None:
    order = ordered(edges)

    for child, parent in edges:
        same = order.component[child] == order.component[parent]
        assert same or order.level[parent] < order.level[child]


@given(pairs)
def test_those_of_one_cycle_are_each_others_ancestors(edges: list[tuple[int, int]]) -> None:
    order = ordered(edges)

    above = {node: ancestors(edges, node) for node in range(NODES)}

    for node in range(NODES):
        assert order.is_cyclic[node] == (node in above[node])
        for other in range(NODES):
            mutual = other in above[node] and node in above[other]
            same = order.component[node] == order.component[other]
            assert same == (node == other or mutual)


@given(st.lists(st.integers(0, 3) | st.integers(0, 2**62)))
def test_keys_are_sorted_and_equal_ones_stay_as_they_stand(keys: list[int]) -> None:
    found = sorting(np.array(keys, dtype=np.int64))

    assert found.tolist() == sorted(range(len(keys)), key=keys.__getitem__)


def test_a_long_chain_has_as_many_levels_as_models() -> None:
    order = ordered([(i + 1, i) for i in range(NODES - 1)])

    assert order.depth == NODES
    assert order.level.tolist() == list(range(NODES))
