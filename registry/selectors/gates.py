"""Decide whether an answer stops a build."""

from enum import StrEnum

from registry.licensing.terms import Word
from registry.selectors.answer_shape import Answer


class Gate(StrEnum):
    """The mildest word that stops."""

    UNCLEAR = "unclear"
    FORBIDDEN = "forbidden"


_STOPPING = {
    Gate.UNCLEAR: {Word.UNCLEAR, Word.FORBIDDEN},
    Gate.FORBIDDEN: {Word.FORBIDDEN},
}


def stopped_by(told: Answer, *, gate: Gate) -> list[str]:
    """Return the permissions whose combined word stops at ``gate``, in the answer's order.

    Every permission of the answer counts: ask with ``use`` to gate on one. An answer without
    listings (a name, candidates) is unclear about everything, and says so as ``"*"``.
    """
    if not told["combined"]:
        return ["*"] if gate is Gate.UNCLEAR else []
    stopping = _STOPPING[gate]
    return [use for use, right in told["combined"].items() if right["word"] in stopping]
