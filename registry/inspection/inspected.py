"""What one file was found to be, to claim and to be made from; nothing of it looked up.

Pure Python: importing this module must never import Django.
"""

from dataclasses import dataclass

from registry.fingerprints.architecture import architecture_of
from registry.fingerprints.architecture_values import Architecture
from registry.fingerprints.model_file import FileFacts, FileFinding
from registry.lineage.recipes.headers import read_header
from registry.lineage.recipes.recipe import Recipe

READER_VERSION = 1  # what is stored names the readers it was read with; raise it when they differ
MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """One file, read: what it holds, what it is, what it says it was made from."""

    facts: FileFacts
    architecture: Architecture
    recipe: Recipe
    findings: tuple[FileFinding, ...] = ()


def inspected(facts: FileFacts, *, source: str = "header") -> Inspected:
    """Return what the facts of one file amount to. Never raises.

    :param source: what the statements' sources begin with, before the key of the header
    """
    architecture = architecture_of(facts)
    recipe = read_header(facts.metadata, source=source)
    findings = (*facts.findings, *(FileFinding("recipe", text) for text in recipe.problems))
    return Inspected(
        facts=facts,
        architecture=architecture,
        recipe=recipe,
        findings=findings[:MOST_FINDINGS],
    )
