"""Everything mirrored as one graph of arrays, for the pass over the whole catalogue.

The nodes are those of ``registry.selectors.family``: every version; pages that are named as a
parent or show no version; bytes named as a parent; references nobody mirrored. They say and are
joined as ``registry.selectors.lineage`` has it for one question; nothing is left out here.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from registry.licensing.verdict import NodeClaim
from registry.models import Hub, HubModel
from registry.rights.catalogue import GRADES, Catalogue, Edges, Trait, edges_of, plain_claims
from registry.rights.order import Ints, ranges
from registry.selectors.claims import official_claim
from registry.selectors.family import where_pages_moved
from registry.selectors.lineage import label_claims_of
from registry.selectors.rights_tables import (
    EVIDENCE,
    HUBS,
    LABEL,
    Array,
    Columns,
    PageClaims,
    distinct,
    read_claims,
    read_listings,
    read_pages,
    read_references,
    read_statements,
    read_versions,
)
from registry.snapshots import PageState

_CIVITAI = HUBS.index(Hub.CIVITAI)
_HUGGING_FACE = HUBS.index(Hub.HUGGING_FACE)
_SAMPLE = HUBS.index(Hub.SAMPLE)
_WEAKEST = len(GRADES) - 1


@dataclass(frozen=True)
class Tables:
    """The tables as they were read, at one moment."""

    pages: Columns
    versions: Columns
    listings: Columns
    statements: Columns
    claims: PageClaims

    @cached_property
    def page_of(self) -> Array:
        """Return the place of each version's page."""
        return np.searchsorted(self.pages["pk"], self.versions["page"])

    @cached_property
    def by_page(self) -> tuple[Array, Array]:
        """Return the versions' places by page, the newest last, and where each page's begin."""
        sort = np.lexsort((self.versions["pk"], self.versions["seen"], self.page_of))
        starts = np.searchsorted(self.page_of[sort], np.arange(len(self.pages["pk"]) + 1))
        return sort, starts


def read_tables() -> Tables:
    """Return the tables; the caller holds one snapshot of the database."""
    pages = read_pages()
    return Tables(
        pages=pages,
        versions=read_versions(),
        listings=read_listings(),
        statements=read_statements(),
        claims=read_claims(pages["pk"]),
    )


@dataclass(frozen=True)
class Mirrored:
    """The graph, and which node is what.

    Node ``i`` is version ``versions[i]``; ``page_nodes`` has the node of each page of ``pages``
    that is one (-1: none). A Hugging Face page is its newest version. ``stand_for_bytes``: pages
    that list bytes which are a node.
    """

    catalogue: Catalogue
    tables: Tables
    page_nodes: Ints
    stand_for_bytes: Array

    def nodes_of(self, page: int) -> list[int]:
        """Return the nodes that say what the page at a place says: its versions, and itself."""
        sort, starts = self.tables.by_page
        nodes: list[int] = sort[starts[page] : starts[page + 1]].tolist()
        own = int(self.page_nodes[page])
        return nodes if own < 0 or own in nodes else [*nodes, own]


def mirrored_of(tables: Tables) -> Mirrored:
    """Return the graph of everything in ``tables``."""
    return _Assembly(tables).mirrored()


