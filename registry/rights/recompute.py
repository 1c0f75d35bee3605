"""The rights of every model of a catalogue, in one pass (house.md H10).

Identical to ``registry.licensing.verdict.assess`` model by model. What the pass cannot tell is
given to ``assess`` itself (``registry.rights.asked``). Pure Python: importing this module must
never import Django.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from registry.licensing.lineage_view import NodeClaim
from registry.rights.answers import FLAG_WORD, Flag, answer_rows, conflict_rows
from registry.rights.asked import asked_of
from registry.rights.blocks import LIST_STATES, STATES, Shape, crossings
from registry.rights.catalogue import Catalogue, Trait, node_of
from registry.rights.clashes import clashes
from registry.rights.classes import RowBook, levels_of, pairs_of, pass_down, ranked
from registry.rights.layout import Words
from registry.rights.order import Ints
from registry.rights.own import doubt_words, elsewhere_words, own_words
from registry.rights.prepared import (
    BEGINNING,
    CASES,
    DOUBTED,
    OWN_TRAITS,
    Places,
    Prepared,
    prepared,
)


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
    on_read: int  # models it has to be asked about by whoever reads
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
    book = RowBook(ready.shape.words, crossings(ready.shape))
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
    return before, np.flatnonzero(concerned[: ready.source.models])


def rights_from(ready: Prepared, after: Passed, only: Places | None = None) -> Rights:
    """Return the rights of every model, or of some, after a pass."""
    numbers = np.arange(ready.source.models) if only is None else only
    class_of, used = ranked(after.classes[numbers], len(after.book.rows))
    rows = after.book.rows[used]
    pairs = pairs_of(class_of, ready.flag[numbers], len(rows), len(ready.flags))
    distinct = _answers(ready.shape, rows)[pairs.first]
    distinct[:, FLAG_WORD] |= ready.flags[pairs.second]
    asked = asked_of(ready, rows, class_of, numbers)
    extra = asked.rows()
    extra[:, FLAG_WORD] |= ready.flags[ready.flag[numbers[asked.places]]]
    place = pairs.place.copy()
    place[asked.places] = len(distinct) + np.arange(len(extra))
    on_read = int((extra[:, FLAG_WORD] & np.uint64(Flag.ASK) != 0).sum())
    return Rights(
        numbers=numbers,
        distinct=np.concatenate([distinct, extra]),
        place=place,
        by_objects=len(extra) - on_read,
        on_read=on_read,
        cyclic=int(ready.lineages.is_cyclic[: ready.source.models].sum()),
    )


def _answers(shape: Shape, rows: Words) -> Words:
    """Return the answers of rows of a pass, with what conflicts between texts add (rule L23)."""
    lists = np.arange(shape.words)[shape.lists(LIST_STATES[0])]
    own = np.concatenate([[shape.best(STATES[0]), shape.worst(STATES[0])], lists])
    return answer_rows(rows[:, own]) | conflict_rows(
        *clashes(shape.bonds, rows[:, shape.inherited])
    )


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
    rows = np.zeros((len(distinct), ready.shape.words), dtype=np.uint64)
    for at, one in enumerate(distinct.tolist()):
        claims, case = divmod(one, CASES)
        rows[at] = own_row(ready.shape, catalogue.claim_sets[claims], case & ~DOUBTED)
        if case & DOUBTED:
            rows[at] |= doubt_words(ready.shape)
        if case & Trait.ELSEWHERE:
            rows[at] |= elsewhere_words(ready.shape)
    place = np.zeros(len(used), dtype=np.intp)
    place[distinct] = np.arange(len(distinct))
    places: Places = place[said]
    return rows, places


@lru_cache(maxsize=100_000)
def own_row(shape: Shape, claims: tuple[NodeClaim, ...], case: int) -> Words:
    """Return the row of a model that says ``claims``, before doubts about its parents."""
    node = node_of(claims, Trait(case & OWN_TRAITS))
    return own_words(shape, node, is_beginning=bool(case & BEGINNING))
