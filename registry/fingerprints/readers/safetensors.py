"""Read the header of a safetensors file: eight bytes of length, JSON, then the tensors' bytes.

Pure Python: importing this module must never import Django.

Source: facts/huggingface.md section 5 (the format's README and ``tensor.rs``): offsets are
contiguous, without hole or overlap, and cover the file, so that it can be nothing else besides.
"""

from collections.abc import Mapping
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
    quoted,
    repeated_keys,
    text_findings,
)
from registry.fingerprints.readers.header_scan import ScannedHeader, TensorEntry, scan_header
from registry.fingerprints.readers.limits import MOST_ELEMENTS
from registry.fingerprints.readers.window import HeaderTooLarge, Window

LENGTH_BYTES = 8
DTYPE_BITS: Mapping[str, int] = {
    **dict.fromkeys(("F4",), 4),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0"), 8),
    **dict.fromkeys(("F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 16),
    **dict.fromkeys(("I32", "U32", "F32"), 32),
    **dict.fromkeys(("C64", "F64", "I64", "U64"), 64),
}
_BITS_PER_BYTE = 8


def looks_like_safetensors(head: bytes) -> bool:
    """Tell whether an object follows the length, however wrong the length is."""
    return head[LENGTH_BYTES : LENGTH_BYTES + 64].lstrip(b" \t\r\n").startswith(b"{")


def has_header_length(head: bytes, *, most: int) -> bool:
    """Tell whether a file begins with the length of a header of at most ``most`` bytes."""
    return int.from_bytes(head[:LENGTH_BYTES], "little") <= most


def read_safetensors(window: Window, *, most_header_bytes: int) -> FileFacts:
    """Return what the header says, without reading any tensor.

    :raises UnreadableModelFile: with the rule that the file breaks
    """
    length = _header_length(window, most_header_bytes=most_header_bytes)
    raw = window.exactly(LENGTH_BYTES, length)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableModelFile("header_not_utf8", "The header is not UTF-8 text.") from error
    del raw
    header = scan_header(text)
    start = LENGTH_BYTES + length
    tensors = tuple(_tensor(name, entry, start) for name, entry in header.tensors.items())
    _check_layout(tensors, start=start, size=window.size)
    return FileFacts(
        format=FileFormat.SAFETENSORS,
        size_bytes=window.size,
        header_bytes=start,
        tensors=tensors,
        metadata=header.metadata,
        overridden=tuple(header.overridden),
        findings=_findings(header, text=text, size=window.size),
    )


def _header_length(window: Window, *, most_header_bytes: int) -> int:
    if len(window.head) < LENGTH_BYTES:
        raise UnreadableModelFile(
            "header_too_small", "The file is too short to hold the length of a header."
        )
    length = int.from_bytes(window.head[:LENGTH_BYTES], "little")
    if length > most_header_bytes:
        raise HeaderTooLarge(most_header_bytes)
    if length == 0:
        raise UnreadableModelFile("header_too_small", "The header is empty.")
    if window.size is not None and length > window.size - LENGTH_BYTES:
        raise UnreadableModelFile(
            "header_past_end", f"The header of {length} bytes would end behind the file's end."
        )
    return length


def _tensor(name: str, entry: TensorEntry, data_start: int) -> TensorFact:
    bits = DTYPE_BITS.get(entry.dtype)
    if bits is None:
        raise UnreadableModelFile(
            "unknown_dtype", f"The tensor {quoted(name)} has the dtype {quoted(entry.dtype)}."
        )
    first, last = entry.span or (0, 0)
    shape = entry.shape or ()
    elements = prod(shape)
    if elements * bits > MOST_ELEMENTS or max((first, last, *shape)) > MOST_ELEMENTS:
        raise UnreadableModelFile(
            "size_overflow", f"The tensor {quoted(name)} is larger than any file."
        )
    if elements * bits % _BITS_PER_BYTE:
        raise UnreadableModelFile(
            "misaligned_tensor", f"The tensor {quoted(name)} does not end at a whole byte."
        )
    if last < first:
        raise UnreadableModelFile(
            "offsets_reversed", f"The tensor {quoted(name)} ends before it begins."
        )
    if last - first != elements * bits // _BITS_PER_BYTE:
        raise UnreadableModelFile(
            "size_disagrees",
            f"The offsets of tensor {quoted(name)} span {last - first} bytes, its shape and dtype "
            f"{elements * bits // _BITS_PER_BYTE}.",
        )
    return TensorFact(name, entry.dtype, shape, data_start + first, data_start + last)


def _check_layout(tensors: tuple[TensorFact, ...], *, start: int, size: int | None) -> None:
    spans = sorted((tensor.start or 0, tensor.end or 0, tensor.name) for tensor in tensors)
    for (_, end, before), (begin, _, name) in pairwise([(start, start, ""), *spans]):
        if begin < end:
            raise UnreadableModelFile(
                "tensors_overlap", f"The tensors {quoted(before)} and {quoted(name)} overlap."
            )
        if begin > end:
            raise UnreadableModelFile(
                "hole_between_tensors",
                f"{begin - end} bytes before tensor {quoted(name)} belong to no tensor.",
            )
    last = max((end for _, end, _ in spans), default=start)
    if size is not None and last > size:
        raise UnreadableModelFile(
            "file_truncated", f"The file ends {last - size} bytes before its last tensor does."
        )
    if size is not None and last < size:
        raise UnreadableModelFile(
            "trailing_bytes",
            f"{size - last} bytes behind the last tensor belong to no tensor: the file may be "
            "another kind of file as well.",
        )


def _findings(header: ScannedHeader, *, text: str, size: int | None) -> tuple[FileFinding, ...]:
    found = [
        *text_findings(header.metadata),
        *repeated_keys(header.overridden, header.metadata),
        *name_findings(header.tensors),
    ]
    if not text.startswith("{"):
        found.append(
            FileFinding("header_leading_space", "White space stands before the header's object.")
        )
    if size is None:
        found.append(
            FileFinding(
                "size_unknown", "The file's size is unknown; whether it is whole was not checked."
            )
        )
    return tuple(found)
