"""sd-mecha's recipe: the header key ``mecha_recipe``, also the text of a ``.mecha`` file.

One instruction a line, referred to by its number (``&0``); the last one is the result. Names of
models are paths on the merger's disk, without digests: E6, searches. Shares are told for weighted
sums, added differences, averages and what only converts; of any other method they are not. A method
``call`` is the same in older recipes, which carry no version. Pure Python: importing this module
must never import Django.

Source: facts/huggingface.md section 5; sd-mecha 1.1.8, ``serialization.py`` (grammar) and
``extensions/builtin/merge_methods/linear.py`` (arithmetic and defaults).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from registry.lineage.recipes.linear import Leaf, Sum, added, lerp, scaled, unknown
from registry.lineage.recipes.loose_values import number
from registry.lineage.recipes.recipe import (
    EMPTY,
    LONGEST_DETAIL,
    Recipe,
    distinct,
    method_words,
)
from registry.lineage.recipes.searches import searches_of_sum
from registry.lineage.relations import Evidence, Relation

LONGEST_TEXT = 1_000_000  # characters; a weight for every tensor is written out
MOST_LINES = 2_000
MOST_STEPS = 500_000  # shares added up, over all lines
KEY = "mecha_recipe"

_TOKEN = re.compile(r'(?:[^\s"=]{1,200}=)?(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|[^\s"]+)')
_ADAPTER = re.compile(r"lora|lycoris", re.IGNORECASE)
_PASSES_ON = ("convert_", "cast")


class _Blocks(NamedTuple):
    """A number for each of several blocks or tensors."""

    values: dict[str, "Value"]


Value = Sum | float | str | _Blocks | None
_LINEAR: dict[str, tuple[int, float, Callable[[Sum, Sum, float | None], Sum]]] = {
    # where alpha stands, its default, and what is made of a and b
    "weighted_sum": (2, 0.5, lerp),
    "add_difference": (2, 1.0, lambda a, b, alpha: added(a, scaled(alpha, b))),
    "subtract": (2, -1.0, lambda a, b, alpha: added(a, scaled(alpha, b))),
    "scale": (1, 1.0, lambda a, _b, alpha: scaled(alpha, a)),
}


class _Arguments(NamedTuple):
    """What stands behind a command: values by place and by name."""

    placed: list[Value]
    named: dict[str, Value]

    def get(self, place: int, name: str, default: Value = None) -> Value:
        """Return an argument, however it is given."""
        if name in self.named:
            return self.named[name]
        return self.placed[place] if place < len(self.placed) else default

    def sums(self) -> list[Sum]:
        """Return the models among the arguments; a text stands for the model of that name."""
        return [found for value in (*self.placed, *self.named.values()) if (found := _sum(value))]


def read_mecha_header(metadata: Mapping[str, Any], *, source: str) -> Recipe:
    """Return the models in a file's ``mecha_recipe``; never complete, for it names no digests."""
    written = metadata.get(KEY)
    if written is None:
        return EMPTY
    if not isinstance(written, str):
        return Recipe(problems=(f"{KEY} is not text.",))
    return read_mecha(written, source=f"{source}: {KEY}")


def read_mecha(written: str, *, source: str) -> Recipe:
    """Return the models that a recipe's text loads, with their shares in its last instruction."""
    lines = [line for line in written[:LONGEST_TEXT].splitlines() if _is_instruction(line)]
    if len(written) > LONGEST_TEXT or len(lines) > MOST_LINES:
        return Recipe(problems=(f"{KEY} is longer than what is read.",))
    results: list[Value] = []
    methods: list[str] = []
    steps = 0
    for line in lines:
        command, *tokens = _TOKEN.findall(line) or [""]
        arguments = _arguments(tokens, results)
        steps += sum(len(summand) for summand in arguments.sums())
        if steps > MOST_STEPS:
            return Recipe(problems=(f"{KEY} takes more steps than are read.",))
        results.append(_result(command, arguments, methods))
    claims = list(
        searches_of_sum(
            _sum(results[-1] if results else None),
            evidence=Evidence.HEADER_MECHA,
            source=source,
            detail=_detail(methods),
        )
    )
    return Recipe(edges=distinct(claims), problems=() if claims else (f"{KEY} names no model.",))


def _is_instruction(line: str) -> bool:
    words = line.split(maxsplit=1)
    return bool(words) and not words[0].startswith("#") and words[0] != "version"


def _arguments(tokens: Sequence[str], results: Sequence[Value]) -> _Arguments:
    placed: list[Value] = []
    named: dict[str, Value] = {}
    for token in tokens:
        key, mark, written = token.partition("=")
        if mark and not token.startswith('"'):
            named[key] = _value(written, results)
        else:
            placed.append(_value(token, results))
    return _Arguments(placed, named)


def _value(written: str, results: Sequence[Value]) -> Value:
    if written.startswith('"'):
        return re.sub(r"\\(.)", r"\1", written[1:-1])
    if written.startswith("&"):
        place = number(written[1:])
        return results[int(place)] if place is not None and 0 <= place < len(results) else None
    return number(written)


def _result(command: str, arguments: _Arguments, methods: list[str]) -> Value:
    first = arguments.get(0, "")
    match command:
        case "dict":
            return _Blocks(arguments.named)
        case "literal":
            if isinstance(first, _Blocks) and set(first.values) == {"key"}:
                return first.values["key"]
            return first
        case "model":
            return _model(arguments) if isinstance(first, str) else None
        case "merge" | "call":
            method = first if isinstance(first, str) else ""
            if not method.startswith(_PASSES_ON) and method not in methods[:20]:
                methods.append(method)
            return _merged(method, arguments._replace(placed=arguments.placed[1:]))
    return None


def _model(arguments: _Arguments) -> Sum:
    words = [arguments.get(1, "model_config"), arguments.get(2, "model_type")]
    is_adapter = any(isinstance(word, str) and _ADAPTER.search(word) for word in words)
    path = str(arguments.placed[0])
    return {Leaf(path, Relation.ADAPTER if is_adapter else Relation.MERGE): 1.0}


def _merged(method: str, given: _Arguments) -> Value:
    a, b = _sum(given.get(0, "a")), _sum(given.get(1, "b"))
    if method.startswith(_PASSES_ON) or (method == "fallback" and not b.keys() - a.keys()):
        return given.get(0, "a")
    linear = _LINEAR.get(method)
    if linear is not None:
        place, default, combine = linear
        return combine(a, b, _share(given.get(place, "alpha", default)))
    if method == "n_average":
        return scaled(1 / max(1, len(given.sums())), added(*given.sums()))
    return unknown(given.sums())


def _sum(value: Value) -> Sum:
    if isinstance(value, str):
        return {Leaf(value): 1.0} if value else {}
    return value if isinstance(value, dict) else {}


def _share(value: Value) -> float | None:
    return value if isinstance(value, float) else None


def _detail(methods: Sequence[str]) -> str:
    words = ", ".join(word for word in map(method_words, methods) if word)
    return f"sd-mecha {words}".strip()[:LONGEST_DETAIL]
