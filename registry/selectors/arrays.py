"""Arrays as query parameters: many times faster than a list is adapted item by item."""

from collections.abc import Iterable


def text_array(values: Iterable[str]) -> str:
    """Return an array of text, to be cast with ``::text[]``."""
    quoted = ['"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values]
    return "{" + ",".join(quoted) + "}"


def word_array(values: Iterable[str]) -> str:
    """Return an array of words without marks (digests, numbers), to be cast with ``::text[]``."""
    return "{" + ",".join(values) + "}"


def int_array(values: Iterable[int]) -> str:
    """Return an array of integers, to be cast with ``::bigint[]``."""
    return "{" + ",".join(map(str, values)) + "}"
