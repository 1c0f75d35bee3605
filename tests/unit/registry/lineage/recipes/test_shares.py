import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.lineage.recipes.shares import Method, method_of, shares

FRACTIONS = st.floats(min_value=-2, max_value=2)


class TestShares:
    @given(FRACTIONS, FRACTIONS)
    def test_sum_to_one_whatever_the_method(self, alpha: float, beta: float) -> None:
        for method in Method:
            told = [share for share in shares(method, alpha, beta) if share is not None]

            assert sum(told) == pytest.approx(1)

    @pytest.mark.parametrize(
        ("method", "expected"),
        [
            (Method.NO_INTERPOLATION, [1.0, None, None]),
            (Method.WEIGHTED_SUM, [0.75, 0.25, None]),
            (Method.ADD_DIFFERENCE, [1.0, 0.25, -0.25]),
            (Method.TRIPLE_SUM, [0.25, 0.25, 0.5]),
            (Method.SUM_TWICE, [0.375, 0.125, 0.5]),
            (None, [None, None, None]),
        ],
    )
    def test_follow_the_formula(self, method: Method | None, expected: list[float | None]) -> None:
        assert shares(method, 0.25, 0.5) == expected

    def test_tell_nothing_without_the_number_they_need(self) -> None:
        assert shares(Method.SUM_TWICE, 0.5, None) == [None, None, None]
        assert shares(Method.WEIGHTED_SUM, None, 0.5) == [None, None, None]

    @given(st.none() | st.floats(), st.none() | st.floats())
    def test_are_finite_or_nothing(self, alpha: float | None, beta: float | None) -> None:
        for method in (*Method, None):
            for share in shares(method, alpha, beta):
                assert share is None or abs(share) < float("inf")


class TestMethodOf:
    @pytest.mark.parametrize("words", ["Weighted sum", "Weighted Sum", "weighted_sum"])
    def test_reads_every_tools_spelling(self, words: str) -> None:
        assert method_of(words) is Method.WEIGHTED_SUM

    def test_knows_no_other(self) -> None:
        assert method_of("sigmoid") is None
