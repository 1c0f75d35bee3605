"""mergekit configurations: the parents of a merge, with their weights.

Reads the grammar of ``mergekit/config.py`` (``models`` | ``slices`` | ``modules``), mergekit-moe
(``experts``), mergekit-multi (documents that name each other) and mergekit-evolve (``genome``).
A tokenizer's source is no parent of the weights. Pure Python: importing this module must never
import Django.

Source: facts/huggingface.md section 3.

A configuration is its author's own structured statement: grade E3. Lines that could be saved out
of a document that is not valid YAML: E5. A model on somebody's disk is a name, a search: E6.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from registry.lineage.addresses import huggingface_reference
from registry.lineage.parents import ParentClaim
from registry.lineage.recipes.recipe import (
    EMPTY,
    LONGEST_DETAIL,
    MOST_PARENTS,
    Recipe,
    distinct,
    method_words,
)
from registry.lineage.references import (
    Reference,
    ReferenceKind,
    UnreadableReference,
    path_reference,
)
from registry.lineage.relations import Evidence, Grade, Relation
from registry.lineage.yaml_values import UnreadableYaml, read_yaml

LONGEST_TEXT = 500_000  # characters of one configuration
MOST_DOCUMENTS = 100
STRUCTURES = ("models", "slices", "modules", "experts", "genome")

_BETWEEN_DOCUMENTS = re.compile(r"^---(?:[ \t].*)?$", re.MULTILINE)
_MODEL_LINE = re.compile(r"^[ \t-]*(?:model|base_model|source_model)[ \t]*:[ \t]*(\S.*)$", re.M)
_RULE = re.compile(r'[\w\s\[\]{}:,."*|+-]*')
_COMMENT = re.compile(r"(?:^|\s)#.*")
_FOLDERS = {  # a first path part that is somebody's folder, not an owner on the Hub
    "checkpoints", "content", "data", "home", "intermediate", "merge", "merged", "merges", "mnt",
    "models", "output", "outputs", "temp", "tmp", "workspace",
}  # fmt: skip


class Mention(NamedTuple):
    """One place where a configuration names a model."""

    text: str
    relation: Relation = Relation.MERGE
    weight: float | None = None
    detail: str = ""
    grade: Grade = Grade.TAG


class Document(NamedTuple):
    """One YAML document of a configuration."""

    name: str
    mentions: tuple[Mention, ...]
    is_whole: bool  # parsed, and of a form that we know
    problem: str = ""


def read_mergekit(text: str, *, source: str) -> Recipe:
    """Return the parents that the documents of one configuration file name."""
    return combined_recipe(read_documents(text), source=source)


def read_documents(text: str) -> tuple[Document, ...]:
    """Return each document of ``text``; one that is no YAML does not cost the others."""
    parts = _BETWEEN_DOCUMENTS.split(text[:LONGEST_TEXT])
    documents = [_document(part) for part in parts[:MOST_DOCUMENTS] if _has_content(part)]
    if len(text) > LONGEST_TEXT or len(parts) > MOST_DOCUMENTS:
        documents.append(Document("", (), is_whole=False, problem="The configuration is too long."))
    return tuple(documents)


def combined_recipe(
    documents: Sequence[Document], *, source: str, made_here: Sequence[str] = ()
) -> Recipe:
    """Return the parents of documents that build on each other.

    A model that another document makes (by its ``name``, or listed in ``made_here`` as written)
    is a step on the way, not a parent; a weight within a step is no weight in the result.
    """
    if not documents:
        return EMPTY
    steps = {document.name for document in documents if document.name} | set(made_here)
    mentions = [m for d in documents for m in d.mentions if m.text not in steps]
    if len(documents) > 1:
        mentions = [_within_a_step(mention) for mention in mentions]
    claims = [_claim(mention, source) for mention in mentions[: 4 * MOST_PARENTS]]
    edges = distinct([claim for claim in claims if claim is not None])
    return Recipe(
        edges=edges,
        complete=bool(edges)
        and None not in claims
        and len(mentions) <= MOST_PARENTS
        and all(document.is_whole for document in documents)
        and all(edge.parent_ref.startswith(f"{ReferenceKind.HUGGING_FACE}:") for edge in edges),
        problems=tuple(document.problem for document in documents if document.problem),
    )


def model_reference(text: str) -> Reference:
    r"""Return what mergekit's ``path[@revision]`` names.

    ``owner/name`` is a repository, as mergekit takes it, unless the owner is a usual folder name.
    A path in the Hub's cache is the repository; any other path is a name.

    :raises UnreadableReference: if the text names nothing
    """
    found = huggingface_reference(text, bare_names=False)
    if found is None or found.value.partition("/")[0].lower() in _FOLDERS:
        return path_reference(text)
    return found


def is_on_hub(text: str) -> bool:
    """Return whether a model's text names a repository of the Hub."""
    try:
        return model_reference(text).kind is ReferenceKind.HUGGING_FACE
    except UnreadableReference:
        return False


def _within_a_step(mention: Mention) -> Mention:
    if mention.weight is None:
        return mention
    detail = f"{mention.detail}; weight {mention.weight:g} in one of several steps"
    return mention._replace(weight=None, detail=detail)


def _has_content(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines())


