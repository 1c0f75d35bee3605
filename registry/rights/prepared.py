"""What can be worked out before anybody's claims are read.

What models say changes often, how they are joined seldom: what is prepared holds as long as edges
and traits do. Pure Python: importing this module must never import Django.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from registry.rights.answers import COVERAGE_FROM, MARK_BITS, Flag
from registry.rights.catalogue import Catalogue, Trait
from registry.rights.classes import ranked
from registry.rights.layout import RELATIONS, Words
from registry.rights.lineages import Lineages, lineages_of
from registry.rights.order import Bools, Ints

OWN_TRAITS = Trait.OPEN | Trait.OFFICIAL | Trait.SERVICE  # what ``own_words`` reads
CASES = 2 * (OWN_TRAITS + 1)  # per set of claims: the traits, and whether it is doubted
STANDING_STILL = 2 * len(RELATIONS)  # the kind of edges that pass nothing

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that depends on the edges and traits alone.

    ``kinds``: of every edge, which of ``recompute.crossings`` it is. ``case``: what a number's own
    row depends on besides its claims. ``marks[mark[i]]``: the flags and coverage of model ``i``.
    """

    lineages: Lineages
    kinds: npt.NDArray[np.uint8]
    case: npt.NDArray[np.int64]
    marks: Words
    mark: Ints

    @property
    def catalogue(self) -> Catalogue:
        """Return the models and what they say."""
        return self.lineages.catalogue

    def with_claims(self, catalogue: Catalogue) -> "Prepared":
        """Return the same for a catalogue that differs in its claims only."""
        return replace(self, lineages=replace(self.lineages, catalogue=catalogue))

    def descendants(self, numbers: Places) -> Bools:
        """Return which numbers are among these, stand for them as labels, or come from either."""
        edges = self.lineages.edges
        reached = np.zeros(len(self.lineages.stands_for), dtype=np.bool_)
        reached[numbers] = True
        reached |= reached[self.lineages.stands_for]
        for level in self.lineages.levels:
            for turn in (*level.above, *level.rounds):
                reached[turn.children] |= reached[turn.parents]
        while (grown := edges.child[reached[edges.parent] & ~reached[edges.child]]).any():
            reached[grown] = True  # round a cycle
        return reached


def prepared(catalogue: Catalogue) -> Prepared:
    """Return what can be worked out before anybody's claims are read."""
    lineages = lineages_of(catalogue)
    edges = lineages.edges
    is_release = catalogue.has(Trait.OFFICIAL)[edges.child]
    kinds = edges.relation * 2 + ~edges.is_firm
    kinds[edges.is_label & is_release] = STANDING_STILL  # its own label is no parent (L16)
    mark, marks = ranked(_marks(lineages), 1 << MARK_BITS)
    shifted = marks.astype(np.uint64) << np.uint64(COVERAGE_FROM)
    return Prepared(lineages, kinds, _cases(lineages), shifted, mark)


def _marks(lineages: Lineages) -> npt.NDArray[np.int64]:
    """Return the flags of every model, its coverage among them, counted from ``COVERAGE_FROM``."""
    catalogue = lineages.catalogue
    is_cyclic = lineages.order.is_cyclic[: len(catalogue)]
    marks: npt.NDArray[np.int64] = lineages.coverage.astype(np.int64)
    marks |= np.where(is_cyclic, Flag.CYCLIC >> COVERAGE_FROM, 0)
    marks |= np.where(catalogue.has(Trait.SERVICE), Flag.SERVICE >> COVERAGE_FROM, 0)
    return marks


def _cases(lineages: Lineages) -> npt.NDArray[np.int64]:
    """Return what each number's own row depends on besides its claims."""
    traits = (lineages.catalogue.traits & OWN_TRAITS).astype(np.int64)
    case = traits[lineages.stands_for]
    case[: len(traits)] += (OWN_TRAITS + 1) * lineages.is_doubted
    return case
