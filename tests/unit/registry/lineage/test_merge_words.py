import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.lineage import merge_words
from registry.lineage.merge_words import may_speak_of_merging


@pytest.mark.parametrize("name", ["MERGED", "BASED_ON", "ADDED", "SAID_OF_ITSELF"])
@given(data=st.data())
def test_a_text_that_a_pattern_matches_is_never_left_unread(name: str, data: st.DataObject) -> None:
    pattern = getattr(merge_words, name)
    text = data.draw(st.from_regex(pattern)).lower()

    if pattern.search(text):
        assert may_speak_of_merging(text)


@pytest.mark.parametrize("text", ["", "a portrait style, strength 0.7", "高品質な背景"])
def test_a_text_without_such_words_is(text: str) -> None:
    assert not may_speak_of_merging(text)
