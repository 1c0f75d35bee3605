"""What the dialects of ``sd_merge_recipe`` have in common: the words for what a recipe states.

Pure Python: importing this module must never import Django.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from registry.lineage.recipes.loose_values import mapping, number, text
from registry.lineage.recipes.recipe import MOST_PARENTS, method_words
from registry.lineage.recipes.shares import MODELS, Method, shares
from registry.lineage.relations import Evidence, Relation

SLOTS = ("primary_model_hash", "secondary_model_hash", "tertiary_model_hash")


class StatedParent(NamedTuple):
    """One parent, by the digest that the recipe gives; by a file name if ``is_name``."""

    given: str
    weight: float | None = None
    relation: Relation = Relation.MERGE
    detail: str = ""
    is_name: bool = False


class StatedRecipe(NamedTuple):
    """What one recipe states, before anything is looked up.

    ``is_whole``: the recipe gives every model that its method needs. ``unused``: digests that it
    gives although its method does not use them.
    """

    parents: tuple[StatedParent, ...]
    is_whole: bool = True
    unused: tuple[str, ...] = ()


class Dialect(NamedTuple):
    """One tool's way to fill ``sd_merge_recipe``; ``types`` are the words it signs with."""

    types: frozenset[str]
    evidence: Evidence
    read: Callable[[Mapping[str, Any]], StatedRecipe]


def slot_parents(
    recipe: Mapping[str, Any],
    *,
    method: Method | None,
    alpha: float | None,
    beta: float | None = None,
    detail: str = "",
    slots: Sequence[str] = SLOTS,
) -> StatedRecipe:
    """Return the parents in a recipe's three slots A, B and C with their shares.

    A slot that a known method does not use holds no parent. Of a method nobody knows every slot
    that is filled holds one, without a share.
    """
    given = [text(recipe.get(slot)) for slot in slots]
    needed = len(slots) if method is None else MODELS[method]
    weights = shares(method, alpha, beta)
    used = list(zip(given, weights, strict=True))[:needed]
    return StatedRecipe(
        parents=tuple(StatedParent(who, share, detail=detail) for who, share in used if who),
        is_whole=any(given) if method is None else all(given[:needed]),
        unused=tuple(who for who in given[needed:] if who),
    )


def with_parts(stated: StatedRecipe, parts: Sequence[StatedParent]) -> StatedRecipe:
    """Return a recipe together with what was built into its result."""
    return stated._replace(parents=(*stated.parents, *parts))


def baked_vae(value: Any, key: str) -> list[StatedParent]:
    """Return the VAE that a recipe names under ``key``; "none (stripped)" is none."""
    name = text(value)
    if not name or name.lower().startswith("none"):
        return []
    return [StatedParent(name, relation=Relation.BUNDLE, detail=key, is_name=True)]


def loras(value: Any, *, strength: str, detail: str) -> Iterator[StatedParent]:
    """Yield the LoRAs of a list of mappings with ``name`` and a strength."""
    for entry in value[:MOST_PARENTS] if isinstance(value, list) else ():
        lora = mapping(entry) or {}
        name = text(lora.get("name"))
        if name:
            yield StatedParent(
                name, number(lora.get(strength)), Relation.ADAPTER, detail, is_name=True
            )


def described(*words: Any) -> str:
    """Return names of tool and method in one line, leaving out what is no such name."""
    return " ".join(word for word in map(method_words, words) if word)
