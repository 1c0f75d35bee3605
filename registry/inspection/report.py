"""The parts of an inspection's answer that need no look-up.

Pure Python: importing this module must never import Django.
"""

from collections import Counter
from collections.abc import Iterable
from typing import TypedDict

from registry.fingerprints.architecture_values import AdapterDetails
from registry.fingerprints.model_file import TensorFact
from registry.inspection.inspected import Inspected


class ComponentJson(TypedDict):
    """One component of a file, its tensors counted; ``dtypes`` as below."""

    name: str
    count: int
    parameters: int
    bytes: int
    dtypes: dict[str, int]


class AdapterJson(TypedDict):
    """How an adapter is built; everything is empty or zero for what is none."""

    algorithms: dict[str, int]
    rank: int
    ranks: dict[str, int]
    parts: dict[str, int]
    stores_alpha: bool
    written_as: str


class TensorsJson(TypedDict):
    """A file's tensors, counted; ``dtypes`` maps each to its number of parameters."""

    count: int
    parameters: int
    dtypes: dict[str, int]
    components: list[ComponentJson]
    adapter: AdapterJson


def tensors_json(inspected: Inspected) -> TensorsJson:
    """Return how many tensors a file has, of which types, and in which components."""
    facts = inspected.facts
    return {
        "count": len(facts.tensors) or len(facts.names_only),
        "parameters": sum(tensor.parameters for tensor in facts.tensors),
        "dtypes": _parameters_by_dtype(facts.tensors),
        "components": [
            {
                "name": part.name,
                "count": part.tensors,
                "parameters": part.parameters,
                "bytes": part.size_bytes,
                "dtypes": dict(part.dtypes),
            }
            for part in inspected.architecture.components
        ],
        "adapter": _adapter_json(inspected.architecture.adapter),
    }


def _adapter_json(adapter: AdapterDetails | None) -> AdapterJson:
    return {
        "algorithms": dict(adapter.algorithms) if adapter else {},
        "rank": adapter.rank if adapter else 0,
        "ranks": {str(rank): count for rank, count in adapter.ranks.items()} if adapter else {},
        "parts": dict(adapter.parts) if adapter else {},
        "stores_alpha": adapter.stores_alpha if adapter else False,
        "written_as": adapter.written_as if adapter else "",
    }


def _parameters_by_dtype(tensors: Iterable[TensorFact]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for tensor in tensors:
        counted[tensor.dtype] += tensor.parameters
    return dict(counted.most_common())
