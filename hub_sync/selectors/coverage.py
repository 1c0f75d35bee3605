"""What of each hub is mirrored, and what a mirror cannot see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from hub_sync.models import Absence, QuarantinedItem
from hub_sync.selectors.walks import last_finished_walk, unfinished_walk
from registry.models import Artifact, Hub, HubModel, LineageEdge, ModelFile

# Plain statements of fact; sources: facts/civitai.md section 1, facts/huggingface.md sections 1, 4.
BLIND_SPOTS: Mapping[str, tuple[str, ...]] = {
    Hub.CIVITAI.value: (
        "The listing never shows models flagged as real persons and hides those flagged as minors: "
        "only those that something refers to, or that were known before, are found, by id.",
        "A model that was deleted, unpublished or made private before the first walk is not here; "
        "nothing tells it from one that never existed.",
        "Only published versions are shown; drafts and scheduled versions are not.",
        "An archived model lists no files: their digests are here only if they were seen before.",
        "A file that Civitai has not scanned yet has no digests, and cannot be found by them.",
        "Licence flags are those of today: the API gives no date and no earlier value. A change is "
        "dated by the first walk that saw it.",
        "What a model was merged from is not in the API; it is read from labels and descriptions.",
    ),
    Hub.HUGGING_FACE.value: (
        "Private repositories are not read, even where an operator's token could.",
        "The files and the card's text of a gated repository are not read; its metadata is.",
        "A repository that was deleted before the first walk, or is private, answers like one that "
        "never existed; one that the Hub's staff disabled shows nothing but that.",
        "Only the main branch at its latest commit is read at each walk; weights on other branches "
        "and revisions between two walks are not.",
        "Files outside LFS carry no SHA-256.",
        "The headers inside weight files are not read by the mirror.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HubCoverage:
    """How much of one hub is mirrored."""

    hub: str
    pages: int
    pages_by_state: Mapping[str, int]
    versions_without_files: int
    files: int
    files_without_sha256: int
    open_references: int  # distinct, of this hub's pages to anything that is not mirrored
    references_the_hub_lacks: int
    quarantined: int
    last_walk_finished_at: datetime | None  # None: never walked to its end
    walk_under_way_since: datetime | None  # None: none is
    cannot_see: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much is mirrored; the sample catalogue is not counted."""

    hubs: tuple[HubCoverage, ...]
    artifacts: int


def coverage() -> Coverage:
    """Return what is mirrored of each hub but the sample."""
    hubs = [hub.value for hub in Hub if hub != Hub.SAMPLE]
    mirrored = Artifact.objects.filter(listings__version__hub_model__hub__in=hubs)
    return Coverage(
        hubs=tuple(hub_coverage(hub) for hub in hubs),
        artifacts=mirrored.order_by("pk").distinct().count(),
    )


def hub_coverage(hub: str) -> HubCoverage:
    """Return what is mirrored of one hub."""
    states = dict(
        HubModel.objects.filter(hub=hub)
        .order_by("state")
        .values_list("state")
        .annotate(pages=Count("pk"))
    )
    files = ModelFile.objects.filter(version__hub_model__hub=hub)
    versions = HubModel.objects.filter(hub=hub, versions__isnull=False, versions__files=None)
    finished, under_way = last_finished_walk(hub), unfinished_walk(hub)
    return HubCoverage(
        hub=hub,
        pages=sum(states.values()),
        pages_by_state=states,
        versions_without_files=versions.count(),
        files=files.count(),
        files_without_sha256=files.filter(artifact=None).count(),
        open_references=_open_references(hub),
        references_the_hub_lacks=Absence.objects.filter(hub=hub).count(),
        quarantined=QuarantinedItem.objects.filter(hub=hub).count(),
        last_walk_finished_at=finished.finished_at if finished else None,
        walk_under_way_since=under_way.started_at if under_way else None,
        cannot_see=BLIND_SPOTS.get(hub, ()),
    )


def _open_references(hub: str) -> int:
    edges = LineageEdge.objects.filter(
        child__hub_model__hub=hub, parent_model=None, parent_artifact=None, retracted_at=None
    )
    named = edges.exclude(parent_ref__startswith="base:")
    return named.order_by("parent_ref").values("parent_ref").distinct().count()
