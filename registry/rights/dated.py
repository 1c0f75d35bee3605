"""Models under the texts of several days: a number for each (rules L15 and L36).

The day of an edge picks the text of its parent. A parent of which that makes a difference gets a
*copy* for every text that some edge picks: the same model, with the same parents, that says what it
said on those days. The edge leads to the copy, so that each text binds along its own ways, as
``registry.licensing.copies`` has it for one question. Pure Python: importing this module must never
import Django.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from registry.licensing.lineage_view import NodeClaim
from registry.licensing.revisions import dated, first_days, was_revised
from registry.rights.catalogue import Bytes, Catalogue, Edges, Trait, node_of, plain_claims
from registry.rights.order import Bools, Ints, ranges

Places = npt.NDArray[np.intp]
_Text = tuple[tuple[NodeClaim, ...], bool]  # what is said, and whether as an official release


@dataclass(frozen=True, slots=True)
class _Copies:
    """Copies to add to a catalogue; copy ``i`` is of model ``of[i]`` and says ``texts[i]``.

    ``parent``: of every edge, which model or copy it leads to.
    """

    of: Ints
    texts: list[_Text]
    parent: Ints


def with_copies(catalogue: Catalogue) -> Catalogue:
    """Return a catalogue with a copy of each model for each text that binds somebody."""
    edges = catalogue.edges
    chosen = np.flatnonzero(depend_on_day(catalogue)[edges.parent] & (edges.day > 0))
    return _joined(catalogue, _copies(catalogue, chosen)) if len(chosen) else catalogue


def depend_on_day(catalogue: Catalogue) -> Bools:
    """Return of which models the day of a copy makes a difference to the texts."""
    sets = [any(map(was_revised, said)) for said in catalogue.claim_sets]
    found: Bools = np.array(sets, dtype=np.bool_)[catalogue.said]
    found[list(catalogue.releases)] = True
    return found


def _copies(catalogue: Catalogue, chosen: Places) -> _Copies:
    """Return a copy for each text that an edge of ``chosen`` picks and its parent does not say."""
    edges, nodes = catalogue.edges, len(catalogue)
    texts, text = _texts(catalogue, chosen)
    model = edges.parent[chosen].astype(np.int64)
    key = model * (len(texts) + 1) + text + 1  # text -1: as the model says itself
    distinct, lot = np.unique(key, return_inverse=True)
    of, said = distinct // (len(texts) + 1), distinct % (len(texts) + 1) - 1
    is_copy = said >= 0
    number = np.where(is_copy, nodes + np.cumsum(is_copy) - 1, of)
    parent = edges.parent.copy()
    parent[chosen] = number[lot.reshape(-1)]
    return _Copies(of[is_copy].astype(np.int32), [texts[at] for at in said[is_copy]], parent)


def _texts(catalogue: Catalogue, chosen: Places) -> tuple[list[_Text], npt.NDArray[np.int64]]:
    """Return texts, and which of them each edge picks; -1 for what its parent says by itself."""
    edges, named = catalogue.edges, ((), *dict.fromkeys(catalogue.releases.values()))
    name = np.zeros(len(catalogue), dtype=np.int64)
    name[list(catalogue.releases)] = [named.index(one) for one in catalogue.releases.values()]
    starts = [day.toordinal() for day in first_days()]
    days = [starts[0] - 1, *starts]  # between two of them no text changes
    between = np.searchsorted(starts, edges.day[chosen], side="right")
    parent = edges.parent[chosen]
    key = (catalogue.said[parent] * np.int64(len(named)) + name[parent]) * len(days) + between
    distinct, lot = np.unique(key, return_inverse=True)
    place: dict[_Text, int] = {}
    found = np.empty(len(distinct), dtype=np.int64)
    for at, one in enumerate(distinct.tolist()):
        said, day = divmod(one, len(days))
        own = catalogue.claim_sets[said // len(named)]
        node = replace(node_of(own, Trait(0)), releases=named[said % len(named)])
        then = dated(node, date.fromordinal(days[day]))
        is_same = then.claims == tuple(dict.fromkeys(own))
        text = plain_claims(then.claims), then.is_official_base
        found[at] = -1 if is_same else place.setdefault(text, len(place))
    return list(place), found[lot.reshape(-1)]


def _joined(catalogue: Catalogue, copies: _Copies) -> Catalogue:
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
    place: dict[tuple[NodeClaim, ...], int] = {}
    said = [place.setdefault(claims, len(place)) for claims, _ in copies.texts]
    said_by_copies = len(catalogue.claim_sets) + np.array(said, dtype=np.int64)
    return replace(
        catalogue,
        claim_sets=[*catalogue.claim_sets, *place],
        said=np.concatenate([catalogue.said, said_by_copies]).astype(np.int32),
        traits=np.concatenate([catalogue.traits, _traits(catalogue, copies)]),
        edges=_appended(edges, again, child),
        copies=copies.of,
    )


def _traits(catalogue: Catalogue, copies: _Copies) -> Bytes:
    """Return the traits of copies; what the index of releases knows is official, and not open."""
    own = catalogue.traits[copies.of]
    is_official = np.array([official for _, official in copies.texts], dtype=np.bool_)
    official: Bytes = own & ~np.uint8(Trait.OPEN) | np.uint8(Trait.OFFICIAL)
    return np.where(is_official, official, own)


def _appended(edges: Edges, again: Places, child: Ints) -> Edges:
    return Edges(
        child=np.concatenate([edges.child, child]),
        parent=np.concatenate([edges.parent, edges.parent[again]]),
        relation=np.concatenate([edges.relation, edges.relation[again]]),
        is_firm=np.concatenate([edges.is_firm, edges.is_firm[again]]),
        is_label=np.concatenate([edges.is_label, edges.is_label[again]]),
        day=np.concatenate([edges.day, edges.day[again]]),
    )
