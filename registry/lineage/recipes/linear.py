"""Sums of models: what share each leaf of a graph of merges has in the result.

Pure Python: importing this module must never import Django.
"""

import math
import operator
from collections.abc import Callable, Iterable
from typing import NamedTuple

from registry.lineage.recipes.recipe import MOST_PARENTS
from registry.lineage.relations import Relation


class Leaf(NamedTuple):
    """A model that a graph loads, by the name it is loaded by, and how it enters."""

    name: str
    relation: Relation = Relation.MERGE


Sum = dict[Leaf, float | None]  # a share, or nothing where it cannot be told


def added(*sums: Sum) -> Sum:
    """Return the sum of sums; a share that cannot be told in one of them cannot in the result."""
    result: Sum = {}
    for summand in sums:
        for leaf, share in summand.items():
            if leaf in result:
                result[leaf] = _finite(result[leaf], share, operator.add)
            elif len(result) < MOST_PARENTS:
                result[leaf] = share
    return result


def scaled(by: float | None, summand: Sum) -> Sum:
    """Return every share of a sum multiplied by one number."""
    return {leaf: _finite(by, share, operator.mul) for leaf, share in summand.items()}


def unknown(sums: Iterable[Sum]) -> Sum:
    """Return the leaves of sums in a result in which no share can be told."""
    return scaled(None, added(*sums))


def lerp(a: Sum, b: Sum, share: float | None) -> Sum:
    """Return a(1-share) + b share."""
    rest = None if share is None else 1 - share
    return added(scaled(rest, a), scaled(share, b))


def _finite(
    a: float | None, b: float | None, combine: Callable[[float, float], float]
) -> float | None:
    if a is None or b is None:
        return None
    result = combine(a, b)
    return result if math.isfinite(result) else None
