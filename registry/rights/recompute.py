"""The rights of every model of a catalogue, in one pass (house.md H10).

Identical to ``registry.licensing.verdict.assess`` model by model; where a rule depends on who asks
(``Lineages.needs_objects``) or is no join along single ways (``own._is_mixed``), those few models
are given to ``assess`` itself.

What models say changes often, how they are joined seldom: ``prepared`` does what depends on the
edges alone and holds as long as they do. Models that nothing was made from need only their own
answer, not what they would say to descendants: a fifth of the words. Pure Python: importing this
module must never import Django.
"""

from dataclasses import dataclass, replace
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
from registry.rights.lineages import Lineages, lineages_of
from registry.rights.order import Bools, Order
from registry.rights.own import doubt_words, own_words
from registry.rights.passing import Step, join, pass_down, plan_of

_OWN_TRAITS = Trait.OPEN | Trait.OFFICIAL | Trait.SERVICE  # what ``own_words`` reads
_CASES = 2 * (_OWN_TRAITS + 1)  # per set of claims: the traits, and whether it is doubted
_STANDING_STILL = 2 * len(RELATIONS)  # the kind of edges that pass nothing

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that depends on the edges and traits alone.

    ``parents``: the numbers something was made from, in order; ``steps``: the edges among them, by
    their places there. ``leaves``: the other models that were made from something; ``last``: the
    edges to them. ``case``: what of a number, besides its claims, its own row depends on.
    """

    lineages: Lineages
    parents: Places
    steps: tuple[Step, ...]
    leaves: Places
    last: tuple[Step, ...]
    case: npt.NDArray[np.int64]

    def with_claims(self, catalogue: Catalogue) -> "Prepared":
        """Return the same for a catalogue that differs in its claims only."""
        return replace(self, lineages=replace(self.lineages, catalogue=catalogue))


@dataclass(frozen=True, slots=True)
class Rights:
    """One row per model (``registry.rights.answers`` reads them)."""

    rows: Words
    by_objects: int  # models the object engine was asked about
    cyclic: int  # models that are their own ancestors


def rights_of(catalogue: Catalogue) -> Rights:
    """Return the rights of every model."""
    return rights_from(prepared(catalogue))


def prepared(catalogue: Catalogue) -> Prepared:
    """Return what can be worked out before anybody's claims are read."""
    lineages = lineages_of(catalogue)
    edges, count = lineages.edges, len(lineages.stands_for)
    is_release = catalogue.has(Trait.OFFICIAL)[edges.child]
    kind = edges.relation * 2 + ~edges.is_firm
    kind[edges.is_label & is_release] = _STANDING_STILL  # its own label is no parent (L16)
    is_parent, is_child = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    is_parent[edges.parent], is_child[edges.child] = True, True
    parents, leaves = np.flatnonzero(is_parent), np.flatnonzero(is_child & ~is_parent)
    place = np.zeros(count, dtype=np.int32)
    place[parents], place[leaves] = np.arange(len(parents)), np.arange(len(leaves))
    inner = is_parent[edges.child]
    child, parent = place[edges.child], place[edges.parent]
    level = lineages.order.level[parents]
    component = place[lineages.order.component[parents]]
    order = Order(level, component, lineages.order.is_cyclic[parents])
    flat = Order(
        np.zeros(len(leaves), dtype=np.int32),
        np.full(len(leaves), -1, dtype=np.int32),
        np.zeros(len(leaves), dtype=np.bool_),
    )
    return Prepared(
        lineages=lineages,
        parents=parents,
        steps=tuple(plan_of(order, child[inner], parent[inner], kind[inner])),
        leaves=leaves,
        last=tuple(plan_of(flat, child[~inner], parent[~inner], kind[~inner], apart=True)),
        case=_cases(lineages),
    )


def rights_from(ready: Prepared) -> Rights:
    """Return the rights of every model of a prepared catalogue."""
    lineages = ready.lineages
    catalogue = lineages.catalogue
    compiled, place, rows, ends = _passed(ready)
    answers = answer_rows(compiled[:, own_columns()])[place[: len(catalogue)]]
    own = rows[:, own_columns()]
    is_model = ready.parents < len(catalogue)
    answers[ready.parents[is_model]] = answer_rows(own[is_model])
    answers[ready.leaves] = answer_rows(ends)
    asked = _asked(ready, own, ends)
    for number in asked.tolist():
        answers[number] = answer_row(assess(catalogue.lineage(number)))
    answers[:, FLAG_WORD] |= _flags(lineages)
    return Rights(answers, len(asked), int(lineages.order.is_cyclic[: len(catalogue)].sum()))


def passed_rows(ready: Prepared) -> Words:
    """Return the words of every model's own answer, as the pass leaves them."""
    compiled, place, rows, ends = _passed(ready)
    found: Words = compiled[:, own_columns()][place]
    found[ready.parents], found[ready.leaves] = rows[:, own_columns()], ends
    return found[: len(ready.lineages.catalogue)]


def own_rows(ready: Prepared) -> Words:
    """Return every model's row before anything is passed on."""
    compiled, place = _compiled(ready)
    return compiled[place[: len(ready.lineages.catalogue)]]


def _passed(ready: Prepared) -> tuple[Words, Places, Words, Words]:
    """Return the distinct own rows, each number's place there, and what the pass makes of them.

    That is the rows of ``parents``, and the own answers of ``leaves``.
    """
    compiled, place = _compiled(ready)
    rows = compiled[place[ready.parents]]
    pass_down(rows, ready.steps, crossings())
    ends = compiled[:, own_columns()][place[ready.leaves]]
    _pass_last(rows, ends, ready.last)
    return compiled, place, rows, ends


def _flags(lineages: Lineages) -> Words:
    """Return the marks of every model, its coverage among them."""
    catalogue = lineages.catalogue
    is_cyclic = lineages.order.is_cyclic[: len(catalogue)]
    flags = np.where(is_cyclic, np.uint64(Flag.CYCLIC), np.uint64(0))
    flags |= np.where(catalogue.has(Trait.SERVICE), np.uint64(Flag.SERVICE), np.uint64(0))
    marks: Words = flags | lineages.coverage << np.uint64(COVERAGE_FROM)
    return marks


def _cases(lineages: Lineages) -> npt.NDArray[np.int64]:
    """Return what each number's own row depends on besides its claims."""
    traits = (lineages.catalogue.traits & _OWN_TRAITS).astype(np.int64)
    case = traits[lineages.stands_for]
    case[: len(traits)] += (_OWN_TRAITS + 1) * lineages.is_doubted
    return case


def _compiled(ready: Prepared) -> tuple[Words, Places]:
    """Return the distinct own rows, and each number's place among them."""
    catalogue = ready.lineages.catalogue
    said = catalogue.said[ready.lineages.stands_for] * np.int64(_CASES) + ready.case
    used = np.zeros(len(catalogue.claim_sets) * _CASES, dtype=np.bool_)
    used[said] = True
    distinct = np.flatnonzero(used)
    rows = np.zeros((len(distinct), layout().words), dtype=np.uint64)
    for at, one in enumerate(distinct.tolist()):
        claims, case = divmod(one, _CASES)
        is_doubted, traits = divmod(case, _OWN_TRAITS + 1)
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


def _asked(ready: Prepared, rows: Words, ends: Words) -> Places:
    """Return the models that only the object engine can answer for."""
    asked = ready.lineages.needs_objects.copy()
    parents = ready.parents[_is_mixed(rows)]
    asked[parents[parents < len(asked)]] = True
    asked[ready.leaves[_is_mixed(ends)]] = True
    return np.flatnonzero(asked)


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
