"""Models under the texts of several days: a number for each (rule L36).

The day of an edge picks the text of its parent. A parent of which that makes a difference gets a
*copy* for every text that some edge picks: the same model, with the same parents, that says what it
said on those days. Whoever reaches two copies of one model is bound by all of its texts over all of
his ways together, which is no join along single ways: copies carry marks, and two marks of one
model name those who need the object engine. Pure Python: importing this module must never import
Django.
"""

from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

import numpy as np
import numpy.typing as npt

from registry.licensing.lineage_view import NodeClaim
from registry.licensing.revisions import claims_on, revision_lines, was_revised
from registry.rights.catalogue import Bytes, Catalogue, Edges
from registry.rights.layout import Words
from registry.rights.order import Bools, Ints, ranges

_BITS = 4  # of the marks of one model: one for each text
_LOTS = 15  # models share marks in turn; the last place is for ``elsewhere``
ELSEWHERE = 0xF << _BITS * _LOTS  # days that the catalogue's edges do not tell

Claims = tuple[NodeClaim, ...]


@dataclass(frozen=True, slots=True)
class Copies:
    """Copies to add to a catalogue; copy ``i`` is of model ``of[i]`` and says ``sets[i]``.

    ``parent``: of every edge, which model or copy it leads to. ``marks``: of models, then copies.
    """

    of: Ints
    sets: tuple[Claims, ...]
    traits: Bytes
    parent: Ints
    marks: Words


def with_copies(catalogue: Catalogue) -> Catalogue:
    """Return a catalogue with a copy of each model for each text that binds somebody."""
    edges = catalogue.edges
    is_revised = speaks_of_revised(catalogue)[edges.parent]
    revised = np.flatnonzero(is_revised & (edges.day > 0))
    return joined(catalogue, _copies(catalogue, revised)) if len(revised) else catalogue


def speaks_of_revised(catalogue: Catalogue) -> Bools:
    """Return which models say something of which the day makes a difference."""
    sets = [any(map(was_revised, said)) for said in catalogue.claim_sets]
    found: Bools = np.array(sets, dtype=np.bool_)[catalogue.said]
    return found


def _copies(catalogue: Catalogue, revised: npt.NDArray[np.intp]) -> Copies:
    """Return a copy for each text that an edge of ``revised`` picks and its parent does not say."""
    edges, nodes = catalogue.edges, len(catalogue)
    sets, text = _texts(catalogue, revised)
    model = edges.parent[revised].astype(np.int64)
    key = model * (len(sets) + 1) + text + 1  # text -1: as the model says itself
    distinct, lot = np.unique(key, return_inverse=True)
    of, said = distinct // (len(sets) + 1), distinct % (len(sets) + 1) - 1
    is_copy = said >= 0
    number = np.where(is_copy, nodes + np.cumsum(is_copy) - 1, of)
    parent = edges.parent.copy()
    parent[revised] = number[lot.reshape(-1)]
    of, said = of[is_copy].astype(np.int32), said[is_copy].tolist()
    by_itself = np.zeros(nodes, dtype=np.bool_)
    by_itself[parent[parent == edges.parent]] = True
    marks = _marked(catalogue.marks, of, by_itself)
    return Copies(of, tuple(sets[at] for at in said), catalogue.traits[of], parent, marks)


def _marked(before: Words, of: Ints, by_itself: Bools) -> Words:
    """Return the marks of all models and then of their copies, which stand by model.

    :param by_itself: which models some edge leads to as they are
    """
    marks = np.concatenate([before, np.zeros(len(of), dtype=np.uint64)])
    turn = 0
    for model, copies in groupby(range(len(of)), key=of.tolist().__getitem__):
        numbers = [model, *(len(before) + copy for copy in copies)]
        if len(numbers) - (not by_itself[model]) > 1:
            for place, number in enumerate(numbers):
                marks[number] |= np.uint64(_mark(turn % _LOTS, place))
            turn += 1
    return marks


