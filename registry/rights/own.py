"""What one model says by itself, as bits: compiled by the functions that give the grounds.

There are a few thousand distinct sets of claims in millions of pages, so each is compiled once.
Pure Python: importing this module must never import Django.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np

from registry.licensing.duties import duties_of, use_restrictions_of
from registry.licensing.findings import Ground
from registry.licensing.grounds import grounds_of, terms_or_unknown
from registry.licensing.interval import DOUBTED, Interval, join_all
from registry.licensing.lineage_view import Node, NodeClaim
from registry.licensing.readings import reads_as_derivative
from registry.licensing.relicense import relicense_grounds
from registry.licensing.routes import Act, Reach, Routes
from registry.licensing.statements import Bond, Statement, statements_of
from registry.lineage.relations import Grade
from registry.rights.blocks import LIST_STATES, STATES, Shape, State
from registry.rights.bonds import Role
from registry.rights.layout import (
    PERMISSIONS,
    QUESTIONS,
    RELICENSE,
    Duty,
    Words,
    best_bits,
    packed,
    worst_bits,
)

_FIRM = Grade.TEXT_MATCHED


def own_words(shape: Shape, node: Node) -> Words:
    """Return the row of a model by itself; what its parents add, or that it has none, is below.

    Over a weak edge the same holds without the best ends, which is what the edges' masks say.
    """
    row = np.zeros(shape.words, dtype=np.uint64)
    for state in STATES:
        row[shape.best(state)], row[shape.worst(state)] = interval_words(_said(node, state))
    for state in LIST_STATES:
        row[shape.lists(state)] = packed(_list_columns(shape, node, state), shape.list_words)
        row[shape.bound(state)] = packed(_bond_bits(shape, node, state), shape.bond_words)
    return row


def beginning_words(shape: Shape, node: Node) -> Words:
    """Return what it adds that no firm statement derives a model from another (rule L29)."""
    row = np.zeros(shape.words, dtype=np.uint64)
    for state in LIST_STATES:
        bits = shape.bonds.bits_of(Role.BEGINNING, _statements(node, state, Bond.SHARED))
        row[shape.bound(state)] = packed(list(bits), shape.bond_words)
    return row


@lru_cache(maxsize=4)
def doubt_words(shape: Shape) -> Words:
    """Return what an assumed unknown parent adds to a row (rule L19)."""
    row = np.zeros(shape.words, dtype=np.uint64)
    best, worst = interval_words(dict.fromkeys(QUESTIONS, DOUBTED))
    for state in STATES:
        row[shape.best(state)], row[shape.worst(state)] = best, worst
    return row


@lru_cache(maxsize=4)
def elsewhere_words(shape: Shape) -> Words:
    """Return what it adds to a row that not all above the model is told in the catalogue."""
    row = np.zeros(shape.words, dtype=np.uint64)
    for state in LIST_STATES:
        row[shape.lists(state)] = packed([shape.elsewhere], shape.list_words)
    return row


def interval_words(said: Mapping[str, Interval]) -> tuple[int, int]:
    """Return the words of the best and of the worst ends; an absent question has no bits."""
    best = worst = 0
    for question, interval in said.items():
        best |= best_bits(question, interval.best)
        worst |= worst_bits(question, interval.worst)
    return best, worst


def _said(node: Node, state: State) -> dict[str, Interval]:
    """Return the join of a model's own grounds on every question that it speaks of."""
    reach = Reach(state.way, _FIRM)
    routes = _routes(node, reach)
    grounds: dict[str, list[Ground]] = {
        p: list(grounds_of(node, p, (reach,), "")) for p in PERMISSIONS
    }
    grounds[RELICENSE] = list(relicense_grounds([node], routes, {node.id: ""}))
    bind = {q: [g.interval for g in some if not g.overruled] for q, some in grounds.items()}
    return {question: join_all(intervals) for question, intervals in bind.items() if intervals}


def _bond_bits(shape: Shape, node: Node, state: State) -> Iterator[int]:
    yield from shape.bonds.bits_of(Role.SHARED, _statements(node, state, Bond.SHARED))
    yield from shape.bonds.bits_of(Role.TRAINED, _statements(node, state, Bond.TRAINED))


def _statements(node: Node, state: State, bond: Bond) -> Sequence[Statement]:
    routes = _routes(node, Reach(state.way, _FIRM))
    return statements_of([node], routes, bond, of_subject=True)


def _list_columns(shape: Shape, node: Node, state: State) -> Iterator[int]:
    known = shape.layout
    whole = _routes(node, Reach(state.way, _FIRM))
    running = _routes(node, Reach(state.way._replace(acts=Act.RUN), _FIRM))
    for use in use_restrictions_of([node], whole):
        yield known.uses.index(use.tag)
    at_running = _duties(node, running)
    first = len(known.uses)
    for duty in at_running:
        yield first + known.duties.index(duty)
    first += len(known.duties)
    for duty in _duties(node, whole) - at_running:
        yield first + known.duties.index(duty)
    if any(_is_mixed(claim) for claim in node.claims):
        yield shape.mixed_taught if state.is_distilled else shape.mixed_here


def _duties(node: Node, routes: Routes) -> set[Duty]:
    return {Duty(owed.duty, owed.value) for owed in duties_of([node], routes)}


def _routes(node: Node, reach: Reach) -> Routes:
    return Routes(node.id, {node.id: (reach,)}, {node.id: 0})


def _is_mixed(claim: NodeClaim) -> bool:
    """Return whether a claim is of several texts that differ on training on outputs (rule L11).

    Of such a claim alone the join over ways is not a join of what each way says: a choice between
    texts is the lower end over all ways together. It matters to somebody who reaches the claim both
    by a way that hands it on as it is and by one that derives from what was trained on outputs.
    """
    ids: Iterable[str] = dict.fromkeys((claim.license_id, *claim.others))
    return len({reads_as_derivative(terms_or_unknown(i)) for i in ids}) > 1
