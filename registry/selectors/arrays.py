"""Arrays as query parameters: many times faster than a list is adapted item by item."""

import re
from collections.abc import Iterable

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def text_array(values: Iterable[str]) -> str:
    """Return an array of text, to be cast with ``::text[]``."""
    values = tuple(values)
    if not values:
        return "{}"
    together = '","'.join(values)
    if "\\" in together or together.count('"') > 2 * (len(values) - 1):
        together = '","'.join(v.replace("\\", "\\\\").replace('"', '\\"') for v in values)
    return f'{{"{together}"}}'


def texts_of(array: str) -> list[str]:
    """Return the values of an array that ``text_array`` made."""
    return [_ESCAPED.sub(r"\1", quoted) for quoted in _QUOTED.findall(array)]


def word_array(values: Iterable[str]) -> str:
    """Return an array of words without marks (digests, numbers), to be cast with ``::text[]``."""
    return "{" + ",".join(values) + "}"


def int_array(values: Iterable[int]) -> str:
    """Return an array of integers, to be cast with ``::bigint[]``."""
    return "{" + ",".join(map(str, values)) + "}"
