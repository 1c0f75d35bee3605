"""What a file is made of: components, parameters, types, packing.

Pure Python: importing this module must never import Django.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from registry.fingerprints.architecture_index import LONGEST_NAME
from registry.fingerprints.architecture_layout import layout, packing_of, split_root
from registry.fingerprints.architecture_values import Component
from registry.fingerprints.model_file import TensorFact

_BITS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("U8", "I8", "BOOL"), 8),
    **dict.fromkeys(("F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}
_BLOCK_TYPES = ("Q", "IQ", "TQ", "MXFP")  # ggml's names of block-quantised types
_PACKED_IN_BYTES = {"nf4", "fp4"}  # two weights a byte
_WORD_BITS = {"I32": 32, "U32": 32}
OUTSIDE = ""  # the component of tensors without a known root


@dataclass(slots=True)
class _Sum:
    tensors: int = 0
    parameters: int = 0
    size_bytes: int = 0
    dtypes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Inventory:
    """All components, and how weights are packed; ``packed`` are names whose shape says nothing."""

    components: tuple[Component, ...]
    quantization: tuple[str, ...]
    packed: frozenset[str]

    @property
    def parameters(self) -> int:
        """Return the number of parameters of all components."""
        return sum(component.parameters for component in self.components)

    @property
    def dtypes(self) -> Mapping[str, int]:
        """Return parameters by dtype, the most frequent first."""
        total: Counter[str] = Counter()
        for component in self.components:
            total.update(component.dtypes)
        return dict(total.most_common())


def inventory_of(tensors: tuple[TensorFact, ...]) -> Inventory:
    """Return what a file is made of.

    Scales and maps beside packed weights are no parameters; a packed weight counts as what it
    stands for where its packing tells (bitsandbytes in four bits: two a byte; GPTQ and AWQ: from
    their scales or indices).
    """
    packing = _packing(tensors)
    sums: dict[str, _Sum] = defaultdict(_Sum)
    for tensor in tensors:
        total = sums[_component(tensor.name)]
        total.tensors += 1
        total.size_bytes += size_of(tensor)
        if not _is_helper(tensor.name, packing):
            count = _parameters(tensor, packing)
            total.parameters += count
            total.dtypes[tensor.dtype] += count
    return Inventory(
        components=tuple(
            Component(
                name=name or "model",
                tensors=total.tensors,
                parameters=total.parameters,
                size_bytes=total.size_bytes,
                dtypes=dict(total.dtypes.most_common()),
            )
            for name, total in sorted(sums.items())
        ),
        quantization=_quantization(tensors, packing),
        packed=frozenset(name for name, how in packing.items() if how & _PACKED_IN_BYTES),
    )


def size_of(tensor: TensorFact) -> int:
    """Return a tensor's size in bytes; 0 if neither its place nor its type tells."""
    if tensor.start is not None and tensor.end is not None:
        return max(0, tensor.end - tensor.start)
    return tensor.parameters * _BITS.get(tensor.dtype, 0) // 8


def _component(name: str) -> str:
    root, _ = split_root(name[:LONGEST_NAME])
    return layout().roots.get(root, OUTSIDE)


def _packing(tensors: Iterable[TensorFact]) -> dict[str, set[str]]:
    """Return how each packed tensor is packed, by the name of the tensor or its module."""
    names = {tensor.name for tensor in tensors}
    found: dict[str, set[str]] = defaultdict(set)
    for name in names:
        mark = packing_of(name)
        if mark is None:
            continue
        belongs, how = mark
        for owner in (belongs, f"{belongs}.weight", f"{belongs}.qweight"):
            if owner in names:
                found[owner].add(how)
                break
        else:
            if name == "scaled_fp8":
                found[name].add(how)
    return found


def _is_helper(name: str, packing: Mapping[str, set[str]]) -> bool:
    mark = packing_of(name)
    if mark is None:
        return False
    belongs, _ = mark
    return not packing.keys().isdisjoint((belongs, f"{belongs}.weight", f"{belongs}.qweight", name))


def _parameters(tensor: TensorFact, packing: Mapping[str, set[str]]) -> int:
    how = packing.get(tensor.name, set())
    if how & _PACKED_IN_BYTES:
        return tensor.parameters * 2
    if how and tensor.dtype in _WORD_BITS and "svdquant" not in how:
        return (
            tensor.parameters * 8
        )  # GPTQ and AWQ: eight four-bit weights a word, as nearly all are
    return tensor.parameters


def _quantization(
    tensors: Iterable[TensorFact], packing: Mapping[str, set[str]]
) -> tuple[str, ...]:
    marks: Counter[str] = Counter(how for found in packing.values() for how in found)
    for tensor in tensors:
        if tensor.dtype.startswith("F8_"):
            marks["fp8"] += 1
        elif tensor.dtype.startswith(_BLOCK_TYPES):
            marks[f"gguf_{tensor.dtype.lower()}"] += 1
    if "nf4" in marks or "fp4" in marks:
        del marks["bitsandbytes"]
    return tuple(how for how, _ in marks.most_common())
