"""Files next to a model that say what it was made from, told apart by their names.

Pure Python: importing this module must never import Django.
"""

import re

from registry.lineage.recipes.comfy import read_workflow
from registry.lineage.recipes.loose_values import LONGEST_JSON
from registry.lineage.recipes.mecha import read_mecha
from registry.lineage.recipes.mergekit import read_mergekit
from registry.lineage.recipes.peft import read_peft
from registry.lineage.recipes.recipe import EMPTY, Recipe

_MERGEKIT = re.compile(r"merge(?:kit)?[\w.-]*\.ya?ml")


def read_recipe_file(name: str, text: str, *, source: str) -> Recipe:
    """Return the parents that a file of recipes names. Never raises.

    ``name``: as listed in the repository, with or without folders: ``adapter_config.json``,
    ``mergekit_config.yml`` and its like, ``*.mecha``, and any other JSON as a ComfyUI workflow. A
    file of another name, or one that saves no model, says nothing.
    """
    base = re.split(r"[\\/]", name[-1000:])[-1].lower()
    if len(text) > LONGEST_JSON:
        return Recipe(problems=(f"Longer than the {LONGEST_JSON} characters that are read.",))
    if base == "adapter_config.json":
        return read_peft(text, source=source)
    if _MERGEKIT.fullmatch(base):
        return read_mergekit(text, source=source)
    if base.endswith(".mecha"):
        return read_mecha(text, source=source)
    return read_workflow(text, source=source) if base.endswith(".json") else EMPTY
