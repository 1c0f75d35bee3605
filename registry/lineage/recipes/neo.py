"""Forge Neo's merge recipe (``type`` "Neo"): AUTOMATIC1111's keys, other spellings of the methods.

How Neo nests what its parents were made from is read in ``merge_header``. Pure Python: importing
this module must never import Django.

Source: facts/huggingface.md section 5 (sd-webui-forge-neo, modules/extras.py). Grades:
``merge_header``.
"""

from collections.abc import Mapping
from typing import Any

from registry.lineage.recipes.loose_values import number, text
from registry.lineage.recipes.merge_dialect import Dialect, StatedRecipe, described, slot_parents
from registry.lineage.recipes.shares import method_of
from registry.lineage.relations import Evidence


def _read(recipe: Mapping[str, Any]) -> StatedRecipe:
    words = text(recipe.get("interp_method"))
    return slot_parents(
        recipe,
        method=method_of(words),
        alpha=number(recipe.get("multiplier")),
        detail=described("Neo", words),
    )


NEO = Dialect(frozenset({"Neo"}), Evidence.HEADER_NEO, _read)
