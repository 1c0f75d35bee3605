"""Models of which the pass cannot tell the rights: the object engine is asked about them.

A rule may depend on who asks (``Lineages.needs_objects``), be no join along single ways (texts that
differ on training on outputs: ``own``), or leave out the asker's own statements although he is his
own ancestor. What the object engine cannot tell from the catalogue alone, or not soon, is left to
whoever reads (``Flag.ASK``). Pure Python: importing this module must never import Django.
"""

from dataclasses import dataclass

import numpy as np

from registry.licensing.verdict import assess
from registry.rights.answers import FLAG_WORD, Flag, answer_row, row_words
from registry.rights.blocks import LIST_STATES, Shape
from registry.rights.catalogue import Catalogue
from registry.rights.layout import WORD_BITS, Words
from registry.rights.order import Bools, Ints, Places
from registry.rights.prepared import Prepared

MOST_ANCESTORS = 500  # of a model that the object engine is asked about
MOST = 100  # models it is asked about here; of more, whoever reads about one asks


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
    shape = ready.shape
    elsewhere = _say(shape, rows, shape.elsewhere)
    is_mixed = _say(shape, rows, shape.mixed_here) & _say(shape, rows, shape.mixed_taught)
    alone = ready.lineages.needs_objects | ready.lineages.is_cyclic
    places = np.flatnonzero((is_mixed | elsewhere)[class_of] | alone[numbers])
    return Asked(ready.source, numbers, places, elsewhere[class_of[places]])


def _say(shape: Shape, rows: Words, column: int) -> Bools:
    """Return which rows have a column of their lists."""
    words = rows[:, shape.lists(LIST_STATES[0])][:, column // WORD_BITS]
    found: Bools = (words >> np.uint64(column % WORD_BITS)) & np.uint64(1) != 0
    return found
