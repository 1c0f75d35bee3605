"""What can be worked out before anybody's claims are read.

What models say changes often, how they are joined seldom: what is prepared holds as long as edges
and traits do. Pure Python: importing this module must never import Django.
"""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from registry.rights.answers import COVERAGE_FROM, MARK_BITS, Flag
from registry.rights.blocks import Shape, shape_of
from registry.rights.bonds import Key, keys_of, keys_said
from registry.rights.catalogue import Bytes, Catalogue, Trait
from registry.rights.coding import ranked
from registry.rights.dated import depend_on_day, with_copies
from registry.rights.layout import Words
from registry.rights.lineages import STANDING_STILL, Lineages, lineages_of
from registry.rights.order import Bools, Ints, Places

OWN_TRAITS = Trait.OPEN | Trait.OFFICIAL | Trait.SERVICE | Trait.ELSEWHERE  # what own rows need
DOUBTED = OWN_TRAITS + 1  # bits of a case behind the traits
BEGINNING = 2 * DOUBTED
CASES = 2 * BEGINNING  # per set of claims
MOST_STATEMENTS = 1_000  # that have columns besides the catalogue's texts; hubs make some dozens


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that depends on the edges and traits alone.

    ``source``: the models without copies of them. ``case``: what a number's own row depends on
    besides its claims. ``flags[flag[i]]``: the flags and coverage of model ``i``, or of copy ``i``.
    """

    source: Catalogue
    shape: Shape
    lineages: Lineages
    case: Ints
    flags: Words
    flag: Ints

    @property
    def catalogue(self) -> Catalogue:
        """Return the models with their copies, and what they say."""
        return self.lineages.catalogue

    def with_claims(self, source: Catalogue) -> "Prepared | None":
        """Return the same for a catalogue that differs in its claims only.

        Nothing if those are statements that nobody made before, or of texts that were revised: then
        everything has to be worked out anew.
        """
        differ = _same_sets(self.source, source)[self.source.said] != source.said
        is_dated = depend_on_day(source) | depend_on_day(self.source)
        if is_dated[differ].any() or not self.shape.bonds.knows(keys_of(source.claim_sets)):
            return None
        before, first = self.lineages.catalogue, len(self.source.claim_sets)
        sets = [*source.claim_sets, *before.claim_sets[first:]]  # behind them those of copies
        copied = before.said[len(source) :] + (len(source.claim_sets) - first)
        said = np.concatenate([source.said, copied]).astype(np.int32)
        catalogue = replace(before, claim_sets=sets, said=said)
        return replace(self, source=source, lineages=replace(self.lineages, catalogue=catalogue))

    def descendants(self, numbers: Places) -> Bools:
        """Return which numbers are among these, stand for them, or come from either."""
        descent = self.lineages.descent
        reached = np.zeros(len(self.lineages.stands_for), dtype=np.bool_)
        reached[numbers] = True
        reached |= reached[self.lineages.stands_for]
        rows = reached[descent.numbers]
        descent.pass_down(rows, lambda _, above, __: above)
        reached[descent.numbers] = rows
        return reached


def _same_sets(before: Catalogue, now: Catalogue) -> Ints:
    """Return of each set of claims the place of an equal one; -1 for none."""
    place = {said: at for at, said in enumerate(now.claim_sets)}
    return np.array([place.get(said, -1) for said in before.claim_sets], dtype=np.int32)


def prepared(source: Catalogue) -> Prepared:
    """Return what can be worked out before anybody's claims are read."""
    catalogue = with_copies(source)
    shape = shape_of(_statements(catalogue))
    lineages = lineages_of(_with_strange_ones_marked(catalogue, shape))
    flag, flags = ranked(_flags(lineages), 1 << MARK_BITS)
    return Prepared(
        source=source,
        shape=shape,
        lineages=lineages,
        case=_cases(lineages),
        flags=flags.astype(np.uint64) << np.uint64(COVERAGE_FROM),
        flag=flag,
    )


def _statements(catalogue: Catalogue) -> frozenset[Key]:
    """Return the statements that have columns: of very many, those that most models make."""
    keys = keys_of(catalogue.claim_sets)
    if len(keys) <= MOST_STATEMENTS:
        return keys
    said = np.bincount(catalogue.said, minlength=len(catalogue.claim_sets)).tolist()
    counts: Counter[Key] = Counter()
    for claims, times in zip(catalogue.claim_sets, said, strict=True):
        counts.update(dict.fromkeys(keys_said(claims), times))
    ordered = sorted(counts, key=lambda key: (-counts[key], key))
    return frozenset(ordered[:MOST_STATEMENTS])


def _with_strange_ones_marked(catalogue: Catalogue, shape: Shape) -> Catalogue:
    """Return a catalogue in which whoever inherits statements without columns has to ask."""
    strange = [not shape.bonds.knows(keys_said(claims)) for claims in catalogue.claim_sets]
    if not any(strange):
        return catalogue
    edges, traits = catalogue.edges, catalogue.traits.copy()
    inherits = np.array(strange)[catalogue.said][edges.parent]
    traits[edges.child[inherits]] |= np.uint8(Trait.ELSEWHERE)
    return replace(catalogue, traits=traits)


def _flags(lineages: Lineages) -> Bytes:
    """Return the flags of every model, its coverage among them, counted from ``COVERAGE_FROM``."""
    catalogue = lineages.catalogue
    flags = lineages.coverage.copy()
    flags[lineages.is_cyclic] |= np.uint8(Flag.CYCLIC >> COVERAGE_FROM)
    flags[catalogue.has(Trait.SERVICE)] |= np.uint8(Flag.SERVICE >> COVERAGE_FROM)
    return flags


def _cases(lineages: Lineages) -> Ints:
    """Return what each number's own row depends on besides its claims."""
    case = (lineages.catalogue.traits & OWN_TRAITS)[lineages.stands_for].astype(np.int32)
    case[: len(lineages.catalogue)] += np.int32(DOUBTED) * lineages.is_doubted
    edges = lineages.edges
    derives = edges.is_firm & edges.is_derivative & (lineages.kinds != STANDING_STILL)
    begins = np.ones(len(case), dtype=np.bool_)
    begins[edges.child[derives]] = False
    return case + np.int32(BEGINNING) * begins
