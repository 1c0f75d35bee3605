"""Adapters: which modules they change, by which algorithm, at which rank.

Shapes of the changed weights follow from the shapes of an adapter's factors (LoRA: out x r times
r x in; LoHa and LoKr as LyCORIS stores them), so that the family shows as it does in a whole
network. Pure Python: importing this module must never import Django.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

from registry.fingerprints.architecture_index import LONGEST_NAME, Index, Shape, index_of
from registry.fingerprints.architecture_layout import (
    adapter_part,
    layout,
    plain_gguf_name,
    split_adapter_root,
)
from registry.fingerprints.architecture_values import AdapterDetails
from registry.fingerprints.model_file import TensorFact

_COUNTER = re.compile(r"(?:^|(?<=_))[0-9]+(?=_|$)")
_SECOND_CLIP = "lora_te2_text_model_encoder_layers_"
_FEWEST = 0.5  # of the tensors that must be an adapter's for the file to be one
_KERNEL = 4  # dimensions of a convolution's weight
_KINDS = {"full": "full_difference", "norm": "full_difference", "tlora": "lora"}
_PEFT, _KOHYA, _GGUF = "base_model.model.", ("lora_", "lycoris_", "oft_", "boft_"), ".weight"

Parts = Mapping[str, Shape]


@dataclass(frozen=True, slots=True)
class Module:
    """One changed module: its factors by part, and what follows from their shapes."""

    name: str
    algorithm: str
    parts: Parts
    is_decomposed: bool = False

    @property
    def weight(self) -> Shape:
        """Return the shape (out, in) of the weight it changes; 0 where it does not show."""
        return _WEIGHTS.get(self.algorithm, _no_weight)(self.parts)

    @property
    def rank(self) -> int:
        """Return its rank; 0 where it has none."""
        return _RANKS.get(self.algorithm, _no_rank)(self.parts)

    @property
    def is_wide_convolution(self) -> bool:
        """Return whether it changes a convolution wider than one pixel."""
        shapes = (shape for part, shape in self.parts.items() if part in ("down", "mid", "t2"))
        return any(len(shape) == _KERNEL and prod(shape[2:]) > 1 for shape in shapes)


@dataclass(frozen=True, slots=True)
class Adapter:
    """A file's adapter: its kind, its modules as signatures look at them, and its details."""

    kind: str
    index: Index
    details: AdapterDetails


def adapter_of(tensors: Iterable[TensorFact]) -> Adapter | None:
    """Return the adapter a file holds; nothing if most of its tensors are no adapter's."""
    found: dict[str, dict[str, Shape]] = defaultdict(dict)
    algorithms: dict[str, Counter[str]] = defaultdict(Counter)
    total = taken = 0
    for tensor in tensors:
        total += 1
        if len(tensor.name) > LONGEST_NAME:
            continue
        if split := adapter_part(tensor.name):
            module, algorithm, part = split
            taken += 1
            found[module][part if algorithm != "dora" else "dora"] = tensor.shape
            algorithms[module][algorithm] += 1
    modules = [
        _module(name, parts, algorithms[name])
        for name, parts in found.items()
        if algorithms[name].keys() - {"any", "dora"}
    ]
    if not modules or taken < total * _FEWEST:
        return None
    return Adapter(_kind(modules), _index(modules), _details(modules))


def _module(name: str, parts: Parts, algorithms: Counter[str]) -> Module:
    own = Counter({a: n for a, n in algorithms.items() if a not in ("any", "dora")})
    return Module(name, own.most_common(1)[0][0], parts, "dora" in algorithms)


def _kind(modules: list[Module]) -> str:
    most = Counter(module.algorithm for module in modules).most_common(1)[0][0]
    if most != "lora":
        return _KINDS.get(most, most)
    if any(module.is_decomposed for module in modules):
        return "dora"
    return "locon" if any(module.is_wide_convolution for module in modules) else "lora"


