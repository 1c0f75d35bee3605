"""What a page and a header's recipe say of a file, as plain values to compare it with.

Pure Python: importing this module must never import Django.
"""

import unicodedata
from dataclasses import dataclass

_LONGEST_QUOTE = 120  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderRecipe:
    """What the recipe in a header names.

    ``parents``: names or digests as given. ``stated_digest``: the digest by which the recipe
    lists the file itself; ``actual_digest``: the same digest of the file; empty: not known.
    """

    parents: tuple[str, ...] = ()
    stated_digest: str = ""
    actual_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWords:
    """What a page says of the file; empty values are not stated.

    ``parents``: the card's base_model and the models of its mergekit configuration, as given.
    ``licenses``, ``license_name``, ``license_link``: as a card declares them. ``size_class``: as
    in a name, ``7B``. ``dtype``: ``fp16``, ``bf16``, ``fp8``, ... ``filename``: as listed.
    """

    parents: tuple[str, ...] = ()
    base_label: str = ""
    licenses: tuple[str, ...] = ()
    license_name: str = ""
    license_link: str = ""
    parameters: int = 0
    size_class: str = ""
    dtype: str = ""
    filename: str = ""


def quoted(text: str) -> str:
    """Return text in quotes, cut, without characters that cannot be seen or turn its direction.

    Double quotes in it become single ones.
    """
    seen = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text[:_LONGEST_QUOTE])
    seen = seen.replace('"', "'")
    return f'"{seen}…"' if len(text) > _LONGEST_QUOTE else f'"{seen}"'
