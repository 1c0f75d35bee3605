"""Render snapshots as rows for COPY.

Rows of a parent that is new go straight into their table; rows of a parent that is known go to a
staging table, where SQL compares them with what is stored (``ingest_sql``). Columns stand in the
order of ``ingest_sql.COLUMNS``.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TypeVar

from registry.lineage.parents import ParentClaim
from registry.models import Hub
from registry.selectors.aliases import Aliases
from registry.selectors.arrays import text_array
from registry.services.copying import NULL, flag, json, line, moment, number
from registry.services.fitness import UnfitSnapshot
from registry.services.ingest_sql import Row
from registry.snapshots import ClaimSnapshot, FileSnapshot, ModelSnapshot, VersionSnapshot

_AUTOV2 = "autov2"  # no rows: it is the first ten digits of the SHA-256

Sink = dict[Row, list[str]]
_Thing = TypeVar("_Thing")
_version_name: Callable[[VersionSnapshot], str] = attrgetter("hub_version_id")
_file_name: Callable[[FileSnapshot], str] = attrgetter("hub_file_id")
_grade: Callable[[ParentClaim], str] = attrgetter("grade")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """Primary keys of everything in a batch, known before its rows are rendered."""

    pages: Mapping[tuple[str, str], int]  # by hub and hub_model_id
    versions: Mapping[tuple[int, str], int]  # by page and hub_version_id
    artifacts: Mapping[str, int]  # by sha256
    new: Mapping[Row, Collection[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What was erased, and how it is spelt since."""

    aliases: Aliases | None = None  # none: nothing was ever erased
    references: Collection[str] = ()
    digests: Collection[str] = ()  # SHA-256

    def spell(self, edge: ParentClaim) -> tuple[str, str]:
        """Return the reference and the detail to store for an edge."""
        if self.aliases is None or edge.parent_ref not in self.references:
            return edge.parent_ref, edge.detail
        return self.aliases.of_reference(edge.parent_ref), ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """Renders one batch; reads nothing and writes nothing."""

    ids: Ids
    states: Mapping[int, tuple[str, str]]  # of the known pages: state and moved_to
    hidden: Hidden
    new: Sink = field(default_factory=lambda: defaultdict(list))
    staged: Sink = field(default_factory=lambda: defaultdict(list))

    def render(self, snapshots: Sequence[ModelSnapshot]) -> None:
        """Append the rows of ``snapshots``, each page once, to ``new`` and ``staged``.

        :raises UnfitSnapshot: if a text holds NUL or a lone surrogate
        """
        for snapshot in snapshots:
            try:
                self._page(snapshot)
            except ValueError as error:
                raise UnfitSnapshot(
                    str(error), hub=snapshot.hub, hub_model_id=snapshot.hub_model_id
                ) from error

    def _page(self, page: ModelSnapshot) -> None:
        key = self.ids.pages[page.hub, page.hub_model_id]
        page_id, at, state = str(key), moment(page.observed_at), page.state
        sink = self.new if key in self.ids.new[Row.PAGE] else self.staged
        sink[Row.PAGE].append(
            line(
                page_id,
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
            )
        )
        if self.states.get(key) != (state, page.moved_to):
            self.new[Row.STATE_CHANGE].append(line(page_id, state, page.moved_to, at))
        for claim in page.claims:
            if sink is self.staged or not _is_empty(claim):
                sink[Row.CLAIM].append(_claim_row(page_id, claim, at))
        for version in _latest(page.versions, _version_name):
            self._version(page, key, version, at)

    def _version(
        self, page: ModelSnapshot, page_id: int, version: VersionSnapshot, at: str
    ) -> None:
        key = self.ids.versions[page_id, version.hub_version_id]
        version_id = str(key)
        sink = self.new if key in self.ids.new[Row.VERSION] else self.staged
        sink[Row.VERSION].append(
            line(
                version_id,
                str(page_id),
                version.hub_version_id,
                version.name,
                version.description,
                version.base_model,
                moment(version.published_at),
                flag(version.has_complete_recipe),
                at,
            )
        )
        if version.files:
            sink[Row.FILE] += [
                self._file_row(version_id, file) for file in _latest(version.files, _file_name)
            ]
        if version.edges:
            itself = _names_of(page, version.hub_version_id)
            sink[Row.EDGE] += [
                self._edge_row(version_id, edge, at)
                for edge in _strongest(version.edges)
                if edge.parent_ref not in itself
            ]

    def _file_row(self, version_id: str, file: FileSnapshot) -> str:
        sha256 = file.sha256
        artifact = str(self.ids.artifacts[sha256]) if sha256 else NULL
        hub_file_id, filename, url = file.hub_file_id, file.filename, file.download_url
        if sha256 in self.hidden.digests and self.hidden.aliases is not None:
            hub_file_id, filename, url = (
                self.hidden.aliases.of(f"file:{hub_file_id}", unless=hub_file_id),
                "",
                "",
            )
        return line(
            version_id,
            hub_file_id,
            filename,
            number(file.size_bytes),
            file.kind,
            file.file_format,
            flag(file.is_primary),
            url,
            artifact,
        )

    def _edge_row(self, version_id: str, edge: ParentClaim, at: str) -> str:
        reference, detail = self.hidden.spell(edge)
        return line(
            version_id,
            reference,
            edge.relation,
            edge.evidence,
            edge.grade,
            number(edge.weight),
            detail,
            edge.source,
            at,
        )

    def artifacts(self, files: Mapping[str, Sequence[FileSnapshot]]) -> None:
        """Append bytes and their digests; ``files`` are the batch's listings by SHA-256."""
        ids, new = self.ids.artifacts, self.ids.new[Row.ARTIFACT]
        artifacts = self.new[Row.ARTIFACT]
        new_digests, staged_digests = self.new[Row.DIGEST], self.staged[Row.DIGEST]
        for sha256, listings in files.items():
            artifact = ids[sha256]
            digests = staged_digests
            if artifact in new:
                digests = new_digests
                artifacts.append(f"{artifact}\t{sha256}\t{number(largest(listings))}\n")
            rows = [
                f"{artifact}\t{digest.algorithm}\t{digest.value}\n"
                for file in listings
                for digest in file.digests
                if digest.algorithm != _AUTOV2
            ]
            digests += dict.fromkeys(rows)


def largest(listings: Sequence[FileSnapshot]) -> int | None:
    """Return the largest size that a listing states."""
    if len(listings) == 1:
        return listings[0].size_bytes
    return max((f.size_bytes for f in listings if f.size_bytes is not None), default=None)


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


def _is_empty(claim: ClaimSnapshot) -> bool:
    return not (claim.declared or claim.license_name or claim.license_link or claim.flags)


def _claim_row(page_id: str, claim: ClaimSnapshot, at: str) -> str:
    return line(
        page_id,
        claim.source,
        text_array(claim.declared),
        claim.license_name,
        claim.license_link,
        json(claim.flags),
        claim.grade,
        claim.source_url,
        at,
    )
