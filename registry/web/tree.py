"""Turn the statements of a lineage into a tree to read."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from registry.selectors.answer_shape import EdgeJson

MAX_DEPTH = 12  # deeper statements follow at the end, so that pages nest no deeper


class Branch(NamedTuple):
    """One statement, and the statements about the parent it names."""

    edge: EdgeJson
    branches: tuple["Branch", ...]
    is_repeated: bool  # what the parent was made from is shown elsewhere in the tree


class _Tree:
    """The statements not yet shown, by child."""

    def __init__(self, edges: Iterable[EdgeJson]) -> None:
        """Sort the statements by child, in their order."""
        self.waiting: dict[str, list[EdgeJson]] = {}
        for edge in edges:
            self.waiting.setdefault(edge["child"], []).append(edge)
        self.children = frozenset(self.waiting)

    def branches(self, child: str, depth: int = 0) -> tuple[Branch, ...]:
        """Return the statements about ``child`` and take them out of what waits."""
        level = self.waiting.pop(child, [])
        below = [
            self.branches(edge["parent"], depth + 1) if depth < MAX_DEPTH else () for edge in level
        ]
        return tuple(
            Branch(edge, deeper, is_repeated=not deeper and edge["parent"] in self.children)
            for edge, deeper in zip(level, below, strict=True)
        )


def grow(edges: Sequence[EdgeJson]) -> tuple[Branch, ...]:
    """Return the tree of ``edges``: every statement once, the subject's own first.

    A parent reached twice, or again through a cycle, is opened where it stands first. Statements
    that hang on nothing above them (a cycle, too deep a chain) follow at the end.
    """
    tree = _Tree(edges)
    parents = {edge["parent"] for edge in edges}
    roots = [child for child in tree.waiting if child not in parents]
    return tuple(branch for child in (*roots, *tree.waiting) for branch in tree.branches(child))
