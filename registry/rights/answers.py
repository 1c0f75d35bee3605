"""A model's rights as a row of a few words, and what a row says.

Words of a row: flags and best ends; worst ends; then forbidden uses and duties, one bit each. The
columns are those of ``registry.rights.layout``; rows of another layout's ``name`` say nothing.
Pure Python: importing this module must never import Django.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntFlag
from functools import cache, lru_cache

import numpy as np

from registry.licensing.codes import ConflictCode
from registry.licensing.findings import PermissionVerdict, RightsVerdict
from registry.licensing.interval import UNKNOWN, Interval
from registry.licensing.terms import Level, Permission, Word
from registry.licensing.verdict import OF_A_SERVICE
from registry.lineage.relations import Coverage
from registry.rights.layout import (
    BEST_LEVELS,
    CODES,
    PERMISSIONS,
    QUESTIONS,
    RELICENSE,
    WORD_BITS,
    WORST_LEVELS,
    Duty,
    Words,
    columns_of,
    layout,
    packed,
)
from registry.rights.lineages import COVERAGE_BITS
from registry.rights.own import interval_words

FLAG_WORD = 0
_WORST_WORD = 1
_LIST_WORDS = 2
COVERAGE_FROM = len(BEST_LEVELS) * len(QUESTIONS)  # the bit behind the last thermometer
_COVERAGE_BITS = 3
_FLAGS_FROM = COVERAGE_FROM + _COVERAGE_BITS
MARK_BITS = _COVERAGE_BITS + 4  # the coverage and ``Flag``
_CODES_FROM = COVERAGE_FROM + MARK_BITS
_SPLIT_FROM = len(WORST_LEVELS) * len(QUESTIONS)  # unclear because listings disagree (L20)


class Flag(IntFlag):
    """What else is known of a model, in the first word of its row."""

    CYCLIC = 1 << _FLAGS_FROM  # it is its own ancestor
    SERVICE = 1 << _FLAGS_FROM + 1
    DISAGREE = 1 << _FLAGS_FROM + 2  # listings of these bytes do (rule L20)
    ASK = 1 << _FLAGS_FROM + 3  # the row says nothing: the object engine has to be asked


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
    relicense: Said
    conflicts: tuple[str, ...]  # codes of conflicts between texts, in the order of ``CODES``
    coverage: Coverage
    uses: tuple[str, ...]
    duties: tuple[Duty, ...]
    is_cyclic: bool
    listings_disagree: bool

    @property
    def asked(self) -> Mapping[str, Said]:
        """Return the answer to every question."""
        return {question: self._said(question) for question in (*self.rights, RELICENSE)}

    def _said(self, question: str) -> Said:
        return self.relicense if question == RELICENSE else self.rights[Permission(question)]


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


def conflict_rows(best: Words, worst: Words, codes: Words) -> Words:
    """Return what conflicts between texts join into rows (rule L23), as ``clashes`` gives it."""
    rows = np.zeros((len(best), row_words()), dtype=np.uint64)
    rows[:, FLAG_WORD] = best | codes << np.uint64(_CODES_FROM)
    rows[:, _WORST_WORD] = worst
    return rows


def said_of(right: PermissionVerdict) -> Said:
    """Return one answer of the object engine without its grounds."""
    return Said(right.word, right.best, right.worst)


def answer_of(
    verdict: RightsVerdict, *, is_cyclic: bool = False, listings_disagree: bool = False
) -> RowAnswer:
    """Return a verdict of the object engine as a row says it."""
    codes = {finding.code for finding in verdict.conflicts}
    return RowAnswer(
        rights={permission: said_of(right) for permission, right in verdict.rights.items()},
        relicense=said_of(verdict.relicense),
        conflicts=tuple(code.value for code in CODES if code in codes),
        coverage=verdict.coverage,
        uses=tuple(use.tag for use in verdict.use_restrictions),
        duties=tuple(Duty(duty.duty, duty.value) for duty in verdict.duties),
        is_cyclic=is_cyclic,
        listings_disagree=listings_disagree,
    )


def answer_row(verdict: RightsVerdict) -> Words:
    """Return the row of a verdict of the object engine."""
    return row_of(answer_of(verdict))


def row_of(answer: RowAnswer) -> Words:
    """Return the row that says the same as ``answer``; the opposite of ``read_row``."""
    shape = layout()
    row = np.zeros(row_words(), dtype=np.uint64)
    said = {
        question: Interval(Level[one.best.name], Level[one.worst.name])
        for question, one in answer.asked.items()
        if one.word is not Word.NOT_APPLICABLE
    }
    split = sum(
        1 << _SPLIT_FROM + QUESTIONS.index(question)
        for question, interval in said.items()
        if interval.word is not answer.asked[question].word
    )
    codes = sum(1 << _CODES_FROM + CODES.index(ConflictCode(code)) for code in answer.conflicts)
    best, worst = interval_words(said)
    row[FLAG_WORD] = (
        best | COVERAGE_BITS[answer.coverage] << COVERAGE_FROM | _flags_of(answer) | codes
    )
    row[_WORST_WORD] = worst | split
    columns = [shape.uses.index(use) for use in answer.uses]
    columns += [len(shape.uses) + shape.duties.index(duty) for duty in answer.duties]
    row[_LIST_WORDS:] = packed(columns, len(row) - _LIST_WORDS)
    return row


def _flags_of(answer: RowAnswer) -> int:
    is_service = any(one.word is Word.NOT_APPLICABLE for one in answer.rights.values())
    said = {
        Flag.CYCLIC: answer.is_cyclic,
        Flag.DISAGREE: answer.listings_disagree,
        Flag.SERVICE: is_service,
    }
    return sum(flag for flag, holds in said.items() if holds)


def is_to_ask(row: Iterable[int]) -> bool:
    """Return whether a row says nothing but that the object engine has to be asked."""
    return bool(int(next(iter(row))) & Flag.ASK)


def read_row(row: Iterable[int]) -> RowAnswer:
    """Return what a row says."""
    words = [int(word) for word in row]
    flags, worst = words[FLAG_WORD], words[_WORST_WORD]
    is_service = bool(flags & Flag.SERVICE)
    *cells, other_terms = _cells(flags, worst)
    steps = flags >> COVERAGE_FROM & (1 << _COVERAGE_BITS) - 1
    uses, duties = _lists(tuple(words[_LIST_WORDS:]))
    return RowAnswer(
        rights={
            p: _NOT_APPLICABLE if is_service and p not in OF_A_SERVICE else _said(cell)
            for p, cell in zip(PERMISSIONS, cells, strict=True)
        },
        relicense=_NOT_APPLICABLE if is_service else _said(other_terms),
        conflicts=tuple(c.value for i, c in enumerate(CODES) if flags >> _CODES_FROM + i & 1),
        coverage=_COVERAGES[steps],
        uses=uses,
        duties=duties,
        is_cyclic=bool(flags & Flag.CYCLIC),
        listings_disagree=bool(flags & Flag.DISAGREE),
    )


_NOT_APPLICABLE = Said(Word.NOT_APPLICABLE, Word.NOT_APPLICABLE, Word.NOT_APPLICABLE)
_COVERAGES = {int(bits): coverage for coverage, bits in COVERAGE_BITS.items()}
_LOW, _UP = len(BEST_LEVELS), len(WORST_LEVELS)


def _cells(best: int, worst: int) -> list[int]:
    """Return, for each of ``QUESTIONS``, its bits: best end, worst end, whether listings split."""
    return [
        best >> _LOW * at & (1 << _LOW) - 1
        | (worst >> _UP * at & (1 << _UP) - 1) << _LOW
        | (worst >> _SPLIT_FROM + at & 1) << _LOW + _UP
        for at in range(len(QUESTIONS))
    ]


@cache
def _said(cell: int) -> Said:
    low, up = cell & (1 << _LOW) - 1, cell >> _LOW & (1 << _UP) - 1
    # Where no bit is set, nothing that is known speaks of it (rule L4).
    ends = Interval(Level(low.bit_count()), Level(up.bit_count() - 1)) if up else UNKNOWN
    word = Word.UNCLEAR if cell >> _LOW + _UP else ends.word
    return Said(word, ends.best.word, ends.worst.word)


@lru_cache(maxsize=10_000)
def _lists(words: tuple[int, ...]) -> tuple[tuple[str, ...], tuple[Duty, ...]]:
    """Return the uses and duties of the words of a list."""
    shape, columns = layout(), list(columns_of(words))
    uses = len(shape.uses)
    return (
        tuple(shape.uses[column] for column in columns if column < uses),
        tuple(shape.duties[column - uses] for column in columns if column >= uses),
    )
