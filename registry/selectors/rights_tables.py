"""The tables that rights are made of, as arrays: pages, versions, claims, statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import sql

from registry.licensing.official import (
    is_replaced,
    official_claim,
)
from registry.licensing.verdict import NodeClaim
from registry.lineage.relations import Evidence
from registry.models import Hub, LicenseClaim, LineageEdge, ModelVersion
from registry.rights.blocks import RELATIONS
from registry.rights.catalogue import GRADES, plain_claims
from registry.selectors.claims import node_claims
from registry.selectors.columns import BIG, SMALL, UUID, WHOLE, columns
from registry.selectors.header_recipes import has_recipe_in_files
from registry.selectors.lineage import SERVICE
from registry.selectors.renames import moved_releases, release_pages
from registry.snapshots import ClaimSource

Array = npt.NDArray[Any]
Columns = dict[str, Array]

EVIDENCE = tuple(Evidence)
LABEL = EVIDENCE.index(Evidence.BASE_LABEL)
HUBS = tuple(Hub.values)


def _place(column: str, words: Sequence[str]) -> sql.Composable:
    """Return the place of a column's word among ``words``, from 0."""
    return sql.SQL("(array_position({}::text[], {}::text) - 1)::smallint").format(
        sql.Literal([str(word) for word in words]),
        sql.SQL(column),
    )


def _of_pages(column: str, pages: Array | None) -> sql.Composable:
    """Return the condition that a column is among some pages' primary keys; nothing for all."""
    if pages is None:
        return sql.SQL("")
    return sql.SQL(" WHERE {} = ANY({})").format(sql.SQL(column), sql.Literal(pages.tolist()))


def _of_versions(column: str, pages: Array | None) -> sql.Composable:
    """Return the condition that a column is among the versions of some pages; nothing for all."""
    if pages is None:
        return sql.SQL("")
    return sql.SQL(" WHERE {} IN (SELECT id FROM registry_modelversion{})").format(
        sql.SQL(column), _of_pages("hub_model_id", pages)
    )


def read_pages(pages: Array | None = None) -> Columns:
    """Return every page, or some, by primary key: ``pk hub checkpoint merged service``."""
    query = sql.SQL(
        "SELECT id, {hub}, is_checkpoint::int::smallint, looks_merged::int::smallint,"
        " (model_type = {service})::int::smallint FROM registry_hubmodel{some} ORDER BY id"
    ).format(some=_of_pages("id", pages), hub=_place("hub", HUBS), service=sql.Literal(SERVICE))
    types = {"pk": BIG, "hub": SMALL, "checkpoint": SMALL, "merged": SMALL, "service": SMALL}
    return columns(query, types)


def read_versions(pages: Array | None = None) -> Columns:
    """Return every version, or those of some pages, by primary key: ``pk page recipe seen``.

    ``seen`` is in microseconds.
    """
    query = sql.SQL(
        "SELECT id, hub_model_id, has_complete_recipe::int::smallint,"
        " (extract(epoch FROM first_seen_at) * 1000000)::bigint"
        " FROM registry_modelversion{} ORDER BY id"
    ).format(_of_pages("hub_model_id", pages))
    found = columns(query, {"pk": BIG, "page": BIG, "recipe": SMALL, "seen": BIG})
    found["recipe"][np.isin(found["pk"], _told_by_their_files())] = 1
    return found


def _told_by_their_files() -> list[int]:
    """Return the versions of which every weight file's header names all parents."""
    some = ModelVersion.objects.filter(files__artifact__inspections__has_complete_recipe=True)
    rows = some.filter(has_recipe_in_files(None)).order_by("pk")
    return list(rows.values_list("pk", flat=True).distinct())


def read_listings(pages: Array | None = None) -> Columns:
    """Return which version lists which bytes, ordered, each pair once: ``artifact version``."""
    query = sql.SQL(
        "SELECT DISTINCT artifact_id, version_id FROM"
        " (SELECT artifact_id, version_id FROM registry_modelfile{}) f"
        " WHERE artifact_id IS NOT NULL ORDER BY artifact_id, version_id"
    ).format(_of_versions("version_id", pages))
    return columns(query, {"artifact": BIG, "version": BIG})


def read_statements(pages: Array | None = None) -> Columns:
    """Return every edge, or those of some pages' versions, by child.

    An end that is not mirrored is 0; ``reference`` is what is named then. ``day`` is the day on
    which the child was made at the latest, as ``date.toordinal`` counts (rule L36).
    """
    query = sql.SQL(
        "SELECT e.id, child_id, {relation}, {grade}, {evidence},"
        " (least((seen_at AT TIME ZONE 'UTC')::date, (published_at AT TIME ZONE 'UTC')::date)"
        "   - DATE '0001-01-01' + 1),"
        " (retracted_at IS NOT NULL)::int::smallint, coalesce(parent_version_id, 0),"
        " coalesce(parent_model_id, 0), coalesce(parent_artifact_id, 0),"
        " CASE WHEN parent_version_id IS NULL AND parent_model_id IS NULL"
        "   AND parent_artifact_id IS NULL THEN md5(parent_ref)::uuid"
        "   ELSE '00000000-0000-0000-0000-000000000000'::uuid END"
        " FROM registry_lineageedge e JOIN registry_modelversion v ON v.id = child_id{some}"
        " ORDER BY child_id, e.id"
    ).format(
        some=_of_versions("child_id", pages),
        relation=_place("relation", RELATIONS),
        grade=_place("grade", GRADES),
        evidence=_place("evidence", EVIDENCE),
    )
    kinds = dict.fromkeys(("relation", "grade", "evidence"), SMALL)
    ends = {"version": BIG, "page": BIG, "artifact": BIG}
    types = {"pk": BIG, "child": BIG, **kinds, "day": WHOLE, "retracted": SMALL}
    return columns(query, {**types, **ends, "reference": UUID})