def _texts(
    catalogue: Catalogue, revised: npt.NDArray[np.intp]
) -> tuple[list[Claims], npt.NDArray[np.int64]]:
    """Return sets of claims, and which of them each edge picks; -1 for what its parent says."""
    edges = catalogue.edges
    starts = sorted({one.start.toordinal() for line in revision_lines() for one in line})
    days = [starts[0] - 1, *starts]  # between two of them no text changes
    between = np.searchsorted(starts, edges.day[revised], side="right")
    key = catalogue.said[edges.parent[revised]].astype(np.int64) * len(days) + between
    distinct, lot = np.unique(key, return_inverse=True)
    place: dict[Claims, int] = {}
    found = np.empty(len(distinct), dtype=np.int64)
    for at, said in enumerate(distinct.tolist()):
        own, day = catalogue.claim_sets[said // len(days)], days[said % len(days)]
        text = claims_on(own, {date.fromordinal(day)})
        is_same = text == tuple(dict.fromkeys(own))
        found[at] = -1 if is_same else place.setdefault(text, len(place))
    return list(place), found[lot.reshape(-1)]


def _mark(lot: int, place: int) -> int:
    """Return the mark of one text of one model; texts beyond the last place have all of them."""
    bits = 1 << place if place < _BITS - 1 else (1 << _BITS) - 1
    return bits << _BITS * lot


def joined(catalogue: Catalogue, copies: Copies) -> Catalogue:
    """Return the catalogue with its copies; each is made from what its model is made from."""
    edges = replace(catalogue.edges, parent=copies.parent)
    is_copied = np.zeros(len(catalogue), dtype=np.bool_)
    is_copied[copies.of] = True
    above = np.flatnonzero(is_copied[edges.child])
    above = above[np.argsort(edges.child[above], kind="stable")]
    ends = np.searchsorted(edges.child[above], np.stack([copies.of, copies.of + 1]))
    again = above[ranges(ends[0], ends[1])]
    first = len(catalogue) + np.arange(len(copies.of))
    child = np.repeat(first, ends[1] - ends[0]).astype(np.int32)
    place: dict[Claims, int] = {}
    said = [place.setdefault(claims, len(place)) for claims in copies.sets]
    said_by_copies = len(catalogue.claim_sets) + np.array(said, dtype=np.int64)
    return Catalogue(
        claim_sets=[*catalogue.claim_sets, *place],
        said=np.concatenate([catalogue.said, said_by_copies]).astype(np.int32),
        traits=np.concatenate([catalogue.traits, copies.traits]),
        edges=_appended(edges, again, child),
        marks=copies.marks,
        copies=np.concatenate([catalogue.copies, catalogue.original[copies.of]]),
    )


def _appended(edges: Edges, again: npt.NDArray[np.intp], child: Ints) -> Edges:
    return Edges(
        child=np.concatenate([edges.child, child]),
        parent=np.concatenate([edges.parent, edges.parent[again]]),
        relation=np.concatenate([edges.relation, edges.relation[again]]),
        is_firm=np.concatenate([edges.is_firm, edges.is_firm[again]]),
        is_label=np.concatenate([edges.is_label, edges.is_label[again]]),
        day=np.concatenate([edges.day, edges.day[again]]),
    )


def elsewhere_mark(place: int | None) -> int:
    """Return the mark of one text of a model whose days the caller knows; ``None``: of several."""
    return _mark(_LOTS, _BITS - 1 if place is None else place)


def reach_several(marks: Words) -> Bools:
    """Return which marks are of more than one text of a model."""
    several = np.zeros(len(marks), dtype=np.bool_)
    for turn in range(_LOTS + 1):
        some = (marks >> np.uint64(_BITS * turn)) & np.uint64((1 << _BITS) - 1)
        several |= (some & (some - np.uint64(1))) != 0
    return several


def reach_elsewhere(marks: Words) -> Bools:
    """Return which marks are of models whose days the catalogue's edges do not tell."""
    found: Bools = (marks & np.uint64(ELSEWHERE)) != 0
    return found


def are_of_several(marks: Words) -> Bools:
    """Return which marks are of a model that some edge leads to under several texts at once."""
    found: Bools = (marks & np.uint64(ELSEWHERE)) == np.uint64(ELSEWHERE)
    return found
