"""Find the tensors in what a pickle would make: names, element types, shapes, storages.

Pure Python: importing this module must never import Django.

Source: ``torch/_utils.py`` (``_rebuild_tensor*``) and ``torch/serialization.py`` (what stands for
a storage), torch 2.13; ``numpy/core/multiarray`` for arrays (``__reduce__``, ``__setstate__``).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod

from registry.fingerprints.model_file import FileFinding, TensorFact
from registry.fingerprints.readers.findings import named
from registry.fingerprints.readers.limits import (
    MOST_DIMENSIONS,
    MOST_ELEMENTS,
    MOST_NESTING,
    MOST_TENSORS,
)
from registry.fingerprints.readers.pickle_values import Call, Global, Pairs, PersistentId

WRAPPER = "state_dict"  # Lightning's and A1111's; loaders look into it, so names begin inside
_MOST_VISITS = 300_000
_MOST_METADATA = 1_000

STORAGE_DTYPES: Mapping[str, tuple[str, int]] = {
    "FloatStorage": ("F32", 4),
    "HalfStorage": ("F16", 2),
    "BFloat16Storage": ("BF16", 2),
    "DoubleStorage": ("F64", 8),
    "LongStorage": ("I64", 8),
    "IntStorage": ("I32", 4),
    "ShortStorage": ("I16", 2),
    "CharStorage": ("I8", 1),
    "ByteStorage": ("U8", 1),
    "BoolStorage": ("BOOL", 1),
    "ComplexFloatStorage": ("C64", 8),
    "ComplexDoubleStorage": ("C128", 16),
    "UntypedStorage": ("", 1),
}
_TORCH_DTYPES: Mapping[str, str] = {
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "float64": "F64",
    "int64": "I64",
    "int32": "I32",
    "int16": "I16",
    "int8": "I8",
    "uint8": "U8",
    "uint16": "U16",
    "uint32": "U32",
    "uint64": "U64",
    "bool": "BOOL",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
    "float8_e4m3fnuz": "F8_E4M3FNUZ",
    "float8_e5m2fnuz": "F8_E5M2FNUZ",
    "complex64": "C64",
    "complex128": "C128",
}
NUMPY_DTYPES: Mapping[str, str] = {
    "f2": "F16",
    "f4": "F32",
    "f8": "F64",
    "i1": "I8",
    "i2": "I16",
    "i4": "I32",
    "i8": "I64",
    "u1": "U8",
    "u2": "U16",
    "u4": "U32",
    "u8": "U64",
    "b1": "BOOL",
    "c8": "C64",
    "c16": "C128",
}
_NUMPY = frozenset(
    Global(f"numpy.{core}.{module}", name)
    for core in ("core", "_core")
    for module, name in (("multiarray", "_reconstruct"), ("numeric", "_frombuffer"))
)


@dataclass(frozen=True, slots=True)
class Storage:
    """Bytes that torch keeps beside the pickle: ``count`` elements under ``key``."""

    key: str
    dtype: str
    item_bytes: int
    count: int


@dataclass(slots=True)
class PickledTensors:
    """The tensors of a pickle by name, its plain values by key, what is odd about them."""

    tensors: dict[str, TensorFact] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    findings: list[FileFinding] = field(default_factory=list)


def find_tensors(value: object) -> PickledTensors:
    """Return the tensors in ``value``; a tensor in containers is named by its path, ``a.b.0``."""
    found = PickledTensors()
    outside: list[str] = []
    for path, leaf in _leaves(value):
        tensor = _tensor(leaf)
        if tensor is not None:
            name = _name(path, found.tensors)
            dtype, shape, fits = tensor
            found.tensors[name] = TensorFact(name, dtype, shape)
            if not fits:
                outside.append(name)
        elif len(path) == 1 and len(found.metadata) < _MOST_METADATA:
            _keep(found.metadata, path[0], leaf)
        if len(found.tensors) >= MOST_TENSORS:
            found.findings.append(
                FileFinding("pickle_too_large", f"More than {MOST_TENSORS} tensors.")
            )
            break
    if outside:
        found.findings.append(
            FileFinding("tensor_outside_storage", f"Larger than their storage: {named(outside)}.")
        )
    return found


def storage_of(value: object) -> Storage | None:
    """Return the storage that a persistent id stands for; nothing if it stands for none.

    The id is ``("storage", type, key, location, element count, ...)``.
    """
    if not isinstance(value, tuple) or len(value) < 5:  # noqa: PLR2004 - as above
        return None
    word, kind, key, _, count = value[:5]
    if word != "storage" or not isinstance(kind, Global) or not _is_count(count):
        return None
    dtype, item_bytes = STORAGE_DTYPES.get(kind.name, ("", 0))
    return Storage(str(key) if isinstance(key, str | int) else "", dtype, item_bytes, count)


def numpy_dtype(text: str) -> str:
    """Return the name of a numpy type such as ``<f4``; an unknown one is spelt ``NUMPY_...``."""
    known = NUMPY_DTYPES.get(text.lstrip("<>|="))
    return known or f"NUMPY_{text[:32]}"


def _leaves(value: object) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield everything that is no container, depth first, within bounds: objects may be shared."""
    waiting: list[tuple[tuple[str, ...], object]] = [((), value)]
    for _ in range(_MOST_VISITS):
        if not waiting:
            return
        path, item = waiting.pop()
        inner = _inner(item) if len(path) < MOST_NESTING else None
        if inner is None or _tensor(item) is not None:
            yield path, item
        else:
            room = max(0, _MOST_VISITS - len(waiting))
            waiting += [((*path, key), child) for key, child in inner[:room]][::-1]


