"""Readings of headers for tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from registry.fingerprints.architecture_values import Architecture
from registry.fingerprints.model_file import FileFacts, FileFinding, FileFormat, TensorFact
from registry.inspection.inspected import Inspected
from registry.lineage.parents import AncestorClaim, ParentClaim
from registry.lineage.recipes.recipe import Recipe
from registry.lineage.relations import Evidence, Grade, Relation
from registry.models import Artifact, FetchRequest, Wanted
from registry.services.fetch_requests import Lease, lease_requests
from registry.services.inspections import HeaderRead, store_headers


def parent_claim(parent_ref: str, **fields: Any) -> ParentClaim:
    """An A1111 merge's parent by its SHA-256."""
    return ParentClaim(
        **{
            "parent_ref": parent_ref,
            "relation": Relation.MERGE,
            "evidence": Evidence.HEADER_A1111,
            "grade": Grade.PLATFORM_FLAG,
            "source": "header: sd_merge_recipe",
            **fields,
        }
    )


def ancestor_claim(child_ref: str, parent_ref: str, **fields: Any) -> AncestorClaim:
    """What a header tells of another file."""
    claim = parent_claim(parent_ref, **{"grade": Grade.PROSE, **fields})
    return AncestorClaim(child_ref=child_ref, claim=claim)


def inspected(
    *,
    metadata: Mapping[str, str] | None = None,
    edges: Sequence[ParentClaim] = (),
    ancestry: Sequence[AncestorClaim] = (),
    complete: bool = False,
    findings: Sequence[FileFinding] = (),
) -> Inspected:
    """A safetensors checkpoint of one tensor."""
    return Inspected(
        facts=FileFacts(
            format=FileFormat.SAFETENSORS,
            size_bytes=100,
            header_bytes=80,
            tensors=(TensorFact("weight", "F16", (2, 5)),),
            metadata=dict(metadata or {}),
        ),
        architecture=Architecture(kind="checkpoint", family="sd1", role="full"),
        recipe=Recipe(edges=tuple(edges), ancestry=tuple(ancestry), complete=complete),
        findings=tuple(findings),
    )


def lease_for(artifact: Artifact, *, hub: str = "civitai") -> Lease:
    """A request for an artifact's header, leased."""
    now = timezone.now()
    FetchRequest.objects.get_or_create(
        artifact=artifact,
        wanted=Wanted.HEADER.value,
        defaults={"hub": hub, "requested_at": now, "due_at": now},
    )
    FetchRequest.objects.filter(artifact=artifact).update(
        state="waiting", finished_at=None, due_at=now, leased_until=None
    )
    return next(one for one in lease_requests(hub=hub, limit=100) if one.artifact == artifact.pk)


def read_header(artifact: Artifact, result: Inspected, *, header: bytes = b"{}") -> HeaderRead:
    """A request fulfilled."""
    lease = lease_for(artifact)
    return HeaderRead(lease=lease, inspected=result, header=header, hub="civitai", bytes_read=90)


def keep_header(artifact: Artifact, result: Inspected, *, header: bytes = b"{}") -> None:
    """Store what was read of an artifact's header."""
    store_headers(read=[read_header(artifact, result, header=header)], by="job:inspect")
