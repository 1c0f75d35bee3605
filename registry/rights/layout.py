"""The bits of a node's rights: what may be done, what is owed, what is forbidden.

A row is a few 64-bit words. Intervals stand in thermometer code (a bit for each level reached), so
that joining two rows is ``|`` (rule L3); duties and forbidden uses are one bit each (rule L8).
What a pass over a graph carries besides stands in ``registry.rights.blocks``.

Pure Python: importing this module must never import Django.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from registry.licensing.catalog import all_terms, use_set
from registry.licensing.civitai_flags import credit_duty
from registry.licensing.codes import ConflictCode
from registry.licensing.lineage_view import CivitaiFlags
from registry.licensing.terms import Level, Permission

Words = npt.NDArray[np.uint64]

WORD_BITS = 64
FORMAT = 3  # of a row; goes up with every change, of a rule too, that no column's name shows
RELICENSE = "relicense"
PERMISSIONS = tuple(Permission)
QUESTIONS: tuple[str, ...] = (*PERMISSIONS, RELICENSE)  # each has an interval
CODES = (
    ConflictCode.SHARE_ALIKE_CONFLICT,
    ConflictCode.FURTHER_RESTRICTIONS_CONFLICT,
    ConflictCode.OSADL_INCOMPATIBLE,
    ConflictCode.EXCLUSIVE_FAMILY,
    ConflictCode.NAME_PREFIX_CONFLICT,
    ConflictCode.TRAINING_ON_OUTPUTS,
)  # what conflicts between texts are called; the others depend on who asks, or bind nothing
BEST_LEVELS = tuple(Level)[1:]  # level 0 is the absence of bits
WORST_LEVELS = tuple(Level)  # the bit of level 0 says that somebody speaks of it at all


class Duty(NamedTuple):
    """A duty as the catalogue names it; each (duty, value) is one."""

    duty: str
    value: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Which bit of a list stands for what: forbidden uses, then duties."""

    uses: tuple[str, ...]
    duties: tuple[Duty, ...]

    @property
    def name(self) -> str:
        """Return a digest of the columns: rows of another name cannot be compared."""
        return _name(self)


def packed(columns: Iterator[int] | Sequence[int], words: int) -> Words:
    """Return ``words`` words with the bits ``columns`` set."""
    row = [0] * words
    for column in columns:
        row[column // WORD_BITS] |= 1 << column % WORD_BITS
    return np.array(row, dtype=np.uint64)


def columns_of(words: Sequence[int]) -> Iterator[int]:
    """Yield the bits that are set; the opposite of ``packed``."""
    for at, word in enumerate(words):
        for bit in range(word.bit_length()):
            if word >> bit & 1:
                yield at * WORD_BITS + bit


def best_bits(question: str, level: Level) -> int:
    """Return the thermometer of a best end."""
    return ((1 << level) - 1) << len(BEST_LEVELS) * QUESTIONS.index(question)


def worst_bits(question: str, level: Level) -> int:
    """Return the thermometer of a worst end; somebody speaks of it."""
    return ((2 << level) - 1) << len(WORST_LEVELS) * QUESTIONS.index(question)


@cache
def _name(shape: Layout) -> str:
    columns = [*shape.uses, *("=".join(duty) for duty in shape.duties), *QUESTIONS, *CODES]
    return hashlib.sha256("\n".join([str(FORMAT), *columns]).encode()).hexdigest()[:16]


@cache
def layout() -> Layout:
    """Return the layout for the licence catalogue as it stands."""
    texts = all_terms()
    named = {terms.use_restrictions.set for terms in texts} - {""}
    uses = {tag for name in named for tag in use_set(name).tags or (f"list:{name}",)}
    duties = {Duty(owed.duty.value, owed.value) for terms in texts for owed in terms.duties}
    if credit := credit_duty(CivitaiFlags(no_credit=False)):
        duties.add(Duty(credit.duty.value, credit.value))
    return Layout(tuple(sorted(uses)), tuple(sorted(duties)))