def read_references(edges: Array) -> list[str]:
    """Return what the edges with these primary keys name, in their order."""
    found = dict(LineageEdge.objects.filter(pk__in=edges.tolist()).values_list("pk", "parent_ref"))
    return [found[pk] for pk in edges.tolist()]


@dataclass(frozen=True, slots=True)
class PageClaims:
    """What pages say: page ``i`` says ``sets[said[i]]``.

    ``is_official``: a release, because a claim of ours says so (``is_vouched``), or else because it
    is in our index of releases: ``indexed`` has that claim, and ``bare`` what is said without it.
    """

    sets: tuple[tuple[NodeClaim, ...], ...]
    said: npt.NDArray[np.int32]
    bare: npt.NDArray[np.int32]
    is_vouched: npt.NDArray[np.bool_]
    is_official: npt.NDArray[np.bool_]
    indexed: Mapping[int, NodeClaim]  # by the page's place


def read_claims(pages: Array) -> PageClaims:
    """Return the latest claim of each source for every page of ``pages`` (sorted keys)."""
    query = sql.SQL(
        "SELECT DISTINCT ON (hub_model_id, source) id, hub_model_id,"
        " md5(ROW(source, declared, license_name, license_link, flags, grade,"
        "   source_url <> '')::text)::uuid"
        " FROM registry_licenseclaim WHERE withdrawn_at IS NULL"
        " ORDER BY hub_model_id, source, seen_at DESC, id DESC"
    )
    rows = columns(query, {"pk": BIG, "page": BIG, "content": UUID})
    contents, example, content = distinct(rows["content"])
    said, members = _sets(np.searchsorted(pages, rows["page"]), content, len(pages), len(contents))
    claims = LicenseClaim.objects.in_bulk(rows["pk"][example].tolist())
    read = [claims[pk] for pk in rows["pk"][example].tolist()]
    parts = [plain_claims(node_claims(claim, show_source=False)) for claim in read]
    sets = [tuple(part for at in member for part in parts[at]) for member in members]
    vouches = [claim.source == ClaimSource.CATALOG for claim in read]
    is_vouched = np.array([any(vouches[at] for at in member) for member in members], dtype=np.bool_)
    return _with_official(pages, sets, said, is_vouched[said])


def _sets(
    page: Array, content: Array, pages: int, contents: int
) -> tuple[npt.NDArray[np.int32], list[tuple[int, ...]]]:
    """Return every page's place in a list of distinct sets of contents, and that list.

    :param page: ordered; a page's claims stand side by side
    """
    said = np.zeros(pages, dtype=np.int64)
    members: list[tuple[int, ...]] = [()]
    turn = np.arange(len(page)) - np.searchsorted(page, page)
    for at in range(int(turn.max(initial=-1)) + 1):
        now = turn == at
        key = said[page[now]] * contents + content[now]
        keys, place = np.unique(key, return_inverse=True)
        said[page[now]] = len(members) + place
        members += [(*members[k // contents], k % contents) for k in keys.tolist()]
    return said.astype(np.int32), members


def _with_official(
    pages: Array,
    sets: list[tuple[NodeClaim, ...]],
    bare: npt.NDArray[np.int32],
    is_vouched: npt.NDArray[np.bool_],
) -> PageClaims:
    """Add the index of official releases, where no claim of ours vouches for the page."""
    said, indexed = bare.copy(), {}
    for pk, claim in _indexed():
        at = int(np.searchsorted(pages, pk))
        if at < len(pages) and pages[at] == pk and not is_vouched[at]:
            indexed[at] = plain_claims((claim,))[0]
            sets.append((*sets[bare[at]], indexed[at]))
            said[at] = len(sets) - 1
    is_official = is_vouched.copy()
    is_official[list(indexed)] = True
    return PageClaims(tuple(sets), said, bare, is_vouched, is_official, indexed)


def read_replaced(pages: Array) -> dict[int, tuple[str, ...]]:
    """Return the places in ``pages`` of releases whose text was replaced, with their names."""
    names = {pk: tuple(filter(is_replaced, called)) for pk, called in _releases().items()}
    known = {pk: replaced for pk, replaced in names.items() if replaced}
    places = np.searchsorted(pages, list(known)).tolist()
    return dict(zip(places, known.values(), strict=True))


def _indexed() -> list[tuple[int, NodeClaim]]:
    """Return the pages that are official releases, with the claim that says so."""
    claims = [(pk, [*map(official_claim, called)]) for pk, called in _releases().items()]
    return [(pk, claim) for pk, found in claims for claim in [*filter(None, found)][:1]]


def _releases() -> dict[int, list[str]]:
    """Return the pages of official releases in order, with their names, former ones last."""
    called = {row.pk: [str(row)] for row in release_pages()}
    for page, before in moved_releases().items():
        called.setdefault(page, []).extend(before)
    return dict(sorted(called.items()))


def distinct(digests: Array) -> tuple[Array, Array, Array]:
    """Return the distinct of many 16-byte values, where each first stands, and each one's place."""
    halves = digests.view(np.uint64).reshape(-1, 2)
    values, example, place = np.unique(halves[:, 0], return_index=True, return_inverse=True)
    if (halves[example, 1][place] == halves[:, 1]).all():
        return values, example, place
    return np.unique(halves, axis=0, return_index=True, return_inverse=True)


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
