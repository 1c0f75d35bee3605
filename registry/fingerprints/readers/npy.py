"""Read the header of a numpy array file; an array of objects is a pickle.

Pure Python: importing this module must never import Django.

Source: ``numpy/lib/format.py`` (versions 1.0 to 3.0), numpy 2.
"""

import re
from math import prod

from registry.fingerprints.model_file import (
    FileFacts,
    FileFinding,
    FileFormat,
    TensorFact,
    UnreadableModelFile,
)
from registry.fingerprints.readers.limits import MOST_DIMENSIONS, MOST_ELEMENTS
from registry.fingerprints.readers.pickle_tensors import numpy_dtype
from registry.fingerprints.readers.pickles import pickle_facts
from registry.fingerprints.readers.window import Cursor, Window

MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 64 << 10  # numpy's own bound is 10,000
_LENGTH_BYTES = {1: 2, 2: 4, 3: 4}
_DESCR = re.compile(r"'descr':\s*('[^'\\]{1,64}'|\[)")
_SHAPE = re.compile(r"'shape':\s*\(([0-9, L]{0,2000})\)")
_ITEM_BYTES = re.compile(r"[<>|=]?[a-zA-Z]([0-9]{1,3})")


def read_npy(window: Window, *, start: int = 0, end: int | None = None) -> FileFacts:
    """Return the one array's type and shape; it is named ``array``.

    :raises UnreadableModelFile: ``npy_broken``
    """
    end = window.size if end is None else end
    descr, shape, data = _header(Cursor(window, start + len(MAGIC), end=end))
    findings: tuple[FileFinding, ...] = ()
    if descr.lstrip("<>|=").startswith("O"):
        found = pickle_facts(window, start=data, end=end)
        return FileFacts(
            format=FileFormat.NPY,
            size_bytes=window.size,
            header_bytes=found.end - start,
            tensors=found.tensors,
            metadata=found.metadata,
            findings=(
                FileFinding("pickled_objects", "The array holds pickled objects."),
                *found.findings,
            ),
        )
    size = _ITEM_BYTES.fullmatch(descr)
    last = data + prod(shape) * int(size[1]) if size else None
    if last is not None and end is not None and last != end:
        code = "file_truncated" if last > end else "trailing_bytes"
        findings = (
            FileFinding(code, f"The array would end at byte {last}, the file ends at {end}."),
        )
    return FileFacts(
        format=FileFormat.NPY,
        size_bytes=window.size,
        header_bytes=data - start,
        tensors=(TensorFact("array", numpy_dtype(descr), shape, data, last),),
        findings=findings,
    )


def has_objects(head: bytes) -> bool:
    """Tell whether an array that starts with ``head`` is a pickle of objects."""
    return re.search(rb"'descr':\s*'[<>|=]?O", head[: _LONGEST_HEADER + 16]) is not None


def _header(cursor: Cursor) -> tuple[str, tuple[int, ...], int]:
    length_bytes = _LENGTH_BYTES.get(cursor.number(1))
    cursor.skip(1)
    if length_bytes is None:
        raise _broken("its version is unknown")
    length = cursor.number(length_bytes)
    if length > _LONGEST_HEADER:
        raise _broken("its header is too long")
    text = cursor.take(length).decode("latin-1")
    descr, shape = _DESCR.search(text), _SHAPE.search(text)
    if not descr or not shape:
        raise _broken("its header names no type or no shape")
    sizes = [size.rstrip("L") for size in shape[1].replace(" ", "").split(",") if size]
    if len(sizes) > MOST_DIMENSIONS or not all(size.isdigit() for size in sizes):
        raise _broken("its shape is none")
    dimensions = tuple(int(size) for size in sizes)
    if prod(dimensions) > MOST_ELEMENTS or max(dimensions, default=0) > MOST_ELEMENTS:
        raise _broken("its shape is impossible")
    return descr[1].strip("'"), dimensions, cursor.position


def _broken(what: str) -> UnreadableModelFile:
    return UnreadableModelFile("npy_broken", f"This is no valid numpy array: {what}.")
