"""A model's rights as a row of a few words, and what a row says.

Words of a row: flags and best ends; worst ends; then forbidden uses and duties, one bit each. The
columns are those of ``registry.rights.layout``; rows of another layout's ``name`` say nothing.
Pure Python: importing this module must never import Django.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntFlag

import numpy as np

from registry.licensing.findings import RightsVerdict
from registry.licensing.interval import UNKNOWN, Interval
from registry.licensing.terms import Level, Permission, Word
from registry.licensing.verdict import OF_A_SERVICE
from registry.lineage.relations import Coverage
from registry.rights.layout import (
    BEST_LEVELS,
    PERMISSIONS,
    WORD_BITS,
    WORST_LEVELS,
    Duty,
    Words,
    layout,
    packed,
)
from registry.rights.lineages import COVERAGE_BITS
from registry.rights.own import interval_words

FLAG_WORD = 0
_WORST_WORD = 1
_LIST_WORDS = 2
COVERAGE_FROM = len(BEST_LEVELS) * len(PERMISSIONS)  # the bit behind the last thermometer
_COVERAGE_BITS = 3
MARK_BITS = _COVERAGE_BITS + 3  # the coverage and ``Flag``
_SPLIT_FROM = len(WORST_LEVELS) * len(PERMISSIONS)  # unclear because listings disagree (L20)


class Flag(IntFlag):
    """What else is known of a model, in the first word of its row."""

    CYCLIC = 1 << COVERAGE_FROM + _COVERAGE_BITS  # it is its own ancestor
    SERVICE = 1 << COVERAGE_FROM + _COVERAGE_BITS + 1
    DISAGREE = 1 << COVERAGE_FROM + _COVERAGE_BITS + 2  # listings of these bytes do (rule L20)


@dataclass(frozen=True, slots=True)
class Said:
    """One permission's answer, with the interval it stands for."""

    word: Word
    best: Word
    worst: Word


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """What a row says, without grounds: those are computed on read."""

    rights: dict[Permission, Said]
    coverage: Coverage
    uses: tuple[str, ...]
    duties: tuple[Duty, ...]
    is_cyclic: bool
    listings_disagree: bool


