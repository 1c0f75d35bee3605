"""Tell apart what an author may hand over, and read the recipes among it.

Pure Python: importing this module must never import Django.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NoReturn

from registry.licensing.plan_file import UnreadablePlan
from registry.lineage.recipes.headers import read_header
from registry.lineage.recipes.mergekit import STRUCTURES, read_mergekit
from registry.lineage.recipes.recipe import Recipe
from registry.lineage.yaml_values import UnreadableYaml, read_yaml

LONGEST_PLAN = 500_000  # characters
_HEADER_KEYS = ("sd_merge_recipe", "sd_merge_models", "mecha_recipe", "ss_new_sd_model_hash")
_WRAPPER = "__metadata__"


class Format(StrEnum):
    """What was handed over."""

    PLAN = "plan"
    SCENARIO = "scenario"
    MERGEKIT = "mergekit"
    METADATA = "metadata"


def read_value(text: str) -> dict[str, Any]:
    """Return the JSON or YAML object in ``text``; several mergekit documents as their last one.

    :raises UnreadablePlan: if it is no object, or too long
    :raises UnreadableYaml: if it is YAML that we are not willing to read
    """
    if len(text) > LONGEST_PLAN:
        raise UnreadablePlan(f"plan: longer than {LONGEST_PLAN} characters is not read.")
    value = _json(text) if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")) else _yaml(text)
    if not isinstance(value, dict):
        raise UnreadablePlan('plan: write an object such as {"parents": [{"license": "mit"}]}.')
    if "scenarios" in value:
        raise UnreadablePlan("scenarios: hand over one of them, an object with `nodes`.")
    _refuse_unwritable(value)
    return value


def _refuse_unwritable(value: dict[str, Any]) -> None:
    """Refuse what no answer could repeat: half a character, a number beyond all numbers."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise UnreadablePlan("plan: a text holds half a character (a lone surrogate).") from error
    except ValueError as error:
        raise UnreadablePlan("plan: a number is larger than any number.") from error


def format_of(value: Mapping[str, Any]) -> Format:
    """Return which of the four forms an object has; a plan if it has none of the others."""
    if "parents" in value:
        return Format.PLAN
    if "nodes" in value:
        return Format.SCENARIO
    if _WRAPPER in value or any(key in value for key in _HEADER_KEYS):
        return Format.METADATA
    if "merge_method" in value or any(isinstance(value.get(key), list) for key in STRUCTURES):
        return Format.MERGEKIT
    return Format.PLAN


def recipe_of(*, mergekit: str = "", metadata: Mapping[str, Any] | None = None) -> Recipe:
    """Return the parents in a mergekit configuration, or in a file's metadata.

    :raises UnreadablePlan: if no parent can be read from it
    """
    if mergekit:
        recipe, key = read_mergekit(mergekit, source="the mergekit configuration"), "mergekit"
    else:
        recipe, key = read_header(_header(metadata or {}), source="the metadata"), "metadata"
    if not recipe.edges:
        why = " ".join(recipe.problems) or "It names no model."
        raise UnreadablePlan(f"{key}: no parent can be read from it. {why}")
    return recipe


def _header(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the header, also where a whole dump of a file's metadata is handed over."""
    wrapped = metadata.get(_WRAPPER)
    return wrapped if isinstance(wrapped, dict) else metadata


def _json(text: str) -> Any:
    try:
        return json.loads(
            text.lstrip("\ufeff"), parse_constant=_refuse, object_pairs_hook=_each_key_once
        )
    except RecursionError as error:
        raise UnreadablePlan("plan: JSON nested that deep is not read.") from error
    except ValueError as error:
        raise UnreadablePlan(f"plan: not JSON: {error}.") from error


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; where a key stands twice, a parent would be lost in silence."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise UnreadablePlan(f"{key[:100]!r} stands twice in one object: write it once.")
        found[key] = value
    return found


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _yaml(text: str) -> Any:
    try:
        return read_yaml(text, keys_once=True)
    except UnreadableYaml as error:
        recipe = read_mergekit(text, source="")
        if recipe.complete:  # several documents that build on each other
            return {"merge_method": ""}
        if not (recipe.edges or recipe.problems):
            because = "its documents are made from one another alone: a circle has no parents"
            raise UnreadablePlan(f"mergekit: {because}. Write where it begins.") from error
        raise
