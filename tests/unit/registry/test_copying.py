"""Rows for COPY: whatever a text holds, its row can be taken apart again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.services.copying import line, read_field

STORABLE = st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("\\\n\r\tnrt"),
)


class TestLine:
    @given(st.lists(STORABLE, min_size=1, max_size=5))
    def test_can_be_taken_apart_into_its_fields(self, texts: list[str]) -> None:
        row = line(*texts)

        assert [read_field(row, number) for number in range(len(texts))] == texts
        assert "\n" not in row
        assert row.count("\t") == len(texts) - 1

    @pytest.mark.parametrize("text", ["a\0b", "\ud800"])
    def test_refuses_what_postgresql_refuses(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"NUL|surrogates"):
            line("fine", text)
