"""Safetensors files written by hand, so that every detail of them can be chosen."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4",
    "I16": "<i2", "I8": "i1", "U8": "u1", "BOOL": "?", "F8_E4M3": "u1",
}  # fmt: skip


class Tensor(NamedTuple):
    """One tensor: its type as safetensors spells it, shape and bytes."""

    dtype: str
    shape: tuple[int, ...]
    content: bytes


def tensor(array: NDArray[np.generic], dtype: str) -> Tensor:
    """An array, stored as ``dtype``: its patterns, if that is BF16."""
    return Tensor(dtype, array.shape, array.astype(DTYPES[dtype]).tobytes())


def safetensors_file(
    tensors: Mapping[str, Tensor],
    *,
    data_order: Sequence[str] = (),
    metadata: Mapping[str, str] | None = None,
    padding: int = 0,
) -> bytes:
    """A whole file; names stand in the header as in ``tensors``, bytes in ``data_order``."""
    places: dict[str, list[int]] = {}
    data = b""
    for name in data_order or tensors:
        places[name] = [len(data), len(data) + len(tensors[name].content)]
        data += tensors[name].content
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata is not None else {}
    for name, one in tensors.items():
        header[name] = {"dtype": one.dtype, "shape": one.shape, "data_offsets": places[name]}
    text = json.dumps(header).encode() + b" " * padding
    return len(text).to_bytes(8, "little") + text + data
