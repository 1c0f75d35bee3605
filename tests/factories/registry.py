"""Rows and snapshots for tests: plain functions, every argument optional, every default valid."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from registry.lineage.parents import ParentClaim
from registry.lineage.relations import Evidence, Grade, Relation
from registry.models import (
    Artifact,
    ArtifactDigest,
    HubModel,
    LicenseClaim,
    LineageEdge,
    ModelFile,
    ModelVersion,
    StateChange,
)
from registry.snapshots import (
    ClaimSnapshot,
    ClaimSource,
    FileSnapshot,
    ModelSnapshot,
    PageState,
    VersionSnapshot,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)

_number = count(1)


def sha256_of(number: int) -> str:
    """Return a SHA-256 spelling that is different for every number."""
    return f"{number:08x}" * 8


def make_page(
    *,
    hub: str = "civitai",
    hub_model_id: str = "",
    name: str = "",
    state: PageState = PageState.LISTED,
    **fields: Any,
) -> HubModel:
    """A page that exists, with the state change that says since when."""
    number = next(_number)
    identity = hub_model_id or (str(number) if hub == "civitai" else f"org/model-{number}")
    page = HubModel.objects.create(
        hub=hub,
        hub_model_id=identity,
        name=name or f"model {number}",
        state=state.value,
        **{
            "url": f"https://{hub}.example/{identity}",
            "first_seen_at": NOW,
            "changed_at": NOW,
            **fields,
        },
    )
    StateChange.objects.create(hub_model=page, state=state.value, seen_at=NOW)
    return page


def make_version(
    *, page: HubModel | None = None, hub_version_id: str = "", name: str = "", **fields: Any
) -> ModelVersion:
    """A version, on a page of its own unless ``page`` is given."""
    number = next(_number)
    return ModelVersion.objects.create(
        hub_model=page or make_page(),
        hub_version_id=hub_version_id or str(number),
        name=name or f"version {number}",
        **{"first_seen_at": NOW, **fields},
    )


def make_artifact(
    *, sha256: str = "", size_bytes: int | None = 1, digests: Mapping[str, str] | None = None
) -> Artifact:
    """Bytes; ``digests`` maps an algorithm to the value one listing gave."""
    artifact = Artifact.objects.create(
        sha256=sha256 or sha256_of(next(_number)), size_bytes=size_bytes
    )
    for algorithm, value in (digests or {}).items():
        ArtifactDigest.objects.create(artifact=artifact, algorithm=algorithm, value=value)
    return artifact


def make_file(
    *,
    version: ModelVersion | None = None,
    artifact: Artifact | None = None,
    filename: str = "model.safetensors",
    **fields: Any,
) -> ModelFile:
    """A listed file; without ``artifact`` the hub gives no SHA-256 for it."""
    return ModelFile.objects.create(
        version=version or make_version(),
        artifact=artifact,
        filename=filename,
        **{"hub_file_id": str(next(_number)), **fields},
    )


def make_claim(
    *,
    page: HubModel | None = None,
    declared: Sequence[str] = (),
    flags: Mapping[str, Any] | None = None,
    source: ClaimSource | None = None,
    grade: Grade | None = None,
    seen_at: datetime = NOW,
    **fields: Any,
) -> LicenseClaim:
    """A licence claim: Civitai's flags when ``flags`` is given, else a card's tag."""
    return LicenseClaim.objects.create(
        hub_model=page or make_page(),
        source=(source or (ClaimSource.CARD if flags is None else ClaimSource.FLAGS)).value,
        declared=list(declared),
        flags=dict(flags or {}),
        grade=(grade or (Grade.TAG if flags is None else Grade.PLATFORM_FLAG)).value,
        seen_at=seen_at,
        **fields,
    )


def make_edge(
    *,
    child: ModelVersion | None = None,
    parent: ModelVersion | HubModel | Artifact | None = None,
    parent_ref: str = "",
    relation: Relation = Relation.MERGE,
    evidence: Evidence = Evidence.CARD_BASE_MODEL,
    grade: Grade = Grade.TAG,
    **fields: Any,
) -> LineageEdge:
    """An edge, closed at ``parent`` if one is given, else open."""
    ends, reference = _ends(parent)
    return LineageEdge.objects.create(
        child=child or make_version(),
        parent_ref=parent_ref or reference,
        relation=relation.value,
        evidence=evidence.value,
        grade=grade.value,
        **{"source": "README.md: base_model", "seen_at": NOW, **ends, **fields},
    )


def _ends(parent: ModelVersion | HubModel | Artifact | None) -> tuple[dict[str, Any], str]:
    if isinstance(parent, ModelVersion):
        page = parent.hub_model
        reference = (
            f"civitai-version:{parent.hub_version_id}"
            if page.hub == "civitai"
            else f"{page.hub}:{page.hub_model_id}@{parent.hub_version_id}"
        )
        return {"parent_model": page, "parent_version": parent}, reference
    if isinstance(parent, HubModel):
        return {"parent_model": parent}, f"{parent.hub}:{parent.hub_model_id}"
    if isinstance(parent, Artifact):
        return {"parent_artifact": parent}, f"sha256:{parent.sha256}"
    return {}, f"civitai:{900_000_000 + next(_number)}"


def file_snapshot(**fields: Any) -> FileSnapshot:
    """One listed file with bytes of its own."""
    number = next(_number)
    return FileSnapshot(
        **{
            "hub_file_id": str(number),
            "filename": f"{number}.safetensors",
            "size_bytes": number,
            "sha256": sha256_of(number),
            **fields,
        }
    )


def edge_snapshot(parent_ref: str, **fields: Any) -> ParentClaim:
    """A statement that something was merged from ``parent_ref``."""
    return ParentClaim(
        **{
            "parent_ref": parent_ref,
            "relation": Relation.MERGE,
            "evidence": Evidence.CARD_BASE_MODEL,
            "grade": Grade.TAG,
            "source": "README.md: base_model",
            **fields,
        }
    )


def claim_snapshot(*declared: str, **fields: Any) -> ClaimSnapshot:
    """A card's licence tag."""
    return ClaimSnapshot(**{"source": ClaimSource.CARD, "declared": declared, **fields})


def version_snapshot(**fields: Any) -> VersionSnapshot:
    """A version without files."""
    number = next(_number)
    return VersionSnapshot(**{"hub_version_id": str(number), "name": f"version {number}", **fields})


def model_snapshot(**fields: Any) -> ModelSnapshot:
    """A listed Civitai page without versions."""
    identity = str(fields.get("hub_model_id") or next(_number))
    hub = fields.get("hub", "civitai")
    return ModelSnapshot(
        **{
            "hub": hub,
            "hub_model_id": identity,
            "name": f"model {identity}",
            "url": f"https://{hub}.example/{identity}",
            "observed_at": NOW,
            **fields,
        }
    )
