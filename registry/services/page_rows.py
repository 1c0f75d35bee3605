"""Render snapshots as rows for COPY.

Rows of a parent that is new go straight into their table; rows of a parent that is known go to a
staging table, where SQL compares them with what is stored (``ingest_sql``). Columns stand in the
order of ``ingest_sql.COLUMNS``.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from registry.lineage.parents import ParentClaim
from registry.models import Hub
from registry.selectors.aliases import Aliases
from registry.services.copying import NULL, flag, json, moment, number, text, texts
from registry.services.fitness import UnfitSnapshot
from registry.services.ingest_sql import Row
from registry.snapshots import ClaimSnapshot, FileSnapshot, ModelSnapshot, VersionSnapshot

_AUTOV2 = "autov2"  # no rows: it is the first ten digits of the SHA-256

Sink = dict[Row, list[str]]


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

    def spell(self, edge: ParentClaim) -> tuple[str, str, str]:
        """Return the reference, the detail and the source (a tag spells the name) of an edge."""
        if self.aliases is None or edge.parent_ref not in self.references:
            return edge.parent_ref, edge.detail, edge.source
        return self.aliases.of_reference(edge.parent_ref), "", ""


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
        page_id = self.ids.pages[page.hub, page.hub_model_id]
        sink = self.new if page_id in self.ids.new[Row.PAGE] else self.staged
        at = moment(page.observed_at)
        moved_to = text(page.moved_to)
        sink[Row.PAGE].append(
            f"{page_id}\t{page.hub}\t{text(page.hub_model_id)}\t{text(page.name)}"
            f"\t{text(page.url)}\t{text(page.author)}\t{text(page.model_type)}"
            f"\t{text(page.description)}\t{page.description_format}\t{texts(page.tags)}"
            f"\t{page.state.value}\t{moved_to}\t{flag(page.is_nsfw)}\t{flag(page.depicts_person)}"
            f"\t{flag(page.depicts_minor)}\t{flag(page.is_checkpoint)}\t{flag(page.looks_merged)}"
            f"\t{at}\t{at}\n"
        )
        if self.states.get(page_id) != (page.state.value, page.moved_to):
            self.new[Row.STATE_CHANGE].append(f"{page_id}\t{page.state.value}\t{moved_to}\t{at}\n")
        for claim in page.claims:
            if sink is self.staged or not _is_empty(claim):
                sink[Row.CLAIM].append(_claim_row(page_id, claim, at))
        for version in {v.hub_version_id: v for v in page.versions}.values():
            self._version(page, page_id, version, at)

    def _version(
        self, page: ModelSnapshot, page_id: int, version: VersionSnapshot, at: str
    ) -> None:
        version_id = self.ids.versions[page_id, version.hub_version_id]
        sink = self.new if version_id in self.ids.new[Row.VERSION] else self.staged
        sink[Row.VERSION].append(
            f"{version_id}\t{page_id}\t{text(version.hub_version_id)}\t{text(version.name)}"
            f"\t{text(version.description)}\t{text(version.base_model)}"
            f"\t{moment(version.published_at)}\t{flag(version.has_complete_recipe)}\t{at}\n"
        )
        files = sink[Row.FILE]
        for file in {f.hub_file_id: f for f in version.files}.values():
            files.append(self._file_row(version_id, file))
        self._edges(sink, page, (version.hub_version_id, version_id), version.edges, at)

    def _file_row(self, version_id: int, file: FileSnapshot) -> str:
        artifact = NULL if not file.sha256 else str(self.ids.artifacts[file.sha256])
        hub_file_id, filename, url = file.hub_file_id, file.filename, file.download_url
        if file.sha256 in self.hidden.digests and self.hidden.aliases is not None:
            hub_file_id, filename, url = (
                self.hidden.aliases.of(f"file:{hub_file_id}", unless=hub_file_id),
                "",
                "",
            )
        return (
            f"{version_id}\t{text(hub_file_id)}\t{text(filename)}\t{number(file.size_bytes)}"
            f"\t{text(file.kind)}\t{text(file.file_format)}\t{flag(file.is_primary)}"
            f"\t{text(url)}\t{artifact}\n"
        )

    def _edges(
        self,
        sink: Sink,
        page: ModelSnapshot,
        version: tuple[str, int],
        edges: Sequence[ParentClaim],
        at: str,
    ) -> None:
        """Append one row per statement, the strongest of its kind; a page names not itself."""
        if not edges:
            return
        itself = _names_of(page, version[0])
        by_statement: dict[tuple[str, str, str], ParentClaim] = {}
        for edge in sorted(edges, key=lambda edge: edge.grade.value):
            if edge.parent_ref not in itself:
                statement = (edge.parent_ref, edge.relation.value, edge.evidence.value)
                by_statement.setdefault(statement, edge)
        for edge in by_statement.values():
            reference, detail, source = self.hidden.spell(edge)
            sink[Row.EDGE].append(
                f"{version[1]}\t{text(reference)}\t{edge.relation.value}\t{edge.evidence.value}"
                f"\t{edge.grade.value}\t{number(edge.weight)}\t{text(detail)}\t{text(source)}"
                f"\t{at}\n"
            )

    def artifacts(self, files: Mapping[str, Sequence[FileSnapshot]]) -> None:
        """Append bytes and their digests; ``files`` are the batch's listings by SHA-256."""
        for sha256, listings in files.items():
            artifact = self.ids.artifacts[sha256]
            sink = self.staged
            if artifact in self.ids.new[Row.ARTIFACT]:
                sink = self.new
                sink[Row.ARTIFACT].append(f"{artifact}\t{sha256}\t{number(largest(listings))}\n")
            digests = sink[Row.DIGEST]
            for digest in dict.fromkeys(d for file in listings for d in file.digests):
                if digest.algorithm != _AUTOV2:
                    digests.append(f"{artifact}\t{digest.algorithm}\t{digest.value}\n")


def largest(listings: Sequence[FileSnapshot]) -> int | None:
    """Return the largest size that a listing states."""
    return max((f.size_bytes for f in listings if f.size_bytes is not None), default=None)


def _names_of(page: ModelSnapshot, hub_version_id: str) -> Collection[str]:
    """Return the references by which a version would name itself or its page."""
    own = f"{page.hub}:{page.hub_model_id}"
    if page.hub == Hub.CIVITAI:
        return {own, f"civitai-version:{hub_version_id}"}
    return {own, f"{own}@{hub_version_id}"}


def _is_empty(claim: ClaimSnapshot) -> bool:
    return not (claim.declared or claim.license_name or claim.license_link or claim.flags)


def _claim_row(page_id: int, claim: ClaimSnapshot, at: str) -> str:
    return (
        f"{page_id}\t{claim.source.value}\t{texts(claim.declared)}\t{text(claim.license_name)}"
        f"\t{text(claim.license_link)}\t{json(claim.flags)}\t{claim.grade.value}"
        f"\t{text(claim.source_url)}\t{at}\n"
    )
