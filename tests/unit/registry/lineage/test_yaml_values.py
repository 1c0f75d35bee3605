from contextlib import suppress
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.lineage.yaml_values import DEEPEST, LONGEST_TEXT, UnreadableYaml, read_yaml


class TestReadYaml:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("", None),
            ("# nothing", None),
            ("language: no", {"language": "no"}),
            ("date: 2023-01-01", {"date": "2023-01-01"}),
            ("a: 1\na: 2", {"a": 2}),
            ("a: [true, null, ~, 7, -0.5, 1e3]", {"a": [True, None, None, 7, -0.5, 1000.0]}),
            ("a: ['true', \"7\", !!str 7, 1.10.2, 190:20:30]", {
                "a": ["true", "7", "7", "1.10.2", "190:20:30"]
            }),
            ("7: x\ntrue: y", {"7": "x", "true": "y"}),
            ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
            ("a: &x {k: 1}\nb: {<<: *x, m: 2}", {"a": {"k": 1}, "b": {"k": 1, "m": 2}}),
            ("a: &x {k: 1}\nb: {k: 2, <<: [*x, {m: 3}]}", {"a": {"k": 1}, "b": {"k": 2, "m": 3}}),
            ("a: x\x00y\u0007z", {"a": "xyz"}),
            ("a: \ud800b", {"a": "b"}),
            ("just words", "just words"),
            ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ],
    )  # fmt: skip
    def test_reads_values_as_the_hub_shows_them(self, text: str, value: Any) -> None:
        assert read_yaml(text) == value

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("a: !!python/object/apply:os.system ['true']", "Python objects"),
            ("a: [", "Not YAML"),
            ("a: b: c", "Not YAML"),
            ("a: *absent", "stands for nothing"),
            ("&a [*a]", "stands for nothing"),
            ("? [a]\n: b", "key must be text"),
            ("k: &a [1]\n*a : b", "key must be text"),
            ("a: 1\n---\nb: 2", "Several"),
            ('"\\UFFFFFFFF"', "Not YAML"),
            ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "deeper"),
            ("- x\n" * 100_001, "more than"),
            ("x" * (LONGEST_TEXT + 1), "longer"),
        ],
    )
    def test_refuses_the_rest_with_a_reason(self, text: str, reason: str) -> None:
        with pytest.raises(UnreadableYaml, match=reason):
            read_yaml(text)

    def test_counts_an_alias_as_what_it_stands_for(self) -> None:
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]

        with pytest.raises(UnreadableYaml, match="more than"):
            read_yaml("\n".join(lines))

    @pytest.mark.parametrize(
        "text", ["[" * 500_000, "{a: " * 200_000, "- " * 400_000, "? " * 400_000, "'" * 900_000]
    )
    def test_refuses_attacks_quickly(self, text: str) -> None:
        start = perf_counter()

        with suppress(UnreadableYaml):
            read_yaml(text)

        assert perf_counter() - start < 2

    @given(st.text() | st.text(alphabet="ab:-[]{}&*!|>?'\"#\n \t<%@`,~0.1"))
    def test_returns_plain_values_or_refuses(self, text: str) -> None:
        try:
            value = read_yaml(text)
        except UnreadableYaml:
            return

        assert isinstance(value, dict | list | str | int | float | None)
