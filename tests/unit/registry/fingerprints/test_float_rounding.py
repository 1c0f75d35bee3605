"""Rounding, held against numpy's own casts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from registry.fingerprints.float_rounding import BLOCK, Rounded, has_nan, one_nan, rounder

# Where rounding turns: ties, least and largest halves, subnormals of every type, both zeros.
EDGES = [
    *(0.0, 1.0, 1 + 2**-11, 1 + 3 * 2**-11, 1 + 2**-11 + 2**-23, 65504.0, 65519.996, 65520.0),
    *(
        65536.0,
        2.0**-14,
        2.0**-14 - 2.0**-38,
        2.0**-24,
        2.0**-25,
        2.0**-25 + 2.0**-48,
        3 * 2.0**-25,
    ),
    *(2.0**-126, 2.0**-149, 3.4e38, float("inf"), 1 + 2**-8, 1 + 3 * 2**-8, 3.3961775e38),
]


def rounded(array: NDArray[np.generic], dtype: str, to: Rounded) -> NDArray[np.uint16]:
    return rounder(dtype)(memoryview(array.tobytes()))[to].copy()


def half_by_numpy(singles: NDArray[np.float32]) -> NDArray[np.uint16]:
    with np.errstate(all="ignore"):
        halves = singles.astype(np.float16).view(np.uint16)
    return np.where(np.isnan(singles), np.uint16(0x7E00), halves)


def brain_by_numpy(singles: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Take the nearer of the two neighbours that a BF16 can hold, the even one of a tie."""
    patterns = singles.view(np.uint32)
    below = patterns & np.uint32(0xFFFF_0000)
    rest = patterns & np.uint32(0xFFFF)
    is_odd = (below >> 16) & 1
    above = (rest > 0x8000) | ((rest == 0x8000) & (is_odd == 1))
    words = ((below >> 16) + above).astype(np.uint16)
    return np.where(np.isnan(singles), np.uint16(0x7FC0), words)


singles = st.lists(
    st.floats(width=32) | st.sampled_from(EDGES) | st.integers(0, 2**32 - 1).map(
        lambda pattern: float(np.uint32(pattern).view(np.float32))
    ),
    min_size=1,
    max_size=50,
)  # fmt: skip


class TestSingle:
    @given(singles)
    def test_becomes_the_half_that_numpy_makes(self, numbers: list[float]) -> None:
        array = np.array(numbers, np.float32)

        assert (rounded(array, "F32", Rounded.F16) == half_by_numpy(array)).all()

    @given(singles)
    def test_becomes_the_nearest_bf16(self, numbers: list[float]) -> None:
        array = np.array(numbers, np.float32)

        assert (rounded(array, "F32", Rounded.BF16) == brain_by_numpy(array)).all()

    @pytest.mark.parametrize("sign", [1, -1])
    @pytest.mark.parametrize("number", EDGES)
    def test_turns_where_it_should(self, number: float, sign: int) -> None:
        array = np.array([number * sign], np.float32)  # alone: one large number slows the block

        assert rounded(array, "F32", Rounded.F16) == half_by_numpy(array)
        assert rounded(array, "F32", Rounded.BF16) == brain_by_numpy(array)

    def test_agrees_all_over_the_range_of_halves(self) -> None:
        patterns = np.linspace(0, 0x4780_0000 - 1, 8 * BLOCK).astype(np.uint32)

        for block in np.split(patterns, 8):
            array = block.view(np.float32)
            assert (rounded(array, "F32", Rounded.F16) == half_by_numpy(array)).all()

    def test_makes_one_nan_of_all(self) -> None:
        array = np.array([0x7F80_0001, 0xFFC0_0000, 0xFFFF_FFFF, 0x7FFF_FFFF], np.uint32)

        assert set(rounded(array, "F32", Rounded.F16)) == {0x7E00}
        assert set(rounded(array, "F32", Rounded.BF16)) == {0x7FC0}


class TestOthers:
    @pytest.mark.parametrize("dtype", ["F16", "BF16"])
    def test_16_bits_of_the_same_type_keep_their_value(self, dtype: str) -> None:
        every = np.arange(1 << 16, dtype=np.uint16)
        infinity = {"F16": 0x7C00, "BF16": 0x7F80}[dtype]
        is_number = (every & 0x7FFF) <= infinity

        to = Rounded(dtype)
        found = one_nan(to)(memoryview(every.tobytes()))[to]

        assert (found[is_number] == every[is_number]).all()
        assert len(set(found[~is_number])) == 1

    def test_every_bf16_becomes_the_half_that_numpy_makes(self) -> None:
        every = np.arange(1 << 16, dtype=np.uint16)

        found = rounded(every, "BF16", Rounded.F16)

        wide = (every.astype(np.uint32) << 16).view(np.float32)
        assert (found == half_by_numpy(wide)).all()

    def test_every_bf16_becomes_it_too_where_few_are_beyond_the_range_of_halves(self) -> None:
        every = np.arange(1 << 16, dtype=np.uint16)
        exponents = (every >> 7) & 0xFF
        is_within = (exponents >= 113) & (exponents <= 142)
        within = np.tile(every[is_within], 8)

        for beyond in np.array_split(every[~is_within], 16):
            mixed = np.random.default_rng(0).permutation(np.concatenate([within, beyond]))
            wide = (mixed.astype(np.uint32) << 16).view(np.float32)
            assert (rounded(mixed, "BF16", Rounded.F16) == half_by_numpy(wide)).all()

    @given(st.lists(st.floats(), min_size=1, max_size=20))
    def test_doubles_go_through_singles(self, numbers: list[float]) -> None:
        array = np.array(numbers, np.float64)

        with np.errstate(all="ignore"):
            half = half_by_numpy(array.astype(np.float32))
        assert (rounded(array, "F64", Rounded.F16) == half).all()

    def test_a_double_is_rounded_twice(self) -> None:
        just_above_a_tie = np.array([1 + 2**-11 + 2**-40], np.float64)

        assert rounded(just_above_a_tie, "F64", Rounded.F16) == 0x3C00
        assert just_above_a_tie.astype(np.float16).view(np.uint16) == 0x3C01


@pytest.mark.parametrize(("pattern", "is_nan"), [(0x7C00, False), (0x7C01, True), (0xFE00, True)])
def test_has_nan_tells_a_nan_from_infinity(pattern: int, is_nan: bool) -> None:
    numbers = np.array([1, pattern], np.uint16)

    assert has_nan(memoryview(numbers.tobytes()), Rounded.F16) is is_nan
