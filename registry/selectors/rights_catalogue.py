"""Everything mirrored as one graph of arrays, for the pass over the whole catalogue.

The nodes are those of ``registry.selectors.family``: every version; pages that are named as a
parent or show no version; bytes named as a parent; references nobody mirrored. They say and are
joined as ``registry.selectors.lineage`` has it for one question; nothing is left out here.
"""

from dataclasses import dataclass

import numpy as np

from registry.licensing.official import is_replaced, official_claim
from registry.licensing.verdict import NodeClaim
from registry.models import HeaderStatement, Hub, HubModel
from registry.rights.catalogue import Catalogue, Trait, plain_claims
from registry.rights.order import Ints, ranges
from registry.selectors.lineage import label_claims_of
from registry.selectors.renames import where_pages_moved
from registry.selectors.rights_statements import edges_in
from registry.selectors.rights_tables import (
    HUBS,
    Array,
    Tables,
    distinct,
    read_references,
    read_replaced,
)
from registry.selectors.statements import Key, KeyKind
from registry.selectors.told_ancestry import OF_BYTES, references_of_bytes
from registry.snapshots import PageState

_CIVITAI = HUBS.index(Hub.CIVITAI)
_HUGGING_FACE = HUBS.index(Hub.HUGGING_FACE)
_SAMPLE = HUBS.index(Hub.SAMPLE)


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
        whole = np.concatenate([traits[page_of] | recipe, own, rest[:, 1]]).astype(np.uint8)
        edges = edges_in(self.tables, self.parent, members)
        is_elsewhere = np.isin(edges.parent, self._told_elsewhere(members))
        whole[edges.child[is_elsewhere]] |= np.uint8(Trait.ELSEWHERE)
        catalogue = Catalogue(
            claim_sets=self.sets,
            said=np.concatenate([*said, rest[:, 0]]).astype(np.int32),
            traits=whole,
            edges=edges,
            releases=self._replaced(members),
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
        mine = self._standing_for(members, at)
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

    def _standing_for(self, members: tuple[Array, Array], at: int) -> Array:
        """Return the places of the versions that list the bytes at a place."""
        groups, versions = members
        group = len(self.own_pages) + at
        start, end = np.searchsorted(groups, [group, group + 1])
        return versions[start:end]

    def _told_elsewhere(self, members: tuple[Array, Array]) -> list[int]:
        """Return bytes that no page lists, of which headers of other files tell how they were made.

        Who is bound by that depends on who asks (``registry.selectors.told_ancestry``).
        """
        first = self.first_artifact + len(self.artifacts)
        nodes = {ref: first + at for at, ref in enumerate(self.references) if OF_BYTES in ref}
        bare = {
            Key(KeyKind.ARTIFACT, int(pk)): self.first_artifact + at
            for at, pk in enumerate(self.artifacts.tolist())
            if not len(self._standing_for(members, at))
        }
        nodes |= {ref: bare[key] for key, ref in references_of_bytes(list(bare)).items()}
        told = HeaderStatement.objects.filter(child_ref__in=list(nodes)).order_by("child_ref")
        return [nodes[ref] for ref in told.values_list("child_ref", flat=True).distinct()]

    def _replaced(self, members: tuple[Array, Array]) -> dict[int, tuple[str, ...]]:
        """Return the models whose publisher replaced the text, with what they are called."""
        tables = self.tables
        pages = {
            place: names
            for place, names in read_replaced(tables.pages["pk"]).items()
            if not tables.claims.is_vouched[place]
        }
        found: dict[int, tuple[str, ...]] = {}
        for place, names in pages.items():
            sort, starts = tables.by_page
            own = [int(self.page_nodes[place])] if self.page_nodes[place] >= 0 else []
            for node in [*sort[starts[place] : starts[place + 1]].tolist(), *own]:
                found[node] = names
        for at in range(len(self.artifacts)) if pages else ():
            listing = dict.fromkeys(tables.page_of[self._standing_for(members, at)].tolist())
            named = tuple(name for page in listing for name in pages.get(page, ()))
            if named and not tables.claims.is_vouched[list(listing)].any():
                found[self.first_artifact + at] = named
        first = self.first_artifact + len(self.artifacts)
        for at, reference in enumerate(self.references):
            if is_replaced(reference):
                found[first + at] = (reference,)
        return found

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
