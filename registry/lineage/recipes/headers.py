"""A file's ``__metadata__`` mapping, read by every dialect that we know.

One file a dialect; a new one is a function in ``READERS``. Pure Python: importing this module must
never import Django.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from registry.lineage.recipes.a1111 import read_a1111
from registry.lineage.recipes.kohya import read_kohya
from registry.lineage.recipes.recipe import Recipe, distinct


class HeaderReader(Protocol):
    """Reads one dialect; returns an empty recipe where the header is of another."""

    def __call__(self, metadata: Mapping[str, Any], *, source: str) -> Recipe:
        """Return the parents in ``metadata``. Never raises."""


READERS: tuple[HeaderReader, ...] = (read_a1111, read_kohya)


def read_header(metadata: Mapping[str, Any], *, source: str) -> Recipe:
    """Return the parents that any dialect finds in ``metadata``. Never raises.

    Complete if some dialect's recipe is: a header may carry a trainer's and a merger's words.
    """
    recipes = [reader(metadata, source=source) for reader in READERS]
    return Recipe(
        edges=distinct([edge for recipe in recipes for edge in recipe.edges]),
        complete=any(recipe.complete for recipe in recipes),
        problems=tuple(problem for recipe in recipes for problem in recipe.problems),
    )
