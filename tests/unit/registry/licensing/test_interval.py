import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.licensing.interval import ALLOWED, UNKNOWN, Interval, join_all
from registry.licensing.terms import Level, Word

ENDS = st.tuples(st.sampled_from(Level), st.sampled_from(Level))
INTERVALS = ENDS.map(lambda ends: Interval(min(ends), max(ends)))
FIRM = {Word.ALLOWED, Word.FORBIDDEN}


class TestInterval:
    @pytest.mark.parametrize(
        ("best", "worst", "word"),
        [
            (0, 0, Word.ALLOWED),
            (1, 1, Word.CONDITIONAL),
            (3, 3, Word.FORBIDDEN),
            (0, 1, Word.CONDITIONAL),
            (0, 3, Word.UNCLEAR),
            (1, 3, Word.UNCLEAR),
        ],
    )
    def test_is_shown_as_a_word(self, best: int, worst: int, word: Word) -> None:
        assert Interval(Level(best), Level(worst)).word is word

    @given(INTERVALS, INTERVALS, INTERVALS)
    def test_joins_in_any_order_and_grouping(self, a: Interval, b: Interval, c: Interval) -> None:
        assert a.join(b) == b.join(a)
        assert a.join(b).join(c) == a.join(b.join(c))
        assert a.join(a) == a
        assert a.join(ALLOWED) == a

    @given(INTERVALS, INTERVALS)
    def test_never_loosens_by_joining(self, a: Interval, b: Interval) -> None:
        joined = a.join(b)

        assert joined.best >= a.best
        assert joined.worst >= a.worst

    @given(INTERVALS, INTERVALS, INTERVALS)
    def test_lets_join_and_choice_distribute(self, a: Interval, b: Interval, c: Interval) -> None:
        assert a.meet(b).join(c) == a.join(c).meet(b.join(c))

    @given(INTERVALS)
    def test_never_becomes_firm_by_weakening(self, a: Interval) -> None:
        weakened = a.weakened().word

        assert weakened not in FIRM or weakened is a.word

    @given(st.lists(INTERVALS))
    def test_never_lets_unknown_become_allowed(self, others: list[Interval]) -> None:
        word = join_all([UNKNOWN, *others]).word

        assert word in {Word.UNCLEAR, Word.FORBIDDEN}
