"""Numbers, types and file names that a page states, against what was read.

Pure Python: importing this module must never import Django.
"""

import re
from collections.abc import Iterator

from registry.fingerprints.architecture_values import Architecture
from registry.fingerprints.model_file import FileFacts, FileFinding, FileFormat
from registry.inspection.page_words import PageWords, quoted

_CLASS = re.compile(r"(?P<count>[0-9]{1,4}(?:\.[0-9]{1,3})?)(?P<unit>[MBT])", re.IGNORECASE)
_UNITS = {"m": 10**6, "b": 10**9, "t": 10**12}
_COUNT_TOLERANCE = 0.01  # ties and buffers are counted or not
_CLASS_TOLERANCE = 0.3  # "7B" stands for 6.7 to 8.5 thousand million
_WHOLE = frozenset({"language_model", "diffusion_model", "checkpoint", "text_encoder"})
_DTYPES = {
    "fp16": {"F16"},
    "float16": {"F16"},
    "half": {"F16"},
    "bf16": {"BF16"},
    "bfloat16": {"BF16"},
    "fp32": {"F32"},
    "float32": {"F32"},
    "fp8": {"F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ"},
}
_SUFFIXES = {
    ".safetensors": {FileFormat.SAFETENSORS},
    ".gguf": {FileFormat.GGUF},
    ".onnx": {FileFormat.ONNX},
    ".dfm": {FileFormat.DFM, FileFormat.ONNX},
    ".ckpt": {FileFormat.PYTORCH_ZIP, FileFormat.PICKLE},
    ".pt": {FileFormat.PYTORCH_ZIP, FileFormat.PICKLE},
    ".pth": {FileFormat.PYTORCH_ZIP, FileFormat.PICKLE},
    ".zip": {FileFormat.ZIP},
    ".7z": {FileFormat.SEVEN_ZIP},
}


def size_contradictions(
    facts: FileFacts, shown: Architecture, page: PageWords
) -> Iterator[FileFinding]:
    """Yield where stated parameters, size class, type or file name and the file differ."""
    yield from _count(shown, page)
    yield from _size_class(shown, page)
    yield from _dtype(shown, page)
    yield from _suffix(facts, page)


def _count(shown: Architecture, page: PageWords) -> Iterator[FileFinding]:
    said, counted = page.parameters, shown.parameters
    if said > 0 and counted and abs(said - counted) > _COUNT_TOLERANCE * said:
        yield FileFinding(
            "parameter_count_differs",
            f"The page states {said:,} parameters; the tensors of this file hold {counted:,}.",
        )


def _size_class(shown: Architecture, page: PageWords) -> Iterator[FileFinding]:
    found = _CLASS.fullmatch(page.size_class.strip())
    if not found or not shown.parameters or shown.kind not in _WHOLE:
        return
    said = float(found["count"]) * _UNITS[found["unit"].lower()]
    if abs(said - shown.parameters) > _CLASS_TOLERANCE * said:
        yield FileFinding(
            "size_class_differs",
            f"The page states the size class {quoted(page.size_class)}; the tensors of this file "
            f"hold {shown.parameters:,} parameters.",
        )


def _dtype(shown: Architecture, page: PageWords) -> Iterator[FileFinding]:
    said = _DTYPES.get(page.dtype.strip().casefold())
    most = next(iter(shown.dtypes), "")
    if said and most and most not in said:
        yield FileFinding(
            "dtype_differs",
            f"The page states the type {quoted(page.dtype)}; most parameters here are {most}.",
        )


def _suffix(facts: FileFacts, page: PageWords) -> Iterator[FileFinding]:
    suffix = f".{page.filename.rpartition('.')[2].casefold()}"
    expected = _SUFFIXES.get(suffix)
    if expected and facts.format is not FileFormat.UNKNOWN and facts.format not in expected:
        yield FileFinding(
            "format_differs_from_name",
            f"The file is named {quoted(page.filename)}; it is written as {facts.format.value}.",
        )
