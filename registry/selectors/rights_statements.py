"""Statements about parents as edges between numbered models.

What only some versions of a page, or of bytes, state is uncertain for the whole: grade E6. The day
of an edge is the first of its statements' days, as ``registry.selectors.lineage`` has it.
"""

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np

from registry.licensing.verdict import NodeClaim
from registry.rights.catalogue import GRADES, Catalogue, Edges, Trait, are_firm, plain_claims
from registry.rights.dated import Copies, elsewhere_mark, joined
from registry.rights.order import ranges
from registry.selectors.claims import official_claim
from registry.selectors.rights_tables import EVIDENCE, LABEL, Array, Columns, Tables

_WEAKEST = len(GRADES) - 1
_KINDS = ("relation", "grade", "evidence", "retracted", "day")
Members = tuple[Array, Array]  # (group, version) pairs by group: who stands for pages and for bytes


def edges_in(tables: Tables, parent: Array, members: Members) -> Edges:
    """Return the statements of versions, then those that stand for pages and for bytes.

    :param parent: which model each statement names
    :param members: the versions that stand for pages and for bytes
    """
    stated = tables.statements
    child = np.searchsorted(tables.versions["pk"], stated["child"])
    whole = _group_statements(tables, parent, members, child)
    kept = child != parent
    own = {name: stated[name][kept] for name in _KINDS}
    own["day"] = _first_days(child[kept], parent[kept], own)
    columns = {name: np.concatenate([own[name], whole[name]]) for name in _KINDS}
    return Edges(
        child=np.concatenate([child[kept], whole["child"]]).astype(np.int32),
        parent=np.concatenate([parent[kept], whole["parent"]]).astype(np.int32),
        relation=columns["relation"].astype(np.uint8),
        is_firm=are_firm(columns["grade"], columns["retracted"] != 0),
        is_label=columns["evidence"] == LABEL,
        day=columns["day"].astype(np.int32),
    )


def _kind(stated: Columns) -> Array:
    kind: Array = stated["relation"].astype(np.int64) * len(EVIDENCE) + stated["evidence"]
    return kind


def _first_days(child: Array, parent: Array, stated: Columns) -> Array:
    """Return the days of versions' edges: two names of one parent make one edge."""
    key = np.stack([child, parent, _kind(stated)])
    sort = np.lexsort(key[::-1])
    first = np.flatnonzero(np.any(np.diff(key[:, sort], axis=1, prepend=-1) != 0, axis=0))
    if len(first) == len(sort):
        return stated["day"]
    days = stated["day"].copy()
    earliest = np.minimum.reduceat(days[sort], first)
    days[sort] = np.repeat(earliest, np.diff(first, append=len(sort)))
    return days


def _group_statements(tables: Tables, parent: Array, members: Members, child: Array) -> Columns:
    """Return each parent and kind of evidence once; by some versions only: a guess (E6)."""
    groups, versions = members
    starts = np.searchsorted(child, versions)
    ends = np.searchsorted(child, versions, side="right")
    at = ranges(starts, ends)
    group = np.repeat(groups, ends - starts)
    stated = {name: column[at] for name, column in tables.statements.items()}
    node = len(tables.versions["pk"]) + group
    named = parent[at].astype(np.int64)
    kind = _kind(stated)
    best = stated["retracted"].astype(np.int64) * len(GRADES) + stated["grade"]
    sort = np.lexsort((best, kind, named, group))
    key = np.stack([group, named, kind])[:, sort]
    first = np.flatnonzero(np.any(np.diff(key, axis=1, prepend=-1) != 0, axis=0))
    lot = np.cumsum(np.bincount(first, minlength=len(sort)).astype(np.int64)) - 1
    width = int(child.max(initial=0)) + 1
    by = np.bincount(np.unique(lot * width + child[at][sort]) // width, minlength=len(first))
    chosen = sort[first]
    by_all = by == np.bincount(groups)[group[chosen]] if len(groups) else by == 0
    found = {name: stated[name][chosen] for name in _KINDS}
    found["grade"] = np.where(by_all, found["grade"], _WEAKEST)
    if len(first):
        found["day"] = np.minimum.reduceat(stated["day"][sort], first)
    ends_of = {"child": node[chosen], "parent": named[chosen]}
    kept = ends_of["child"] != ends_of["parent"]
    return {name: column[kept] for name, column in (ends_of | found).items()}


Names = Mapping[int, tuple[str, ...]]
_Text = NodeClaim | None


def with_replaced_texts(
    catalogue: Catalogue, replaced: Names, tables: Tables, parent: Array, members: Members
) -> Catalogue:
    """Return a catalogue with copies of releases under the texts of the days they were built on.

    As ``registry.selectors.dated_texts`` has it. Who reaches a release under several of its texts,
    or by an edge of several days between which the text changed, has to be asked about.

    :param replaced: the releases, and what they are called
    """
    if not replaced:
        return catalogue
    texts = _texts_of_pairs(replaced, tables, parent, members)
    edges = catalogue.edges
    chosen, marks = edges.parent.copy(), catalogue.marks.copy()
    for node in replaced:
        marks[node] |= np.uint64(elsewhere_mark(0))
    copies: dict[tuple[int, frozenset[_Text]], int] = {}
    for at in np.flatnonzero(np.isin(edges.parent, list(replaced))).tolist():
        model = int(edges.parent[at])
        said = texts[int(edges.child[at]), model]
        if said != {None}:
            chosen[at] = copies.setdefault((model, said), len(catalogue) + len(copies))
    some: dict[frozenset[_Text], int] = {}
    for _, said in copies:
        some.setdefault(said, len(some) + 1)
    new = [elsewhere_mark(some[said] if len(said) == 1 else None) for _, said in copies]
    of = np.array([model for model, _ in copies], dtype=np.int32)
    traits = catalogue.traits[of] & ~np.uint8(Trait.OPEN) | np.uint8(Trait.OFFICIAL)
    sets = tuple(
        (*catalogue.claim_sets[catalogue.said[model]], *plain_claims([c for c in said if c]))
        for model, said in copies
    )
    whole = np.concatenate([marks, np.array(new, dtype=np.uint64)])
    return joined(catalogue, Copies(of, sets, traits, chosen, whole))


def _texts_of_pairs(
    replaced: Names, tables: Tables, parent: Array, members: Members
) -> dict[tuple[int, int], frozenset[_Text]]:
    """Return which texts bind each child of each replaced release, over all of its statements."""
    found: dict[tuple[int, int], frozenset[_Text]] = {}
    for child, model, day in _dated_statements(replaced, tables, parent, members):
        claims = (official_claim(name, on=day) for name in replaced[model])
        text = next((claim for claim in claims if claim is not None), None)
        found[child, model] = found.get((child, model), frozenset()) | {text}
    return found


def _dated_statements(
    replaced: Names, tables: Tables, parent: Array, members: Members
) -> Iterator[tuple[int, int, date]]:
    """Yield child, parent and day of every statement about a replaced release."""
    groups, versions = members
    stated, own = tables.statements, tables.versions["pk"]
    for at in np.flatnonzero(np.isin(parent, list(replaced))).tolist():
        version = int(np.searchsorted(own, stated["child"][at]))
        day = date.fromordinal(int(stated["day"][at]))
        for child in [version, *(len(own) + groups[versions == version]).tolist()]:
            yield child, int(parent[at]), day
