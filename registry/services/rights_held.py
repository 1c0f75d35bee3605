"""Keep what a computation was made of, so that the next one need not begin anew.

A process that computes rights again and again (the worker) holds the graph and its rows. When only
claims of some pages are new, only those pages and what comes from them are computed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from registry.licensing.verdict import NodeClaim
from registry.models import RightsKind
from registry.rights.catalogue import Catalogue, plain_claims
from registry.rights.coding import CHUNK, Codebook
from registry.rights.order import Ints
from registry.rights.prepared import Prepared
from registry.rights.recompute import Passed, passed_again, rights_from
from registry.selectors.claims import claims_of, node_claims
from registry.selectors.rights_catalogue import Mirrored
from registry.selectors.rights_listings import Listings, artifact_codes
from registry.selectors.rights_marks import Marks, marks_now, pages_with_new_claims
from registry.selectors.rights_tables import Array


@dataclass(frozen=True, slots=True)
class Computed:
    """Everything one computation found, and holds for the next."""

    seen: str
    marks: Marks
    mirrored: Mirrored
    ready: Prepared
    after: Passed
    listings: Listings
    codes: Ints  # of every node
    chunks: Mapping[RightsKind, Ints]
    book: Codebook  # every row that has a code
    fresh: Codebook  # those that had none before
    top: int  # the highest code given
    cyclic: int
    by_objects: int
    on_read: int

    @property
    def catalogue(self) -> Catalogue:
        """Return the models with what they say now."""
        return self.ready.source


def computed_again(held: Computed, seen: str) -> Computed | None:
    """Return the next computation, if nothing but claims has changed; else nothing.

    What is held is used up: whoever cannot store the result must let go of both.
    """
    now = marks_now()
    pages = pages_with_new_claims(since=held.marks, now=now, tables=held.mirrored.tables)
    if pages is None:
        return None
    catalogue, changed = _with_claims(held, pages)
    if catalogue is None:
        return None
    ready = held.ready.with_claims(catalogue)
    if ready is None:
        return None
    after, concerned = passed_again(ready, held.after, changed)
    rights = rights_from(ready, after, concerned)
    of_rows, fresh = held.book.coded(rights.distinct, after=held.top)
    coded = of_rows[rights.place]
    moved = concerned[held.codes[concerned] != coded]
    held.codes[concerned] = coded
    book = held.book.joined(fresh)
    is_moved = np.zeros(len(held.codes), dtype=np.bool_)
    is_moved[moved] = True
    listed = held.listings.listing(is_moved)
    top = held.top + len(fresh.codes)
    of_bytes, more = artifact_codes(held.listings, held.codes, book, after=top, only=listed)
    return replace(
        held,
        seen=seen,
        marks=now,
        ready=ready,
        after=after,
        chunks=_chunks(held, moved, *of_bytes),
        book=book.joined(more),
        fresh=fresh.joined(more),
        top=top + len(more.codes),
        by_objects=rights.by_objects,
        on_read=rights.on_read,
    )


def _with_claims(held: Computed, pages: Array) -> tuple[Catalogue | None, Array]:
    """Return the catalogue with what these pages say now, and the models that say it.

    Nothing if official releases are among them, before or now, or a model of bytes is: what those
    say is made of more than one page's claims.
    """
    tables = held.mirrored.tables
    places = np.searchsorted(tables.pages["pk"], pages)
    if tables.claims.is_official[places].any() or held.mirrored.stand_for_bytes[places].any():
        return None, pages
    rows = claims_of(pages=pages.tolist())
    sets: dict[tuple[NodeClaim, ...], int] = {}
    said = held.catalogue.said.copy()
    changed: list[int] = []
    for page, place in zip(pages.tolist(), places.tolist(), strict=True):
        found = rows.get(page, ())
        claims = tuple(one for row in found for one in node_claims(row, show_source=False))
        if any(claim.is_official for claim in claims):
            return None, pages
        code = sets.setdefault(plain_claims(claims), len(held.catalogue.claim_sets) + len(sets))
        nodes = held.mirrored.nodes_of(place)
        said[nodes] = code
        changed += nodes
    claim_sets = [*held.catalogue.claim_sets, *sets]
    catalogue = replace(held.catalogue, claim_sets=claim_sets, said=said)
    return catalogue, np.array(changed, dtype=np.intp)


def _chunks(held: Computed, moved: Array, artifacts: Array, codes: Ints) -> dict[RightsKind, Ints]:
    """Return the chunks with the codes of the models that moved, and of some bytes."""
    tables, versions = held.mirrored.tables, len(held.mirrored.tables.versions["pk"])
    chunks = {kind: table.copy() for kind, table in held.chunks.items()}
    own = moved[moved < versions]
    _put(chunks[RightsKind.VERSION], tables.versions["pk"][own], held.codes[own])
    nodes = held.mirrored.page_nodes
    is_moved = np.isin(nodes, moved) & (nodes >= versions)
    _put(chunks[RightsKind.PAGE], tables.pages["pk"][is_moved], held.codes[nodes[is_moved]])
    _put(chunks[RightsKind.ARTIFACT], artifacts, codes)
    return chunks


def _put(chunks: Ints, numbers: Array, codes: Ints) -> None:
    chunks[numbers // CHUNK, numbers % CHUNK] = codes
