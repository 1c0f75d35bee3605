"""AUTOMATIC1111's merge recipe (``type`` "webui").

Also read for a ``type`` nobody knows: other tools fill the same keys, so their digests are read,
their arithmetic is not. Pure Python: importing this module must never import Django.

Source: facts/huggingface.md section 5 (modules/extras.py, pull request #9312). Grades:
``merge_header``.
"""

from collections.abc import Mapping
from typing import Any

from registry.lineage.recipes.loose_values import number, text
from registry.lineage.recipes.merge_dialect import (
    Dialect,
    StatedRecipe,
    baked_vae,
    described,
    slot_parents,
    with_parts,
)
from registry.lineage.recipes.shares import method_of
from registry.lineage.relations import Evidence


def _read(recipe: Mapping[str, Any]) -> StatedRecipe:
    tool = text(recipe.get("type")) or "webui"  # the first releases wrote no type
    words = text(recipe.get("interp_method")) or text(recipe.get("merge_mode"))
    stated = slot_parents(
        recipe,
        method=method_of(words) if tool == "webui" else None,
        alpha=number(recipe.get("multiplier")),
        detail=described(text(recipe.get("type")), words),
    )
    return with_parts(stated, baked_vae(recipe.get("bake_in_vae"), "bake_in_vae"))


A1111 = Dialect(frozenset({"webui"}), Evidence.HEADER_A1111, _read)
