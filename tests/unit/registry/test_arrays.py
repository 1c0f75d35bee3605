from hypothesis import given
from hypothesis import strategies as st

from registry.selectors.arrays import text_array, texts_of


@given(st.lists(st.text()))
def test_arrays_of_text_read_back(values: list[str]) -> None:
    assert texts_of(text_array(values)) == values
