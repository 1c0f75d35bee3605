"""Which lines of a description stand in a list of parents.

"Merge of the following models:" heads a list; the list goes on while lines are short or hold
links, and ends where the text turns to something else. Pure Python: importing this module must
never import Django.
"""

from collections.abc import Iterator, Sequence

from registry.lineage.markup import Line
from registry.lineage.merge_words import (
    ABOVE,
    BASED_ON,
    HEADS_A_LIST,
    LORA,
    MERGED,
    NOT_A_PARENT,
    lower,
    may_speak_of_merging,
)
from registry.lineage.relations import Relation

LONGEST_BESIDE_LINKS = 100  # characters beside the links of a line of a list
LONGEST_HEAD = 8  # words of a heading line
LONGEST_SUBHEAD = 3  # words


def listed_lines(lines: Sequence[Line]) -> Iterator[tuple[Line, Relation | None]]:
    """Yield each line with the relation that the list it stands in gives it; else with nothing."""
    current: Relation | None = None
    above = _lines_called_merged_below(lines)
    for at, line in enumerate(lines):
        text = lower(line.text).strip()
        following = lines[at + 1] if at + 1 < len(lines) else None
        heads = _head(line, text, following=following, current=current)
        goes_on = current is not None and heads is None and _goes_on(line, text)
        belongs = current if goes_on else None
        yield line, Relation.MERGE if at in above else belongs
        current = heads or belongs


def _head(
    line: Line, text: str, *, following: Line | None, current: Relation | None
) -> Relation | None:
    """Return the relation of the list that a line heads, if it heads one."""
    words = text.split()
    if current is not None and not line.links and len(words) <= LONGEST_SUBHEAD:
        return None if NOT_A_PARENT.search(text) else _subhead(text)
    if not may_speak_of_merging(text) or not (MERGED.search(text) or BASED_ON.search(text)):
        return None
    if NOT_A_PARENT.search(text):
        return None
    is_short = len(words) <= LONGEST_HEAD and not text.endswith((".", "\u3002", "!"))
    leads_to_links = following is not None and bool(following.links)
    if text.endswith((":", "\uff1a", "=", "\u3001")) or (
        leads_to_links and (is_short or HEADS_A_LIST.search(text) is not None)
    ):
        return _part(text)
    return None


def _subhead(text: str) -> Relation | None:
    """Return the relation that "LoRAs" or "Checkpoints" within a list gives to what follows."""
    words = text.rstrip(":\uff1a")
    return _part(words) if words.endswith(("lora", "loras", "models", "checkpoints")) else None


def _part(text: str) -> Relation:
    only_loras = LORA.search(text) and "model" not in text and "checkpoint" not in text
    return Relation.ADAPTER if only_loras else Relation.MERGE


def _goes_on(line: Line, text: str) -> bool:
    beside = len(text) - sum(link.end - link.start for link in line.links)
    return (
        not line.is_heading and beside <= LONGEST_BESIDE_LINKS and NOT_A_PARENT.search(text) is None
    )


def _lines_called_merged_below(lines: Sequence[Line]) -> set[int]:
    """Return the lines of each run of links that the next line calls merged ("the above")."""
    found: set[int] = set()
    run: list[int] = []
    for at, line in enumerate(lines):
        if line.links:
            run.append(at)
            continue
        text = lower(line.text)
        if run and ABOVE.search(text) and MERGED.search(text):
            found.update(run)
        run = []
    return found