def _details(modules: list[Module]) -> AdapterDetails:
    ranks = Counter(module.rank for module in modules)
    ranks.pop(0, None)
    return AdapterDetails(
        algorithms=dict(Counter(module.algorithm for module in modules)),
        ranks=dict(sorted(ranks.items())),
        parts=dict(Counter(_part(module.name) for module in modules)),
        modules=len(modules),
        convolutions=sum(module.is_wide_convolution for module in modules),
        is_decomposed=any(module.is_decomposed for module in modules),
        stores_alpha=any("alpha" in module.parts for module in modules),
        written_as=_written_as(modules[0].name),
    )


def _part(module: str) -> str:
    root, _ = split_adapter_root(module)
    return layout().adapter_roots.get(root, "model")


def _written_as(module: str) -> str:
    if module.startswith(_PEFT):
        return "peft"
    if module.startswith(_KOHYA):
        return "kohya"
    return "gguf" if module.endswith(_GGUF) else "diffusers"


def _index(modules: list[Module]) -> Index:
    named = []
    for module in modules:
        rest = plain_gguf_name(module.name).removesuffix(_GGUF)
        rest = split_adapter_root(rest)[1].replace(".processor.", ".").replace(".", "_")
        named.append((rest, _COUNTER.sub("#", rest), module.weight))
    if any(module.name.startswith(_SECOND_CLIP) for module in modules):
        named.append(("second_encoder", "second_encoder", ()))
    return index_of(named)


def _dimension(parts: Parts, part: str, at: int) -> int:
    shape = parts.get(part, ())
    return shape[at] if len(shape) > at else 0


def _no_weight(_parts: Parts) -> Shape:
    return (0, 0)


def _no_rank(_parts: Parts) -> int:
    return 0


def _lora_weight(parts: Parts) -> Shape:
    return (_dimension(parts, "up", 0), _dimension(parts, "down", 1))


def _loha_weight(parts: Parts) -> Shape:
    if "t1" in parts:  # Tucker: factors are transposed
        return (_dimension(parts, "w1_a", 1), _dimension(parts, "w1_b", 1))
    return (_dimension(parts, "w1_a", 0), _dimension(parts, "w1_b", 1))


def _lokr_weight(parts: Parts) -> Shape:
    first = parts.get("w1", (_dimension(parts, "w1_a", 0), _dimension(parts, "w1_b", 1)))
    tucker = "t2" in parts
    factors = (_dimension(parts, "w2_a", int(tucker)), _dimension(parts, "w2_b", 1))
    second = parts.get("w2", factors)
    return tuple(a * b for a, b in zip(first[:2], second[:2], strict=False))


def _oft_weight(parts: Parts) -> Shape:
    blocks = parts.get("blocks", ())
    return (prod(blocks[:2]) if len(blocks) > 2 else 0, 0)  # noqa: PLR2004 (blocks x size x size)


def _full_weight(parts: Parts) -> Shape:
    return parts.get("diff", (0, 0))


def _glora_weight(parts: Parts) -> Shape:
    return (_dimension(parts, "b1", 0), _dimension(parts, "b2", 1))


_WEIGHTS = {
    "lora": _lora_weight,
    "loha": _loha_weight,
    "lokr": _lokr_weight,
    "oft": _oft_weight,
    "full": _full_weight,
    "glora": _glora_weight,
    "tlora": _no_weight,
}


def _lora_rank(parts: Parts) -> int:
    return _dimension(parts, "down", 0) or _dimension(parts, "embedding_down", 0)


def _loha_rank(parts: Parts) -> int:
    return _dimension(parts, "w1_b", 0)


def _lokr_rank(parts: Parts) -> int:
    return _dimension(parts, "w2_b", 0) or _dimension(parts, "w1_b", 0)


def _glora_rank(parts: Parts) -> int:
    return _dimension(parts, "b2", 0)


_RANKS = {"lora": _lora_rank, "loha": _loha_rank, "lokr": _lokr_rank, "glora": _glora_rank}