class _Assembly:
    """Numbers the nodes, then says what each says and what it was made from."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.sets = list(tables.claims.sets)
        pages, stated = tables.pages, tables.statements
        sort, starts = tables.by_page
        counts = np.diff(starts)
        self.parent_page = _moved(stated["page"])
        is_page = (stated["version"] == 0) & (self.parent_page > 0)
        named = np.zeros(len(pages["pk"]), dtype=np.bool_)
        named[np.searchsorted(pages["pk"], self.parent_page[is_page])] = True
        is_newest = (counts > 0) & (
            (pages["hub"] == _HUGGING_FACE) | ((pages["hub"] == _SAMPLE) & (counts == 1))
        )
        self.own_pages = np.flatnonzero((named | (counts == 0)) & ~is_newest)
        nodes = len(tables.versions["pk"])
        self.page_nodes = np.full(len(pages["pk"]), -1, dtype=np.int32)
        self.page_nodes[is_newest] = sort[starts[1:][is_newest] - 1]
        self.page_nodes[self.own_pages] = nodes + np.arange(len(self.own_pages))
        nodes += len(self.own_pages)
        is_bytes = (stated["version"] == 0) & (self.parent_page == 0) & (stated["artifact"] > 0)
        self.artifacts = np.unique(stated["artifact"][is_bytes])
        self.first_artifact, nodes = nodes, nodes + len(self.artifacts)
        is_open = (stated["version"] == 0) & (self.parent_page == 0) & (stated["artifact"] == 0)
        _, example, place = distinct(stated["reference"][is_open])
        self.references = read_references(stated["pk"][is_open][example])
        self.parent = np.empty(len(stated["pk"]), dtype=np.int32)
        has_version = stated["version"] > 0
        self.parent[has_version] = np.searchsorted(
            tables.versions["pk"], stated["version"][has_version]
        )
        self.parent[is_page] = self.page_nodes[
            np.searchsorted(pages["pk"], self.parent_page[is_page])
        ]
        self.parent[is_bytes] = self.first_artifact + np.searchsorted(
            self.artifacts, stated["artifact"][is_bytes]
        )
        self.parent[is_open] = nodes + place

    def mirrored(self) -> Mirrored:
        """Return the whole."""
        page_of = self.tables.page_of
        traits = self._page_traits()
        recipe = np.where(self.tables.versions["recipe"], Trait.RECIPE, 0)
        members = self._members()
        said = [self.tables.claims.said[page_of], self.tables.claims.said[self.own_pages]]
        of_bytes = [self._of_bytes(members, traits, at) for at in range(len(self.artifacts))]
        of_names = [self._of_reference(name) for name in self.references]
        rest = np.array([*of_bytes, *of_names], dtype=np.int64).reshape(-1, 2)
        page_recipe = self._all_have_recipes(members)[: len(self.own_pages)]
        own = traits[self.own_pages] | np.where(page_recipe, Trait.RECIPE, 0)
        catalogue = Catalogue(
            claim_sets=self.sets,
            said=np.concatenate([*said, rest[:, 0]]).astype(np.int32),
            traits=np.concatenate([traits[page_of] | recipe, own, rest[:, 1]]).astype(np.uint8),
            edges=self._edges(members),
        )
        stand_for_bytes = np.zeros(len(self.tables.pages["pk"]), dtype=np.bool_)
        stand_for_bytes[page_of[members[1][members[0] >= len(self.own_pages)]]] = True
        return Mirrored(catalogue, self.tables, self.page_nodes, stand_for_bytes)

    def _page_traits(self) -> Array:
        pages = self.tables.pages
        return (
            np.where(pages["checkpoint"], Trait.CHECKPOINT, 0)
            | np.where(pages["merged"], Trait.LOOKS_MERGED, 0)
            | np.where(pages["service"], Trait.SERVICE, 0)
            | np.where(self.tables.claims.is_official, Trait.OFFICIAL, 0)
        )

    def _members(self) -> tuple[Array, Array]:
        """Return (group, version) pairs: the versions that stand for a page, and for bytes.

        The first groups are ``own_pages``, the others ``artifacts``. Of bytes the sample hub's
        versions count only where no other hub lists them.
        """
        sort, starts = self.tables.by_page
        firsts, lasts = starts[self.own_pages], starts[self.own_pages + 1]
        groups = np.repeat(np.arange(len(self.own_pages)), lasts - firsts)
        versions = sort[ranges(firsts, lasts)]
        listings = self.tables.listings
        lists = np.isin(listings["artifact"], self.artifacts)
        bytes_of = np.searchsorted(self.artifacts, listings["artifact"][lists])
        listing = np.searchsorted(self.tables.versions["pk"], listings["version"][lists])
        is_sample = self.tables.pages["hub"][self.tables.page_of[listing]] == _SAMPLE
        is_elsewhere = np.isin(bytes_of, bytes_of[~is_sample])
        stands = ~(is_sample & is_elsewhere)
        bytes_of, listing = bytes_of[stands], listing[stands]
        return (
            np.concatenate([groups, len(self.own_pages) + bytes_of]),
            np.concatenate([versions, listing]),
        )

    def _all_have_recipes(self, members: tuple[Array, Array]) -> Array:
        groups, versions = members
        count = len(self.own_pages) + len(self.artifacts)
        total = np.bincount(groups, minlength=count)
        have = np.bincount(groups[self.tables.versions["recipe"][versions] == 1], minlength=count)
        all_have: Array = (total > 0) & (total == have)
        return all_have

    def _of_bytes(self, members: tuple[Array, Array], traits: Array, at: int) -> tuple[int, int]:
        """Return what bytes say, and their traits: those of every page that lists them."""
        groups, versions = members
        mine = versions[groups == len(self.own_pages) + at]
        pages = dict.fromkeys(self.tables.page_of[mine].tolist())
        claims = self.tables.claims
        said = [claim for page in pages for claim in self.sets[claims.bare[page]]]
        indexed = [claims.indexed[page] for page in pages if page in claims.indexed]
        if indexed and not claims.is_vouched[list(pages)].any():
            said.append(indexed[0])
        joined = int(np.bitwise_or.reduce(traits[list(pages)])) if pages else Trait.CHECKPOINT
        if not said:
            joined |= 0 if pages else Trait.OPEN
        if len(mine) and self.tables.versions["recipe"][mine].all():
            joined |= Trait.RECIPE
        return self._set(tuple(said)), joined

    def _of_reference(self, reference: str) -> tuple[int, int]:
        """Return what the catalogue knows of something nobody mirrored."""
        claims = label_claims_of(reference)
        official = official_claim(reference)
        traits = Trait.CHECKPOINT | (Trait(0) if claims else Trait.OPEN)
        if official is not None:
            claims, traits = (*claims, official), traits | Trait.OFFICIAL
        return self._set(plain_claims(claims)), traits

    def _set(self, claims: tuple[NodeClaim, ...]) -> int:
        self.sets.append(claims)
        return len(self.sets) - 1

    def _edges(self, members: tuple[Array, Array]) -> Edges:
        """Return the statements of versions, then those that stand for pages and for bytes."""
        stated = self.tables.statements
        child = np.searchsorted(self.tables.versions["pk"], stated["child"])
        whole = self._group_statements(members, child)
        kept = child != self.parent
        relation, grade, evidence, retracted = (
            stated[name][kept] for name in ("relation", "grade", "evidence", "retracted")
        )
        return edges_of(
            child=np.concatenate([child[kept], whole["child"]]).astype(np.int32),
            parent=np.concatenate([self.parent[kept], whole["parent"]]).astype(np.int32),
            relation=np.concatenate([relation, whole["relation"]]).astype(np.uint8),
            grade=np.concatenate([grade, whole["grade"]]).astype(np.uint8),
            is_label=np.concatenate([evidence, whole["evidence"]]) == LABEL,
            is_retracted=np.concatenate([retracted, whole["retracted"]]) != 0,
        )

    def _group_statements(self, members: tuple[Array, Array], child: Array) -> Columns:
        """Return each parent and kind of evidence once; by some versions only: a guess (E6)."""
        groups, versions = members
        starts = np.searchsorted(child, versions)
        ends = np.searchsorted(child, versions, side="right")
        at = ranges(starts, ends)
        group = np.repeat(groups, ends - starts)
        stated = {name: column[at] for name, column in self.tables.statements.items()}
        node = len(self.tables.versions["pk"]) + group
        parent = self.parent[at].astype(np.int64)
        kind = stated["relation"].astype(np.int64) * len(EVIDENCE) + stated["evidence"]
        best = stated["retracted"].astype(np.int64) * len(GRADES) + stated["grade"]
        sort = np.lexsort((best, kind, parent, group))
        key = np.stack([group, parent, kind])[:, sort]
        first = np.flatnonzero(np.any(np.diff(key, axis=1, prepend=-1) != 0, axis=0))
        lot = np.cumsum(np.bincount(first, minlength=len(sort)).astype(np.int64)) - 1
        pairs = np.unique(lot * (int(child.max(initial=0)) + 1) + child[at][sort])
        by = np.bincount(pairs // (int(child.max(initial=0)) + 1), minlength=len(first))
        chosen = sort[first]
        total = np.bincount(groups, minlength=len(self.own_pages) + len(self.artifacts))
        by_all = by == total[group[chosen]]
        kept = parent[chosen] != node[chosen]
        chosen, by_all = chosen[kept], by_all[kept]
        found = {
            name: stated[name][chosen] for name in ("relation", "evidence", "retracted", "grade")
        }
        found["grade"] = np.where(by_all, found["grade"], _WEAKEST)
        return {"child": node[chosen], "parent": parent[chosen], **found}


def _moved(pages: Array) -> Array:
    """Return the pages where those that were renamed have moved to."""
    renamed = HubModel.objects.filter(state=PageState.RENAMED).values_list("pk", flat=True)
    moved = {old: new for old, new in where_pages_moved(set(renamed)).items() if old != new}
    if not moved:
        return pages
    old = np.array(sorted(moved), dtype=np.int64)
    new = np.array([moved[page] for page in old.tolist()], dtype=np.int64)
    at = np.minimum(np.searchsorted(old, pages), len(old) - 1)
    return np.where(old[at] == pages, new[at], pages)
