"""ModelSpec's ``modelspec.merged_from``: titles of what a model was merged from.

Writers join the titles by commas, and a title may hold one: it cannot be split safely. Each part
is a search and no more (E6, a name), and the recipe is never complete. ``modelspec.hash_sha256``
names the file's own tensors, no parent. Pure Python: importing this module must never import
Django.

Source: facts/huggingface.md section 5 (ModelSpec 1.0.1; library/sai_model_spec.py of
kohya-ss/sd-scripts joins titles or file names).
"""

from collections.abc import Mapping
from typing import Any

from registry.lineage.recipes.loose_values import text
from registry.lineage.recipes.recipe import EMPTY, MOST_PARENTS, Recipe, distinct
from registry.lineage.recipes.searches import searches
from registry.lineage.relations import Evidence, Relation

KEY = "modelspec.merged_from"
LONGEST_LIST = 20_000  # characters


def read_modelspec(metadata: Mapping[str, Any], *, source: str) -> Recipe:
    """Return the titles in ``modelspec.merged_from`` as searches."""
    written = text(metadata.get(KEY))
    if not written:
        return EMPTY
    problems = (f"{KEY} is longer than what is read.",) if len(written) > LONGEST_LIST else ()
    titles = written[:LONGEST_LIST].split(",")[:MOST_PARENTS]
    claims = [
        claim
        for title in titles
        for claim in searches(
            title,
            relation=Relation.MERGE,
            evidence=Evidence.HEADER_MODELSPEC,
            source=f"{source}: {KEY}",
            detail="one of several titles; a title may hold a comma" if len(titles) > 1 else "",
        )
    ]
    return Recipe(edges=distinct(claims), problems=problems)
