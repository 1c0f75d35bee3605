"""The parts of an inspection's answer that need no look-up.

Pure Python: importing this module must never import Django.
"""

from collections import Counter
from collections.abc import Iterable
from typing import TypedDict

from registry.fingerprints.model_file import TensorFact
from registry.inspection.inspected import Inspected


class ComponentJson(TypedDict):
    """One component of a file, its tensors counted."""

    name: str
    count: int
    parameters: int
    dtypes: list[str]


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
                "count": part.count,
                "parameters": part.parameters,
                "dtypes": list(part.dtypes),
            }
            for part in inspected.parts
        ],
    }


def _parameters_by_dtype(tensors: Iterable[TensorFact]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for tensor in tensors:
        counted[tensor.dtype] += tensor.parameters
    return dict(counted.most_common())
