"""Values in headers, read in whatever spelling they come.

Tools write JSON inside JSON strings, Python's spelling of a mapping, numbers as text and words for
nothing. Reading costs no more than the text is long. Pure Python: importing this module must never
import Django.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from registry.lineage.yaml_values import UnreadableYaml, read_yaml

LONGEST_JSON = 4_000_000  # characters; grandparents are flattened in, so it grows
MOST_LAYERS = 4  # of JSON text inside JSON text

_NOTHING = {"", "none", "null", "nan", "undefined"}
_NUMBER = re.compile(
    r"[-+]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,3})?", re.A
)


def text(value: Any) -> str:
    """Return a text without the space around it; words for nothing, and other types, as empty."""
    found = value.strip() if isinstance(value, str) else ""
    return "" if found.lower() in _NOTHING else found


def number(value: Any) -> float | None:
    """Return a finite number, also one written as text; a truth value is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        written = value.strip()
        value = float(written) if _NUMBER.fullmatch(written) else None
    if not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def mapping(value: Any) -> dict[str, Any] | None:
    """Return a mapping with text keys, given as one or as text that spells one; else nothing.

    Text is JSON, JSON inside a JSON text, or Python's spelling with single quotes (which YAML
    reads with its own bounds on depth and size). Of a duplicate key the last one stands.
    """
    for _layer in range(MOST_LAYERS):
        if not isinstance(value, str):
            break
        value = _parsed(value)
    if not isinstance(value, Mapping):
        return None
    return {key: item for key, item in value.items() if isinstance(key, str)}


def _parsed(written: str) -> Any:
    if len(written) > LONGEST_JSON:
        return None
    try:
        return json.loads(written)
    except (ValueError, RecursionError):
        return _python_spelling(written) if written.lstrip().startswith("{'") else None


def _python_spelling(written: str) -> Any:
    try:
        return read_yaml(written)
    except UnreadableYaml:
        return None
