"""The parts of an inspection's answer that need no look-up.

Pure Python: importing this module must never import Django.
"""

from collections import Counter
from collections.abc import Iterable
from typing import TypedDict

from registry.fingerprints.model_file import TensorFact
from registry.inspection.inspected import Inspected


class ComponentJson(TypedDict):
    """One component of a file, its tensors counted; ``dtypes`` as below."""

    name: str
    count: int
    parameters: int
    bytes: int
    dtypes: dict[str, int]


class TensorsJson(TypedDict):
    """A file's tensors, counted; ``dtypes`` maps each to its number of parameters."""

    count: int
    parameters: int
    dtypes: dict[str, int]
    components: list[ComponentJson]


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
    }


def _parameters_by_dtype(tensors: Iterable[TensorFact]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for tensor in tensors:
        counted[tensor.dtype] += tensor.parameters
    return dict(counted.most_common())
