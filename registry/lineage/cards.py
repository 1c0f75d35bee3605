"""Model cards of Hugging Face: front matter, declared licence, parents, mergekit blocks.

Pure Python: importing this module must never import Django.

Source: facts/huggingface.md section 2. Grades: a parent under ``base_model`` is a tag (E3) where
the relation is declared too; where we infer the relation it is E4, and E5 for several parents that
nothing else calls a merge, because the Hub says ``merge`` even where no weights were merged. Links
in the text are prose (E5), and read only where no mergekit configuration tells more.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.lineage.addresses import huggingface_reference, is_local_path, link_reference
from registry.lineage.descriptions import read_description
from registry.lineage.markdown import prose_markup
from registry.lineage.parents import ParentClaim
from registry.lineage.recipes.blocks import read_blocks, split_blocks
from registry.lineage.recipes.recipe import distinct
from registry.lineage.references import (
    Reference,
    UnreadableReference,
    clean_words,
    name_reference,
    path_reference,
)
from registry.lineage.relations import Evidence, Grade, Relation
from registry.lineage.yaml_values import UnreadableYaml, read_yaml

LONGEST_CARD = 4_000_000  # characters
MOST_PARENTS = 200
MOST_LICENSES = 20
LONGEST_LINK = 2000

# The Hub's own expression: huggingface_hub, repocard.py.
_FRONT_MATTER = re.compile(r"^(\s*---(?:\r\n|\r|\n))([\S\s]*?)((?:\r\n|\r|\n)---[ \t]*(\r\n|\n|$))")
_LOOKS_LIKE_FRONT_MATTER = re.compile(r"\ufeff?\s*-{3,}[ \t]*[\r\n]")
_NO_PARENT = {"", "-", "custom", "n/a", "na", "nil", "none", "null", "scratch", "unknown"}
_RELATIONS = {
    "adapter": Relation.ADAPTER, "adaptor": Relation.ADAPTER, "lora": Relation.ADAPTER,
    "distill": Relation.DISTILL, "distillation": Relation.DISTILL, "distilled": Relation.DISTILL,
    "fine-tune": Relation.FINETUNE, "fine-tuned": Relation.FINETUNE,
    "finetune": Relation.FINETUNE, "finetuned": Relation.FINETUNE,
    "merge": Relation.MERGE, "merged": Relation.MERGE,
    "quantised": Relation.QUANTIZED, "quantize": Relation.QUANTIZED,
    "quantized": Relation.QUANTIZED,
}  # fmt: skip
_MERGE_TAGS = {"lazymergekit", "merge", "merged", "mergekit"}
_ADAPTER_SIGNS = {"adapter", "lora", "peft", "qlora"}
_QUANTIZED_SIGNS = {"awq", "exl2", "gguf", "gptq"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a model card says; every part is empty where it says nothing."""

    metadata: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""  # Markdown
    edges: tuple[ParentClaim, ...] = ()
    has_complete_recipe: bool = False  # a mergekit recipe, read whole, all parents on the Hub
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredLicense:
    """A card's words about its licence, as written."""

    declared: tuple[str, ...] = ()
    name: str = ""
    link: str = ""


def read_card(text: str, *, source: str = "README.md") -> Card:
    """Return what a card says. Never raises: what cannot be read is named in ``problems``."""
    problems = [f"Only {LONGEST_CARD} characters were read."] if len(text) > LONGEST_CARD else []
    front_matter, body = _split(text[:LONGEST_CARD], problems)
    metadata = _metadata(front_matter, problems)
    recipe = read_blocks(body, source=source)
    prose = () if recipe.edges else _linked_in_prose(body, source)
    return Card(
        metadata=metadata,
        body=body,
        edges=(*metadata_parents(metadata, source=source), *recipe.edges, *prose),
        has_complete_recipe=recipe.complete,
        problems=(*problems, *recipe.problems),
    )


def _linked_in_prose(body: str, source: str) -> Iterator[ParentClaim]:
    """Yield the models that the text links to in a merge context: all that some cards say.

    Names without a link are left out: a card's prose is longer than a page's on Civitai.
    """
    _, prose = split_blocks(body)
    for claim in read_description(prose_markup(prose), source=f"{source}: text"):
        if claim.evidence is Evidence.DESCRIPTION_LINK:
            yield claim


