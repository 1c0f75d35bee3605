"""The numbers, texts and arrays of a GGUF header.

Pure Python: importing this module must never import Django.

Source: ggml-org, ``docs/gguf.md``. Version 1 counts with 32 bits, versions 2 and 3 with 64.
"""

import json
import struct
from collections.abc import Callable, Mapping
from typing import Final

from registry.fingerprints.model_file import UnreadableModelFile
from registry.fingerprints.readers.limits import MOST_NESTING, MOST_TEXT_BYTES
from registry.fingerprints.readers.window import Cursor

STRING: Final = 8
ARRAY: Final = 9
_LONGEST_HELD_ARRAY = 1024  # vocabularies are longer, lists of languages, tags and sizes shorter
_FORMATS: Mapping[int, str] = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}

Scalar = bool | int | float


class ValueReader:
    """Reads values from a cursor, in the byte order and with the counts of a file's version."""

    def __init__(self, cursor: Cursor, *, is_big_endian: bool, count_bytes: int) -> None:
        """Read from ``cursor``; a count takes ``count_bytes``."""
        self.cursor = cursor
        self._is_big_endian = is_big_endian
        self._count_bytes = count_bytes
        order = ">" if is_big_endian else "<"
        self._structs = {kind: struct.Struct(order + word) for kind, word in _FORMATS.items()}

    def number(self, size_bytes: int) -> int:
        """Return an unsigned number."""
        return self.cursor.number(size_bytes, is_big_endian=self._is_big_endian)

    def count(self) -> int:
        """Return a count or a length."""
        return self.number(self._count_bytes)

    def text(self) -> str:
        """Return a text; what is no UTF-8 is shown as escapes."""
        return self.cursor.take(self.count()).decode("utf-8", "backslashreplace")

    def value(self) -> str | None:
        """Return a typed value: a text as it is, else as JSON; nothing for a long array."""
        kind = self.number(4)
        if kind == STRING:
            return self.text()
        if kind != ARRAY:
            return json.dumps(self._scalar(kind))
        start = self.cursor.position
        items = self._array(0)
        if items is None or self.cursor.position - start > MOST_TEXT_BYTES:
            return None
        return json.dumps(items)

    def _scalar(self, kind: int) -> Scalar:
        unpack = self._structs.get(kind)
        if unpack is None:
            raise UnreadableModelFile(
                "unknown_value_type", f"The header has a value of type {kind}."
            )
        value: Scalar = unpack.unpack(self.cursor.take(unpack.size))[0]
        return value

    def _array(self, depth: int) -> list[object] | None:
        if depth > MOST_NESTING:
            raise UnreadableModelFile("header_too_deep", "The header nests too deep.")
        kind, length = self.number(4), self.count()
        is_held = length <= _LONGEST_HELD_ARRAY
        fixed = self._structs.get(kind)
        if fixed is not None and not is_held:
            self.cursor.skip(length * fixed.size)
            return None
        read = self._item_reader(kind, depth)
        items: list[object] = []
        for _ in range(length):
            item = read()
            if is_held:
                items.append(item)
        return items if is_held else None

    def _item_reader(self, kind: int, depth: int) -> Callable[[], object]:
        if kind == STRING:
            return self.text
        if kind == ARRAY:
            return lambda: self._array(depth + 1)
        return lambda: self._scalar(kind)
