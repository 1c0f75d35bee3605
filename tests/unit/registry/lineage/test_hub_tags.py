"""Parents in a Hub's tags."""

import pytest

from registry.lineage.hub_tags import parent_named_in


@pytest.mark.parametrize(
    ("tag", "parent"),
    [
        ("base_model:org/name", "huggingface:org/name"),
        ("base_model:quantized:org/name", "huggingface:org/name"),
        ("base_model:gpt2", "huggingface:gpt2"),
        ("base_model:", ""),
        ("base_model:finetune:", ""),
        ("dataset:org/name", ""),
        ("org/name", ""),
    ],
)
def test_are_read(tag: str, parent: str) -> None:
    assert parent_named_in(tag) == parent
