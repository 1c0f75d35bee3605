"""Tensor names in a form that signatures can be looked up in, built in one pass.

A *pattern* is a name whose counters are ``#``: ``blocks.3.attn1.to_k`` is ``blocks.#.attn1.to_k``.
Everything afterwards is a look-up, so a million hostile names cost one pass. Pure Python:
importing this module must never import Django.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

LONGEST_NAME = 1000  # characters; no network names a tensor so, and evidence has to be readable
MOST_SHAPES = 64  # distinct shapes kept of one pattern; a real network has a dozen
_HEADS = re.compile(r"(?:[^._]*[._])?[^._]*[._]")
_COUNTER = re.compile(r"(?:^|(?<=\.))[0-9]+(?=\.|$)")

Shape = tuple[int, ...]


@dataclass(slots=True)
class Entry:
    """What goes by one pattern: how often, who is first, and with which shapes."""

    first: str
    count: int = 0
    shapes: dict[Shape, str] = field(default_factory=dict)  # shape -> the first name with it

    def add(self, name: str, shape: Shape) -> None:
        """Count one more tensor."""
        self.count += 1
        if shape not in self.shapes and len(self.shapes) < MOST_SHAPES:
            self.shapes[shape] = name


@dataclass(frozen=True, slots=True)
class Index:
    """Names (exact), patterns and heads (``lllite_unet_``) of one group of tensors.

    ``total`` counts every tensor.
    """

    names: Mapping[str, Shape]
    patterns: Mapping[str, Entry]
    heads: Mapping[str, Entry]
    total: int

    def entry(self, wanted: str) -> Entry | None:
        """Return what has this name or, with ``#`` or a final ``*``, this pattern or head."""
        if wanted.endswith(("_*", ".*")):
            return self.heads.get(wanted[:-1])
        if "#" in wanted:
            return self.patterns.get(wanted)
        shape = self.names.get(wanted)
        return None if shape is None else Entry(wanted, 1, {shape: wanted})


def pattern_of(name: str) -> str:
    """Return a dotted name with every counter as ``#``."""
    return _COUNTER.sub("#", name)


def index_of(named: Iterable[tuple[str, str, Shape]]) -> Index:
    """Return an index of (name, pattern, shape) triples; the first of a name counts.

    Names that are longer than ``LONGEST_NAME`` are only counted.
    """
    names: dict[str, Shape] = {}
    patterns: dict[str, Entry] = {}
    heads: dict[str, Entry] = {}
    total = 0
    for name, pattern, shape in named:
        total += 1
        if len(name) > LONGEST_NAME or name in names:
            continue
        names[name] = shape
        _add(patterns, pattern, name, shape)
        for head in _heads_of(name):
            _add(heads, head, name, shape)
    return Index(names, patterns, heads, total)


def _add(entries: dict[str, Entry], key: str, name: str, shape: Shape) -> None:
    entry = entries.get(key)
    if entry is None:
        entry = entries[key] = Entry(name)
    entry.add(name, shape)


def _heads_of(name: str) -> Iterable[str]:
    """Return how a name begins: up to its first dot, its first and its second separator."""
    found = _HEADS.match(name)
    two = found[0] if found else ""
    one = two[: 1 + min((i for i in (two.find("."), two.find("_")) if i >= 0), default=-1)]
    return filter(None, {one, two, name[: name.find(".") + 1]})
