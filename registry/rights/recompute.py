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
from registry.rights.coding import distinct, mixed_rows, ranked
from registry.rights.descent import BLOCK, Children, Numbers, Passing
from registry.rights.layout import Words
from registry.rights.order import Ints, Places
from registry.rights.own import beginning_words, doubt_words, elsewhere_words, own_words
from registry.rights.prepared import (
    BEGINNING,
    CASES,
    DOUBTED,
    OWN_TRAITS,
    Prepared,
    prepared,
)

_MASKED = 8  # rows under one mask: a short one costs more than its words
_BLOCK = 4096  # rows that are looked at at a time: they stay in the cache


@dataclass(frozen=True, slots=True)
class Passed:
    """What a pass leaves: a row for everybody whom an edge joins to others; the others share rows.

    ``place``: of every number, among ``joined`` and then ``alone``.
    """

    joined: Words
    alone: Words
    place: Ints

    def rows(self, places: Numbers) -> Words:
        """Return the rows at some places."""
        is_alone = places >= len(self.joined)
        if not is_alone.any():
            return self.joined.take(places, axis=0)
        rows = self.alone.take(np.maximum(places - len(self.joined), 0), axis=0)
        rows[~is_alone] = self.joined[places[~is_alone]]
        return rows

    def of(self, numbers: Places) -> "Passed":
        """Return the same of some numbers alone, in their order."""
        place, used = ranked(self.place[numbers], len(self.joined) + len(self.alone))
        return Passed(self.rows(used), self.alone[:0], place)


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
    descent, (rows, own) = ready.lineages.descent, own_rows(ready)
    joined = rows.take(own[descent.numbers], axis=0)
    descent.pass_down(joined, passing(ready.shape))
    return Passed(joined, rows, _places(ready, own))


def passed_again(ready: Prepared, before: Passed, changed: Places) -> tuple[Passed, Places]:
    """Return what a pass leaves after some models say something else, and whom that concerns.

    Only they and what comes from them are passed anew. The rows of ``before`` are written over.

    :param ready: prepared with the catalogue as it is now, of the same edges and traits
    """
    descent, (rows, own) = ready.lineages.descent, own_rows(ready)
    concerned = ready.descendants(changed)
    is_chosen = concerned[descent.numbers]
    before.joined[is_chosen] = rows.take(own[descent.numbers[is_chosen]], axis=0)
    descent.pass_down(before.joined, passing(ready.shape), only=is_chosen)
    after = Passed(before.joined, rows, _places(ready, own))
    return after, np.flatnonzero(concerned[: ready.source.models])


def passing(shape: Shape) -> Passing:
    """Return what edges pass on of rows."""
    sources = [crossing.source for crossing in crossings(shape)]
    masks = [np.tile(crossing.mask, _MASKED) for crossing in crossings(shape)]
    buffer = np.empty((BLOCK, shape.words), dtype=np.uint64)
    lines = buffer.reshape(-1, _MASKED * shape.words)

    def passed_on(kind: int, above: Words, _: Children) -> Words:
        found = buffer[: len(above)]
        above.take(sources[kind], axis=1, out=found, mode="clip")
        whole = lines[: -(-len(above) // _MASKED)]
        whole &= masks[kind]
        return found

    return passed_on


def _places(ready: Prepared, own: Ints) -> Ints:
    """Return of every number the place of its row; those that nothing joins share rows."""
    descent = ready.lineages.descent
    return np.where(descent.place < 0, own + np.int32(len(descent.numbers)), descent.place)


def rights_from(ready: Prepared, after: Passed, only: Places | None = None) -> Rights:
    """Return the rights of every model, or of some, after a pass."""
    numbers = np.arange(ready.source.models) if only is None else only
    some = after if only is None else after.of(only)
    example, class_of_row = distinct(*_heads(ready.shape, some))
    class_of, rows = class_of_row[some.place[: len(numbers)]], some.rows(example)
    key = class_of * len(ready.flags) + ready.flag[numbers]
    place, pair = ranked(key, len(rows) * len(ready.flags))
    first, second = np.divmod(pair, len(ready.flags))
    answers = _answers(ready.shape, rows)[first]
    answers[:, FLAG_WORD] |= ready.flags[second]
    asked = asked_of(ready, rows, class_of, numbers)
    extra = asked.rows()
    extra[:, FLAG_WORD] |= ready.flags[ready.flag[numbers[asked.places]]]
    place[asked.places] = len(answers) + np.arange(len(extra))
    on_read = int((extra[:, FLAG_WORD] & np.uint64(Flag.ASK) != 0).sum())
    return Rights(
        numbers=numbers,
        distinct=np.concatenate([answers, extra]),
        place=place,
        by_objects=len(extra) - on_read,
        on_read=on_read,
        cyclic=int(ready.lineages.is_cyclic[: ready.source.models].sum()),
    )


def _heads(shape: Shape, after: Passed) -> tuple[Words, Words]:
    """Return the words of every row that answers are made of, and them mixed into one."""
    told, joined = shape.told, len(after.joined)
    heads = np.empty((joined + len(after.alone), len(told)), dtype=np.uint64)
    mixed = np.empty(len(heads), dtype=np.uint64)
    heads[joined:] = after.alone[:, told]
    for start in range(0, len(heads), _BLOCK):
        some = slice(start, start + _BLOCK)
        rows = after.joined[some]
        rows.take(told, axis=1, out=heads[start : start + len(rows)], mode="clip")
        mixed[some] = mixed_rows(heads[some])
    return heads, mixed


def _answers(shape: Shape, rows: Words) -> Words:
    """Return the answers of rows of a pass, with what conflicts between texts add (rule L23)."""
    lists = np.arange(shape.words)[shape.lists(LIST_STATES[0])]
    own = np.concatenate([[shape.best(STATES[0]), shape.worst(STATES[0])], lists])
    return answer_rows(rows[:, own]) | conflict_rows(
        *clashes(shape.bonds, rows[:, shape.inherited])
    )


def own_rows(ready: Prepared) -> tuple[Words, Ints]:
    """Return the distinct rows before anything is passed on, and each number's place among them."""
    catalogue = ready.lineages.catalogue
    said = catalogue.said[ready.lineages.stands_for] * CASES + ready.case
    own, ones = ranked(said, len(catalogue.claim_sets) * CASES)
    rows = np.zeros((len(ones), ready.shape.words), dtype=np.uint64)
    for at, one in enumerate(ones.tolist()):
        place, case = divmod(one, CASES)
        claims, traits = catalogue.claim_sets[place], case & OWN_TRAITS & ~Trait.ELSEWHERE
        rows[at] = own_row(ready.shape, claims, traits, is_beginning=bool(case & BEGINNING))
        if case & DOUBTED:
            rows[at] |= doubt_words(ready.shape)
        if case & Trait.ELSEWHERE:
            rows[at] |= elsewhere_words(ready.shape)
    return rows, own


@lru_cache(maxsize=100_000)
def own_row(
    shape: Shape, claims: tuple[NodeClaim, ...], traits: int, *, is_beginning: bool
) -> Words:
    """Return the row of a model that says ``claims``, before doubts about its parents."""
    node = node_of(claims, Trait(traits))
    if is_beginning:
        return own_row(shape, claims, traits, is_beginning=False) | beginning_words(shape, node)
    return own_words(shape, node)
