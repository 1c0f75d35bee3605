"""Number distinct rows: millions of models share a few thousand rows.

Pure Python: importing this module must never import Django.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from registry.rights.layout import WORD_BITS, Words
from registry.rights.order import Bools, Ints, Places

CHUNK = 512  # models a chunk
NOBODY = 0  # the code of a number that no model has
_BLOCK = 4096  # rows that are compared at a time
_FEW_BITS = 16  # of the number of a slot, at first: that is enough where few words are distinct
_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


@dataclass(frozen=True, slots=True)
class Codebook:
    """``codes[i]`` stands for the row ``rows[i]``; codes are never used again for another row."""

    rows: Words
    codes: Ints

    def coded(self, rows: Words, *, after: int) -> tuple[Ints, "Codebook"]:
        """Return every row's code, and the codebook of those rows that had none.

        :param after: the highest code ever given
        """
        if not len(rows):
            return np.empty(0, dtype=np.int32), Codebook(rows, np.empty(0, dtype=np.int32))
        mixed = mixed_rows(rows)
        known, place = self._looked_up(rows, mixed)
        codes = np.where(known, self.codes[place] if len(self.codes) else 0, 0).astype(np.int32)
        fresh = np.flatnonzero(~known)
        example, lot = distinct(rows[fresh], mixed[fresh])
        new = np.arange(after + 1, after + 1 + len(example), dtype=np.int32)
        codes[fresh] = new[lot]
        return codes, Codebook(rows[fresh[example]], new)

    def joined(self, other: "Codebook") -> "Codebook":
        """Return both."""
        rows = np.concatenate([self.rows, other.rows])
        return Codebook(rows, np.concatenate([self.codes, other.codes]))

    def _looked_up(
        self, rows: Words, mixed: Words
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
        if not len(self.codes):
            return np.zeros(len(rows), dtype=np.bool_), np.zeros(len(rows), dtype=np.intp)
        own = mixed_rows(self.rows)
        sort = np.argsort(own)
        at = np.minimum(np.searchsorted(own[sort], mixed), len(own) - 1)
        place = sort[at]
        known = own[place] == mixed
        for word in range(rows.shape[1]):
            known &= self.rows[place, word] == rows[:, word]
        return known, place


def mixed_rows(rows: Words) -> Words:
    """Return one word for each row; equal rows have equal words, others hardly ever."""
    mixed = np.zeros(len(rows), dtype=np.uint64)
    for word in range(rows.shape[1]):
        mixed = (mixed ^ rows[:, word]) * _ODD
        mixed ^= mixed >> _SHIFT
    return mixed


def distinct(rows: Words, mixed: Words | None = None) -> tuple[Places, Ints]:
    """Return an example of each distinct row, and the place of every row among those.

    :param mixed: ``mixed_rows`` of them
    """
    rows = np.ascontiguousarray(rows)
    example, place = _distinct_words(mixed_rows(rows) if mixed is None else mixed)
    starts = range(0, len(rows), _BLOCK)
    if all(_are_equal(rows, example, place, slice(at, at + _BLOCK)) for at in starts):
        return example, place
    _, example, found = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return example, found.reshape(-1).astype(np.int32)


def _are_equal(rows: Words, example: Places, place: Ints, some: slice) -> bool:
    return np.array_equal(rows.take(example.take(place[some]), axis=0), rows[some])


def _distinct_words(words: Words) -> tuple[Places, Ints]:
    """Return an example of each distinct word, and the place of every word among those.

    Each word writes its place into a slot that the word names, and the last one written speaks for
    all equal to it; whoever finds another word there goes on to slots of other bits.
    """
    leader = np.empty(len(words), dtype=np.intp)
    left, its, bits = np.arange(len(words)), words, _FEW_BITS
    while len(left):
        slot = (its >> np.uint64(WORD_BITS - bits)).view(np.int64)
        slots = np.empty(1 << bits, dtype=np.intp)
        slots[slot] = left
        found = slots[slot]
        leader[left] = found
        other = np.flatnonzero(words[found] != words[left])
        left, its = left[other], its[other] * _ODD
        bits = max(_FEW_BITS, len(left).bit_length())
    is_leader = leader == np.arange(len(words))
    place = np.cumsum(is_leader, dtype=np.int32) - 1
    return np.flatnonzero(is_leader), place[leader]


def ranked(values: npt.NDArray[np.integer], size: int) -> tuple[Ints, Ints]:
    """Return the rank of every value among the distinct ones, and those, in linear time."""
    used: Bools = np.zeros(size, dtype=np.bool_)
    used[values] = True
    found = np.flatnonzero(used)
    rank = np.zeros(size, dtype=np.int32)
    rank[found] = np.arange(len(found), dtype=np.int32)
    return rank[values], found.astype(np.int32)


def chunked(numbers: npt.NDArray[np.int64], codes: Ints) -> npt.NDArray[np.int32]:
    """Return codes by number, ``CHUNK`` in each row of the result; absent numbers are ``NOBODY``.

    :param numbers: primary keys, at least 0
    """
    chunks = int(numbers.max(initial=-1)) // CHUNK + 1
    table = np.full(chunks * CHUNK, NOBODY, dtype="<i4")
    table[numbers] = codes
    return table.reshape(chunks, CHUNK)
