import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.payloads.civitai_flags import commercial_uses, flags_of
from hub_sync.payloads.contents import PayloadError

USES = st.sets(st.sampled_from(["Image", "RentCivit", "Rent", "Sell", "SellMerge", "Unheard"]))


class TestCommercialUses:
    @given(USES)
    def test_reads_a_list_and_a_brace_string_alike(self, uses: set[str]) -> None:
        written = sorted(uses, key=hash)

        assert commercial_uses(written) == sorted(uses)
        assert commercial_uses("{" + ",".join(written) + "}") == sorted(uses)

    @pytest.mark.parametrize(
        ("step", "uses"),
        [
            ("None", []),
            ("Image", ["Image"]),
            ("Rent", ["Image", "Rent", "RentCivit"]),
            ("Sell", ["Image", "Rent", "RentCivit", "Sell"]),
            ("SellMerge", ["SellMerge"]),
            ("", []),
        ],
    )
    def test_reads_a_bare_word_as_a_step_of_the_ladder(self, step: str, uses: list[str]) -> None:
        assert commercial_uses(step) == uses

    @pytest.mark.parametrize("value", [["None"], "{}", "{None}", [], [""]])
    def test_reads_nothing_as_no_use(self, value: object) -> None:
        assert commercial_uses(value) == []

    @pytest.mark.parametrize("value", [7, True, {"Image": True}, ["Image", 3], [["Image"]]])
    def test_refuses_any_other_form(self, value: object) -> None:
        with pytest.raises(PayloadError, match="allowCommercialUse"):
            commercial_uses(value)

    @given(st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text()))
    def test_gives_a_sorted_list_or_refuses(self, value: object) -> None:
        try:
            uses = commercial_uses(value)
        except PayloadError:
            return
        assert uses == sorted(set(uses))


class TestFlagsOf:
    def test_leaves_out_what_the_page_does_not_state(self) -> None:
        assert flags_of({"allowNoCredit": False, "allowDerivatives": None}) == {
            "allowNoCredit": False
        }

    @pytest.mark.parametrize("value", ["true", 1, []])
    def test_refuses_a_switch_that_is_no_boolean(self, value: object) -> None:
        with pytest.raises(PayloadError, match="allowDerivatives"):
            flags_of({"allowDerivatives": value})
