"""Round stored floating-point numbers to one 16-bit type, bit for bit as the field casts files.

Rounding is to nearest, ties to even (IEEE 754), subnormal results kept, overflow to infinity, the
sign of zero kept: what torch's, numpy's and the processors' casts do. They differ in what they
make of NaN only, so every NaN becomes one: ``7e00`` in F16, ``7fc0`` in BF16. F64 goes through
F32, as torch's cast does. tests/unit/.../test_float_rounding.py holds all of it against numpy.

Own arithmetic, because numpy's cast to F16 takes one number at a time: slower than SHA-256
(tests/benchmarks/digests.py). What is written here as it is for speed: steps work in place, in
arrays that stay in the processor's cache (two thirds of the time of steps from array to array), and
no maximum is taken with a single number, which takes numpy three times as long as with an array,
as multiplying takes less than shifting to the left.
Pure Python: importing this module must never import Django.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint16]  # 16-bit patterns, little-endian
Patterns = NDArray[np.uint32]  # 32-bit patterns

# Numbers rounded at a time. Fewer, and handing Python's lock over at every step takes up to a third
# more time; more, and the steps leave the processor's second cache (tests/benchmarks/digests.py).
BLOCK = 1 << 17

_MAGNITUDE_32 = 0x7FFF_FFFF
_INFINITY_32 = 0x7F80_0000
_BEYOND_F16 = 0x4780_0000  # 65,536 in F32; from there on the quick way does not hold
_LEAST_NORMAL = 113 << 23  # the exponent of 2**-14, below which an F16 is subnormal
_TO_UNIT = 13 << 23  # 2**13: the last place of (2**13 * a power of two) is an F16's unit there
_EXPONENT_OFFSET = (113 + 13) << 10 & 0xFFFF  # what the exponent of such a sum is too large by
_F16_NAN = 0x7E00
_BF16_NAN = 0x7FC0
_SIGN_16 = 0x8000
_MAGNITUDE_16 = 0x7FFF
_SHARED_BITS = 0xC000  # sign and highest bit of the exponent: alike in F16 and BF16
_LEAST_SHARED = 113 << 8  # twice the BF16 pattern of 2**-14 ...
_SHARED = 30 << 8  # ... and how far from there up to 65,536, where F16 ends
_FEW = 16  # a number in so many is looked up alone, more with their whole block


class Rounded(StrEnum):
    """To which type numbers are rounded; spelt as safetensors spells it."""

    F16 = "F16"
    BF16 = "BF16"


Rounder = Callable[[memoryview], Mapping[Rounded, Words]]

WIDTHS: Mapping[str, int] = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}  # bytes a number
ROUNDINGS: Mapping[str, tuple[Rounded, ...]] = {  # to what each type's numbers are rounded
    "F64": (Rounded.F16, Rounded.BF16),
    "F32": (Rounded.F16, Rounded.BF16),
    "F16": (Rounded.F16,),
    "BF16": (Rounded.F16, Rounded.BF16),
}
_NANS = {Rounded.F16: _F16_NAN, Rounded.BF16: _BF16_NAN}
_INFINITIES = {Rounded.F16: 0x7C00, Rounded.BF16: 0x7F80}


def rounder(dtype: str) -> Rounder:
    """Return what rounds at most ``BLOCK`` numbers of a type to the others of its ``ROUNDINGS``.

    It takes their bytes, little-endian, whole numbers only, and returns an array of its own for
    each type, which the next call overwrites.

    :param dtype: a key of ``WIDTHS`` that is rounded to another type: not F16
    """
    return _ROUNDERS[dtype]()


def one_nan(of: Rounded) -> Rounder:
    """Return what makes one NaN of all, in numbers that have the type already."""

    def with_one_nan(numbers: memoryview) -> Mapping[Rounded, Words]:
        words = np.frombuffer(numbers, "<u2").copy()
        words[(words & _MAGNITUDE_16) > _INFINITIES[of]] = _NANS[of]
        return {of: words}

    return with_one_nan


def has_nan(numbers: memoryview, of: Rounded) -> bool:
    """Tell whether whole 16-bit numbers hold a NaN: a pattern beyond that of an infinity."""
    infinity = _INFINITIES[of]
    positive = np.frombuffer(numbers, "<i2").max(initial=0)  # negative numbers are below 0 here
    any_sign = np.frombuffer(numbers, "<u2").max(initial=0)  # and above all others here
    return bool(positive > infinity or any_sign > infinity + _SIGN_16)


class _Single:
    """Rounds F32 to F16 and BF16."""

    def __init__(self) -> None:
        self._scratch = np.empty((3, BLOCK), np.uint32)
        self._halves, self._brains, self._spare = np.empty((3, BLOCK), np.uint16)

    def __call__(self, numbers: memoryview) -> Mapping[Rounded, Words]:
        patterns = np.frombuffer(numbers, "<u4")
        count = len(patterns)
        magnitudes, exponents, uppers = self._scratch[:, :count]
        halves, brains, spare = self._halves[:count], self._brains[:count], self._spare[:count]
        np.right_shift(patterns, 16, out=uppers)
        np.copyto(spare, uppers, casting="unsafe")
        np.bitwise_and(patterns, _MAGNITUDE_32, out=magnitudes)
        most = magnitudes.max(initial=0)
        if most < _BEYOND_F16:
            _to_f16(magnitudes, exponents, spare, halves)
        else:
            _to_f16_rarely(patterns, halves)
        _to_bf16(patterns, uppers, brains)
        if most > _INFINITY_32:
            brains[magnitudes > _INFINITY_32] = _BF16_NAN
        return {Rounded.F16: halves, Rounded.BF16: brains}


def _to_f16(magnitudes: Patterns, exponents: Patterns, uppers: Words, halves: Words) -> None:
    """Round F32 below 65,536 by one addition, after which the last place is an F16's last place.

    For ``2**e <= |x| < 2**(e+1)``, with ``e`` at least -14, an F16 has the unit ``2**(e-10)``. That
    is the last place of ``2**(e+13)`` in F32, so ``|x| + 2**(e+13)`` is rounded by the processor
    as F16 wants it: the lower half of the sum's pattern counts units, its exponent is ``e+13``.

    :param exponents: overwritten
    :param uppers: the upper halves of the patterns, for their signs; overwritten
    :param halves: where the result goes
    """
    np.bitwise_and(magnitudes, _INFINITY_32, out=exponents)
    np.maximum(exponents, _least_normal()[: len(exponents)], out=exponents)
    np.add(exponents, _TO_UNIT, out=exponents)
    sums = exponents.view(np.float32)
    np.add(sums, magnitudes.view(np.float32), out=sums)
    np.copyto(halves, exponents, casting="unsafe")
    np.bitwise_and(uppers, _SIGN_16, out=uppers)
    np.bitwise_or(halves, uppers, out=halves)
    np.right_shift(exponents, 13, out=exponents)
    np.copyto(uppers, exponents, casting="unsafe")
    np.add(halves, uppers, out=halves)
    np.subtract(halves, _EXPONENT_OFFSET, out=halves)


def _to_f16_rarely(patterns: Patterns, halves: Words) -> None:
    """Round a block in which something is as large as 65,536, infinite or NaN."""
    numbers = patterns.view(np.float32)
    with np.errstate(all="ignore"):
        halves.view(np.float16)[:] = numbers
    halves[np.isnan(numbers)] = _F16_NAN


def _to_bf16(patterns: Patterns, uppers: Patterns, brains: Words) -> None:
    """Round F32 to its upper half: add just below half a unit, one more if it is odd.

    :param uppers: the upper halves; overwritten
    :param brains: where the result goes, which is wrong for NaN
    """
    np.bitwise_and(uppers, 1, out=uppers)
    np.add(uppers, 0x7FFF, out=uppers)
    np.add(uppers, patterns, out=uppers)
    np.right_shift(uppers, 16, out=uppers)
    np.copyto(brains, uppers, casting="unsafe")


class _Double:
    """Rounds F64 to F32 and that further."""

    def __init__(self) -> None:
        self._single = _Single()

    def __call__(self, numbers: memoryview) -> Mapping[Rounded, Words]:
        with np.errstate(all="ignore"):
            singles = np.frombuffer(numbers, "<f8").astype("<f4")
        return self._single(singles.data.cast("B"))


class _Brain:
    """Rounds BF16 to F16.

    From ``2**-14`` up to 65,536 they differ in the width of exponent and mantissa only: sign and
    highest bit of the exponent stand alike, the three below are its opposite in a BF16 and
    absent in an F16, all others stand three places higher. What is smaller (most often a few
    numbers in a thousand), larger or NaN is looked up.
    """

    def __init__(self) -> None:
        self._table = _halves_of_brains()
        self._halves, self._spare = np.empty((2, BLOCK), np.uint16)
        self._outside = np.empty(BLOCK, np.bool_)

    def __call__(self, numbers: memoryview) -> Mapping[Rounded, Words]:
        words = np.frombuffer(numbers, "<u2")
        count = len(words)
        halves, spare, outside = self._halves[:count], self._spare[:count], self._outside[:count]
        np.multiply(words, 2, out=spare)
        np.subtract(spare, _LEAST_SHARED, out=spare)
        np.greater_equal(spare, _SHARED, out=outside)
        (places,) = outside.nonzero()
        if len(places) * _FEW > count:
            # clip: no index can be out of range, and numpy then writes straight into ``out``
            np.take(self._table, words, out=halves, mode="clip")
            return {Rounded.F16: halves}
        np.bitwise_and(words, _SHARED_BITS, out=spare)
        np.multiply(words, 8, out=halves)
        np.bitwise_and(halves, ~_SHARED_BITS & 0xFFFF, out=halves)
        np.bitwise_or(halves, spare, out=halves)
        halves[places] = self._table.take(words.take(places))
        return {Rounded.F16: halves}


_ROUNDERS: Mapping[str, Callable[[], Rounder]] = {"F64": _Double, "F32": _Single, "BF16": _Brain}


@cache
def _least_normal() -> Patterns:
    """Return the exponent of the least normal F16, as often as a block is long."""
    return np.full(BLOCK, _LEAST_NORMAL, np.uint32)


@cache
def _halves_of_brains() -> Words:
    """Return what every BF16 becomes in F16."""
    singles = np.arange(1 << 16, dtype=np.uint32) << 16
    return _Single()(singles.data.cast("B"))[Rounded.F16].copy()