def row_words() -> int:
    """Return how many words a row has."""
    shape = layout()
    return _LIST_WORDS - (-(len(shape.uses) + len(shape.duties)) // WORD_BITS)


def answer_rows(own: Words) -> Words:
    """Return the rows of models out of the words of their own answer, still without marks.

    :param own: best ends, worst ends, then the words of a list
    """
    shape = layout()
    rows = np.zeros((len(own), row_words()), dtype=np.uint64)
    rows[:, FLAG_WORD], rows[:, _WORST_WORD] = own[:, 0], own[:, 1]
    uses, duties = len(shape.uses), len(shape.duties)
    lists = own[:, 2:]
    for start, count, target in ((0, uses + duties, 0), (uses + duties, duties, uses)):
        _copy_bits(lists, start, count, rows[:, _LIST_WORDS:], target)
    return rows


def _copy_bits(source: Words, start: int, count: int, target: Words, at: int) -> None:
    """Join ``count`` columns from ``start`` into the columns of ``target`` from ``at``."""
    while count:
        some = min(count, WORD_BITS - start % WORD_BITS, WORD_BITS - at % WORD_BITS)
        mask = np.uint64((1 << some) - 1)
        bits = (source[:, start // WORD_BITS] >> np.uint64(start % WORD_BITS)) & mask
        target[:, at // WORD_BITS] |= bits << np.uint64(at % WORD_BITS)
        start, at, count = start + some, at + some, count - some


def answer_row(verdict: RightsVerdict) -> Words:
    """Return the row of a verdict of the object engine."""
    said = {
        permission: Interval(Level[right.best.name], Level[right.worst.name])
        for permission, right in verdict.rights.items()
        if right.word is not Word.NOT_APPLICABLE
    }
    duties = (Duty(duty.duty, duty.value) for duty in verdict.duties)
    uses = (use.tag for use in verdict.use_restrictions)
    return _row(said, verdict.coverage, uses, duties, Flag(0))


def row_of(answer: RowAnswer) -> Words:
    """Return the row that says the same as ``answer``; the opposite of ``read_row``."""
    said = {
        permission: Interval(Level[one.best.name], Level[one.worst.name])
        for permission, one in answer.rights.items()
        if one.word is not Word.NOT_APPLICABLE
    }
    split = sum(
        1 << _SPLIT_FROM + PERMISSIONS.index(permission)
        for permission, interval in said.items()
        if interval.word is not answer.rights[permission].word
    )
    flag = Flag.CYCLIC if answer.is_cyclic else Flag(0)
    flag |= Flag.DISAGREE if answer.listings_disagree else Flag(0)
    is_service = any(one.word is Word.NOT_APPLICABLE for one in answer.rights.values())
    flag |= Flag.SERVICE if is_service else Flag(0)
    row = _row(said, answer.coverage, answer.uses, answer.duties, flag)
    row[_WORST_WORD] |= np.uint64(split)
    return row


def _row(
    said: dict[Permission, Interval],
    coverage: Coverage,
    uses: Iterable[str],
    duties: Iterable[Duty],
    flag: Flag,
) -> Words:
    shape = layout()
    row = np.zeros(row_words(), dtype=np.uint64)
    best, worst = interval_words(said)
    row[FLAG_WORD] = best | COVERAGE_BITS[coverage] << COVERAGE_FROM | flag
    row[_WORST_WORD] = worst
    columns = [shape.uses.index(use) for use in uses]
    columns += [len(shape.uses) + shape.duties.index(duty) for duty in duties]
    row[_LIST_WORDS:] = packed(columns, len(row) - _LIST_WORDS)
    return row


def read_row(row: Iterable[int]) -> RowAnswer:
    """Return what a row says."""
    shape = layout()
    words = [int(word) for word in row]
    flags, worst = words[FLAG_WORD], words[_WORST_WORD]
    is_service = bool(flags & Flag.SERVICE)
    steps = flags >> COVERAGE_FROM & (1 << _COVERAGE_BITS) - 1
    columns = list(_columns(words[_LIST_WORDS:]))
    uses = len(shape.uses)
    return RowAnswer(
        rights={p: _said(p, flags, worst, is_service=is_service) for p in PERMISSIONS},
        coverage=next(c for c, bits in COVERAGE_BITS.items() if bits == steps),
        uses=tuple(shape.uses[column] for column in columns if column < uses),
        duties=tuple(shape.duties[column - uses] for column in columns if column >= uses),
        is_cyclic=bool(flags & Flag.CYCLIC),
        listings_disagree=bool(flags & Flag.DISAGREE),
    )


def _said(permission: Permission, best: int, worst: int, *, is_service: bool) -> Said:
    if is_service and permission not in OF_A_SERVICE:
        return Said(Word.NOT_APPLICABLE, Word.NOT_APPLICABLE, Word.NOT_APPLICABLE)
    interval = _interval(permission, best, worst)
    is_split = worst >> _SPLIT_FROM + PERMISSIONS.index(permission) & 1
    word = Word.UNCLEAR if is_split else interval.word
    return Said(word, interval.best.word, interval.worst.word)


def _interval(permission: Permission, best: int, worst: int) -> Interval:
    place = PERMISSIONS.index(permission)
    up = worst >> len(WORST_LEVELS) * place & (1 << len(WORST_LEVELS)) - 1
    low = best >> len(BEST_LEVELS) * place & (1 << len(BEST_LEVELS)) - 1
    if not up:
        return UNKNOWN  # nothing that is known speaks of it (rule L4)
    return Interval(Level(low.bit_count()), Level(up.bit_count() - 1))


def _columns(words: Iterable[int]) -> Iterator[int]:
    for at, word in enumerate(words):
        for bit in range(word.bit_length()):
            if word >> bit & 1:
                yield at * WORD_BITS + bit
