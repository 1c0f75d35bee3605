"""The rights of every model of a catalogue, in one pass (house.md H10).

Identical to ``registry.licensing.verdict.assess`` model by model; where a rule depends on who asks
(``Lineages.needs_objects``) or is no join along single ways (``own._is_mixed``), those few models
are given to ``assess`` itself. Pure Python: importing this module must never import Django.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from registry.licensing.verdict import assess
from registry.rights.answers import FLAG_WORD, Flag, answer_row, answer_rows
from registry.rights.catalogue import Catalogue, Trait
from registry.rights.layout import (
    LIST_STATES,
    RELATIONS,
    WORD_BITS,
    Crossing,
    Words,
    crossing,
    layout,
)
from registry.rights.lineages import Lineages, lineages_of
from registry.rights.order import Bools
from registry.rights.own import doubt_words, own_words
from registry.rights.passing import Step, pass_down, plan_of

_OWN_TRAITS = Trait.OPEN | Trait.OFFICIAL | Trait.SERVICE  # what ``own_words`` reads
_STANDING_STILL = 2 * len(RELATIONS)  # the kind of edges that pass nothing


@dataclass(frozen=True, slots=True)
class Rights:
    """One row per model (``registry.rights.answers`` reads them)."""

    rows: Words
    by_objects: int  # models the object engine was asked about
    cyclic: int  # models that are their own ancestors


def rights_of(catalogue: Catalogue) -> Rights:
    """Return the rights of every model."""
    lineages = lineages_of(catalogue)
    passed = _passed_down(lineages)
    is_cyclic = lineages.order.is_cyclic[: len(catalogue)]
    flags = np.where(is_cyclic, np.uint64(Flag.CYCLIC), np.uint64(0))
    flags |= np.where(catalogue.has(Trait.SERVICE), np.uint64(Flag.SERVICE), np.uint64(0))
    rows = answer_rows(passed, lineages.coverage, flags)
    asked = np.flatnonzero(lineages.needs_objects | _is_mixed(passed))
    for number in asked.tolist():
        rows[number] = answer_row(assess(catalogue.lineage(number)))
        rows[number, FLAG_WORD] |= flags[number]
    return Rights(rows, len(asked), int(is_cyclic.sum()))


def _passed_down(lineages: Lineages) -> Words:
    """Return the blocks of every model after the pass."""
    catalogue = lineages.catalogue
    edges = lineages.edges
    is_release = catalogue.has(Trait.OFFICIAL)[edges.child]
    kind = edges.relation * 2 + ~edges.is_firm
    kind[edges.is_label & is_release] = _STANDING_STILL  # its own label is no parent (L16)
    rows = _own(lineages)
    steps: list[Step] = plan_of(lineages.order, edges.child, edges.parent, kind)
    pass_down(rows, steps, _crossings())
    return rows[: len(catalogue)]


def _own(lineages: Lineages) -> Words:
    """Return every number's own row, each distinct one compiled once."""
    catalogue = lineages.catalogue
    case = catalogue.said.astype(np.int64) * (_OWN_TRAITS + 1) + (catalogue.traits & _OWN_TRAITS)
    _, example, place = np.unique(case, return_index=True, return_inverse=True)
    compiled = np.array([own_words(catalogue.node(int(at))) for at in example], dtype=np.uint64)
    compiled = compiled.reshape(len(example), layout().words)
    rows: Words = compiled[place[lineages.stands_for]]
    rows[np.flatnonzero(lineages.is_doubted)] |= doubt_words()
    return rows


@cache
def _crossings() -> tuple[Crossing, ...]:
    kinds = [crossing(r, is_weak=weak) for r in RELATIONS for weak in (False, True)]
    nothing = np.zeros(layout().words, dtype=np.uint64)
    return (*kinds, Crossing(np.arange(layout().words, dtype=np.intp), nothing))


def _is_mixed(passed: Words) -> Bools:
    """Return which models reach claims of mixed texts by ways that must be weighed together."""
    shape = layout()
    lists = passed[:, shape.lists(LIST_STATES[0])]
    marks: list[npt.NDArray[np.bool_]] = [
        (lists[:, column // WORD_BITS] >> np.uint64(column % WORD_BITS)) & np.uint64(1) != 0
        for column in (shape.mixed_here, shape.mixed_taught)
    ]
    return marks[0] & marks[1]
