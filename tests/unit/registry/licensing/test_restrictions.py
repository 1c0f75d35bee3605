"""What one text imposes that another lacks, pair by pair (rules L27 and L33)."""

import pytest

from registry.licensing.catalog import terms_of
from registry.licensing.restrictions import further_restrictions, is_network_copyleft


def imposed(over: str, added: str) -> list[str]:
    return [found.what for found in further_restrictions(terms_of(over), terms_of(added))]


@pytest.mark.parametrize(
    ("over", "added", "expected"),
    [
        ("qwen", "llama3.1", False),  # 100 million is stricter than 700 million
        ("llama3.1", "qwen", True),
        ("stability-ai-community", "qwen", True),  # another figure
        ("llama3.1", "llama3.2", False),
    ],
)
def test_a_cap_is_carried_by_one_as_strict(over: str, added: str, expected: bool) -> None:
    assert ("a limit by mau" in imposed(over, added)) is expected


def test_a_bar_on_commerce_is_said_in_words() -> None:
    assert imposed("cc-by-sa-4.0", "cc-by-nc-4.0") == ["no commercial use", "no paid hosting"]


def test_a_region_is_carried_by_one_that_leaves_it_out_too() -> None:
    older, newer = "tencent-hunyuan-community-2024-05", "tencent-hunyuan-community"

    assert imposed(older, newer) == ["not in KR/UK"]
    assert imposed(newer, older) == []


@pytest.mark.parametrize("license_id", ["agpl-3.0", "osl-3.0", "eupl-1.2", "faipl-1.0-sd"])
def test_network_copyleft_asks_for_sources_on_network_use(license_id: str) -> None:
    assert is_network_copyleft(terms_of(license_id))


@pytest.mark.parametrize("license_id", ["gpl-3.0", "cc-by-sa-4.0", "openrail++", "mit"])
def test_other_copyleft_does_not(license_id: str) -> None:
    assert not is_network_copyleft(terms_of(license_id))
