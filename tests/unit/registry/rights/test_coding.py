import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rights import coding
from registry.rights.coding import CHUNK, Codebook, chunked, distinct
from registry.rights.layout import Words

rows = st.lists(
    st.tuples(st.integers(0, 3), st.integers(2**63, 2**63 + 2)), min_size=1, max_size=30
)
EMPTY = Codebook(np.empty((0, 2), dtype=np.uint64), np.empty(0, dtype=np.int32))


def array(of: list[tuple[int, int]]) -> Words:
    return np.array(of, dtype=np.uint64).reshape(-1, 2)


class TestCodebook:
    @given(rows, rows)
    def test_gives_equal_rows_equal_codes_for_ever(
        self, first: list[tuple[int, int]], second: list[tuple[int, int]]
    ) -> None:
        codes, fresh = EMPTY.coded(array(first), after=0)
        book = EMPTY.joined(fresh)

        later, more = book.coded(array(second), after=100)

        known = dict(zip(first, codes.tolist(), strict=True))
        assert len(set(codes.tolist())) == len(set(first)) == len(fresh.codes)
        for row, code in zip(second, later.tolist(), strict=True):
            assert known.setdefault(row, code) == code
        assert all(code > 100 for code in more.codes)

    def test_tells_rows_apart_whose_short_forms_collide(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(coding, "mixed_rows", lambda rows: np.zeros(len(rows), dtype=np.uint64))

        codes, _ = EMPTY.coded(array([(1, 2), (3, 4), (1, 2)]), after=0)

        assert codes[0] == codes[2] != codes[1]


class TestDistinct:
    @pytest.mark.parametrize("different", [1, 7, 100_000])
    def test_rows_have_the_place_of_an_equal_one(self, different: int) -> None:
        draw = np.random.default_rng(different)
        rows = np.stack([draw.permutation(150_000) % different, np.full(150_000, 2**63)], axis=1)

        example, place = distinct(rows.astype(np.uint64))

        assert np.array_equal(rows[example][place], rows)
        assert len(example) == different

    def test_rows_that_mix_alike_are_told_apart(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(coding, "mixed_rows", lambda rows: rows[:, 0])

        example, place = distinct(array([(1, 2), (3, 4), (1, 5), (1, 2)]))

        assert len(example) == 3
        assert place[0] == place[3] != place[2]

    def test_nothing_has_nothing_distinct(self) -> None:
        example, place = distinct(np.empty((0, 2), dtype=np.uint64))

        assert len(example) == len(place) == 0


class TestChunks:
    def test_hold_512_neighbours_each(self) -> None:
        chunks = chunked(np.array([1, CHUNK + 1]), np.array([7, 9], dtype=np.int32))

        assert chunks.shape == (2, CHUNK)
        assert (chunks[0, 1], chunks[1, 1], int(chunks.sum())) == (7, 9, 16)

    def test_of_nothing_are_none(self) -> None:
        nothing = chunked(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32))

        assert nothing.shape == (0, CHUNK)
