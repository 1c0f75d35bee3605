"""Where a safetensors file keeps its tensors, as far as digesting them needs it.

Pure Python: importing this module must never import Django.

Source: facts/huggingface.md section 5: eight bytes of length, JSON, then the tensors' bytes,
without hole or overlap, up to the file's end.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import Any

import msgspec

from registry.fingerprints.model_file import MOST_HEADER_BYTES, TensorFact, UnreadableModelFile

TRUNCATED = frozenset({"header_past_end", "file_truncated"})
_LENGTH_BYTES = 8
_METADATA = "__metadata__"
_BITS: Mapping[str, int] = {
    "F4": 4,
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0"), 8),
    **dict.fromkeys(("F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 16),
    **dict.fromkeys(("I32", "U32", "F32"), 32),
    **dict.fromkeys(("C64", "F64", "I64", "U64"), 64),
}

ReadAt = Callable[[int, int], bytes]  # start, count


class _Entry(msgspec.Struct):
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


def safetensors_layout(read: ReadAt, *, size_bytes: int) -> tuple[TensorFact, ...]:
    """Return the tensors of a safetensors file, with their places.

    :raises UnreadableModelFile: if it is none, or breaks a rule of the format; of the codes in
        ``TRUNCATED`` if it is one whose end is missing
    """
    first = read(0, _LENGTH_BYTES + 1)
    length = int.from_bytes(first[:_LENGTH_BYTES], "little")
    if first[_LENGTH_BYTES:] != b"{":
        raise UnreadableModelFile("not_safetensors", "It is no safetensors file.")
    if length > MOST_HEADER_BYTES:
        raise UnreadableModelFile(
            "header_too_large", f"Its header is larger than {MOST_HEADER_BYTES} bytes."
        )
    if length > size_bytes - _LENGTH_BYTES:
        raise UnreadableModelFile("header_past_end", "It ends inside its header.")
    start = _LENGTH_BYTES + length
    tensors = _tensors(read(_LENGTH_BYTES, length), start)
    _check_places(tensors, start=start, size_bytes=size_bytes)
    return tensors


def _tensors(header: bytes, start: int) -> tuple[TensorFact, ...]:
    try:
        found = json.loads(header, object_pairs_hook=_unique)
        found.pop(_METADATA, None)
        entries = msgspec.convert(found, dict[str, _Entry])
    except (ValueError, RecursionError, AttributeError) as error:
        raise UnreadableModelFile("header_not_json", "Its header cannot be read.") from error
    return tuple(_tensor(name, entry, start) for name, entry in entries.items())


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; only metadata, which is all text and names no tensor, may repeat a key."""
    found = dict(pairs)
    if len(found) < len(pairs) and not all(isinstance(value, str) for value in found.values()):
        raise ValueError("a key stands twice")
    return found


def _tensor(name: str, entry: _Entry, start: int) -> TensorFact:
    first, last = entry.data_offsets
    bits = prod(entry.shape) * _BITS.get(entry.dtype, 0)
    if min((0, first, *entry.shape)) < 0 or entry.dtype not in _BITS or bits != 8 * (last - first):
        raise UnreadableModelFile(
            "size_disagrees", f"The tensor {name[:80]!a} has not the size of its shape."
        )
    return TensorFact(name, entry.dtype, entry.shape, start + first, start + last)


def _check_places(tensors: Sequence[TensorFact], *, start: int, size_bytes: int) -> None:
    """See to it that the tensors cover everything behind the header, each byte once."""
    spans = sorted((tensor.start or 0, tensor.end or 0) for tensor in tensors)
    if spans and spans[-1][1] > size_bytes:
        raise UnreadableModelFile("file_truncated", "It ends before its last tensor does.")
    for (_, before), (begin, _) in pairwise([(start, start), *spans, (size_bytes, size_bytes)]):
        if begin != before:
            code = "hole_between_tensors" if begin > before else "tensors_overlap"
            raise UnreadableModelFile(code, "Its tensors overlap or leave bytes that are in none.")
