"""Rule L24: what somebody says of himself, and what is wrong with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import BadInput
from registry.licensing.profile import Profile
from registry.licensing.profile_fields import DESCRIPTIONS, FIELDS, read_profile
from registry.licensing.vocabulary import Metric


class TestUnits:
    @pytest.mark.parametrize(
        ("field", "instead"),
        [
            ("annual_revenue", "annual_revenue_cny or annual_revenue_usd"),
            ("revenue", "annual_revenue_cny or annual_revenue_usd or monthly_revenue_usd"),
            ("output_tokens", "output_tokens_per_month"),
        ],
    )
    def test_are_asked_for(self, field: str, instead: str) -> None:
        with pytest.raises(BadInput, match=f"unknown field '{field}': .* its unit: {instead}"):
            read_profile({field: 5}, where="")

    def test_of_a_figure_stand_in_its_name_only(self) -> None:
        with pytest.raises(BadInput, match=r"^annual_revenue_usd: a whole number"):
            read_profile({"annual_revenue_usd": "500,000 USD"}, where="")


class TestMistakes:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("mau", "-5"),
            ("mau", -5),
            ("mau", True),
            ("mau", "1e6"),
            ("mau_at_release", "many"),
            ("team_size", 1.5),
            ("team_size", float("inf")),
            ("region", "Atlantis"),
            ("region", 5),
            ("obtained_on", "yesterday"),
            ("obtained_on", "2024-13-01"),
            ("purpose", "fun"),
            ("academic", "maybe"),
            ("academic", 1),
            ("obtained_from", ["civitai:1"]),
        ],
    )
    def test_name_the_field(self, field: str, value: object) -> None:
        with pytest.raises(BadInput, match=rf"(?<!\w){field}: "):
            read_profile({field: value}, where="")

    def test_name_the_place_where_one_is_given(self) -> None:
        with pytest.raises(BadInput, match=r"^profile\.mau: a figure cannot be negative"):
            read_profile({"mau": "-5"})

    def test_say_nothing_of_two_places_at_once(self) -> None:
        with pytest.raises(BadInput, match="region or country"):
            read_profile({"region": "DE", "country": "DE"})


def test_descriptions_are_of_fields_that_are_read() -> None:
    assert set(DESCRIPTIONS) <= set(FIELDS)


def test_every_metric_can_be_described() -> None:
    assert {metric.value for metric in Metric} <= set(DESCRIPTIONS)


@given(
    st.dictionaries(
        st.sampled_from(FIELDS) | st.text(max_size=12),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.none()),
        max_size=4,
    )
)
def test_whatever_is_said_is_read_or_refused(said: dict[str, object]) -> None:
    try:
        profile = read_profile(said, where="")
    except BadInput:
        return

    assert isinstance(profile, Profile)
    assert all(value >= 0 for value in profile.figures.values())
