"""Tables of the registry: import them from here."""

from registry.models.artifact import Artifact, ArtifactDigest, ModelFile
from registry.models.audit import AuditEvent, AuditText, SubjectKey
from registry.models.claims import EdgeLapse, LicenseClaim, LineageEdge
from registry.models.hub_model import Hub, HubModel, ModelVersion, StateChange
from registry.models.inspection import (
    FetchRequest,
    FetchState,
    HeaderInspection,
    HeaderStatement,
    Wanted,
)
from registry.models.intervention import Intervention, InterventionKind
from registry.models.rights import RightsChunk, RightsEpoch, RightsKind, RightsRow
from registry.models.tensors import ArtifactTensors

__all__ = [
    "Artifact",
    "ArtifactDigest",
    "ArtifactTensors",
    "AuditEvent",
    "AuditText",
    "EdgeLapse",
    "FetchRequest",
    "FetchState",
    "HeaderInspection",
    "HeaderStatement",
    "Hub",
    "HubModel",
    "Intervention",
    "InterventionKind",
    "LicenseClaim",
    "LineageEdge",
    "ModelFile",
    "ModelVersion",
    "RightsChunk",
    "RightsEpoch",
    "RightsKind",
    "RightsRow",
    "StateChange",
    "SubjectKey",
    "Wanted",
]
