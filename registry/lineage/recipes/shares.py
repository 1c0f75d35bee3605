"""The arithmetic of merging up to three models A, B and C: what each one's share is.

Pure Python: importing this module must never import Django.

Sources: AUTOMATIC1111 ``modules/extras.py`` (weighted sum A(1-M) + BM, add difference A + (B-C)M);
sd-webui-supermerger ``scripts/mergers/mergers.py`` (triple sum, sum twice); Chattiori-Model-Merger
``merge.py``, SD.Next and MergeStudio use the same four formulas.
"""

import math
from enum import StrEnum


class Method(StrEnum):
    """A merge whose result is a sum of shares."""

    NO_INTERPOLATION = "no interpolation"  # A
    WEIGHTED_SUM = "weighted sum"  # A(1-a) + Ba
    ADD_DIFFERENCE = "add difference"  # A + (B-C)a
    TRIPLE_SUM = "triple sum"  # A(1-a-b) + Ba + Cb
    SUM_TWICE = "sum twice"  # (A(1-a) + Ba)(1-b) + Cb


MODELS = {
    Method.NO_INTERPOLATION: 1,
    Method.WEIGHTED_SUM: 2,
    Method.ADD_DIFFERENCE: 3,
    Method.TRIPLE_SUM: 3,
    Method.SUM_TWICE: 3,
}


def method_of(words: str) -> Method | None:
    """Return the method that a tool's words name, whatever their case and underscores."""
    try:
        return Method(" ".join(words.lower().replace("_", " ").replace("-", " ").split()))
    except ValueError:
        return None


def shares(method: Method | None, alpha: float | None, beta: float | None) -> list[float | None]:
    """Return the shares of A, B and C; nothing for a share that cannot be told."""
    a, b = (math.nan if given is None else given for given in (alpha, beta))
    match method:
        case Method.NO_INTERPOLATION:
            found = [1.0]
        case Method.WEIGHTED_SUM:
            found = [1 - a, a]
        case Method.ADD_DIFFERENCE:
            found = [1.0, a, -a]
        case Method.TRIPLE_SUM:
            found = [1 - a - b, a, b]
        case Method.SUM_TWICE:
            found = [(1 - a) * (1 - b), a * (1 - b), b]
        case None:
            found = []
    told = [share if math.isfinite(share) else None for share in found]
    return [*told, None, None, None][:3]
