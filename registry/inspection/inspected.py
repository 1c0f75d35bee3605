"""What one file was found to be, to claim and to be made from; nothing of it looked up.

Pure Python: importing this module must never import Django.
"""

from dataclasses import dataclass

from registry.fingerprints.architecture import architecture_of
from registry.fingerprints.architecture_values import Architecture
from registry.fingerprints.model_file import FileFacts, FileFinding, FileFormat
from registry.inspection.contradictions import HeaderRecipe, PageWords, contradictions_of
from registry.lineage.cards import read_card
from registry.lineage.recipes import peft
from registry.lineage.recipes.files import read_recipe_file
from registry.lineage.recipes.headers import read_header
from registry.lineage.recipes.mergekit import read_mergekit
from registry.lineage.recipes.recipe import Recipe, joined

READER_VERSION = 1  # what is stored names the readers it was read with; raise it when they differ
MOST_FINDINGS = 100
RECIPE_SUFFIXES = frozenset({".yml", ".yaml", ".mecha", ".json", ".md"})
_NO_PAGE = PageWords()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """One file, read: what it holds, what it is, what it says it was made from."""

    facts: FileFacts
    architecture: Architecture
    recipe: Recipe
    findings: tuple[FileFinding, ...] = ()


def inspected(facts: FileFacts, *, page: PageWords = _NO_PAGE, source: str = "header") -> Inspected:
    """Return what the facts of one file amount to. Never raises.

    :param page: what a page says of the file, to compare it with
    :param source: what the statements' sources begin with, before the key of the header
    """
    architecture = architecture_of(facts)
    recipe = _recipe(facts, source)
    named = HeaderRecipe(parents=tuple(_given(claim.parent_ref) for claim in recipe.edges))
    findings = (
        *facts.findings,
        *_notes(architecture),
        *(FileFinding("recipe", text) for text in recipe.problems),
        *contradictions_of(facts, architecture, recipe=named, page=page),
    )
    return Inspected(
        facts=facts,
        architecture=architecture,
        recipe=recipe,
        findings=findings[:MOST_FINDINGS],
    )


def inspected_recipe(name: str, text: str) -> Inspected | None:
    """Return what a file without weights says a model was made from; nothing if it does not.

    :param name: a mergekit configuration, an adapter's, an sd-mecha recipe, a ComfyUI graph, a card
    """
    recipe = _recipe_of_text(name, text)
    if not recipe.edges:
        return None
    return Inspected(
        facts=FileFacts(format=FileFormat.RECIPE, size_bytes=len(text.encode(errors="replace"))),
        architecture=Architecture(kind="recipe"),
        recipe=recipe,
        findings=tuple(FileFinding("recipe", problem) for problem in recipe.problems),
    )


def _recipe_of_text(name: str, text: str) -> Recipe:
    if name.lower().endswith((".yml", ".yaml")):
        return read_mergekit(text, source=name)
    if name.lower().endswith(".md"):
        card = read_card(text, source=name)
        return Recipe(edges=card.edges, complete=card.has_complete_recipe, problems=card.problems)
    return read_recipe_file(name, text, source=name)


def _recipe(facts: FileFacts, source: str) -> Recipe:
    recipe = read_header(facts.metadata, source=source)
    if facts.format is FileFormat.PEFT_FOLDER and peft.KEY in facts.metadata:
        return joined([peft.read_peft(facts.metadata, source="adapter_config.json"), recipe])
    return recipe


def _given(reference: str) -> str:
    """Return a parent as a page would spell it: without the kind of the reference."""
    return reference.partition(":")[2]


def _notes(architecture: Architecture) -> list[FileFinding]:
    """Return what cannot be told of the architecture, and what fits as well."""
    notes = [FileFinding("architecture", note) for note in architecture.notes]
    if architecture.alternatives:
        fit = ", ".join(architecture.alternatives)
        notes.append(FileFinding("other_families", f"The same names and shapes fit: {fit}."))
    if architecture.variants:
        notes.append(FileFinding("variants", f"Variants: {', '.join(architecture.variants)}."))
    if architecture.quantization:
        packed = ", ".join(architecture.quantization)
        notes.append(FileFinding("quantization", f"Weights are packed: {packed}."))
    return notes
