"""kohya's training header: the model that a network or a checkpoint was trained on.

Pure Python: importing this module must never import Django.

Source: facts/huggingface.md section 5 (``ss_*`` keys of kohya-ss/sd-scripts).

Grades: a tool wrote the header, but the file's author can change it, so a SHA-256 is E4, like a
platform's flag. ``ss_sd_model_hash`` covers 64 KiB and collides (E6: a candidate); a name is E6.
``ss_base_model_version`` is not read: other trainers write a wrong one. A VAE (``ss_new_vae_hash``)
was used for training and is not in the network: no parent.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from registry.lineage.addresses import huggingface_reference
from registry.lineage.parents import ParentClaim
from registry.lineage.recipes.loose_values import text
from registry.lineage.recipes.recipe import EMPTY, Recipe
from registry.lineage.references import (
    Reference,
    ReferenceKind,
    UnreadableReference,
    digest_reference,
    path_reference,
)
from registry.lineage.relations import Evidence, Grade, Relation


def read_kohya(metadata: Mapping[str, Any], *, source: str) -> Recipe:
    """Return the base model in a file's ``__metadata__``; the surest statement only."""
    claim = trained_on(metadata, source=source)
    return EMPTY if claim is None else Recipe(edges=(claim,), complete=claim.grade.is_firm)


def trained_on(metadata: Mapping[str, Any], *, source: str) -> ParentClaim | None:
    """Return the surest statement about the model that something was trained on."""
    found = next(_statements(metadata), None)
    if found is None:
        return None
    key, reference, grade = found
    return ParentClaim(
        parent_ref=str(reference),
        relation=Relation.ADAPTER if text(metadata.get("ss_network_module")) else Relation.FINETUNE,
        evidence=Evidence.HEADER_KOHYA,
        grade=grade,
        source=f"{source}: {key}",
    )


def _statements(metadata: Mapping[str, Any]) -> Iterator[tuple[str, Reference, Grade]]:
    """Yield what the header says of the base, the surest first."""
    for key, kind, grade in (
        ("ss_new_sd_model_hash", ReferenceKind.SHA256, Grade.PLATFORM_FLAG),
        ("ss_sd_model_hash", ReferenceKind.AUTOV1, Grade.INFERRED),
    ):
        reference = digest_reference(text(metadata.get(key)))
        if reference is not None and reference.kind is kind:
            yield key, reference, grade
    name = text(metadata.get("ss_sd_model_name"))
    if name:
        try:
            yield (
                "ss_sd_model_name",
                huggingface_reference(name, bare_names=False) or path_reference(name),
                Grade.INFERRED,
            )
        except UnreadableReference:
            return
