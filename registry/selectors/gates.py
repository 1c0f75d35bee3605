"""Decide whether an answer stops a build."""

from collections.abc import Mapping
from enum import StrEnum

from registry.licensing.terms import Word
from registry.selectors.answer_shape import RightJson


class Gate(StrEnum):
    """The mildest word that stops."""

    UNCLEAR = "unclear"
    FORBIDDEN = "forbidden"


_STOPPING = {
    Gate.UNCLEAR: {Word.UNCLEAR, Word.FORBIDDEN},
    Gate.FORBIDDEN: {Word.FORBIDDEN},
}


def stopped_by(rights: Mapping[str, RightJson], *, gate: Gate) -> list[str]:
    """Return the permissions whose word stops at ``gate``, in the answer's order.

    Every permission of the answer counts: ask with ``use`` to gate on one. An answer without
    listings (a name, candidates) is unclear about everything, and says so as ``"*"``.

    :param rights: what an answer says over all its listings, or files
    """
    if not rights:
        return ["*"] if gate is Gate.UNCLEAR else []
    stopping = _STOPPING[gate]
    return [use for use, right in rights.items() if right["word"] in stopping]
