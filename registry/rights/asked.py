"""Models of which the pass cannot tell the rights: the object engine is asked about them.

A rule may depend on who asks (``Lineages.needs_objects``), be no join along single ways (texts that
differ on training on outputs: ``own``; texts of several days: ``dated``), or leave out the asker's
own statements although he is his own ancestor. What the object engine cannot tell from the
catalogue alone, or not soon, is left to whoever reads (``Flag.ASK``). Pure Python: importing this
module must never import Django.
"""

from dataclasses import dataclass

import numpy as np

from registry.licensing.verdict import assess
from registry.rights.answers import FLAG_WORD, Flag, answer_row, row_words
from registry.rights.blocks import LIST_STATES, Shape
from registry.rights.catalogue import Catalogue
from registry.rights.dated import are_of_several, reach_elsewhere, reach_several
from registry.rights.layout import WORD_BITS, Words
from registry.rights.order import Bools, Ints, Places
from registry.rights.prepared import Prepared

MOST_ANCESTORS = 500  # of a model that the object engine is asked about
MOST = 100  # models it is asked about here; of more, whoever reads about one asks

_AT_ONCE = 64  # models whose ancestors are looked for together


@dataclass(frozen=True, slots=True)
class Asked:
    """Which models: ``numbers[places]``; ``is_elsewhere``: their lineage is not told here whole."""

    source: Catalogue
    numbers: Places
    places: Places
    is_elsewhere: Bools

    def rows(self) -> Words:
        """Return a row for each: what the object engine says, or that it has to be asked."""
        rows = np.zeros((len(self.places), row_words()), dtype=np.uint64)
        rows[:, FLAG_WORD] = Flag.ASK
        told_here = np.flatnonzero(~self.is_elsewhere)
        for at in told_here.tolist() if len(told_here) <= MOST else ():
            number = int(self.numbers[self.places[at]])
            lineage = self.source.lineage(number, most=MOST_ANCESTORS)
            if lineage is not None:
                rows[at] = answer_row(assess(lineage))
        return rows


def asked_of(ready: Prepared, rows: Words, class_of: Ints, numbers: Places) -> Asked:
    """Return whom the object engine has to be asked about, among ``numbers``.

    :param rows: the distinct rows of a pass; ``class_of``: the place of each one's among them
    """
    marks = rows[:, ready.shape.marks]
    elsewhere = reach_elsewhere(marks)[class_of]
    alone = ready.lineages.needs_objects | ready.lineages.is_cyclic
    is_asked = _is_mixed(ready.shape, rows)[class_of] | alone[numbers]
    marked = np.flatnonzero(reach_several(marks)[class_of] & ~is_asked)
    is_asked[marked] = _are_reaching_several(ready, numbers[marked])
    places = np.flatnonzero(is_asked)
    return Asked(ready.source, numbers, places, elsewhere[places])


def _are_reaching_several(ready: Prepared, numbers: Places) -> Bools:
    """Return which models really have one ancestor under several texts.

    Who has a parent that does, does so too; only of the others all ancestors are looked at. Parents
    come first, and a copy has the ancestors of its model.
    """
    catalogue, level = ready.catalogue, ready.lineages.order.level
    is_open = np.zeros(len(catalogue), dtype=np.bool_)
    is_open[numbers] = True
    edges = np.flatnonzero(is_open[catalogue.edges.child])
    children, parents = catalogue.edges.child[edges], catalogue.edges.parent[edges]
    parents = catalogue.original[parents]
    reaching = np.zeros(len(catalogue), dtype=np.bool_)
    by_level, edges_by_level = np.argsort(level[numbers]), np.argsort(level[children])
    depths = np.unique(level[numbers])
    ends = np.searchsorted(level[numbers][by_level], [depths, depths + 1])
    edge_ends = np.searchsorted(level[children][edges_by_level], [depths, depths + 1])
    for at in range(len(depths)):
        into = edges_by_level[edge_ends[0, at] : edge_ends[1, at]]
        reaching[children[into[reaching[parents[into]]]]] = True
        here = numbers[by_level[ends[0, at] : ends[1, at]]]
        here = here[~reaching[here]]
        for first in range(0, len(here), _AT_ONCE):
            some = here[first : first + _AT_ONCE]
            reaching[some] = _reach_several(catalogue, some)
    found: Bools = reaching[numbers]
    return found


def _reach_several(catalogue: Catalogue, numbers: Places) -> Bools:
    """Return which models really have one ancestor under several texts: marks are shared."""
    every, is_above = catalogue.ancestors_of_each(numbers)
    split = are_of_several(catalogue.marks[every])
    found: Bools = np.logical_or.reduce(is_above[:, split], axis=1)
    _, model, texts = np.unique(catalogue.original[every], return_inverse=True, return_counts=True)
    several = np.flatnonzero(texts[model] > 1)
    if len(several):
        several = several[np.argsort(model[several], kind="stable")]
        firsts = np.flatnonzero(np.diff(model[several], prepend=-1))
        counts = np.add.reduceat(is_above[:, several], firsts, axis=1, dtype=np.int32)
        found |= np.logical_or.reduce(counts > 1, axis=1)
    return found


def _is_mixed(shape: Shape, rows: Words) -> Bools:
    """Return which rows reach claims of mixed texts by ways that must be weighed together."""
    lists = rows[:, shape.lists(LIST_STATES[0])]
    here, taught = (
        (lists[:, column // WORD_BITS] >> np.uint64(column % WORD_BITS)) & np.uint64(1) != 0
        for column in (shape.mixed_here, shape.mixed_taught)
    )
    mixed: Bools = here & taught
    return mixed
