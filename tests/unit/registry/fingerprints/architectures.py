"""Key names and shapes of real networks, and files of facts made from them."""

import gzip
import itertools
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from registry.fingerprints.model_file import FileFacts, FileFormat, TensorFact

RECORDED = Path(__file__).parents[3] / "recorded" / "architectures"
_BRACES = re.compile(r"\{([0-9,-]+)\}")


def recorded(file: str) -> Mapping[str, Any]:
    """Return the networks of one file by name; README.md there says how they are written."""
    return _recorded(file)


@cache
def _recorded(file: str) -> Mapping[str, Any]:
    with gzip.open(RECORDED / f"{file}.json.gz") as opened:
        found: Mapping[str, Any] = json.load(opened)
    return found


def facts_of(file: str, name: str, *, metadata: Mapping[str, str] | None = None) -> FileFacts:
    network = recorded(file)[name]
    said = {**network.get("metadata", {}), **(metadata or {})}
    return FileFacts(
        format=FileFormat.GGUF if "general.architecture" in said else FileFormat.SAFETENSORS,
        tensors=tuple(
            TensorFact(spelt, dtype, tuple(shape))
            for written, dtype, shape in network["tensors"]
            for spelt in spelt_out(written)
        ),
        metadata=said,
    )


def spelt_out(written: str) -> Iterable[str]:
    """Return every name that one with ranges in braces stands for."""
    pieces = [
        _numbers(piece) if place % 2 else [piece]
        for place, piece in enumerate(_BRACES.split(written))
    ]
    return map("".join, itertools.product(*pieces))


def _numbers(text: str) -> list[str]:
    found: list[str] = []
    for word in text.split(","):
        low, _, high = word.partition("-")
        found += map(str, range(int(low), int(high or low) + 1))
    return found


def tensors_of(*written: str, dtype: str = "F16") -> tuple[TensorFact, ...]:
    """Return tensors from ``NAME SHAPE`` lines, the shape as ``1x2x3``; no shape is a scalar."""
    made = []
    for line in written:
        name, _, shape = line.partition(" ")
        sizes = tuple(map(int, shape.split("x"))) if shape else ()
        made += [TensorFact(spelt, dtype, sizes) for spelt in spelt_out(name)]
    return tuple(made)


def facts(*written: str, dtype: str = "F16", **said: str) -> FileFacts:
    return FileFacts(
        format=FileFormat.SAFETENSORS,
        tensors=tensors_of(*written, dtype=dtype),
        metadata={key.replace("__", "."): value for key, value in said.items()},
    )
