import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.lineage.recipes.loose_values import LONGEST_JSON, mapping, number, text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


class TestMapping:
    @pytest.mark.parametrize(
        "written",
        [
            {"a": 0.5},
            '{"a": 0.5}',
            json.dumps('{"a": 0.5}'),
            json.dumps(json.dumps('{"a": 0.5}')),
            "{'a': 0.5}",
            '{"a": 1, "a": 0.5}',
        ],
    )
    def test_reads_every_spelling(self, written: object) -> None:
        assert mapping(written) == {"a": 0.5}

    def test_reads_what_python_prints(self) -> None:
        value = {"name": "it's", "hash": None, "weights": [0.5, 1], "is_set": True}

        assert mapping(str(value)) == {**value, "hash": "None"}

    @pytest.mark.parametrize(
        "written",
        [
            None, 7, [], "", "words", "7", "[]", '"text"', "{", "{'a': !!python/name:os.system x}",
            "[" * 200_000, "{'a': " * 10_000, '{"a": ' + "9" * 5000 + "}",
            json.dumps({"a": "x" * LONGEST_JSON}),
        ],
    )  # fmt: skip
    def test_is_nothing_for_anything_else(self, written: object) -> None:
        assert mapping(written) is None

    def test_keeps_text_keys_only(self) -> None:
        assert mapping({1: "x", "a": "y"}) == {"a": "y"}

    @given(st.dictionaries(st.text(), JSON))
    def test_reads_back_json_in_json(self, value: dict[str, object]) -> None:
        assert json.dumps(mapping(json.dumps(json.dumps(value)))) == json.dumps(value)


class TestNumber:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [(1, 1.0), (0.5, 0.5), ("0.5", 0.5), (" -1e-3 ", -0.001), (".5", 0.5)],
    )
    def test_reads_numbers_and_their_texts(self, value: object, expected: float) -> None:
        assert number(value) == expected

    @pytest.mark.parametrize(
        "value",
        [None, True, "", "None", "0.5x", "nan", "1e999", float("nan"), float("inf"), 10**400, [1]],
    )
    def test_is_nothing_without_a_finite_number(self, value: object) -> None:
        assert number(value) is None


class TestText:
    @pytest.mark.parametrize("value", [None, 7, "", "  ", "None", "null", "NaN"])
    def test_is_empty_for_words_for_nothing(self, value: object) -> None:
        assert text(value) == ""

    def test_drops_the_space_around(self) -> None:
        assert text(" a b\n") == "a b"
