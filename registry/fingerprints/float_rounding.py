"""Round stored floating-point numbers to one 16-bit type, bit for bit as the field casts files.

Rounding is to nearest, ties to even (IEEE 754), subnormal results kept, overflow to infinity, the
sign of zero kept: what torch's, numpy's and the processors' casts do. They differ in what they
make of NaN only, so every NaN becomes one: ``7e00`` in F16, ``7fc0`` in BF16. F64 goes through
F32, as torch's cast does. tests/unit/.../test_float_rounding.py holds all of it against numpy.

Own arithmetic, because numpy's cast to F16 takes one number at a time: slower than SHA-256
(tests/benchmarks/digests.py). Pure Python: importing this module must never import Django.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint16]  # 16-bit patterns, little-endian
Patterns = NDArray[np.uint32]  # 32-bit patterns
Rounder = Callable[[memoryview], Words]

BLOCK = 1 << 16  # numbers rounded at a time: every step stays in the processor's cache

_MAGNITUDE_32 = 0x7FFF_FFFF
_INFINITY_32 = 0x7F80_0000
_BEYOND_F16 = 0x4780_0000  # 65,536 in F32; from there on the quick way does not hold
_LEAST_NORMAL = 113 << 23  # the exponent of 2**-14, below which an F16 is subnormal
_TO_UNIT = 13 << 23  # 2**13: the last place of (2**13 * a power of two) is an F16's unit there
_F16_NAN = 0x7E00
_BF16_NAN = 0x7FC0
_SIGN_16 = 0x8000
_INFINITIES = {"F16": 0x7C00, "BF16": 0x7F80}


class Rounded(StrEnum):
    """To which type numbers are rounded; spelt as safetensors spells it."""

    F16 = "F16"
    BF16 = "BF16"


WIDTHS: Mapping[str, int] = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}  # bytes a number


def rounder(dtype: str, to: Rounded) -> Rounder:
    """Return what rounds at most ``BLOCK`` numbers of a type.

    It takes their bytes, little-endian, whole numbers only, and returns an array of its own that
    the next call overwrites.

    :param dtype: a key of ``WIDTHS``
    """
    if WIDTHS[dtype] == np.dtype(np.uint16).itemsize:
        return _Table(_table(dtype, to))
    single = _SingleToF16() if to is Rounded.F16 else _SingleToBF16()
    return single if dtype == "F32" else _Double(single)


def has_nan(numbers: memoryview, of: Rounded) -> bool:
    """Tell whether whole 16-bit numbers hold a NaN: a pattern beyond that of an infinity."""
    infinity = _INFINITIES[of]
    positive = np.frombuffer(numbers, "<i2").max(initial=0)  # negative numbers are below 0 here
    any_sign = np.frombuffer(numbers, "<u2").max(initial=0)  # and above all others here
    return bool(positive > infinity or any_sign > infinity + _SIGN_16)


class _SingleToF16:
    """Rounds F32 to F16 by one addition, after which the sum's last place is an F16's last place.

    For ``2**e <= |x| < 2**(e+1)``, with ``e`` at least -14, an F16 has the unit ``2**(e-10)``. That
    is the last place of ``2**(e+13)`` in F32, so ``|x| + 2**(e+13)`` is rounded by the processor
    as F16 wants it, and the sum's pattern counts the units above that of ``2**(e+13)``.
    """

    def __init__(self) -> None:
        self._scratch = np.empty((3, BLOCK), np.uint32)
        self._result = np.empty(BLOCK, np.uint16)

    def __call__(self, numbers: memoryview) -> Words:
        patterns = np.frombuffer(numbers, "<u4")
        count = len(patterns)
        units, exponents, sums = self._scratch[:, :count]
        np.bitwise_and(patterns, _MAGNITUDE_32, out=units)
        if units.max(initial=0) >= _BEYOND_F16:
            return _rarely(patterns)
        np.bitwise_and(units, _INFINITY_32, out=exponents)
        np.maximum(exponents, _LEAST_NORMAL, out=exponents)
        np.add(exponents, _TO_UNIT, out=sums)
        np.add(units.view(np.float32), sums.view(np.float32), out=units.view(np.float32))
        np.subtract(units, sums, out=units)
        np.right_shift(exponents, 13, out=exponents)
        np.add(units, exponents, out=units)
        np.subtract(units, _LEAST_NORMAL >> 13, out=units)
        np.right_shift(patterns, 16, out=sums)
        np.bitwise_and(sums, _SIGN_16, out=sums)
        np.bitwise_or(units, sums, out=units)
        np.copyto(self._result[:count], units, casting="unsafe")
        return self._result[:count]


def _rarely(patterns: Patterns) -> Words:
    """Round a block in which something is as large as 65,536, infinite or NaN."""
    numbers = patterns.view(np.float32)
    with np.errstate(all="ignore"):
        halves = numbers.astype(np.float16).view(np.uint16)
    halves[np.isnan(numbers)] = _F16_NAN
    return halves


class _SingleToBF16:
    """Rounds F32 to BF16, its upper half: adds just below half a unit, one more if it is odd."""

    def __init__(self) -> None:
        self._sums = np.empty(BLOCK, np.uint32)
        self._result = np.empty(BLOCK, np.uint16)

    def __call__(self, numbers: memoryview) -> Words:
        patterns = np.frombuffer(numbers, "<u4")
        sums, result = self._sums[: len(patterns)], self._result[: len(patterns)]
        np.bitwise_and(patterns, _MAGNITUDE_32, out=sums)
        has_nan = sums.max(initial=0) > _INFINITY_32
        np.right_shift(patterns, 16, out=sums)
        np.bitwise_and(sums, 1, out=sums)
        np.add(sums, 0x7FFF, out=sums)
        np.add(sums, patterns, out=sums)
        np.right_shift(sums, 16, out=sums)
        np.copyto(result, sums, casting="unsafe")
        if has_nan:
            result[np.isnan(patterns.view(np.float32))] = _BF16_NAN
        return result


class _Double:
    """Rounds F64 to F32 and that further."""

    def __init__(self, single: Rounder) -> None:
        self._single = single

    def __call__(self, numbers: memoryview) -> Words:
        with np.errstate(all="ignore"):
            singles = np.frombuffer(numbers, "<f8").astype("<f4")
        return self._single(singles.data.cast("B"))


class _Table:
    """Looks 16-bit numbers up: there are only 65,536."""

    def __init__(self, table: Words) -> None:
        self._table = table
        self._result = np.empty(BLOCK, np.uint16)

    def __call__(self, numbers: memoryview) -> Words:
        patterns = np.frombuffer(numbers, "<u2")
        result = self._result[: len(patterns)]
        # clip: no index can be out of range, and numpy then writes straight into ``out``
        np.take(self._table, patterns, out=result, mode="clip")
        return result


@cache
def _table(dtype: str, to: Rounded) -> Words:
    """Return what every 16-bit number of a type becomes."""
    words = np.arange(1 << 16, dtype=np.uint16)
    if dtype == "F16":
        with np.errstate(all="ignore"):
            singles = words.view(np.float16).astype(np.float32)
    else:
        singles = (words.astype(np.uint32) << 16).view(np.float32)
    return rounder("F32", to)(singles.data.cast("B")).copy()
