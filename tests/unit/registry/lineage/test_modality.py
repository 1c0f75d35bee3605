"""Whether a hub's words say that a model is multimodal."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.lineage.modality import agreed, is_multimodal


class TestWords:
    @pytest.mark.parametrize(
        "words",
        [
            ["image-text-to-text"],
            ["", "transformers", "mllama"],
            ["transformers", "Any-to-Any"],
            ["image-text-to-text", "vision"],
        ],
    )
    def test_name_a_multimodal_task_or_architecture(self, words: Sequence[str]) -> None:
        assert is_multimodal(words) is True

    @pytest.mark.parametrize("words", [["text-generation", "llama"], ["Text-Generation"]])
    def test_name_a_text_task_alone(self, words: Sequence[str]) -> None:
        assert is_multimodal(words) is False

    @pytest.mark.parametrize(
        "words",
        [
            [],
            [""],
            ["text-to-image", "diffusers"],
            ["image-classification"],
            ["vision"],
            ["text-generation", "mllama"],
            ["text-generation", "multimodal"],
            ["text-generation", "image-text-to-text"],
        ],
    )
    def test_leave_it_open(self, words: Sequence[str]) -> None:
        assert is_multimodal(words) is None


class TestAgreement:
    @pytest.mark.parametrize(
        ("said", "agreement"),
        [
            ([], None),
            ([None], None),
            ([True, None, True], True),
            ([False, None], False),
            ([True, False], None),
        ],
    )
    def test_is_of_all_who_say_something(
        self, said: Sequence[bool | None], agreement: bool | None
    ) -> None:
        assert agreed(said) is agreement


@given(st.lists(st.text(max_size=30)))
def test_the_order_of_words_makes_no_difference(words: list[str]) -> None:
    assert is_multimodal(words) is is_multimodal(sorted(words))
