"""Number distinct rows: millions of models share a few thousand rows.

Pure Python: importing this module must never import Django.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from registry.rights.layout import Words
from registry.rights.order import Ints

CHUNK = 512  # models a chunk
NOBODY = 0  # the code of a number that no model has
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
        example, lot = _distinct(rows[fresh], mixed[fresh])
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


def _distinct(rows: Words, mixed: Words) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return where each distinct row first stands, and the place of every row among them."""
    _, example, place = np.unique(mixed, return_index=True, return_inverse=True)
    if np.array_equal(rows[example][place], rows):
        return example, place
    _, example, place = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return example, place.reshape(-1)


def chunked(numbers: npt.NDArray[np.int64], codes: Ints) -> npt.NDArray[np.int32]:
    """Return codes by number, ``CHUNK`` in each row of the result; absent numbers are ``NOBODY``.

    :param numbers: primary keys, at least 0
    """
    chunks = int(numbers.max(initial=-1)) // CHUNK + 1
    table = np.full(chunks * CHUNK, NOBODY, dtype="<i4")
    table[numbers] = codes
    return table.reshape(chunks, CHUNK)
