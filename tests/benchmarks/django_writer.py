"""The same mirror, written the way Django offers: model objects and ``bulk_create``.

It is let off what the full path also does: closing lineage edges, the walk's cursor, the audit
event, the probe for unchanged payloads and the look for erased subjects.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Model

from hub_sync.models import HubPayload
from hub_sync.services.packing import pack
from hub_sync.services.sources import PageRead
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
from registry.snapshots import FileSnapshot, ModelSnapshot, VersionSnapshot

_BATCH = 1000
_PAGE_FIELDS = (
    "hub",
    "hub_model_id",
    "name",
    "url",
    "author",
    "model_type",
    "description",
    "description_format",
    "moved_to",
    "is_nsfw",
    "depicts_person",
    "depicts_minor",
    "is_checkpoint",
    "looks_merged",
)
_FILE_FIELDS = (
    "hub_file_id",
    "filename",
    "size_bytes",
    "kind",
    "file_format",
    "is_primary",
    "download_url",
)


@dataclass(slots=True)
class Objects:
    """The unsaved rows of a page of a listing; children hold their parents."""

    pages: list[HubModel] = field(default_factory=list)
    states: list[StateChange] = field(default_factory=list)
    versions: list[ModelVersion] = field(default_factory=list)
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    digests: dict[tuple[str, str, str], ArtifactDigest] = field(default_factory=dict)
    files: list[ModelFile] = field(default_factory=list)
    claims: list[LicenseClaim] = field(default_factory=list)
    edges: dict[tuple[int, str, str, str], LineageEdge] = field(default_factory=dict)
    payloads: list[HubPayload] = field(default_factory=list)


def build(readings: Iterable[PageRead], *, at: datetime) -> Objects:
    """Make the model objects of pages that were read."""
    objects = Objects()
    for reading in readings:
        _add_page(objects, reading.snapshot, at)
        for part in reading.parts:
            objects.payloads.append(
                HubPayload(
                    hub=reading.snapshot.hub,
                    kind=part.kind,
                    external_id=reading.external_id,
                    body_sha256=part.body_sha256,
                    content_sha256=part.content_sha256,
                    body=pack(part.body),
                    revision=part.revision,
                    received_at=at,
                )
            )
    return objects


def _add_page(objects: Objects, snapshot: ModelSnapshot, at: datetime) -> None:
    page = HubModel(
        **{name: getattr(snapshot, name) for name in _PAGE_FIELDS},
        tags=list(snapshot.tags),
        state=snapshot.state.value,
        first_seen_at=at,
        changed_at=at,
    )
    objects.pages.append(page)
    objects.states.append(StateChange(hub_model=page, state=snapshot.state.value, seen_at=at))
    for claim in snapshot.claims:
        objects.claims.append(
            LicenseClaim(
                hub_model=page,
                source=claim.source.value,
                declared=list(claim.declared),
                license_name=claim.license_name,
                license_link=claim.license_link,
                flags=claim.flags,
                grade=claim.grade.value,
                source_url=claim.source_url,
                seen_at=at,
            )
        )
    for version in snapshot.versions:
        _add_version(objects, page, version, at)


def _add_version(objects: Objects, page: HubModel, snapshot: VersionSnapshot, at: datetime) -> None:
    version = ModelVersion(
        hub_model=page,
        hub_version_id=snapshot.hub_version_id,
        name=snapshot.name,
        description=snapshot.description,
        base_model=snapshot.base_model,
        published_at=snapshot.published_at,
        has_complete_recipe=snapshot.has_complete_recipe,
        first_seen_at=at,
    )
    objects.versions.append(version)
    for file in snapshot.files:
        _add_file(objects, version, file)
    for edge in snapshot.edges:
        statement = (id(version), edge.parent_ref, edge.relation.value, edge.evidence.value)
        objects.edges[statement] = LineageEdge(
            child=version,
            parent_ref=edge.parent_ref,
            relation=edge.relation.value,
            evidence=edge.evidence.value,
            grade=edge.grade.value,
            weight=edge.weight,
            detail=edge.detail,
            source=edge.source,
            seen_at=at,
        )


def _add_file(objects: Objects, version: ModelVersion, file: FileSnapshot) -> None:
    artifact = objects.artifacts.setdefault(
        file.sha256, Artifact(sha256=file.sha256, size_bytes=file.size_bytes)
    )
    for digest in file.digests:
        if digest.algorithm != "autov2":
            key = (file.sha256, digest.algorithm, digest.value)
            objects.digests[key] = ArtifactDigest(
                artifact=artifact, algorithm=digest.algorithm, value=digest.value
            )
    objects.files.append(
        ModelFile(
            version=version,
            artifact=artifact,
            **{name: getattr(file, name) for name in _FILE_FIELDS},
        )
    )


@transaction.atomic
def write(objects: Objects) -> None:
    """Insert or update every row by its natural key, parents first."""
    _upsert(objects.pages, "hub", "hub_model_id")
    _insert(objects.states)
    _upsert(objects.versions, "hub_model", "hub_version_id")
    _upsert(list(objects.artifacts.values()), "sha256")
    for digest in objects.digests.values():
        digest.artifact_id = digest.artifact.pk
    _insert(list(objects.digests.values()), ignore_conflicts=True)  # no column to update
    _upsert(objects.files, "version", "hub_file_id", "artifact")
    _insert(objects.claims)
    _upsert(list(objects.edges.values()), "child", "parent_ref", "evidence", "relation")
    _upsert(objects.payloads, "hub", "external_id", "kind")


def _insert(rows: Sequence[Model], *, ignore_conflicts: bool = False) -> None:
    if rows:
        manager = type(rows[0])._default_manager
        manager.bulk_create(rows, batch_size=_BATCH, ignore_conflicts=ignore_conflicts)


def _upsert(rows: Sequence[Model], *natural_key: str) -> None:
    if not rows:
        return
    fields = [f.name for f in rows[0]._meta.concrete_fields if not f.primary_key]
    type(rows[0])._default_manager.bulk_create(
        rows,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=natural_key,
        update_fields=[name for name in fields if name not in natural_key],
    )