def _document(text: str) -> Document:
    try:
        value = read_yaml(text)
    except UnreadableYaml as error:
        saved = tuple(_saved_mentions(text))
        return Document("", saved, is_whole=False, problem=f"{error} Read line by line.")
    if not isinstance(value, dict):
        return Document("", (), is_whole=False, problem="Not a mergekit configuration.")
    mentions = tuple(_mentions(value))
    used = [key for key in STRUCTURES if value.get(key)]
    is_whole = len(used) == 1 and all(mention.text for mention in mentions)
    problem = "" if is_whole else "Not one of models, slices, modules, experts or genome."
    name = value.get("name")
    return Document(str(name).strip() if name else "", mentions, is_whole, problem)


def _saved_mentions(text: str) -> Iterator[Mention]:
    for match in _MODEL_LINE.finditer(text):
        written = _COMMENT.sub("", match.group(1)).strip().strip("\"'")
        if written:
            detail = "from a configuration that is not valid YAML"
            yield Mention(written, detail=detail, grade=Grade.PROSE)


def _mentions(config: Mapping[str, Any]) -> Iterator[Mention]:
    method = _method(config)
    for entry in _mappings(config.get("models")):
        yield from _entry(entry, method)
    yield from _sliced(config, method)
    modules = config.get("modules")
    for module in _mappings(list(modules.values()) if isinstance(modules, dict) else None):
        yield from _mentions(
            module if "merge_method" in module else {**module, "merge_method": method}
        )
    for key in ("experts", "shared_experts"):
        for entry in _mappings(config.get(key)):
            yield from _model(entry.get("source_model"), f"{method} expert".strip())
    yield from _genome(config)
    if config.get("base_model"):
        yield from _model(config["base_model"], f"{method} base".strip())


def _method(config: Mapping[str, Any]) -> str:
    """Return the method, with the place between two models (``t``) where it is one number."""
    method = method_words(config.get("merge_method") or config.get("gate_mode"))
    parameters = config.get("parameters")
    place = _number(parameters.get("t")) if isinstance(parameters, dict) else None
    return method if place is None else f"{method} t {place:g}"


def _sliced(config: Mapping[str, Any], method: str) -> Iterator[Mention]:
    for part in _mappings(config.get("slices")):
        for entry in _mappings(part.get("sources")):
            yield from _entry(entry, method)
        if part.get("base_model"):
            yield from _model(part["base_model"], f"{method} base".strip())


def _genome(config: Mapping[str, Any]) -> Iterator[Mention]:
    """Read mergekit-evolve, whose models are plain texts."""
    genome = config.get("genome")
    if not isinstance(genome, dict):
        return
    method = method_words(genome.get("merge_method")) or "evolve"
    for model in _list(genome.get("models")):
        yield from _model(model, method)
    if genome.get("base_model"):
        yield from _model(genome["base_model"], f"{method} base")


def _entry(entry: Mapping[str, Any], method: str) -> Iterator[Mention]:
    parameters = entry.get("parameters")
    given = parameters.get("weight") if isinstance(parameters, dict) else None
    weight = _number(given)
    notes = [method]
    if given is not None and weight is None:
        notes.append(f"weight {_rule(given)}")
    if entry.get("revision"):  # a key that mergekit ignores: the grammar is model@revision
        revision = method_words(str(entry["revision"]))
        notes.append(f"revision {revision} named beside the model".replace("  ", " "))
    yield from _model(entry.get("model"), "; ".join(note for note in notes if note), weight)


def _model(value: Any, detail: str, weight: float | None = None) -> Iterator[Mention]:
    """Read ``path[@revision][+lora[@revision]]``, or the same spelt as a mapping."""
    if isinstance(value, dict):
        base, lora = _spelt_out(value.get("model", value)), _spelt_out(value.get("lora"))
    else:
        base, _, lora = ("" if value is None else str(value)).partition("+")
    yield Mention(base.strip(), weight=weight, detail=detail)
    if lora.strip():
        yield Mention(lora.strip(), Relation.ADAPTER, detail=f"{detail}; added to {_named(base)}")


def _spelt_out(value: Any) -> str:
    if not isinstance(value, dict):
        return "" if value is None else str(value)
    path, revision = value.get("path") or "", value.get("revision")
    return f"{path}@{revision}" if path and revision else str(path)


def _claim(mention: Mention, source: str) -> ParentClaim | None:
    try:
        reference = model_reference(mention.text)
    except UnreadableReference:
        return None
    return ParentClaim(
        parent_ref=str(reference),
        relation=mention.relation,
        evidence=Evidence.MERGEKIT_CONFIG,
        grade=Grade.INFERRED if reference.kind is ReferenceKind.NAME else mention.grade,
        source=source,
        weight=mention.weight,
        detail=mention.detail[:LONGEST_DETAIL],
    )


def _number(value: Any) -> float | None:
    """Return a finite weight; a gradient list or a list of filters is not one number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _rule(value: Any) -> str:
    """Return a gradient or a list of filters as JSON, if nothing but that is in it."""
    written = json.dumps(value)[:LONGEST_DETAIL]
    return written if _RULE.fullmatch(written) else "by a rule"


def _named(base: str) -> str:
    """Return a model as it may be shown: a path without its folders."""
    try:
        return model_reference(base.strip()).value
    except UnreadableReference:
        return "a model"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [item for item in _list(value) if isinstance(item, dict)]
