"""A strict reader of the JSON of a safetensors header, which holds only what the format allows.

JSON libraries build whatever a header nests, keep the last of two equal keys without a word and
take NaN; this one knows the format, so its memory is bounded by the text it was given.

Pure Python: importing this module must never import Django.

Source: facts/huggingface.md section 5; its errors are those of the reference reader
(safetensors 0.8.0, ``tensor.rs``) in words of ours.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]

from registry.fingerprints.model_file import UnreadableModelFile
from registry.fingerprints.readers.findings import quoted
from registry.fingerprints.readers.limits import (
    MOST_DIMENSIONS,
    MOST_METADATA_KEYS,
    MOST_NESTING,
    MOST_TENSORS,
)

METADATA_KEY = "__metadata__"
_LARGEST_INTEGER = (1 << 64) - 1

_SPACE = re.compile(r"[ \t\n\r]*")
_INTEGER = re.compile(r"(?:0|[1-9][0-9]{0,19})(?![0-9.eE])")
_SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class TensorEntry:
    """What the header says of one tensor; ``span`` counts bytes from the end of the header."""

    dtype: str = ""
    shape: tuple[int, ...] | None = None
    span: tuple[int, int] | None = None


@dataclass(slots=True)
class ScannedHeader:
    """A header as written. ``overridden``: metadata hidden by a later pair with the same key."""

    tensors: dict[str, TensorEntry] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    overridden: list[tuple[str, str]] = field(default_factory=list)


def scan_header(text: str) -> ScannedHeader:
    """Return what ``text`` says.

    :raises UnreadableModelFile: with the rule it breaks
    """
    return _Scan(text).header()


class _Scan:
    """A place in the text, and what was found before it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._found = ScannedHeader()
        self._has_metadata = False
        self._entry = TensorEntry()
        self._seen: set[str] = set()

    def header(self) -> ScannedHeader:
        self._space()
        if self._text[self._at : self._at + 1] != "{":
            raise UnreadableModelFile("header_not_an_object", "The header is no JSON object.")
        self._object(self._top_member)
        if self._at < len(self._text):
            raise self._broken("more text follows its end")
        return self._found

    def _top_member(self, key: str) -> None:
        if key == METADATA_KEY:
            self._metadata()
            return
        if key in self._found.tensors:
            raise UnreadableModelFile(
                "duplicate_tensor", f"The tensor {quoted(key)} is declared twice."
            )
        if len(self._found.tensors) >= MOST_TENSORS:
            raise UnreadableModelFile(
                "too_many_tensors", f"The header declares more than {MOST_TENSORS} tensors."
            )
        self._found.tensors[key] = self._tensor(key)

    def _metadata(self) -> None:
        if self._has_metadata:
            raise UnreadableModelFile(
                "duplicate_metadata", "The header has two blocks of metadata."
            )
        self._has_metadata = True
        if self._text.startswith("null", self._at):
            self._at += len("null")
        elif self._text[self._at] == "{":
            self._object(self._metadata_member)
        else:
            raise UnreadableModelFile("metadata_not_an_object", "Its metadata is no JSON object.")

    def _metadata_member(self, key: str) -> None:
        if self._text[self._at] != '"':
            raise UnreadableModelFile(
                "metadata_not_text", f"The metadata {quoted(key)} is no text, as the format asks."
            )
        value = self._string()
        known = self._found.metadata
        if key in known:
            self._found.overridden.append((key, known[key]))
        if len(known) + len(self._found.overridden) >= MOST_METADATA_KEYS:
            raise UnreadableModelFile(
                "too_many_metadata_keys",
                f"The header has more than {MOST_METADATA_KEYS} metadata keys.",
            )
        known[key] = value

    def _tensor(self, name: str) -> TensorEntry:
        if self._text[self._at] != "{":
            raise UnreadableModelFile(
                "tensor_not_an_object", f"What stands for tensor {quoted(name)} is no JSON object."
            )
        self._entry, self._seen = TensorEntry(), set()
        self._object(self._tensor_member)
        entry = self._entry
        if not entry.dtype or entry.shape is None or entry.span is None:
            raise UnreadableModelFile(
                "tensor_incomplete",
                f"The tensor {quoted(name)} lacks its dtype, its shape or its offsets.",
            )
        return entry

    def _tensor_member(self, key: str) -> None:
        if key in self._seen:
            raise UnreadableModelFile(
                "duplicate_field", f"A tensor has the field {quoted(key)} twice."
            )
        self._seen.add(key)
        if key == "dtype":
            self._entry.dtype = self._string()
        elif key == "shape":
            self._entry.shape = self._integers()
        elif key == "data_offsets":
            self._entry.span = self._pair()
        else:
            self._value(0)

    def _pair(self) -> tuple[int, int]:
        numbers = self._integers()
        if len(numbers) != 2:  # noqa: PLR2004 - a start and an end
            raise UnreadableModelFile("bad_offsets", "A tensor's offsets are not two numbers.")
        return numbers[0], numbers[1]

    def _integers(self) -> tuple[int, ...]:
        if self._text[self._at] != "[":
            raise UnreadableModelFile("bad_numbers", "A shape or offset is no list of numbers.")
        numbers: list[int] = []
        self._list(lambda: numbers.append(self._integer(len(numbers))))
        return tuple(numbers)

    def _integer(self, before: int) -> int:
        found = _INTEGER.match(self._text, self._at)
        value = int(found[0]) if found else _LARGEST_INTEGER + 1
        if not found or value > _LARGEST_INTEGER:
            raise UnreadableModelFile(
                "bad_numbers", "A shape or offset has something else than a 64-bit whole number."
            )
        if before >= MOST_DIMENSIONS:
            raise UnreadableModelFile(
                "too_many_dimensions", f"A tensor has more than {MOST_DIMENSIONS} dimensions."
            )
        self._at = found.end()
        return value

    def _value(self, depth: int) -> None:
        """Step over any value: loaders ignore fields that they do not know."""
        if depth > MOST_NESTING:
            raise UnreadableModelFile("header_too_deep", "The header nests too deep.")
        start = self._text[self._at]
        if start == "{":
            self._object(lambda _: self._value(depth + 1))
        elif start == "[":
            self._list(lambda: self._value(depth + 1))
        elif start == '"':
            self._string()
        else:
            found = _SCALAR.match(self._text, self._at)
            if not found:
                raise self._broken("a value is none of JSON's")
            self._at = found.end()

    def _object(self, member: Callable[[str], None]) -> None:
        def one() -> None:
            if self._text[self._at] != '"':
                raise self._broken("a key is no text")
            key = self._string()
            if self._space() != ":":
                raise self._broken("a colon is missing")
            self._at += 1
            self._space()
            self._ensure_more()
            member(key)

        self._list(one, closing="}")

    def _list(self, item: Callable[[], None], *, closing: str = "]") -> None:
        self._at += 1
        if self._space() == closing:
            self._at += 1
            self._space()
            return
        while True:
            self._ensure_more()
            item()
            after = self._space()
            self._at += 1
            self._space()
            if after == closing:
                return
            if after != ",":
                raise self._broken("a comma or a closing bracket is missing")

    def _string(self) -> str:
        if self._text[self._at] != '"':
            raise self._broken("a text is missing")
        try:
            text, self._at = scanstring(self._text, self._at + 1, True)
        except JSONDecodeError as error:
            raise self._broken("a text does not end or has a bad escape") from error
        if _LONE_SURROGATE.search(text):
            raise UnreadableModelFile(
                "lone_surrogate", "The header has half a character (a lone surrogate)."
            )
        return str(text)

    def _space(self) -> str:
        """Step over white space; return the next character, or nothing at the end."""
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._text[self._at : self._at + 1]

    def _ensure_more(self) -> None:
        if self._at >= len(self._text):
            raise self._broken("it ends too early")

    def _broken(self, what: str) -> UnreadableModelFile:
        return UnreadableModelFile(
            "header_not_json", f"The header is not valid JSON: {what} near character {self._at}."
        )
