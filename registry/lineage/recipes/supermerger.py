"""sd-webui-supermerger: recipes of merged checkpoints, and of merged LoRAs.

Checkpoints: ``model_a``, ``model_b``, ``model_c`` are digests; the third is written whatever the
mode. Block weights (``mbw``), elemental merges and any ``calcmode`` but "normal" give no share.

LoRAs: ``sshs_cp0``, ``sshs_cp1``, ... each hold one LoRA's own header with ``sshs_ratio`` and
``sshs_blocks`` added. A LoRA is known by its name only (E6, a search; ``sshs_model_hash`` is no
digest of a file); the base that it was trained on, by SHA-256, is one the result adapts too (E4).
Pure Python: importing this module must never import Django.

Source: facts/huggingface.md section 5 (scripts/mergers/mergers.py, pluslora.py). Grades of
checkpoint recipes: ``merge_header``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from registry.lineage.parents import ParentClaim
from registry.lineage.recipes.kohya import trained_on
from registry.lineage.recipes.loose_values import mapping, number, text
from registry.lineage.recipes.merge_dialect import Dialect, StatedRecipe, described, slot_parents
from registry.lineage.recipes.recipe import EMPTY, MOST_PARENTS, Recipe, distinct
from registry.lineage.recipes.searches import searches
from registry.lineage.recipes.shares import Method
from registry.lineage.relations import Evidence, Relation

_MODES = (  # in the order in which the tool looks for them in its mode
    ("Add", Method.ADD_DIFFERENCE),
    ("Triple", Method.TRIPLE_SUM),
    ("Twice", Method.SUM_TWICE),
    ("Weight", Method.WEIGHTED_SUM),
)
_LONGEST_BLOCKS = 1000  # characters
_COPY = re.compile(r"sshs_cp[0-9]{1,4}", re.ASCII)


def _read(recipe: Mapping[str, Any]) -> StatedRecipe:
    mode, calculation = text(recipe.get("mode")), text(recipe.get("calcmode")) or "normal"
    by_block = recipe.get("mbw") in (True, "True") or _is_set(recipe.get("elemental_merge"))
    is_plain = calculation == "normal" and not by_block
    name = mode.partition(":")[0]
    return slot_parents(
        recipe,
        method=next((method for word, method in _MODES if word in mode), None),
        alpha=number(recipe.get("base_alpha")) if is_plain else None,
        beta=number(recipe.get("base_beta")) if is_plain else None,
        detail=described(
            "supermerger",
            name,
            "" if calculation == "normal" else calculation,
            "block weights" if by_block else "",
        ),
        slots=("model_a", "model_b", "model_c"),
    )


SUPERMERGER = Dialect(frozenset({"sd-webui-supermerger"}), Evidence.HEADER_SUPERMERGER, _read)


def _is_set(value: Any) -> bool:
    """Return whether a setting, written as a text or a list of texts, says anything."""
    return any(text(item) for item in value) if isinstance(value, list) else bool(text(value))


def read_lora_merge(metadata: Mapping[str, Any], *, source: str) -> Recipe:
    """Return the LoRAs that a merged LoRA's header holds copies of; never complete."""
    copies = [key for key in metadata if isinstance(key, str) and _COPY.fullmatch(key)]
    if not copies:
        return EMPTY
    claims: list[ParentClaim] = []
    problems: list[str] = []
    for key in copies[:MOST_PARENTS]:
        header = mapping(metadata[key])
        if header is None:
            problems.append(f"{key} is not a JSON object.")
        else:
            claims += _of_copy(header, f"{source}: {key}")
    return Recipe(edges=distinct(claims), problems=tuple(problems))


def _of_copy(header: Mapping[str, Any], source: str) -> Iterator[ParentClaim]:
    ratio, blocks = number(header.get("sshs_ratio")), text(header.get("sshs_blocks"))
    is_plain = all(number(block) == 1 for block in blocks[:_LONGEST_BLOCKS].split(",") if blocks)
    yield from searches(
        text(header.get("ss_output_name")),
        relation=Relation.MERGE,
        evidence=Evidence.HEADER_SUPERMERGER,
        source=source,
        weight=ratio if is_plain else None,
        detail="supermerger LoRA" + ("" if is_plain else " block weights"),
    )
    base = trained_on(header, source=source)
    if base is not None:
        yield msgspec.structs.replace(
            base,
            relation=Relation.ADAPTER,
            evidence=Evidence.HEADER_SUPERMERGER,
            detail="the base of a merged LoRA",
        )
