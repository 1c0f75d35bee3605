"""Make up a catalogue as large as the hubs, and shaped like them.

Models stand in order of their level. A child's parents are drawn by a power law from the level
above, so that few models have most descendants; one in ten is a merge, of up to ten. Two shapes:

============  =============  ===========  ======  =======================================
name          models         edges        depth   root 0 has
============  =============  ===========  ======  =======================================
``HUBS``      2,500,000      1,500,000    10      about 250,000 descendants
``DEEP``      2,500,000      9,600,000    80      most of what is below it
============  =============  ===========  ======  =======================================

What pages say, the relations and the grades are drawn with about the shares the hubs have. The same
seed gives the same catalogue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from registry.lineage.relations import Grade, Relation

Array = npt.NDArray[Any]

RELATIONS = (
    (Relation.FINETUNE, 0.45),
    (Relation.ADAPTER, 0.335),
    (Relation.QUANTIZED, 0.19),
    (Relation.BUNDLE, 0.01),
    (Relation.RUNTIME, 0.014),
    (Relation.DISTILL, 0.001),
)
GRADES = (
    (Grade.TAG, 0.85),
    (Grade.PLATFORM_FLAG, 0.1),
    (Grade.PROSE, 0.04),
    (Grade.INFERRED, 0.01),
)
# What cards declare, with about the shares of the Hugging Face Hub; the rest says nothing.
LICENSES = (
    *(("apache-2.0", 0.30), ("mit", 0.12), ("llama3", 0.04), ("llama3.1", 0.04), ("gemma", 0.04)),
    *(("creativeml-openrail-m", 0.06), ("openrail++", 0.04), ("cc-by-nc-4.0", 0.05)),
    *(("cc-by-nc-sa-4.0", 0.02), ("cc-by-nd-4.0", 0.01), ("other", 0.06), ("unknown", 0.02)),
    *(("llama2", 0.02), ("agpl-3.0", 0.01), ("gpl-3.0", 0.01), ("bigscience-openrail-m", 0.01)),
    *(
        ("apache-2.0 OR mit", 0.005),
        ("cc-by-4.0", 0.02),
        ("flux-1-dev-non-commercial-license", 0.02),
    ),
)
DAYS = (date(2023, 1, 1), date(2026, 1, 1))  # on which copies were made
_MERGES = 0.1  # of all children
_MOST_PARENTS = 10


@dataclass(frozen=True, slots=True)
class Shape:
    """How many models and edges, how deep, and how many models have parents."""

    models: int
    edges: int
    depth: int
    children: int

    def scaled(self, part: float) -> "Shape":
        """Return the same shape with ``part`` of the models and edges."""
        counts = (int(self.models * part), int(self.edges * part), self.depth)
        return Shape(*counts, int(self.children * part))


HUBS = Shape(models=2_500_000, edges=1_500_000, depth=10, children=1_200_000)
DEEP = Shape(models=2_500_000, edges=9_600_000, depth=80, children=2_400_000)


@dataclass(frozen=True, slots=True)
class HubGraph:
    """Edges as arrays: ``relation`` and ``grade`` are places in their enumerations.

    ``day``: of the copy, as ``date.toordinal`` counts.
    """

    models: int
    child: Array
    parent: Array
    relation: Array
    grade: Array
    retracted: Array
    day: Array

    def descendants(self, root: int) -> int:
        """Return how many models come from ``root``."""
        reached = np.zeros(self.models, dtype=np.bool_)
        reached[root] = True
        while True:
            more = reached[self.parent] & ~reached[self.child]
            if not more.any():
                return int(reached.sum()) - 1
            reached[self.child[more]] = True


def hub_graph(shape: Shape, *, seed: int = 1) -> HubGraph:
    """Return a graph of a shape."""
    draw = np.random.default_rng(seed)
    sizes = _level_sizes(shape)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    level = np.repeat(np.arange(len(sizes)), sizes)
    children = np.arange(starts[1], shape.models)
    counts = _parent_counts(draw, len(children), shape.edges)
    child = np.repeat(children, counts)
    above = level[child] - 1
    first = np.concatenate([[True], child[1:] != child[:-1]])
    above = np.where(first, above, (draw.random(len(child)) * (above + 1)).astype(np.int64))
    steep = 8.0 if shape.depth <= 10 else 3.0
    parent = starts[above] + (sizes[above] * draw.random(len(child)) ** steep).astype(np.int64)
    merged = np.repeat(counts > 1, counts)
    relation = np.where(
        merged,
        list(Relation).index(Relation.MERGE),
        _drawn(draw, RELATIONS, list(Relation), len(child)),
    )
    pairs = child * np.int64(shape.models) + parent
    _, kept = np.unique(pairs, return_index=True)
    return HubGraph(
        models=shape.models,
        child=child[kept].astype(np.int32),
        parent=parent[kept].astype(np.int32),
        relation=relation[kept].astype(np.uint8),
        grade=_drawn(draw, GRADES, list(Grade), len(kept)).astype(np.uint8),
        retracted=draw.random(len(kept)) < 0.01,
        day=_days(draw, len(kept)),
    )


def _days(draw: np.random.Generator, size: int) -> Array:
    first, last = (day.toordinal() for day in DAYS)
    return draw.integers(first, last, size=size).astype(np.int32)


def licenses_of(models: int, *, seed: int = 2) -> Array:
    """Return what each page declares: a place in ``LICENSES``, -1 for nothing."""
    draw = np.random.default_rng(seed)
    shares = np.array([share for _, share in LICENSES])
    places = np.searchsorted(np.cumsum(shares), draw.random(models))
    return np.where(places < len(LICENSES), places, -1)


def _level_sizes(shape: Shape) -> Array:
    """Return how many models each level has: the roots, then ever fewer (or, if deep, as many)."""
    roots = shape.models - shape.children
    weights = 0.6 ** np.arange(shape.depth) if shape.depth <= 10 else np.ones(shape.depth)
    sizes = np.maximum((shape.children * weights / weights.sum()).astype(np.int64), 1)
    sizes[0] += shape.children - sizes.sum()
    return np.concatenate([[roots], sizes])


def _parent_counts(draw: np.random.Generator, children: int, edges: int) -> Array:
    """Return how many parents each child has, 1 to ``_MOST_PARENTS``, ``edges`` in all."""
    counts = np.ones(children, dtype=np.int64)
    extra = edges - children
    share = max(_MERGES, extra / children / (_MOST_PARENTS / 2))
    merges = np.flatnonzero(draw.random(children) < share)
    while extra > 0:
        chosen = draw.choice(merges, size=min(extra, len(merges)), replace=False)
        chosen = chosen[counts[chosen] < _MOST_PARENTS]
        if not len(chosen):
            break
        counts[chosen] += 1
        extra -= len(chosen)
    return counts


def _drawn(
    draw: np.random.Generator, shares: Sequence[tuple[Any, float]], all_of: list[Any], size: int
) -> Array:
    weights = np.array([share for _, share in shares])
    places = np.array([all_of.index(word) for word, _ in shares])
    picked = np.searchsorted(np.cumsum(weights / weights.sum()), draw.random(size))
    return places[np.minimum(picked, len(places) - 1)]
