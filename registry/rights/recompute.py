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
from registry.rights.answers import FLAG_WORD, answer_row, answer_rows
from registry.rights.catalogue import Catalogue, Trait, node_of
from registry.rights.classes import RowBook, levels_of, pairs_of, pass_down
from registry.rights.layout import (
    LIST_STATES,
    RELATIONS,
    STATES,
    WORD_BITS,
    Crossing,
    Words,
    crossing,
    layout,
)
from registry.rights.order import Bools, Ints
from registry.rights.own import doubt_words, own_words
from registry.rights.prepared import CASES, OWN_TRAITS, Places, Prepared, prepared


@dataclass(frozen=True, slots=True)
class Passed:
    """What a pass leaves: the class of every number's row in a book of distinct rows."""

    book: RowBook
    classes: Ints


@dataclass(frozen=True, slots=True)
class Rights:
    """What ``registry.rights.answers`` reads: model ``numbers[i]`` has ``distinct[place[i]]``."""

    numbers: Places
    distinct: Words
    place: Ints
    by_objects: int  # models the object engine was asked about
    cyclic: int  # models that are their own ancestors, of all

    @property
    def rows(self) -> Words:
        """Return the row of every one of ``numbers``."""
        return self.distinct[self.place]


def rights_of(catalogue: Catalogue) -> Rights:
    """Return the rights of every model."""
    ready = prepared(catalogue)
    return rights_from(ready, passed(ready))


def passed(ready: Prepared) -> Passed:
    """Return what passing everything down leaves."""
    book = RowBook(layout().words, crossings())
    classes = own_classes(ready, book)
    pass_down(book, classes, ready.lineages.levels, ready.kinds)
    return Passed(book, classes)


def passed_again(ready: Prepared, before: Passed, changed: Places) -> tuple[Passed, Places]:
    """Return what a pass leaves after some models say something else, and whom that concerns.

    Only they and what comes from them are passed anew. The classes of ``before`` are written over.

    :param ready: prepared with the catalogue as it is now, of the same edges and traits
    """
    edges, concerned = ready.lineages.edges, ready.descendants(changed)
    own = own_classes(ready, before.book)
    before.classes[concerned] = own[concerned]
    order = ready.lineages.order
    levels = levels_of(order, edges.child, edges.parent, only=concerned[edges.child])
    pass_down(before.book, before.classes, levels, ready.kinds)
    return before, np.flatnonzero(concerned[: len(ready.catalogue)])


def rights_from(ready: Prepared, after: Passed, only: Places | None = None) -> Rights:
    """Return the rights of every model, or of some, after a pass."""
    numbers = np.arange(len(ready.catalogue)) if only is None else only
    classes, rows = after.classes[numbers], after.book.rows
    pairs = pairs_of(classes, ready.mark[numbers], len(rows), len(ready.marks))
    own = rows[:, own_columns()]
    distinct = answer_rows(own)[pairs.first]
    distinct[:, FLAG_WORD] |= ready.marks[pairs.second]
    asked = np.flatnonzero(ready.lineages.needs_objects[numbers] | _is_mixed(own)[classes])
    exact = np.array(
        [answer_row(assess(ready.catalogue.lineage(n))) for n in numbers[asked].tolist()],
        dtype=np.uint64,
    ).reshape(-1, distinct.shape[1])
    exact[:, FLAG_WORD] |= ready.marks[ready.mark[numbers[asked]]]
    place = pairs.place.copy()
    place[asked] = len(distinct) + np.arange(len(asked))
    cyclic = int(ready.lineages.order.is_cyclic[: len(ready.catalogue)].sum())
    return Rights(numbers, np.concatenate([distinct, exact]), place, len(asked), cyclic)


def own_classes(ready: Prepared, book: RowBook) -> Ints:
    """Return the class of every number's row before anything is passed on."""
    compiled, own = _compiled(ready)
    found: Ints = book.classes(compiled)[own]
    return found


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


@cache
def crossings() -> tuple[Crossing, ...]:
    """Return what each kind of edge passes on: two kinds a relation, firm and weak."""
    kinds = [crossing(r, is_weak=weak) for r in RELATIONS for weak in (False, True)]
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
