"""mergekit configurations inside the text of a model card.

Fenced blocks, blocks without a fence, and chains in which one block makes what the next one uses.
Pure Python: importing this module must never import Django.
"""

import re
import textwrap
from collections.abc import Iterable, Sequence

from registry.lineage.recipes.mergekit import (
    STRUCTURES,
    Document,
    combined_recipe,
    is_on_hub,
    read_documents,
)
from registry.lineage.recipes.recipe import EMPTY, Recipe

MOST_BLOCKS = 50
SHORTEST_STEP_NAME = 4  # characters; a step called "A" is known by its whole path only

_FENCES = ("```", "~~~")
_KEY = re.compile(r"([a-z_]+)[ \t]*:(?:\s|$)", re.ASCII)
_TOP_KEYS = {
    *STRUCTURES, "base_model", "chat_template", "dtype", "gate_mode", "merge_method", "name",
    "out_dtype", "parameters", "shared_experts", "tokenizer", "tokenizer_source",
}  # fmt: skip
_MERGE_KEY = re.compile(
    r"^[ \t]*(?:merge_method|slices|models|modules|experts|gate_mode|genome)[ \t]*:", re.MULTILINE
)
_MODEL_KEY = re.compile(r"\b(?:model|base_model|source_model|models)[ \t]*:")
_WORD = re.compile(r"[^\s`'\"*()\[\]<>,;:&]+")


def read_blocks(body: str, *, source: str) -> Recipe:
    """Return what the mergekit configurations in a card's text say, taken together."""
    blocks, prose = split_blocks(body)
    configurations = [block for block in blocks if _is_mergekit(block)][:MOST_BLOCKS]
    if not configurations:
        return EMPTY
    documents = [document for block in configurations for document in read_documents(block)]
    steps = _steps(documents, prose) if len(documents) > 1 else ()
    return combined_recipe(documents, source=f"{source}: mergekit configuration", made_here=steps)


def _is_mergekit(text: str) -> bool:
    return _MERGE_KEY.search(text) is not None and _MODEL_KEY.search(text) is not None


def split_blocks(body: str) -> tuple[list[str], list[str]]:
    """Return the blocks of a text, fenced or not, and the lines around them."""
    lines = body.splitlines()
    blocks: list[str] = []
    prose: list[str] = []
    at = 0
    while at < len(lines):
        if lines[at].lstrip().startswith(_FENCES):
            end = _closing_fence(lines, at)
            blocks.append(textwrap.dedent("\n".join(lines[at + 1 : end])))
            at = end + 1
        elif _has_top_key(lines[at]):
            end = _end_without_fence(lines, at)
            blocks.append("\n".join(lines[at:end]))
            at = end
        else:
            prose.append(lines[at])
            at += 1
    return blocks, prose


def _closing_fence(lines: Sequence[str], opening: int) -> int:
    """Return the line that closes the fence, or the end of a text that never does."""
    fence = lines[opening].lstrip()
    mark = fence[: len(fence) - len(fence.lstrip(fence[0]))]
    for at in range(opening + 1, len(lines)):
        line = lines[at].strip()
        if line.startswith(mark) and not line.strip(mark[0]):
            return at
    return len(lines)


def _has_top_key(line: str) -> bool:
    key = _KEY.match(line)
    return key is not None and key.group(1) in _TOP_KEYS


def _end_without_fence(lines: Sequence[str], start: int) -> int:
    for at in range(start, len(lines)):
        line = lines[at]
        belongs = not line.strip() or line.startswith((" ", "\t", "- ", "#")) or _has_top_key(line)
        if not belongs or line.lstrip().startswith(_FENCES):
            return at
    return len(lines)


def _steps(documents: Iterable[Document], prose: Iterable[str]) -> tuple[str, ...]:
    """Return the models that a chain makes itself: on no hub, and named between the blocks.

    A bullet names a parent ("Models merged: * D:/..."), so bullets name no step.
    """
    words = {word for line in prose if not _is_bullet(line) for word in _WORD.findall(line)}
    local = {m.text for d in documents for m in d.mentions if m.text and not is_on_hub(m.text)}
    return tuple(sorted(text for text in local if _is_named(text, words)))


def _is_bullet(line: str) -> bool:
    return line.lstrip().startswith(("* ", "- ", "+ "))


def _is_named(text: str, words: set[str]) -> bool:
    last = re.split(r"[\\/]", text)[-1]
    return text in words or (len(last) >= SHORTEST_STEP_NAME and last in words)
