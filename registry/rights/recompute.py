"""The rights of every model of a catalogue, in one pass (house.md H10).

Identical to ``registry.licensing.verdict.assess`` model by model; where a rule depends on who asks
(``Lineages.needs_objects``) or is no join along single ways (``own._is_mixed``), those few models
are given to ``assess`` itself.
Pure Python: importing this module must never import Django.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from registry.licensing.verdict import NodeClaim, assess
from registry.rights.answers import COVERAGE_FROM, FLAG_WORD, Flag, answer_row, answer_rows
from registry.rights.catalogue import Catalogue, Trait, node_of
from registry.rights.layout import (
    LIST_STATES,
    RELATIONS,
    STATES,
    WORD_BITS,
    Crossing,
    Words,
    layout,
)
from registry.rights.layout import crossing as crossing_of
from registry.rights.lineages import Lineages
from registry.rights.order import Bools
from registry.rights.own import doubt_words, own_words
from registry.rights.passing import Step, join, pass_down
from registry.rights.prepared import CASES, OWN_TRAITS, Places, Prepared, descendants, prepared


@dataclass(frozen=True, slots=True)
class Passed:
    """What a pass leaves: distinct own rows and each number's among them; the joined rows."""

    compiled: Words
    own: Places
    rows: Words  # of ``Prepared.parents``
    ends: Words  # of ``Prepared.leaves``: their own answer alone


@dataclass(frozen=True, slots=True)
class Rights:
    """One row for each of ``numbers`` (``registry.rights.answers`` reads them)."""

    numbers: Places  # models of the catalogue, in order
    rows: Words
    by_objects: int  # models the object engine was asked about
    cyclic: int  # models that are their own ancestors


def rights_of(catalogue: Catalogue) -> Rights:
    """Return the rights of every model."""
    ready = prepared(catalogue)
    return rights_from(ready, passed(ready))


def passed(ready: Prepared) -> Passed:
    """Return what passing everything down leaves."""
    compiled, own = _compiled(ready)
    rows = compiled[own[ready.parents]]
    pass_down(rows, ready.steps[0], crossings())
    ends = compiled[:, own_columns()][own[ready.leaves]]
    _pass_last(rows, ends, ready.steps[1])
    return Passed(compiled, own, rows, ends)


def passed_again(ready: Prepared, before: Passed, changed: Places) -> tuple[Passed, Places]:
    """Return what a pass leaves after some models say something else, and whom that concerns.

    Only they and what comes from them are passed anew. The rows of ``before`` are written over.

    :param ready: prepared with the catalogue as it is now, of the same edges and traits
    """
    compiled, own = _compiled(ready)
    concerned = descendants(ready.lineages, changed)
    rows, ends = before.rows, before.ends
    parents = np.flatnonzero(concerned[ready.parents])
    rows[parents] = compiled[own[ready.parents[parents]]]
    leaves = np.flatnonzero(concerned[ready.leaves])
    ends[leaves] = compiled[:, own_columns()][own[ready.leaves[leaves]]]
    first, last = ready.joints.steps(concerned[ready.lineages.edges.child])
    pass_down(rows, first, crossings())
    _pass_last(rows, ends, last)
    models = np.flatnonzero(concerned[: len(ready.lineages.catalogue)])
    return Passed(compiled, own, rows, ends), models


def rights_from(ready: Prepared, after: Passed, only: Places | None = None) -> Rights:
    """Return the rights of every model, or of some, after a pass."""
    lineages, catalogue = ready.lineages, ready.lineages.catalogue
    numbers = np.arange(len(catalogue)) if only is None else only
    own = own_answers(ready, after, numbers)
    answers = answer_rows(own)
    asked = np.flatnonzero(lineages.needs_objects[numbers] | _is_mixed(own))
    for at in asked.tolist():
        answers[at] = answer_row(assess(catalogue.lineage(int(numbers[at]))))
    answers[:, FLAG_WORD] |= _flags(lineages)[numbers]
    cyclic = int(lineages.order.is_cyclic[: len(catalogue)].sum())
    return Rights(numbers, answers, len(asked), cyclic)


