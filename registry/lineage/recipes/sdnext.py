"""SD.Next's merge recipe (``type`` "SDNext"): ``merge_mode``, ``alpha``, ``beta``.

A preset or a list of block weights in ``alpha`` gives no share. SD.Next writes a null digest for a
model whose digest it had not computed yet: such a recipe is not whole. Pure Python: importing this
module must never import Django.

Source: facts/huggingface.md section 5 (vladmandic/automatic, modules/extras.py). Grades:
``merge_header``.
"""

from collections.abc import Mapping
from typing import Any

from registry.lineage.recipes.loose_values import number, text
from registry.lineage.recipes.merge_dialect import Dialect, StatedRecipe, described, slot_parents
from registry.lineage.recipes.shares import method_of
from registry.lineage.relations import Evidence


def _read(recipe: Mapping[str, Any]) -> StatedRecipe:
    mode = text(recipe.get("merge_mode"))
    return slot_parents(
        recipe,
        method=method_of(mode),
        alpha=number(recipe.get("alpha")),
        beta=number(recipe.get("beta")),
        detail=described("SDNext", mode),
    )


SDNEXT = Dialect(frozenset({"SDNext"}), Evidence.HEADER_SDNEXT, _read)