def _inner(item: object) -> list[tuple[str, object]] | None:
    if isinstance(item, Pairs):
        return [(_key(key), child) for key, child in item.pairs]
    if isinstance(item, list | tuple):
        return [(str(place), child) for place, child in enumerate(item)]
    if isinstance(item, Call) and item.pairs is not None:
        return [(_key(key), child) for key, child in item.pairs]
    objects = _objects(item.state) if isinstance(item, Call) else None
    return None if objects is None else [(str(place), o) for place, o in enumerate(objects)]


def _key(key: object) -> str:
    if isinstance(key, str):
        return key
    return str(key) if isinstance(key, int | float) else "?"


def _name(path: tuple[str, ...], taken: Mapping[str, object]) -> str:
    inside = path[1:] if len(path) > 1 and path[0] == WRAPPER else path
    name = ".".join(inside)
    return name if name not in taken else _free(".".join(path), taken)


def _free(name: str, taken: Mapping[str, object]) -> str:
    return name if name not in taken else f"{name}#{len(taken)}"


def _keep(metadata: dict[str, str], key: str, leaf: object) -> None:
    if isinstance(leaf, str):
        metadata[key] = leaf
    elif leaf is None or isinstance(leaf, bool | int | float):
        metadata[key] = json.dumps(leaf)


Found = tuple[str, tuple[int, ...], bool]


def _tensor(value: object) -> Found | None:
    """Return dtype, shape, and whether the tensor lies within its storage."""
    if not isinstance(value, Call) or not isinstance(value.function, Global):
        return None
    if value.function.module == "torch._utils" and isinstance(value.arguments, tuple):
        return _torch(value.function.name, value.arguments, 0)
    if value.function not in _NUMPY:
        return None
    return _array(value.state) if value.state is not None else _framed_array(value.arguments)


def _torch(name: str, arguments: tuple[object, ...], depth: int) -> Found | None:
    if name == "_rebuild_parameter" and arguments and depth < 2:  # noqa: PLR2004 - wraps a tensor
        inner = arguments[0]
        if isinstance(inner, Call) and isinstance(inner.function, Global):
            given = inner.arguments if isinstance(inner.arguments, tuple) else ()
            return _torch(inner.function.name, given, depth + 1)
        return None
    if not name.startswith("_rebuild_tensor") or len(arguments) < 4:  # noqa: PLR2004
        return None
    storage, offset, size, stride = arguments[:4]
    shape = _shape(size)
    kept = storage_of(storage.value) if isinstance(storage, PersistentId) else None
    if shape is None or kept is None:
        return None
    dtype = next((_TORCH_DTYPES[word] for word in _dtype_words(arguments[4:])), kept.dtype)
    return dtype, shape, _fits(shape, offset=offset, stride=_shape(stride), count=kept.count)


def _dtype_words(arguments: tuple[object, ...]) -> Iterator[str]:
    """Yield the dtype that ``_rebuild_tensor_v3`` is given beside an untyped storage."""
    for argument in arguments:
        if isinstance(argument, Global) and argument.name in _TORCH_DTYPES:
            yield argument.name


def _fits(
    shape: tuple[int, ...], *, offset: object, stride: tuple[int, ...] | None, count: int
) -> bool:
    if not _is_count(offset) or stride is None or len(stride) != len(shape):
        return False
    if 0 in shape:
        return True
    last = sum((size - 1) * step for size, step in zip(shape, stride, strict=True))
    return isinstance(offset, int) and offset + last < count


def _shape(value: object) -> tuple[int, ...] | None:
    if isinstance(value, Call) and value.function == Global("torch", "Size"):
        value = value.arguments
        value = value[0] if isinstance(value, tuple) and len(value) == 1 else value
    if not isinstance(value, tuple) or len(value) > MOST_DIMENSIONS:
        return None
    sizes = tuple(size for size in value if isinstance(size, int) and _is_count(size))
    return sizes if len(sizes) == len(value) and prod(sizes) <= MOST_ELEMENTS else None


def _array(state: object) -> Found | None:
    """Read what ``ndarray.__setstate__`` is given: version, shape, dtype, order, bytes."""
    if not isinstance(state, tuple) or len(state) != 5:  # noqa: PLR2004 - as above
        return None
    return _typed(state[1], state[2])


def _framed_array(arguments: object) -> Found | None:
    """Read what protocol 5 gives ``_frombuffer``: bytes, dtype, shape, order."""
    if not isinstance(arguments, tuple) or len(arguments) != 4:  # noqa: PLR2004 - as above
        return None
    return _typed(arguments[2], arguments[1])


def _typed(size: object, dtype: object) -> Found | None:
    shape, word = _shape(size), _array_type(dtype)
    if shape is None or not word or word.startswith("O"):
        return None
    return numpy_dtype(word), shape, True


def _objects(state: object) -> list[object] | None:
    """Return the elements of an array of objects, which numpy gives as a list."""
    if not isinstance(state, tuple) or len(state) != 5 or not isinstance(state[4], list):  # noqa: PLR2004
        return None
    return state[4] if _array_type(state[2]).startswith("O") else None


def _array_type(dtype: object) -> str:
    arguments = dtype.arguments if isinstance(dtype, Call) else ()
    word = arguments[0] if isinstance(arguments, tuple) and arguments else ""
    return word if isinstance(word, str) else "?"


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_ELEMENTS