def own_answers(ready: Prepared, after: Passed, numbers: Places) -> Words:
    """Return the words of some models' own answer, as a pass leaves them."""
    found: Words = after.compiled[:, own_columns()][after.own[numbers]]
    parents, leaves = ready.is_parent[numbers], ready.is_leaf[numbers]
    found[parents] = after.rows[ready.place[numbers[parents]]][:, own_columns()]
    found[leaves] = after.ends[ready.place[numbers[leaves]]]
    return found


def own_rows(ready: Prepared) -> Words:
    """Return every model's row before anything is passed on."""
    compiled, own = _compiled(ready)
    return compiled[own[: len(ready.lineages.catalogue)]]


def _flags(lineages: Lineages) -> Words:
    """Return the marks of every model, its coverage among them."""
    catalogue = lineages.catalogue
    is_cyclic = lineages.order.is_cyclic[: len(catalogue)]
    flags = np.where(is_cyclic, np.uint64(Flag.CYCLIC), np.uint64(0))
    flags |= np.where(catalogue.has(Trait.SERVICE), np.uint64(Flag.SERVICE), np.uint64(0))
    marks: Words = flags | lineages.coverage << np.uint64(COVERAGE_FROM)
    return marks


def _compiled(ready: Prepared) -> tuple[Words, Places]:
    """Return the distinct own rows, and each number's place among them."""
    catalogue = ready.lineages.catalogue
    said = catalogue.said[ready.lineages.stands_for] * np.int64(CASES) + ready.case
    used = np.zeros(len(catalogue.claim_sets) * CASES, dtype=np.bool_)
    used[said] = True
    distinct = np.flatnonzero(used)
    rows = np.zeros((len(distinct), layout().words), dtype=np.uint64)
    for at, one in enumerate(distinct.tolist()):
        claims, case = divmod(one, CASES)
        is_doubted, traits = divmod(case, OWN_TRAITS + 1)
        rows[at] = _own(catalogue.claim_sets[claims], traits)
        if is_doubted:
            rows[at] |= doubt_words()
    place = np.zeros(len(used), dtype=np.intp)
    place[distinct] = np.arange(len(distinct))
    places: Places = place[said]
    return rows, places


@lru_cache(maxsize=100_000)
def _own(claims: tuple[NodeClaim, ...], traits: int) -> Words:
    return own_words(node_of(claims, Trait(traits)))


def _pass_last(rows: Words, ends: Words, last: tuple[Step, ...]) -> None:
    """Join into the models that nothing was made from what their parents pass on."""
    own = own_columns()
    narrow = [Crossing(one.source[own], one.mask[own]) for one in crossings()]
    for step in last:
        for group in step.groups:
            join(ends, rows, group, narrow[group.kind])


@cache
def crossings() -> tuple[Crossing, ...]:
    """Return what each kind of edge passes on: two kinds a relation, firm and weak."""
    kinds = [crossing_of(r, is_weak=weak) for r in RELATIONS for weak in (False, True)]
    nothing = np.zeros(layout().words, dtype=np.uint64)
    return (*kinds, Crossing(np.arange(layout().words, dtype=np.intp), nothing))


@cache
def own_columns() -> Places:
    """Return the words of a row that are a model's own answer."""
    shape = layout()
    lists = np.arange(shape.words)[shape.lists(LIST_STATES[0])]
    return np.concatenate([[shape.best(STATES[0]), shape.worst(STATES[0])], lists])


def _is_mixed(own: Words) -> Bools:
    """Return which models reach claims of mixed texts by ways that must be weighed together."""
    shape = layout()
    marks: list[npt.NDArray[np.bool_]] = [
        (own[:, 2 + column // WORD_BITS] >> np.uint64(column % WORD_BITS)) & np.uint64(1) != 0
        for column in (shape.mixed_here, shape.mixed_taught)
    ]
    return marks[0] & marks[1]
