"""Read the header of a GGUF file: metadata and where each tensor lies.

Pure Python: importing this module must never import Django.

Source: ggml-org, ``docs/gguf.md``; big-endian files as ``gguf/gguf_reader.py`` tells them.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from math import prod

from registry.fingerprints.model_file import (
    FileFacts,
    FileFinding,
    FileFormat,
    TensorFact,
    UnreadableModelFile,
)
from registry.fingerprints.readers.findings import (
    name_findings,
    named,
    quoted,
    repeated_keys,
    text_findings,
)
from registry.fingerprints.readers.gguf_types import TENSOR_TYPES, BlockType
from registry.fingerprints.readers.gguf_values import ValueReader
from registry.fingerprints.readers.limits import (
    MOST_DIMENSIONS,
    MOST_ELEMENTS,
    MOST_METADATA_KEYS,
    MOST_TENSORS,
)
from registry.fingerprints.readers.window import Cursor, HeaderTooLarge, Window

MAGIC = b"GGUF"
_VERSIONS = (1, 2, 3)
_ALIGNMENT_KEY = "general.alignment"
_DEFAULT_ALIGNMENT = 32
_LARGEST_ALIGNMENT = 1 << 20
_LONGEST_NAME_BYTES = 1024  # ggml's own bound is 64


@dataclass(slots=True)
class _Tensor:
    """One tensor as declared; ``offset`` counts bytes from the start of the tensors."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int


