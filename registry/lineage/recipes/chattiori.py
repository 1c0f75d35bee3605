"""Chattiori's merger: merged checkpoints, and LoRAs baked into a checkpoint.

``merge-models-chattiori`` stands in ``sd_merge_recipe``. ``pluslora-chattiori`` stands in
``sd_merge_models`` itself: ``checkpoint_hash``, a comma list ``lora_hash``, and one bracket of
block ratios a LoRA in ``alpha_info``. Pure Python: importing this module must never import Django.

Source: facts/huggingface.md section 5 (Faildes/Chattiori-Model-Merger, merge.py and lora_bake.py).
Grades: ``merge_header``.
"""

import re
from collections.abc import Mapping
from typing import Any

from registry.lineage.recipes.loose_values import number, text
from registry.lineage.recipes.merge_dialect import (
    Dialect,
    StatedParent,
    StatedRecipe,
    baked_vae,
    described,
    slot_parents,
    with_parts,
)
from registry.lineage.recipes.recipe import MOST_PARENTS
from registry.lineage.recipes.shares import method_of
from registry.lineage.relations import Evidence, Relation

_BRACKET = re.compile(r"\[([^\[\]]{0,2000})\]")
_LONGEST_LIST = 65 * MOST_PARENTS  # characters of a comma list of digests


def _read(recipe: Mapping[str, Any]) -> StatedRecipe:
    words = text(recipe.get("merge_method"))
    by_block = recipe.get("block_weights") in (True, "True")
    is_plain = not by_block and not text(recipe.get("calculation"))  # cosine, fine[...] and so on
    stated = slot_parents(
        recipe,
        method=method_of(words),
        alpha=number(recipe.get("alpha_info")) if is_plain else None,
        beta=number(recipe.get("beta_info")) if is_plain else None,
        detail=described("Chattiori", words, "block weights" if by_block else ""),
    )
    return with_parts(stated, baked_vae(recipe.get("bake_in_vae"), "bake_in_vae"))


def _read_baked_loras(recipe: Mapping[str, Any]) -> StatedRecipe:
    checkpoint = text(recipe.get("checkpoint_hash"))
    digests = [d.strip() for d in text(recipe.get("lora_hash"))[:_LONGEST_LIST].split(",")]
    digests = [digest for digest in digests if digest]
    info = text(recipe.get("alpha_info"))
    ratios = [_one_ratio(bracket) for bracket in _BRACKET.findall(info)]
    is_plain = len(ratios) == len(digests) and not info.startswith("DARE")
    base = [StatedParent(checkpoint, 1.0, detail="Chattiori LoRA bake")] if checkpoint else []
    return StatedRecipe(
        parents=(
            *base,
            *(
                StatedParent(digest, ratio, Relation.ADAPTER, "Chattiori LoRA bake")
                for digest, ratio in zip(
                    digests, ratios if is_plain else [None] * len(digests), strict=True
                )
            ),
        ),
        is_whole=bool(checkpoint and digests),
    )


def _one_ratio(bracket: str) -> float | None:
    """Return the ratio of a bracket whose blocks all have the same."""
    ratios = {number(ratio) for ratio in bracket.split(",")}
    return ratios.pop() if len(ratios) == 1 else None


CHATTIORI = Dialect(frozenset({"merge-models-chattiori"}), Evidence.HEADER_CHATTIORI, _read)
CHATTIORI_LORAS = Dialect(
    frozenset({"pluslora-chattiori"}), Evidence.HEADER_CHATTIORI, _read_baked_loras
)
