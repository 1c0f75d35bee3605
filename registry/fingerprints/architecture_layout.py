"""How writers spell names: roots before a network's own, ends of an adapter's, marks of packing.

Pure Python: importing this module must never import Django.
"""

import re
from collections.abc import Mapping
from functools import cache

import msgspec

from registry.fingerprints.architecture_rules import FOLDER, read_toml

_BLOCK = "blk."
_LONGEST_END = 3  # dotted words of the longest end of an adapter's tensor name
_UNDER_A_NAME = frozenset({"lora_A", "lora_B", "lora_embedding_A", "lora_embedding_B"})
_INSIDE_A_WORD = re.compile(r"_lora[12]?$")  # diffusers of 2023, XLabs: to_q_lora.down.weight


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file ``layout.toml``; what each table means stands there."""

    roots: Mapping[str, str]
    adapter_roots: Mapping[str, str]
    adapter_parts: Mapping[str, str]
    gguf_tensors: Mapping[str, str]
    packing: Mapping[str, str]


@cache
def layout() -> Layout:
    """Return the spellings, read and checked once."""
    return read_toml(FOLDER / "layout.toml", Layout)


def split_root(name: str) -> tuple[str, str]:
    """Return the root before a tensor's name and the rest; an empty root where none is known.

    A folder's name (``text_encoder/``) may have another root behind it.
    """
    found = _roots().match(name)
    if found is None:
        return "", name
    behind = _roots().match(name, found.end()) if found[0].endswith("/") else None
    return found[0], name[(behind or found).end() :]


def split_adapter_root(module: str) -> tuple[str, str]:
    """Return the root before an adapter's module and the rest."""
    found = _adapter_roots().match(module)
    return (found[0], module[found.end() :]) if found else ("", module)


def adapter_part(name: str) -> tuple[str, str, str] | None:
    """Return (module, algorithm, part) of an adapter's tensor; nothing for any other tensor."""
    words = name.rsplit(".", _LONGEST_END)
    parts = layout().adapter_parts
    for count in range(len(words) - 1, 0, -1):
        end = ".".join(words[-count:])
        part = parts.get(end)
        if part is not None:
            algorithm, _, piece = part.partition(".")
            return name[: -len(end) - 1], algorithm, piece
    return _named_part(words)


def _named_part(words: list[str]) -> tuple[str, str, str] | None:
    """Return the part where an adapter's own name, or ``_lora``, stands inside."""
    if len(words) <= _LONGEST_END:
        return None
    head, kind, middle, last = words
    if kind in _UNDER_A_NAME:  # lora_A.default.weight
        piece = "down" if kind.endswith("A") else "up"
        return head, "lora", piece if "embedding" not in kind else f"embedding_{piece}"
    inside = _INSIDE_A_WORD.search(kind)
    if inside and middle in ("down", "up") and last == "weight":
        return f"{head}.{kind[: inside.start()]}", "lora", middle
    return None


def plain_gguf_name(name: str) -> str:
    """Return a llama.cpp tensor name in the spelling of transformers; others as they are."""
    if not name.startswith(_BLOCK):
        return _GGUF_TOP.get(name, name)
    words = name.split(".", 3)
    if len(words) <= _LONGEST_END:
        return name
    known = layout().gguf_tensors.get(words[2])
    return f"layers.{words[1]}.{known}.{words[3]}" if known else name


_GGUF_TOP = {"token_embd.weight": "embed_tokens.weight", "output_norm.weight": "norm.weight"}


def packing_of(name: str) -> tuple[str, str] | None:
    """Return (tensor it belongs to, how that is packed) of a tensor that only serves packing."""
    packing = layout().packing
    head, _, last = name.rpartition(".")
    if last in packing:
        return head, packing[last]
    head, _, before = head.rpartition(".")
    mark = packing.get(f"{before}.{last}")
    return (head, mark) if mark else None


@cache
def _roots() -> re.Pattern[str]:
    return _any_of(layout().roots)


@cache
def _adapter_roots() -> re.Pattern[str]:
    return _any_of(layout().adapter_roots)


def _any_of(prefixes: Mapping[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(prefixes, key=len, reverse=True))))