@dataclass(slots=True)
class _Header:
    """What was read so far."""

    tensor_count: int = 0
    key_count: int = 0
    metadata: dict[str, str] = field(default_factory=dict)
    overridden: list[tuple[str, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    tensors: dict[str, _Tensor] = field(default_factory=dict)


def read_gguf(window: Window) -> FileFacts:
    """Return what the header says. Shapes are in the order of torch: the fastest dimension last.

    Values of long arrays (a tokenizer's) are stepped over. A header larger than may be read gives
    the facts before that point, with the finding ``header_exceeds_cap``.

    :raises UnreadableModelFile: with the rule that the file breaks
    """
    reader = _reader(Cursor(window, len(MAGIC)))
    header = _Header(tensor_count=reader.count(), key_count=reader.count())
    if header.key_count > MOST_METADATA_KEYS:
        raise UnreadableModelFile(
            "too_many_metadata_keys", f"The header declares {header.key_count} metadata keys."
        )
    if header.tensor_count > MOST_TENSORS:
        raise UnreadableModelFile(
            "too_many_tensors", f"The header declares {header.tensor_count} tensors."
        )
    findings: list[FileFinding] = []
    try:
        _read_metadata(reader, header)
        _read_tensors(reader, header)
    except HeaderTooLarge:
        findings.append(_exceeded(header, reader.cursor.position))
    alignment = _alignment(header)
    start = _aligned(reader.cursor.position, alignment)
    tensors = tuple(_fact(tensor, start) for tensor in header.tensors.values())
    findings += _findings(header, tensors)
    if len(tensors) == header.tensor_count:
        findings += _layout_findings(tensors, start=start, alignment=alignment, size=window.size)
    return FileFacts(
        format=FileFormat.GGUF,
        size_bytes=window.size,
        header_bytes=reader.cursor.position,
        tensors=tensors,
        metadata=header.metadata,
        overridden=tuple(header.overridden),
        unread=tuple(header.unread),
        findings=tuple(findings),
    )


def _reader(cursor: Cursor) -> ValueReader:
    raw = cursor.take(4)
    little, big = int.from_bytes(raw, "little"), int.from_bytes(raw, "big")
    is_big_endian = little not in _VERSIONS and big in _VERSIONS
    version = big if is_big_endian else little
    if version not in _VERSIONS:
        raise UnreadableModelFile(
            "unknown_version", f"This is GGUF version {version}; known are 1 to 3."
        )
    return ValueReader(cursor, is_big_endian=is_big_endian, count_bytes=4 if version == 1 else 8)


def _read_metadata(reader: ValueReader, header: _Header) -> None:
    for _ in range(header.key_count):
        key = reader.text()
        value = reader.value()
        if value is None:
            header.unread.append(key)
            continue
        if key in header.metadata:
            header.overridden.append((key, header.metadata[key]))
        header.metadata[key] = value


def _read_tensors(reader: ValueReader, header: _Header) -> None:
    for _ in range(header.tensor_count):
        name = reader.text()
        if len(name) > _LONGEST_NAME_BYTES:
            raise UnreadableModelFile(
                "name_too_long", f"The name of a tensor has {len(name)} characters."
            )
        if name in header.tensors:
            raise UnreadableModelFile(
                "duplicate_tensor", f"The tensor {quoted(name)} is declared twice."
            )
        header.tensors[name] = _tensor(reader, name)


def _tensor(reader: ValueReader, name: str) -> _Tensor:
    dimensions = reader.number(4)
    if dimensions > MOST_DIMENSIONS:
        raise UnreadableModelFile(
            "too_many_dimensions", f"The tensor {quoted(name)} has {dimensions} dimensions."
        )
    shape = tuple(reader.count() for _ in range(dimensions))[::-1]
    if prod(shape) > MOST_ELEMENTS or max(shape, default=0) > MOST_ELEMENTS:
        raise UnreadableModelFile(
            "size_overflow", f"The tensor {quoted(name)} is larger than any file."
        )
    return _Tensor(name, shape, kind=reader.number(4), offset=reader.number(8))


def _alignment(header: _Header) -> int:
    value = header.metadata.get(_ALIGNMENT_KEY, str(_DEFAULT_ALIGNMENT))
    if value.isascii() and value.isdigit() and 0 < len(value) <= len(str(_LARGEST_ALIGNMENT)):
        alignment = int(value)
        if 0 < alignment <= _LARGEST_ALIGNMENT and alignment & (alignment - 1) == 0:
            return alignment
    raise UnreadableModelFile(
        "bad_alignment", f"The alignment {quoted(value)} is no power of two up to 1048576."
    )


def _aligned(position: int, alignment: int) -> int:
    return -(-position // alignment) * alignment


def _fact(tensor: _Tensor, start: int) -> TensorFact:
    kind = TENSOR_TYPES.get(tensor.kind)
    if kind is None:
        return TensorFact(tensor.name, f"GGML_{tensor.kind}", tensor.shape)
    first = start + tensor.offset
    return TensorFact(tensor.name, kind.name, tensor.shape, first, first + _size(tensor, kind))


def _size(tensor: _Tensor, kind: BlockType) -> int:
    elements = prod(tensor.shape)
    if tensor.shape and tensor.shape[-1] % kind.elements:
        raise UnreadableModelFile(
            "misaligned_tensor",
            f"A row of tensor {quoted(tensor.name)} is no whole number of {kind.name} blocks.",
        )
    return -(-elements // kind.elements) * kind.size_bytes


def _exceeded(header: _Header, position: int) -> FileFinding:
    keys = len(header.metadata) + len(header.overridden) + len(header.unread)
    return FileFinding(
        "header_exceeds_cap",
        f"Reading stopped at byte {position}, inside the header: {keys} of {header.key_count} "
        f"metadata keys and {len(header.tensors)} of {header.tensor_count} tensors were read.",
    )


def _findings(header: _Header, tensors: tuple[TensorFact, ...]) -> list[FileFinding]:
    found = [
        *text_findings(header.metadata),
        *repeated_keys(header.overridden, header.metadata),
        *name_findings(header.tensors),
    ]
    unknown = [tensor.name for tensor in tensors if tensor.end is None]
    if unknown:
        found.append(
            FileFinding("unknown_dtype", f"Tensors are of types we do not know: {named(unknown)}.")
        )
    return found


def _layout_findings(
    tensors: tuple[TensorFact, ...], *, start: int, alignment: int, size: int | None
) -> list[FileFinding]:
    """Refuse a file that ends too early; tell of overlaps and of bytes that are no tensor's."""
    spans = sorted(
        (tensor.start, tensor.end, tensor.name)
        for tensor in tensors
        if tensor.start is not None and tensor.end is not None
    )
    last = max((end for _, end, _ in spans), default=0)
    if size is not None and last > size:
        raise UnreadableModelFile(
            "file_truncated", f"The file ends {last - size} bytes before its last tensor does."
        )
    found = []
    overlapping = [after[2] for before, after in pairwise(spans) if after[0] < before[1]]
    if overlapping:
        found.append(
            FileFinding("tensors_overlap", f"Tensors begin inside others: {named(overlapping)}.")
        )
    end = _aligned(max(last, start), alignment)
    if len(spans) == len(tensors) and size is not None and size > end:
        found.append(
            FileFinding(
                "trailing_bytes", f"{size - end} bytes behind the last tensor belong to no tensor."
            )
        )
    return found
