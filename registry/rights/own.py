"""What one model says by itself, as bits: compiled by the functions that give the grounds.

There are a few thousand distinct sets of claims in millions of pages, so each is compiled once.
Pure Python: importing this module must never import Django.
"""

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np

from registry.licensing.duties import duties_of, use_restrictions_of
from registry.licensing.grounds import grounds_of, terms_or_unknown
from registry.licensing.interval import DOUBTED, Interval, join_all
from registry.licensing.lineage_view import Node, NodeClaim
from registry.licensing.readings import reads_as_derivative
from registry.licensing.routes import Act, Reach, Routes
from registry.licensing.terms import Permission
from registry.lineage.relations import Grade
from registry.rights.layout import (
    LIST_STATES,
    PERMISSIONS,
    STATES,
    Duty,
    State,
    Words,
    best_bits,
    layout,
    worst_bits,
)

_FIRM = Grade.TEXT_MATCHED


def own_words(node: Node) -> Words:
    """Return the row of a model without ancestors; an unknown parent is not counted.

    Over a weak edge the same holds without the best ends, which is what the edges' masks say.
    """
    shape = layout()
    row = np.zeros(shape.words, dtype=np.uint64)
    for state in STATES:
        intervals = {p: _interval(node, p, state) for p in PERMISSIONS}
        said = {p: interval for p, interval in intervals.items() if interval is not None}
        row[shape.best(state)], row[shape.worst(state)] = interval_words(said)
    for state in LIST_STATES:
        row[shape.lists(state)] = shape.packed(_list_columns(node, state))
    return row


@cache
def doubt_words() -> Words:
    """Return what an assumed unknown parent adds to a row (rule L19)."""
    shape = layout()
    row = np.zeros(shape.words, dtype=np.uint64)
    best, worst = interval_words(dict.fromkeys(PERMISSIONS, DOUBTED))
    for state in STATES:
        row[shape.best(state)], row[shape.worst(state)] = best, worst
    return row


def interval_words(said: dict[Permission, Interval]) -> tuple[int, int]:
    """Return the words of the best and of the worst ends; an absent permission has no bits."""
    best = worst = 0
    for permission, interval in said.items():
        best |= best_bits(permission, interval.best)
        worst |= worst_bits(permission, interval.worst)
    return best, worst


def _interval(node: Node, permission: Permission, state: State) -> Interval | None:
    reaches = (Reach(state.way, _FIRM),)
    grounds = [g for g in grounds_of(node, permission, reaches, "") if not g.overruled]
    return join_all(ground.interval for ground in grounds) if grounds else None


def _list_columns(node: Node, state: State) -> Iterator[int]:
    shape = layout()
    whole = _routes(node, Reach(state.way, _FIRM))
    running = _routes(node, Reach(state.way._replace(acts=Act.RUN), _FIRM))
    for use in use_restrictions_of([node], whole):
        yield shape.uses.index(use.tag)
    at_running = _duties(node, running)
    first = len(shape.uses)
    for duty in at_running:
        yield first + shape.duties.index(duty)
    first += len(shape.duties)
    for duty in _duties(node, whole) - at_running:
        yield first + shape.duties.index(duty)
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
