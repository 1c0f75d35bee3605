"""Parents that a header's recipe names, against those the page names; a recipe of another file.

Pure Python: importing this module must never import Django.
"""

import re
from collections.abc import Iterable, Iterator

from registry.fingerprints.model_file import FileFinding
from registry.inspection.page_words import HeaderRecipe, PageWords, quoted

_DIGEST = re.compile(r"(?:0x)?[0-9a-f]{8,64}")
_ENDING = re.compile(r"\.(?:safetensors|ckpt|pt|pth|bin|gguf)$")
_LONGEST_NAME = 300
_MOST = 200  # parents compared
_MOST_SHOWN = 5


def parent_contradictions(recipe: HeaderRecipe, page: PageWords) -> Iterator[FileFinding]:
    """Yield where the recipe names parents the page does not, or was written for another file."""
    if recipe.stated_digest and recipe.actual_digest:
        yield from _another_file(recipe.stated_digest, recipe.actual_digest)
    if recipe.parents and page.parents:
        yield from _other_parents(recipe.parents[:_MOST], page.parents[:_MOST])


def _another_file(stated: str, actual: str) -> Iterator[FileFinding]:
    if _plain_digest(stated) != _plain_digest(actual):
        yield FileFinding(
            "recipe_of_another_file",
            f"The recipe in the header lists its file as {quoted(stated)}; this file's digest is "
            f"{quoted(actual)}. A header can be copied, or the file was saved again.",
        )


def _other_parents(recipe: tuple[str, ...], page: tuple[str, ...]) -> Iterator[FileFinding]:
    named = {name: given for given in recipe if (name := _name(given))}
    on_page = {name: given for given in page if (name := _name(given))}
    if not named or not on_page:
        yield FileFinding(
            "parents_cannot_be_compared",
            f"The header's recipe names {_list(recipe)}, the page {_list(page)}; names and digests "
            "cannot be compared.",
        )
        return
    missing = [given for name, given in named.items() if name not in on_page]
    if missing:
        yield FileFinding(
            "recipe_names_other_parents",
            f"The header's recipe names {_list(missing)}, the page {_list(on_page.values())}.",
        )


def _name(given: str) -> str:
    """Return a parent's own name, folded; empty for a digest."""
    base = re.split(r"[/\\]", given[-_LONGEST_NAME:].strip())[-1].casefold()
    name = re.sub(r"[^a-z0-9]+", "", _ENDING.sub("", base.partition("@")[0]))
    return "" if _DIGEST.fullmatch(base) else name


def _plain_digest(digest: str) -> str:
    return digest.strip().casefold().removeprefix("0x")


def _list(names: Iterable[str]) -> str:
    every = list(names)
    shown = ", ".join(map(quoted, every[:_MOST_SHOWN]))
    rest = len(every) - _MOST_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown
