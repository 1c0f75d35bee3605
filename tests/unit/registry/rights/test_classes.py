"""Rows are numbered, each once."""

import numpy as np
import pytest

from registry.rights import classes
from registry.rights.classes import RowBook
from registry.rights.layout import Words

ROWS = np.array([[1, 2], [3, 4], [1, 2], [2, 1], [3, 4]], dtype=np.uint64)


def test_equal_rows_have_one_class() -> None:
    book = RowBook(2, [])

    found = book.classes(ROWS)

    assert found[0] == found[2] != found[3]
    assert len(book.rows) == 3
    assert np.array_equal(book.rows[found], ROWS)
    assert np.array_equal(book.classes(ROWS[::-1]), found[::-1])


def test_rows_that_are_mixed_into_the_same_word_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def all_alike(rows: Words) -> Words:
        return np.zeros(len(rows), dtype=np.uint64)

    monkeypatch.setattr(classes, "mixed_rows", all_alike)
    book = RowBook(2, [])

    found = book.classes(ROWS)

    assert np.array_equal(book.rows[found], ROWS)
    assert len(book.rows) == 3
    assert np.array_equal(book.classes(ROWS), found)


def test_a_book_grows() -> None:
    book = RowBook(1, [])
    rows = np.arange(5_000, dtype=np.uint64).reshape(-1, 1)

    found = book.classes(rows)

    assert np.array_equal(book.rows[found], rows)
