"""What conflicts between texts come to, for many sets of statements at once (rules L26 to L31).

All rules but two are about two statements; share-alike (L26) looks at all statements that restrict
the licence of derivatives together, OSADL's matrix (L28) at all software licences. So the conflicts
of a set are the join of what those two find in the whole, and of what the others find in each
statement and each two.
Each of these is worked out once, by ``registry.licensing.conflicts``. Pure Python: importing this
module must never import Django.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from registry.licensing.codes import ConflictCode
from registry.licensing.osadl import is_software
from registry.licensing.restrictions import is_share_alike
from registry.rights.bonds import BITS, Bonds, Clashing, Column, Role, clashing
from registry.rights.coding import distinct
from registry.rights.layout import WORD_BITS, Words
from registry.rights.order import Bools

_Said = tuple[tuple[int, bool], ...]  # columns, each firm or not


class Clashes(NamedTuple):
    """Of every row: what is joined into its best ends, its worst ends and its codes."""

    best: Words
    worst: Words
    codes: Words


def clashes(bonds: Bonds, rows: Words) -> Clashes:
    """Return what the conflicts between the statements of each row come to.

    :param rows: a word in each column, in the bits of ``bonds``
    """
    example, place = distinct(rows)
    found = _Table.of(bonds, rows[example]).clashes()
    return Clashes(*(column[place] for column in found))


@dataclass(frozen=True, slots=True)
class _Table:
    """Distinct sets of statements: which hold each column (``held[0]``), which do firmly."""

    bonds: Bonds
    held: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, bonds: Bonds, rows: Words) -> "_Table":
        data = rows.astype("<u8").view(np.uint8).reshape(len(rows), 8 * rows.shape[1])
        bits = np.unpackbits(data, axis=1, bitorder="little")[:, : bonds.bits]
        pairs = bits.reshape(len(rows), len(bonds.columns), BITS)
        return cls(bonds, np.ascontiguousarray(pairs.T).view(np.bool_))

    def clashes(self) -> Clashes:
        sets = self.held.shape[-1]
        found = Clashes(*(np.zeros(sets, dtype=np.uint64) for _ in Clashes._fields))
        for said, chosen in self._few():
            for column, bits in zip(found, clashing_of(self.bonds, said, _OF_TWO), strict=True):
                column[chosen] |= np.uint64(bits)
        for code, is_part in _WHOLES.items():
            whole = self._of_part(is_part, code)
            found = Clashes(*(one | other for one, other in zip(found, whole, strict=True)))
        return found

    def _few(self) -> Iterator[tuple[_Said, Bools]]:
        """Yield each statement and each two that clash, with the rows that have them."""
        used = np.flatnonzero(self.held[0].any(axis=1)).tolist()
        pairs = (pair for pair in combinations(used, 2) if self._may_clash(*pair))
        for columns in (*((column,) for column in used), *pairs):
            unsure = tuple((column, False) for column in columns)
            if not clashing_of(self.bonds, unsure, _OF_TWO).codes:
                continue
            for firm in product((False, True), repeat=len(columns)):
                said = tuple(zip(columns, firm, strict=True))
                chosen = np.logical_and.reduce([self.held[int(f), c] for c, f in said])
                if chosen.any():
                    yield said, chosen

    def _may_clash(self, one: int, other: int) -> bool:
        roles = {self.bonds.columns[one].role, self.bonds.columns[other].role}
        is_asked = Role.SHARED in roles or roles == {Role.TRAINED}
        return is_asked and bool((self.held[0, one] & self.held[0, other]).any())

    def _of_part(self, is_part: Callable[[Column], bool], code: ConflictCode) -> Clashes:
        """Return what the statements of a part come to when they are weighed all together."""
        columns = [at for at, one in enumerate(self.bonds.columns) if is_part(one)]
        held = self.held[:, columns]
        example, place = distinct(_packed(held.reshape(BITS * len(columns), -1).T))
        said = [
            tuple((columns[at], bool(row[1, at])) for at in np.flatnonzero(row[0]).tolist())
            for row in np.moveaxis(held[:, :, example], 2, 0)
        ]
        whats = [clashing_of(self.bonds, one, frozenset({code})) for one in said]
        table = np.array(whats, dtype=np.uint64).reshape(-1, len(Clashes._fields))
        return Clashes(*(table[place, at] for at in range(table.shape[1])))


def _packed(bits: Bools) -> Words:
    """Return rows of bits as words."""
    words = -(-bits.shape[1] // WORD_BITS)
    packed = np.zeros((len(bits), 8 * words), dtype=np.uint8)
    some = np.packbits(bits, axis=1)
    packed[:, : some.shape[1]] = some
    return packed.view(np.uint64)


def _restricts_derivatives(column: Column) -> bool:
    return column.role is Role.SHARED and any(map(is_share_alike, column.key.texts))


def _is_software(column: Column) -> bool:
    texts = column.key.texts
    return column.role is Role.SHARED and len(texts) == 1 and is_software(texts[0])


# A third text may take away a conflict that two have; these rules weigh the whole.
_WHOLES = {
    ConflictCode.SHARE_ALIKE_CONFLICT: _restricts_derivatives,
    ConflictCode.OSADL_INCOMPATIBLE: _is_software,
}
_OF_TWO = frozenset(ConflictCode) - frozenset(_WHOLES)


@lru_cache(maxsize=500_000)
def clashing_of(bonds: Bonds, said: _Said, codes: frozenset[ConflictCode]) -> Clashing:
    """Return what conflicts of ``codes`` between some statements of ``bonds`` come to."""
    return clashing(((bonds.columns[at], is_firm) for at, is_firm in said), codes)
