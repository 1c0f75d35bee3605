"""What a Civitai page says about where a version came from.

Pure Python: importing this module must never import Django.

Source: facts/civitai.md sections 2 and 4; facts/license_terms.md section 4 (edge kinds).
"""

from functools import lru_cache

from registry.lineage.descriptions import read_description
from registry.lineage.parents import ParentClaim
from registry.lineage.references import UnreadableReference, base_label_reference
from registry.lineage.relations import Evidence, Grade, Relation

_CHECKPOINTS = frozenset({"Checkpoint", "UNet", "LLM", "VisionLanguage"})
_ADAPTERS = frozenset(
    {
        "AestheticGradient",
        "Controlnet",
        "DoRA",
        "Hypernetwork",
        "LORA",
        "LoCon",
        "MotionModule",
        "TextualInversion",
    }
)
_NO_BASE = frozenset({"", "other", "upscaler", "odor", "lens"})  # labels that name no model


def is_checkpoint(model_type: str) -> bool:
    """Return whether a page of this type holds whole models, which may be merges unsaid."""
    return model_type in _CHECKPOINTS


def edges_of(
    *,
    model_id: str,
    version_id: str,
    model_type: str,
    base_model: str,
    model_description: str,
    version_description: str,
) -> tuple[ParentClaim, ...]:
    """Return every parent a version's label and texts name, itself excepted.

    The page's own description speaks for each of its versions.
    """
    label = _label_edge(model_type, base_model)
    if not model_description and not version_description:
        return label
    where = f"https://civitai.com/models/{model_id}"
    claims = [
        *label,
        *read_description(
            version_description,
            source=f"{where}?modelVersionId={version_id}: version description",
        ),
        *read_description(model_description, source=f"{where}: description"),
    ]
    own = {f"civitai:{model_id}", f"civitai-version:{version_id}"}
    distinct: dict[tuple[str, Evidence, Relation], ParentClaim] = {}
    for claim in claims:
        if claim.parent_ref not in own:
            distinct.setdefault((claim.parent_ref, claim.evidence, claim.relation), claim)
    return tuple(distinct.values())


@lru_cache(maxsize=1024)  # a hub has about a hundred labels and twenty types
def _label_edge(model_type: str, base_model: str) -> tuple[ParentClaim, ...]:
    """Return the edge of the base-model label.

    A checkpoint was made from its base, an adapter was trained for it; anything else (a VAE, an
    upscaler, a workflow) only runs beside it.
    """
    label = base_model.strip()
    if label.lower() in _NO_BASE:
        return ()
    try:
        reference = base_label_reference(label)
    except UnreadableReference:
        return ()
    relation = Relation.RUNTIME
    if is_checkpoint(model_type):
        relation = Relation.FINETUNE
    elif model_type in _ADAPTERS:
        relation = Relation.ADAPTER
    return (
        ParentClaim(
            parent_ref=str(reference),
            relation=relation,
            evidence=Evidence.BASE_LABEL,
            grade=Grade.PLATFORM_FLAG,
            source="baseModel",
        ),
    )
