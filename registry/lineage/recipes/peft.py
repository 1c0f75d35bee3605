"""PEFT's ``adapter_config.json``: the model that an adapter was trained on.

Pure Python: importing this module must never import Django.

Source: huggingface/peft, ``PeftConfig`` (``base_model_name_or_path``, ``revision`` of the base,
``peft_type``).

Grades: the library writes what it loaded the base from, and the author can change it: E4 for a
repository of the Hub (the usual folder names are none, see ``mergekit.model_reference``), E6 for a
path, of which only the last part is kept.
"""

from collections.abc import Mapping
from typing import Any

from registry.lineage.parents import ParentClaim
from registry.lineage.recipes.loose_values import mapping, text
from registry.lineage.recipes.mergekit import model_reference
from registry.lineage.recipes.recipe import Recipe, method_words
from registry.lineage.references import Reference, ReferenceKind, UnreadableReference
from registry.lineage.relations import Evidence, Grade, Relation

KEY = "base_model_name_or_path"


def read_peft(written: str | Mapping[str, Any], *, source: str) -> Recipe:
    """Return the base model in an ``adapter_config.json``."""
    config = mapping(written)
    if config is None:
        return Recipe(problems=("The adapter's configuration is not a JSON object.",))
    try:
        reference = _base(text(config.get(KEY)), text(config.get("revision")))
    except UnreadableReference:
        return Recipe(problems=(f"{KEY} names no model.",))
    is_repository = reference.kind is ReferenceKind.HUGGING_FACE
    claim = ParentClaim(
        parent_ref=str(reference),
        relation=Relation.ADAPTER,
        evidence=Evidence.PEFT_CONFIG,
        grade=Grade.PLATFORM_FLAG if is_repository else Grade.INFERRED,
        source=f"{source}: {KEY}",
        detail=method_words(config.get("peft_type")),
    )
    return Recipe(edges=(claim,), complete=is_repository)


def _base(name: str, revision: str) -> Reference:
    """Return the base, at its revision where that can be spelt.

    :raises UnreadableReference: if the name names nothing
    """
    plain = model_reference(name)
    if plain.kind is not ReferenceKind.HUGGING_FACE or "@" in plain.value or not revision:
        return plain
    exact = model_reference(f"{plain.value}@{revision}")
    return exact if exact.kind is ReferenceKind.HUGGING_FACE else plain
