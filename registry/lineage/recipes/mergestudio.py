"""MergeStudio's recipes: merged checkpoints of Forge Neo, and LoRAs baked by its Checkpoint Doctor.

Components (``components``) and a VAE (``baked_vae``) are bundled parts, baked LoRAs
(``baked_loras``) adapters; both are file names, unless a component has its whole SHA-256. Block
weights and a remap between model generations give no share. Pure Python: importing this module
must never import Django.

Source: facts/huggingface.md section 5 (``MergeStudio-AnimaMerge``). Grades: ``merge_header``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from registry.lineage.recipes.loose_values import mapping, number, text
from registry.lineage.recipes.merge_dialect import (
    Dialect,
    StatedParent,
    StatedRecipe,
    baked_vae,
    described,
    loras,
    slot_parents,
    with_parts,
)
from registry.lineage.recipes.recipe import MOST_PARENTS
from registry.lineage.recipes.shares import method_of
from registry.lineage.references import ReferenceKind, digest_reference
from registry.lineage.relations import Evidence, Relation


def _read(recipe: Mapping[str, Any]) -> StatedRecipe:
    words = text(recipe.get("interp_method"))
    by_block = bool(text(recipe.get("block_weights"))) or bool(recipe.get("anima_remap"))
    stated = slot_parents(
        recipe,
        method=method_of(words),
        alpha=None if by_block else number(recipe.get("multiplier")),
        beta=None if by_block else number(recipe.get("beta")),
        detail=described("MergeStudio", words, "block weights" if by_block else ""),
    )
    return with_parts(
        stated,
        [
            *loras(recipe.get("baked_loras"), strength="strength", detail="baked_loras"),
            *_components(recipe.get("components")),
            *baked_vae(recipe.get("baked_vae"), "baked_vae"),
        ],
    )


def _components(value: Any) -> Iterator[StatedParent]:
    for entry in value[:MOST_PARENTS] if isinstance(value, list) else ():
        component = mapping(entry) or {}
        digest = digest_reference(text(component.get("sha256")))
        is_sure = digest is not None and digest.kind is ReferenceKind.SHA256
        given = text(component.get("sha256" if is_sure else "name"))
        if given:
            yield StatedParent(
                given, relation=Relation.BUNDLE, detail="components", is_name=not is_sure
            )


def _read_baked_loras(recipe: Mapping[str, Any]) -> StatedRecipe:
    base, detail = text(recipe.get("base_model")), "Checkpoint Doctor LoRA bake"
    return StatedRecipe(
        parents=(
            *([StatedParent(base, 1.0, detail=detail, is_name=True)] if base else []),
            *loras(recipe.get("loras"), strength="strength", detail=detail),
            *baked_vae(recipe.get("baked_vae"), "baked_vae"),
        ),
        is_whole=bool(base),
    )


MERGESTUDIO = Dialect(frozenset({"MergeStudio-AnimaMerge"}), Evidence.HEADER_MERGESTUDIO, _read)
CHECKPOINT_DOCTOR = Dialect(
    frozenset({"CheckpointDoctor-LoRABake"}), Evidence.HEADER_MERGESTUDIO, _read_baked_loras
)
