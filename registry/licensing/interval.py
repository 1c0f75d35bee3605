"""The algebra of answers: intervals from the best to the worst case.

Pure Python: importing this module must never import Django. Source: README.md, rules L1 to L3.
"""

from collections.abc import Iterable
from typing import NamedTuple

from registry.licensing.terms import Level, Word


class Interval(NamedTuple):
    """What the answer is at best and at worst; ``best <= worst`` always."""

    best: Level
    worst: Level

    def join(self, other: "Interval") -> "Interval":
        """Return what holds when both apply: the higher of both ends (rule L3)."""
        return Interval(max(self.best, other.best), max(self.worst, other.worst))

    def meet(self, other: "Interval") -> "Interval":
        """Return what holds when the licensee may choose: the lower of both ends (rule L13)."""
        return Interval(min(self.best, other.best), min(self.worst, other.worst))

    def hull(self, other: "Interval") -> "Interval":
        """Return what holds when one of the two applies and nobody says which."""
        return Interval(min(self.best, other.best), max(self.worst, other.worst))

    def weakened(self) -> "Interval":
        """Return the interval when it is not certain that it applies at all (rule L5)."""
        return Interval(Level.ALLOWED, self.worst)

    @property
    def word(self) -> Word:
        """Return the word shown (rule L3).

        Both ends agree: that word. From allowed to conditional: conditional. Else unclear.
        """
        if self.best is self.worst:
            return self.best.word
        if self == Interval(Level.ALLOWED, Level.CONDITIONAL):
            return Word.CONDITIONAL
        return Word.UNCLEAR


ALLOWED = Interval(Level.ALLOWED, Level.ALLOWED)
CONDITIONAL = Interval(Level.CONDITIONAL, Level.CONDITIONAL)
FORBIDDEN = Interval(Level.FORBIDDEN, Level.FORBIDDEN)
UNKNOWN = Interval(Level.CONDITIONAL, Level.FORBIDDEN)
DOUBTED = Interval(Level.ALLOWED, Level.FORBIDDEN)  # nothing can be said


def join_all(intervals: Iterable[Interval]) -> Interval:
    """Return the join of any number of intervals; of none: allowed, the neutral element."""
    whole = ALLOWED
    for interval in intervals:
        whole = whole.join(interval)
    return whole
