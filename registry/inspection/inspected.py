"""What one file was found to be, to claim and to be made from; nothing of it looked up.

Pure Python: importing this module must never import Django.
"""

from dataclasses import dataclass

from registry.fingerprints.model_file import FileFacts, FileFinding
from registry.lineage.recipes.recipe import Recipe

READER_VERSION = 1  # what is stored names the readers it was read with; raise it when they differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One component of a file (a UNet, a VAE): its tensors, counted."""

    name: str
    count: int
    parameters: int
    dtypes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """One file, read. ``kind``, ``family`` and ``role`` are words of the signatures."""

    facts: FileFacts
    kind: str
    family: str
    role: str
    parts: tuple[Part, ...]
    recipe: Recipe
    findings: tuple[FileFinding, ...]
