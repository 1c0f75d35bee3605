"""Render a page as rows for COPY, all but the primary keys.

Keys are known only once the database was asked; the rest of a row is most of the work and depends
on nothing but the snapshot, so that another process may do it. ``keyed_rows`` puts the keys in.
Columns stand in the order of ``ingest_sql.COLUMNS``.
"""

import re
from collections.abc import Callable, Collection, Sequence
from operator import attrgetter
from typing import TypeVar

import msgspec

from registry.lineage.parents import ParentClaim
from registry.models import Hub
from registry.selectors.arrays import text_array, texts_of
from registry.services.copying import flag, json, line, moment, number, read_field
from registry.services.fitness import UnfitSnapshot, check_digests, check_fitness
from registry.snapshots import ClaimSnapshot, FileSnapshot, ModelSnapshot, VersionSnapshot

KEY = "\0"  # no text that can be stored holds it
TAGS = 8  # where they stand in a page's row
_DETAIL = 5  # where it stands in an edge's row
_CIVITAI_PAGE = re.compile(r"civitai:[0-9]+")
_AUTOV2 = "autov2"  # no rows: it is the first ten digits of the SHA-256

_Thing = TypeVar("_Thing")
_version_name: Callable[[VersionSnapshot], str] = attrgetter("hub_version_id")
_file_name: Callable[[FileSnapshot], str] = attrgetter("hub_file_id")
_grade: Callable[[ParentClaim], str] = attrgetter("grade")


class BytesRows(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one listing says about some bytes."""

    sha256: str
    size_bytes: int | None
    digests: str  # rows; where the artifact's key belongs stands ``KEY``


class VersionRows(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A version; its row begins after its own key and its page's."""

    hub_version_id: str
    row: str
    files: tuple[str, ...]  # without the keys of the version and of the bytes
    digests: tuple[str, ...]  # the SHA-256 of each file; empty where the hub gives none
    edges: tuple[str, ...]  # without the version's key and the ends
    references: tuple[str, ...]  # what each edge leads to, as it is spelt outside of COPY


class PageRows(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A page; its row begins after its key, those of its claims after the page's."""

    hub: str
    hub_model_id: str
    state: str
    moved_to: str
    observed_at: str
    row: str
    state_row: str
    claims: tuple[str, ...]
    silent_claims: tuple[str, ...]  # they state nothing: news only where something was stated
    versions: tuple[VersionRows, ...]
    bytes: tuple[BytesRows, ...]  # of every file that names them

    @property
    def key(self) -> tuple[str, str]:
        """Return what tells this page from all others."""
        return self.hub, self.hub_model_id


def rows_of(page: ModelSnapshot) -> PageRows:
    """Return what a page's rows hold.

    :raises UnfitSnapshot: if it cannot be stored
    """
    check_fitness(page)
    try:
        return _page(page)
    except UnfitSnapshot:
        raise
    except ValueError as error:  # a text holds NUL or a lone surrogate
        raise UnfitSnapshot(str(error), hub=page.hub, hub_model_id=page.hub_model_id) from error


def tags_of(row: str) -> list[str]:
    """Return the tags in a page's row."""
    return texts_of(read_field(row, TAGS))


def page_linked_in(row: str) -> str:
    """Return the Civitai page in an edge's row that links to a version of it; else nothing."""
    detail = read_field(row, _DETAIL)
    return detail if _CIVITAI_PAGE.fullmatch(detail) else ""


def _page(page: ModelSnapshot) -> PageRows:
    at, state = moment(page.observed_at), page.state.value
    versions = _latest(page.versions, _version_name)
    said = [_bytes(file) for v in page.versions for file in v.files if file.sha256]
    check_digests(page, "".join([one.digests for one in said]))
    return PageRows(
        page.hub,
        page.hub_model_id,
        state,
        page.moved_to,
        at,
        line(
            page.hub,
            page.hub_model_id,
            page.name,
            page.url,
            page.author,
            page.model_type,
            page.description,
            page.description_format,
            text_array(page.tags),
            state,
            page.moved_to,
            flag(page.is_nsfw),
            flag(page.depicts_person),
            flag(page.depicts_minor),
            flag(page.is_checkpoint),
            flag(page.looks_merged),
            at,
            at,
        ),
        line(state, page.moved_to, at),
        tuple([_claim(claim, at) for claim in page.claims if not _is_silent(claim)]),
        tuple([_claim(claim, at) for claim in page.claims if _is_silent(claim)]),
        tuple([_version(page, version, at) for version in versions]),
        tuple(said),
    )


def _version(page: ModelSnapshot, version: VersionSnapshot, at: str) -> VersionRows:
    files = _latest(version.files, _file_name)
    edges = _edges(page, version) if version.edges else ()
    return VersionRows(
        version.hub_version_id,
        line(
            version.hub_version_id,
            version.name,
            version.description,
            version.base_model,
            moment(version.published_at),
            flag(version.has_complete_recipe),
            at,
        ),
        tuple([_file(file) for file in files]),
        tuple([file.sha256 for file in files]),
        tuple([_edge(edge, at) for edge in edges]),
        tuple([edge.parent_ref for edge in edges]),
    )


def _file(file: FileSnapshot) -> str:
    return line(
        file.hub_file_id,
        file.filename,
        number(file.size_bytes),
        file.kind,
        file.file_format,
        flag(file.is_primary),
        file.download_url,
    )


def _bytes(file: FileSnapshot) -> BytesRows:
    rows = [f"{KEY}\t{d.algorithm}\t{d.value}\n" for d in file.digests if d.algorithm != _AUTOV2]
    return BytesRows(file.sha256, file.size_bytes, "".join(dict.fromkeys(rows)))


def _edges(page: ModelSnapshot, version: VersionSnapshot) -> Sequence[ParentClaim]:
    """Return the edges of a version, none of which leads to itself."""
    itself = _names_of(page, version.hub_version_id)
    return [edge for edge in _strongest(version.edges) if edge.parent_ref not in itself]


def _edge(edge: ParentClaim, at: str) -> str:
    return line(
        edge.parent_ref,
        edge.relation,
        edge.evidence,
        edge.grade,
        number(edge.weight),
        edge.detail,
        edge.source,
        at,
    )


def _latest(things: Sequence[_Thing], name_of: Callable[[_Thing], str]) -> Collection[_Thing]:
    """Return each thing once; where one comes twice, the last counts."""
    return {name_of(one): one for one in things}.values() if len(things) > 1 else things


def _strongest(edges: Sequence[ParentClaim]) -> Collection[ParentClaim]:
    """Return one edge per statement, the strongest of its kind."""
    if len(edges) == 1:
        return edges
    by_statement: dict[tuple[str, str, str], ParentClaim] = {}
    for edge in sorted(edges, key=_grade):
        by_statement.setdefault((edge.parent_ref, edge.relation, edge.evidence), edge)
    return by_statement.values()


def _names_of(page: ModelSnapshot, hub_version_id: str) -> Collection[str]:
    """Return the references by which a version would name itself or its page."""
    own = f"{page.hub}:{page.hub_model_id}"
    if page.hub == Hub.CIVITAI:
        return {own, f"civitai-version:{hub_version_id}"}
    return {own, f"{own}@{hub_version_id}"}


def _is_silent(claim: ClaimSnapshot) -> bool:
    return not (claim.declared or claim.license_name or claim.license_link or claim.flags)


def _claim(claim: ClaimSnapshot, at: str) -> str:
    return line(
        claim.source,
        text_array(claim.declared),
        claim.license_name,
        claim.license_link,
        json(claim.flags),
        claim.grade,
        claim.source_url,
        at,
    )