def metadata_parents(
    metadata: Mapping[str, Any], *, source: str = "README.md"
) -> tuple[ParentClaim, ...]:
    """Return the parents in a card's metadata: ``base_model`` and the older ``finetuned_from``."""
    parents = list(_named_parents(metadata.get("base_model")))[:MOST_PARENTS]
    relation, grade, detail = _relation(metadata, len(set(parents)))
    claims = [
        _claim(parent, relation, grade, f"{source}: base_model", detail) for parent in parents
    ]
    claims += [
        _claim(parent, Relation.FINETUNE, Grade.TAG, f"{source}: finetuned_from", "")
        for parent in list(_named_parents(metadata.get("finetuned_from")))[:MOST_PARENTS]
    ]
    return distinct(claims)


def declared_license(metadata: Mapping[str, Any]) -> DeclaredLicense:
    """Return the licence words of a card; ``licence`` and ``licenses`` are common misspellings."""
    keys = ("license", "licence", "licenses", "licences")
    declared = dict.fromkeys(word for key in keys for word in _words(metadata.get(key)))
    return DeclaredLicense(
        declared=tuple(declared)[:MOST_LICENSES],
        name=_first_word(metadata, "license_name", "licence_name"),
        link=_first_word(metadata, "license_link", "licence_link"),
    )


def _split(text: str, problems: list[str]) -> tuple[str, str]:
    found = _FRONT_MATTER.match(text)
    if found:
        return found.group(2), text[found.end() :]
    if _LOOKS_LIKE_FRONT_MATTER.match(text):
        problems.append("The front matter is not one to the Hub: unclosed, or wrongly begun.")
    return "", text


def _metadata(front_matter: str, problems: list[str]) -> dict[str, Any]:
    try:
        value = read_yaml(front_matter)
    except UnreadableYaml as error:
        problems.append(f"Front matter: {error}")
        return {}
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append("Front matter: not a mapping of keys to values.")
        return {}
    return value


def _named_parents(value: Any) -> Iterator[str]:
    for name in _words(value):
        if name.lower() not in _NO_PARENT:
            yield name


def _claim(parent: str, relation: Relation, grade: Grade, source: str, detail: str) -> ParentClaim:
    return ParentClaim(
        parent_ref=str(_reference(parent)),
        relation=relation,
        evidence=Evidence.CARD_BASE_MODEL,
        grade=grade,
        source=source,
        detail=detail,
    )


def _reference(text: str) -> Reference:
    """Return what a card's ``base_model`` names: a repository, else a name.

    Trainers write their own paths there (huggingface/transformers#33922).
    """
    found = link_reference(text) or huggingface_reference(text)
    if found is not None:
        return found
    try:
        return path_reference(text) if is_local_path(text) else name_reference(text)
    except UnreadableReference:  # a path such as "/": its own text is all there is
        return name_reference(text)


def _relation(metadata: Mapping[str, Any], parents: int) -> tuple[Relation, Grade, str]:
    written = " ".join(_words(metadata.get("base_model_relation")))
    known = _RELATIONS.get(written.lower())
    if known is not None:
        return known, Grade.TAG, "" if known == written else f"relation written as {written!r}"
    relation, grade, why = _inferred_relation(metadata, parents)
    unknown = f"relation {written!r} is not a known one; " if written else ""
    return relation, grade, f"{unknown}relation inferred: {why}"


def _inferred_relation(metadata: Mapping[str, Any], parents: int) -> tuple[Relation, Grade, str]:
    """Infer as the Hub does, but say so (facts/huggingface.md section 2, "Relation inference")."""
    signs = {word.lower() for key in ("tags", "library_name") for word in _words(metadata.get(key))}
    if parents > 1:
        if signs & _MERGE_TAGS:
            return Relation.MERGE, Grade.PLATFORM_FLAG, "several parents and a merge tag"
        return Relation.MERGE, Grade.PROSE, "several parents, nothing says what was done"
    if signs & _ADAPTER_SIGNS:
        return Relation.ADAPTER, Grade.PLATFORM_FLAG, "tagged as an adapter"
    if signs & _QUANTIZED_SIGNS or metadata.get("quantized_by"):
        return Relation.QUANTIZED, Grade.PLATFORM_FLAG, "tagged as quantized"
    if signs & _MERGE_TAGS:
        return Relation.MERGE, Grade.PLATFORM_FLAG, "a merge tag"
    return Relation.FINETUNE, Grade.PLATFORM_FLAG, "one parent"


def _words(value: Any) -> list[str]:
    """Return the texts in a value that may be one text or a list, cleaned, without empty ones."""
    items = value if isinstance(value, list | tuple) else [value]
    texts = [str(item) for item in items if isinstance(item, str | int | float)]
    cleaned = [clean_words(text[:LONGEST_LINK]) for text in texts if text not in {"True", "False"}]
    return [text for text in cleaned if text]


def _first_word(metadata: Mapping[str, Any], *keys: str) -> str:
    return next((word for key in keys for word in _words(metadata.get(key))), "")
