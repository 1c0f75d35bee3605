"""Files of arrays that are mapped into memory, and never served torn.

Format 1, everything little endian:

=========  ==================================================================================
8 bytes    ``KEIFURT1``
8 bytes    length of the header
32 bytes   BLAKE3 of the header
32 bytes   BLAKE3 of the body
header     JSON: ``{"about": {...}, "arrays": {name: [offset, type, count]}}``; offsets count from
           the body's start, types are numpy's names (``<u8``)
padding    to a multiple of 64
body       the arrays, each at a multiple of 64
=========  ==================================================================================

A file is written under another name, synced, and renamed: whoever opens it sees all of it or none.
Readers check both digests once per file; one that lies open stays readable after it is replaced.
Pure Python: importing this module must never import Django.
"""

import json
import mmap
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from blake3 import blake3

from registry.errors import Unavailable

MAGIC = b"KEIFURT1"
_ALIGN = 64
_HEAD = struct.Struct("<8sQ32s32s")

Array = npt.NDArray[Any]


class TornFile(Unavailable):
    """A file of arrays is not as it was written."""


@dataclass(frozen=True, slots=True)
class ArrayFile:
    """The arrays of one file, mapped into memory; ``about`` is whatever the writer said of them."""

    about: Mapping[str, Any]
    arrays: Mapping[str, memoryview]


def write_arrays(path: Path, *, about: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write a file in place of what may be there; arrays have one dimension."""
    table, offset = {}, 0
    for name, array in arrays.items():
        table[name] = [offset, array.dtype.str, len(array)]
        offset += _padded(array.nbytes)
    header = json.dumps({"about": dict(about), "arrays": table}).encode()
    header += b" " * (_padded(_HEAD.size + len(header)) - _HEAD.size - len(header))
    body = blake3()
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with part.open("wb") as file:
        file.write(bytes(_HEAD.size) + header)
        for array in arrays.values():
            data = np.ascontiguousarray(array).view(np.uint8).data
            for piece in (data, bytes(_padded(array.nbytes) - array.nbytes)):
                file.write(piece)
                body.update(piece)
        file.seek(0)
        file.write(_HEAD.pack(MAGIC, len(header), blake3(header).digest(), body.digest()))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def open_arrays(path: Path) -> ArrayFile:
    """Map a file into memory, checked.

    :raises TornFile: if there is none, or it is not as it was written
    """
    try:
        with path.open("rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:
        raise TornFile(f"{path.name} cannot be read.") from error
    if len(data) < _HEAD.size:
        raise TornFile(f"{path.name} is too short.")
    magic, length, of_header, of_body = _HEAD.unpack_from(data)
    header, body = data[_HEAD.size : _HEAD.size + length], data[_HEAD.size + length :]
    if magic != MAGIC or blake3(header).digest() != of_header:
        raise TornFile(f"{path.name} has no header of this format.")
    if blake3(body, max_threads=blake3.AUTO).digest() != of_body:
        raise TornFile(f"{path.name} is not as it was written.")
    said = json.loads(bytes(header))
    return ArrayFile(said["about"], {n: _cut(body, *at) for n, at in said["arrays"].items()})


def _cut(body: memoryview, offset: int, kind: str, count: int) -> memoryview:
    dtype = np.dtype(kind)
    data = body[offset : offset + dtype.itemsize * count]
    return data if dtype.kind == "V" else np.frombuffer(data, dtype).data


def _padded(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN
