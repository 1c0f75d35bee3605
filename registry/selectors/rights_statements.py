"""Statements about parents as edges between numbered models.

What only some versions of a page, or of bytes, state is uncertain for the whole: grade E6. The day
of an edge is the first of its statements' days, as ``registry.selectors.lineage`` has it.
"""

import numpy as np

from registry.rights.catalogue import GRADES, Edges, are_firm
from registry.rights.order import ranges
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
