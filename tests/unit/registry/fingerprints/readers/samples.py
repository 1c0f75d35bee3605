"""Bytes of model files, built by hand."""

import io
import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from registry.fingerprints.model_file import FileFacts, UnreadableModelFile
from registry.fingerprints.readers.front_door import read_file_facts
from registry.fingerprints.readers.sources import Buffer

RECORDED = Path(__file__).parents[4] / "recorded" / "files"


def read(content: bytes, filename: str = "") -> FileFacts:
    return read_file_facts(Buffer(content), filename=filename)


def recorded(name: str) -> FileFacts:
    return read((RECORDED / name).read_bytes(), name)


def refusal(read_it: Callable[[], object]) -> str:
    with pytest.raises(UnreadableModelFile) as caught:
        read_it()
    return caught.value.code


def outcome(content: bytes, filename: str = "") -> str:
    """Return the format that was read or the code of the refusal; anything else is a crash."""
    try:
        return read(content, filename).format
    except UnreadableModelFile as error:
        return error.code


def codes(facts: FileFacts) -> list[str]:
    return [finding.code for finding in facts.findings]


def safetensors(header: bytes | Mapping[str, object], data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(*span: int, shape: tuple[int, ...] = (2, 2), dtype: str = "I32") -> dict[str, object]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(span)}


def gguf_text(text: bytes, *, count: str = "<Q") -> bytes:
    return struct.pack(count, len(text)) + text


def gguf(*parts: bytes, keys: int = 0, tensors: int = 0, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + b"".join(parts)


def gguf_tensor(name: bytes, *dimensions: int, kind: int = 0, offset: int = 0) -> bytes:
    sizes = struct.pack(f"<I{len(dimensions)}Q", len(dimensions), *dimensions)
    return gguf_text(name) + sizes + struct.pack("<IQ", kind, offset)


def varint(value: int) -> bytes:
    written = b""
    while value > 0x7F:
        written += bytes([value & 0x7F | 0x80])
        value >>= 7
    return written + bytes([value])


def message(tag: int, content: bytes) -> bytes:
    return varint(tag << 3 | 2) + varint(len(content)) + content


def number(tag: int, value: int) -> bytes:
    return varint(tag << 3) + varint(value)


def onnx(*graph: bytes, rest: bytes = b"") -> bytes:
    return number(1, 7) + message(7, b"".join(graph)) + rest


def zipped(members: Mapping[str, bytes], *, method: int = zipfile.ZIP_STORED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


class Asks:
    """Pickles as a call, which nobody must make."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call
