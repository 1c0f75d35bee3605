"""A lineage is shown as a tree: every statement once."""

from collections.abc import Iterable

from registry.selectors.answer_shape import EdgeJson
from registry.web.tree import MAX_DEPTH, Branch, grow


def _edge(child: str, parent: str) -> EdgeJson:
    return {
        "child": child,
        "parent": parent,
        "relation": "merge",
        "evidence": "declared",
        "grade": "E3",
        "source": "",
    }


def _shape(branches: Iterable[Branch]) -> list[object]:
    return [
        (name, _shape(deeper)) if deeper else name
        for name, deeper in ((one.edge["parent"], one.branches) for one in branches)
    ]


def _count(branches: Iterable[Branch]) -> int:
    return sum(1 + _count(branch.branches) for branch in branches)


class TestGrow:
    def test_of_nothing_is_nothing(self) -> None:
        assert grow([]) == ()

    def test_hangs_grandparents_on_parents(self) -> None:
        tree = grow([_edge("a", "b"), _edge("a", "c"), _edge("b", "d")])

        assert _shape(tree) == [("b", ["d"]), "c"]

    def test_opens_a_parent_reached_twice_once_and_says_so(self) -> None:
        tree = grow([_edge("a", "b"), _edge("a", "c"), _edge("c", "b"), _edge("b", "d")])

        assert _shape(tree) == [("b", ["d"]), ("c", ["b"])]
        assert tree[1].branches[0].is_repeated
        assert not tree[0].is_repeated

    def test_ends_in_a_cycle(self) -> None:
        tree = grow([_edge("a", "b"), _edge("b", "a")])

        assert _count(tree) == 2

    def test_shows_every_statement_of_a_chain_too_deep_to_nest(self) -> None:
        edges = [_edge(f"n{i}", f"n{i + 1}") for i in range(5 * MAX_DEPTH)]

        assert _count(grow(edges)) == len(edges)

    def test_shows_statements_that_hang_on_nothing(self) -> None:
        tree = grow([_edge("a", "b"), _edge("x", "y"), _edge("y", "x")])

        assert _count(tree) == 3
