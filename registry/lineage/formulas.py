"""Names of parents in prose without links: "merge of A and B", "A + B x 0.5 = C", list items.

Deliberately shy: what does not look like a model's name is left out. Pure Python: importing this
module must never import Django.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from registry.lineage.merge_words import MERGED, NOT_A_PARENT, lower, may_speak_of_merging

LONGEST_NAME = 50  # characters
LONGEST_CJK = 20  # characters of a name written without spaces
MOST_WORDS = 5
LONGEST_FORMULA = 400  # characters
SHORTEST_NAME = 3
LONGEST_RUN = 300  # characters of names after "merge of"
MOST_STATEMENTS = 20  # of one line

_STATED = re.compile(
    r"\b(?:merge|mix|blend|mixture|combination|fusion)s?\s+(?:of|between|from|with)\s+"
    r"|\b(?:merged|mixed|blended|combined)\s+(?:from|with|of)\s+"
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[;\uff1b\u3002\uff01\uff1f]")
_BETWEEN_NAMES = re.compile(r",|\u3001|&|\+|\band\b|\bwith\b|(?<=[^\x00-\x7f])と(?=[^\x00-\x7f])")
_QUOTED = re.compile(
    r"[(\uff08\u300c\u300e]([^()\uff08\uff09\u300c\u300d\u300e\u300f:+=]{2,50})[)\uff09\u300d\u300f]"
)
_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_NUMBER = r"\d{0,3}(?:\.\d{1,6})?"
_WEIGHT_BEFORE = re.compile(
    rf"^[\s(\[~-]*({_NUMBER})(\s*%\s*(?:of\s|:)?|\s*[*x\u00d7]\s*(?=\S)|\s*(?=\())"
)
_WEIGHT_AFTER = re.compile(rf"(?:[*x\u00d7:@]\s*|\(\s*|\s)({_NUMBER})(\s*%)?[\s)\]]*$")
_SHARE_BEFORE = re.compile(rf"({_NUMBER})(\s*%)?\s*[:(*x\u00d7-]?\s*$")
_SHARE_AFTER = re.compile(rf"\s*[:(*x\u00d7@-]{{0,2}}\s*({_NUMBER})(\s*%)?(?!\w)")
_DIGIT = re.compile(r"\d")
_NOT_IN_A_NAME = re.compile(
    r"\b(?:all|also|and|are|at|both|but|by|cfg|clip|created|different|few|following|for|from|have"
    r"|hours|i|if|in|is|it|like|lots?|loras?|many|model|models|more|my|not|of|on|other|others|sampler|several"
    r"|some|something|steps|style|styles|that|the|them|these|this|to|two|three|used?|using|vae|various"
    r"|updated|version|was|weights?|which|with|you|your)\b"
)
_OPERATORS = re.compile(r"\+|\s-\s")
_IN_BRACKETS = re.compile(r"\s*[(\uff08][^()]*$|\s+\([^()]*\)$|:\s*-?\d[\d.]*$")
_OTHER_MARKS = re.compile(r"[,!?=:;#\u3001\u3002\uff0c\uff01\uff1a\uff1b\uff1f]")
_SPELT_LIKE_A_NAME = re.compile(r"[^\W\d][\w.]*\d|\d[^\W\d]|_")
_MARK = "\x00"  # stands where a link was


class Named(NamedTuple):
    """A name, with its weight in the merge where one is plainly given."""

    name: str
    weight: float | None = None


def share_of(before: str, after: str) -> float | None:
    """Return the weight in [0, 1] written right before or right after a name, if there is one."""
    left, right = before[-20:], after[:20]
    if not _DIGIT.search(f"{left} {right}"):
        return None
    for found in (_SHARE_AFTER.match(right), _SHARE_BEFORE.search(left)):
        if found and found.group(1) and (found.group(2) or "." in found.group(1)):
            return _share(found.group(1), is_percent=bool(found.group(2)))
    return None


def formula_names(texts: Iterable[str]) -> tuple[Named, ...]:
    """Return the operands of the formulas among lines of text; what a formula makes is none.

    A single formula without brackets gives the weights it states.
    """
    formulas = [text for text in texts if _is_formula(text)]
    operands: list[Named] = []
    made: set[str] = set()
    for text in formulas:
        sides = re.split(r"<?=>?|→|->", text)
        made.update(_operand(side).name.casefold() for side in sides if "+" not in side)
        summed = [side for side in sides if "+" in side]
        operands += [
            _operand(part.partition(",")[0]) for side in summed for part in _OPERATORS.split(side)
        ]
    plain = len(formulas) == 1 and "((" not in formulas[0] and ") +" not in formulas[0]
    return tuple(
        named if plain else Named(named.name)
        for named in operands
        if named.name.casefold() not in made and _is_name(named.name)
    )


def stated_names(text: str) -> tuple[Named, ...]:
    """Return the names after "merge of" or its like in one line; links in it are ``_MARK``."""
    lowered = lower(text)
    if not may_speak_of_merging(lowered):
        return ()
    for match in islice(_STATED.finditer(lowered), MOST_STATEMENTS):
        rest = text[match.end() : match.end() + LONGEST_RUN]
        names = list(_run_of_names(_SENTENCE_END.split(rest, maxsplit=1)[0]))
        if names:
            return tuple(names)
    if (
        not text.isascii()
        and _CJK.search(text)
        and MERGED.search(lowered)
        and not NOT_A_PARENT.search(lowered)
    ):
        quoted = [_operand(name) for name in _QUOTED.findall(text[:1000])]
        names = [named for named in quoted if _is_name(named.name)]
        return tuple(names) if len(names) > 1 else ()
    return ()


def item_name(text: str) -> Named | None:
    """Return the name that a line of a list of parents is, if it is nothing else."""
    if ":" in text or _MARK in text or "+" in text or NOT_A_PARENT.search(lower(text)):
        return None
    named = _operand(re.sub(r"^[\s\u2022\u00b7*\u2013\u2014-]+|^\d{1,2}[.)]\s", "", text))
    return named if _is_name(named.name) else None


def without_links(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return ``text`` with every span replaced by one mark."""
    return _replaced(text, spans, lambda _length: _MARK)


def masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return ``text`` with every span blotted out, every other character in its place."""
    return _replaced(text, spans, lambda length: _MARK * length)


def _replaced(text: str, spans: Iterable[tuple[int, int]], by: Callable[[int], str]) -> str:
    kept: list[str] = []
    at = 0
    for start, end in spans:
        kept += [text[at:start], by(end - start)]
        at = end
    return "".join([*kept, text[at:]])


def _is_formula(text: str) -> bool:
    if (
        "+" not in text
        or len(text) > LONGEST_FORMULA
        or not re.search(r"[\w)\]%\x00] ?\+ ?[\w(\[\x00]", text)
    ):
        return False
    lowered = lower(text)
    if NOT_A_PARENT.search(lowered):
        return False
    operands = re.split(r"<?=>?|→|->|\+", text)
    stated = "=" in text or _STATED.search(lowered) or re.search(r"\d\.\d|\d%", text)
    return bool(stated) and all(len(part.split()) <= 2 * MOST_WORDS for part in operands)


def _run_of_names(text: str) -> Iterator[Named]:
    """Yield names up to the first part that is none; a mark is a link, read elsewhere."""
    for part in _BETWEEN_NAMES.split(text):
        if _MARK in part or not part.strip():
            continue
        named = _operand(re.sub(r"^\s*(?:the|both|my)\s+", "", part))
        if not _is_name(named.name):
            return
        yield named


def _operand(text: str) -> Named:
    """Return the name and the weight in one operand: ``0.5(X)``, ``X (0.5)``, ``X x 0.85``."""
    text = re.sub(r"【[^】]{0,80}】|\[[^\]]{0,80}\]", " ", text[:200]).strip()
    weight: float | None = None
    before = _WEIGHT_BEFORE.match(text)
    after = _WEIGHT_AFTER.search(text)
    if before and before.group(1) and before.group(2) is not None:
        weight = _share(before.group(1), is_percent="%" in before.group(2))
        text = text[before.end() :]
    elif after and after.group(1) and (after.group(2) or "." in after.group(1)):
        weight = _share(after.group(1), is_percent=bool(after.group(2)))
        text = text[: after.start()]
    text = _IN_BRACKETS.sub("", text.strip(" \t()[]{}:*,.~-"))
    return Named(text.strip(" \t()[]{}:*,.~-\u2013\u2014\"'"), weight)


def _share(number: str, *, is_percent: bool) -> float | None:
    value = float(number) / (100 if is_percent else 1)
    return value if 0 <= value <= 1 else None


def _is_name(text: str) -> bool:
    """Return whether a text looks like a model's name: short, and spelt like one."""
    if not SHORTEST_NAME <= len(text) <= LONGEST_NAME or len(text.split()) > MOST_WORDS:
        return False
    if _MARK in text or "http" in text or _OTHER_MARKS.search(text):
        return False
    if text.count("(") != text.count(")") or (len(text) > LONGEST_CJK and _CJK.search(text)):
        return False
    if _NOT_IN_A_NAME.search(lower(text)) or not any(c.isalpha() for c in text):
        return False
    return text != lower(text) or _SPELT_LIKE_A_NAME.search(text) is not None
