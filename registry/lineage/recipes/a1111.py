"""AUTOMATIC1111's merge header: ``sd_merge_recipe`` and ``sd_merge_models``.

Other tools write the same keys under another ``type``; their hashes are read, their arithmetic is
not. Pure Python: importing this module must never import Django.

Source: facts/huggingface.md section 5 (modules/extras.py, pull request #9312).

Grades: the header's hashes are E4 (a tool wrote them, the author can change them). A model that is
only listed, without a recipe, may be a grandparent: E6. A baked-in VAE is a name: E6.
"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from registry.lineage.parents import ParentClaim
from registry.lineage.recipes.recipe import EMPTY, LONGEST_DETAIL, Recipe, distinct
from registry.lineage.references import (
    ReferenceKind,
    UnreadableReference,
    clean_words,
    digest_reference,
    path_reference,
)
from registry.lineage.relations import Evidence, Grade, Relation

LONGEST_JSON = 4_000_000  # characters; grandparents are flattened in, so it grows
MOST_LISTED = 200
PARENT_KEYS = ("primary_model_hash", "secondary_model_hash", "tertiary_model_hash")


def read_a1111(metadata: Mapping[str, Any], *, source: str) -> Recipe:
    """Return the parents in a file's ``__metadata__``; complete if every one has a SHA-256."""
    recipe = _json_object(metadata.get("sd_merge_recipe"))
    if recipe is None:
        edges = distinct(list(_listed(metadata, source)))
        problem = "sd_merge_recipe is not a JSON object." if "sd_merge_recipe" in metadata else ""
        return Recipe(edges=edges, problems=(problem,) if problem else ())
    given = [key for key in PARENT_KEYS if recipe.get(key)]
    claims = [claim for key in given if (claim := _parent(recipe, key, source)) is not None]
    if not given:
        return EMPTY
    sure = [claim for claim in claims if claim.grade.is_firm]
    return Recipe(
        edges=distinct([*claims, *_baked_vae(recipe, source)]),
        complete=len(sure) == len(given) and not list(_baked_vae(recipe, source)),
    )


def _parent(recipe: Mapping[str, Any], key: str, source: str) -> ParentClaim | None:
    reference = digest_reference(str(recipe[key]))
    if reference is None:
        return None
    is_sure = reference.kind is ReferenceKind.SHA256
    return ParentClaim(
        parent_ref=str(reference),
        relation=Relation.MERGE,
        evidence=Evidence.HEADER_A1111,
        grade=Grade.PLATFORM_FLAG if is_sure else Grade.INFERRED,
        source=f"{source}: sd_merge_recipe",
        weight=_weight(recipe, key),
        detail=_method(recipe),
    )


def _weight(recipe: Mapping[str, Any], key: str) -> float | None:
    """Return the share of one parent: A(1-M) + BM, or A + (B-C)M (modules/extras.py)."""
    multiplier = _finite(recipe.get("multiplier"))
    if recipe.get("type", "webui") != "webui" or multiplier is None:
        return None
    match recipe.get("interp_method"), key:
        case "Weighted sum", "primary_model_hash":
            return 1 - multiplier
        case "Add difference", "primary_model_hash":
            return 1.0
        case "Weighted sum" | "Add difference", "secondary_model_hash":
            return multiplier
        case "Add difference", "tertiary_model_hash":
            return -multiplier
    return None


def _finite(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _method(recipe: Mapping[str, Any]) -> str:
    words = (recipe.get("type"), recipe.get("interp_method") or recipe.get("merge_mode"))
    text = " ".join(word for word in words if isinstance(word, str))
    return clean_words(text[: 2 * LONGEST_DETAIL])[:LONGEST_DETAIL]


def _baked_vae(recipe: Mapping[str, Any], source: str) -> Iterator[ParentClaim]:
    name = recipe.get("bake_in_vae")
    if not isinstance(name, str) or name.strip().lower() in {"", "none"}:
        return
    try:
        reference = path_reference(name)
    except UnreadableReference:
        return
    yield ParentClaim(
        parent_ref=str(reference),
        relation=Relation.BUNDLE,
        evidence=Evidence.HEADER_A1111,
        grade=Grade.INFERRED,
        source=f"{source}: sd_merge_recipe bake_in_vae",
    )


def _listed(metadata: Mapping[str, Any], source: str) -> Iterator[ParentClaim]:
    models = _json_object(metadata.get("sd_merge_models")) or {}
    for digest in list(models)[:MOST_LISTED]:
        reference = digest_reference(digest)
        if reference is not None and reference.kind is ReferenceKind.SHA256:
            yield ParentClaim(
                parent_ref=str(reference),
                relation=Relation.MERGE,
                evidence=Evidence.HEADER_A1111,
                grade=Grade.INFERRED,
                source=f"{source}: sd_merge_models",
                detail="parent or grandparent: the header has no recipe",
            )


def _json_object(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, str) or len(value) > LONGEST_JSON:
        return None
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
