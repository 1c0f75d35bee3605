"""YAML written by strangers, read as plain values with a bounded cost.

Values are what the Hub shows (YAML 1.2's core words): ``no`` and bare dates stay text, ``true`` and
numbers are values, of a duplicate key the last one stands unless the caller refuses it. Documents
are built from parser events, so nothing recurses, no tag constructs anything, and an alias costs
what it stands for.
Pure Python: importing this module must never import Django.
"""

import re
from typing import Any

import yaml

from registry.errors import BadInput

LONGEST_TEXT = 1_000_000  # characters; the largest real front matters (benchmark tables) have 500 k
MOST_NODES = 100_000  # with every alias counted as what it stands for
DEEPEST = 64

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PYTHON_TAG = "tag:yaml.org,2002:python/"
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
_FLOAT = re.compile(
    r"[-+]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,3})?", re.A
)


class UnreadableYaml(BadInput):
    """A text is not one YAML document that we are willing to read."""


def read_yaml(text: str, *, keys_once: bool = False) -> Any:
    """Return the value of the single document in ``text``; ``None`` if it is empty.

    Mappings have text keys. Characters that YAML forbids are dropped.

    :param keys_once: refuse a key that stands twice in a mapping
    :raises UnreadableYaml: if the text is not valid, holds several documents, carries a Python tag,
        or exceeds ``LONGEST_TEXT``, ``MOST_NODES`` or ``DEEPEST``
    """
    if len(text) > LONGEST_TEXT:
        raise UnreadableYaml(f"YAML longer than {LONGEST_TEXT} characters is not read.")
    builder = _Builder(keys_once=keys_once)
    try:
        for event in yaml.parse(_UNPRINTABLE.sub("", text), Loader=_LOADER):
            builder.take(event)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise UnreadableYaml(f"Not YAML: {_first_line(error)}") from error
    return builder.root


def _first_line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f" at line {mark.line + 1}" if mark is not None else ""
    return f"{getattr(error, 'problem', None) or type(error).__name__}{where}."


class _Open:
    """A collection that is still being filled."""

    def __init__(self, value: dict[str, Any] | list[Any], anchor: str | None, start: int) -> None:
        self.value = value
        self.anchor = anchor
        self.start = start  # nodes counted before it
        self.key: str | None = None  # a mapping's key that waits for its value


class _Builder:
    """Plain values out of parser events, without recursion."""

    def __init__(self, *, keys_once: bool) -> None:
        self.root: Any = None
        self._keys_once = keys_once
        self._documents = 0
        self._nodes = 0
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}  # value and how many nodes it stands for

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.NodeEvent):
            self._count(1)
            self._refuse_python_tag(event)
        match event:
            case yaml.DocumentStartEvent():
                self._start_document()
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.AliasEvent():
                self._alias(event.anchor or "")
            case yaml.MappingStartEvent():
                self._start({}, event.anchor)
            case yaml.SequenceStartEvent():
                self._start([], event.anchor)
            case yaml.CollectionEndEvent():
                self._end()

    def _start_document(self) -> None:
        self._documents += 1
        if self._documents > 1:
            raise UnreadableYaml("Several YAML documents where one is expected.")

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MOST_NODES:
            raise UnreadableYaml(f"YAML of more than {MOST_NODES} values is not read.")

    @staticmethod
    def _refuse_python_tag(event: yaml.NodeEvent) -> None:
        if str(getattr(event, "tag", None) or "").startswith(_PYTHON_TAG):
            raise UnreadableYaml("YAML that names Python objects is not read.")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        is_plain = event.style in (None, "") and event.tag is None
        value = _plain_value(event.value) if is_plain and not self._wants_key() else event.value
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._place(value)

    def _alias(self, anchor: str) -> None:
        if anchor not in self._anchors:  # or an alias inside what it stands for
            raise UnreadableYaml(f"YAML alias {anchor[:40]!r} stands for nothing.")
        value, nodes = self._anchors[anchor]
        self._count(nodes)
        self._place(value)

    def _wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and not self._has_key()

    def _has_key(self) -> bool:
        return self._open[-1].key is not None

    def _start(self, value: dict[str, Any] | list[Any], anchor: str | None) -> None:
        if len(self._open) >= DEEPEST:
            raise UnreadableYaml(f"YAML nested deeper than {DEEPEST} levels is not read.")
        if self._wants_key():
            raise UnreadableYaml("A YAML key must be text.")
        self._open.append(_Open(value, anchor, self._nodes))

    def _end(self) -> None:
        done = self._open.pop()
        value = _with_merged_keys(done.value) if isinstance(done.value, dict) else done.value
        if done.anchor:
            self._anchors[done.anchor] = (value, self._nodes - done.start + 1)
        self._place(value)

    def _place(self, value: Any) -> None:
        if not self._open:
            self.root = value
            return
        parent = self._open[-1]
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.key is None:
            if isinstance(value, dict | list):  # an alias used as a key
                raise UnreadableYaml("A YAML key must be text.")
            parent.key = str(value)
        else:
            if self._keys_once and parent.key in parent.value:
                raise UnreadableYaml(f"The YAML key {parent.key[:40]!r} stands twice.")
            parent.value[parent.key] = value
            parent.key = None


def _plain_value(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def _with_merged_keys(mapping: dict[str, Any]) -> dict[str, Any]:
    """Apply YAML's merge key: what ``<<`` names is a default."""
    if "<<" not in mapping:
        return mapping
    named = mapping["<<"]
    merged: dict[str, Any] = {}
    for defaults in reversed(named if isinstance(named, list) else [named]):
        if isinstance(defaults, dict):
            merged.update(defaults)
    merged.update((key, value) for key, value in mapping.items() if key != "<<")
    return merged
