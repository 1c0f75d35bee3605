"""What to know where a digest matched that does not name the asker's bytes."""

from registry.fingerprints.algorithms import OF_TENSORS, Algorithm
from registry.selectors.answer_shape import NoticeJson

ONLY_CANDIDATES = "candidates_only"  # of a digest alone: of a whole file the SHA-256 was asked
OTHER_BYTES: NoticeJson = {
    "code": "other_bytes",
    "text": "No mirrored page lists these very bytes; what follows shares a weaker digest with "
    "them, for instance the same tensors under another header.",
}
_CANDIDATES_ONLY = (
    "This kind of digest does not identify a file: it collides, or is only a part of one. What "
    "follows is what it could be; ask with the whole SHA-256 for an answer about your bytes."
)
_SAME_TENSORS = (
    "This digest names tensors, not a file. What follows lists a file with the same tensors "
    "(names, shapes, types and bytes); its header and metadata may be others, so may its "
    "history."
)
_SAME_ROUNDED = (
    "This digest ({}) names tensors after rounding, not a file. What follows lists a file whose "
    "tensors have the same names, shapes and rounded numbers: the same model, or a cast of it to "
    "another type of number; what differs by less than rounding keeps cannot be told apart."
)


def why_inexact(matched_by: str) -> NoticeJson:
    """Return what a match means that does not name the asker's bytes."""
    if matched_by not in OF_TENSORS:
        return {"code": ONLY_CANDIDATES, "text": _CANDIDATES_ONLY}
    if matched_by == Algorithm.TENSORS:
        return {"code": "same_tensors", "text": _SAME_TENSORS}
    return {"code": "same_tensors_rounded", "text": _SAME_ROUNDED.format(matched_by)}
