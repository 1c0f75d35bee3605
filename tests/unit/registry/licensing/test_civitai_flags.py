from dataclasses import replace

import pytest

from registry.licensing.civitai_flags import (
    credit_duty,
    granted,
    is_barred_from_civitai,
    restriction,
    says_something,
)
from registry.licensing.interval import DOUBTED, FORBIDDEN, Interval
from registry.licensing.lineage_view import CivitaiFlags
from registry.licensing.routes import EVERY_ACT, Way
from registry.licensing.terms import Permission
from tests.unit.registry.licensing.lineages import OPEN_FLAGS

OWN = Way(EVERY_ACT, is_derived=False, is_merged=False, is_distilled=False)
MERGED = OWN._replace(is_derived=True, is_merged=True)
TUNED = OWN._replace(is_derived=True)


def restricted(flags: CivitaiFlags, way: Way = OWN) -> dict[Permission, Interval]:
    found = {permission: restriction(flags, permission, way) for permission in Permission}
    return {permission: finding.interval for permission, finding in found.items() if finding}


class TestGranted:
    @pytest.mark.parametrize(
        ("listed", "expected"),
        [
            (set(), set()),
            ({"None"}, set()),
            ({"Image"}, {"Image"}),
            ({"Rent"}, {"Rent", "RentCivit"}),
            ({"Sell"}, {"Sell", "Rent", "RentCivit"}),
            ({"SellMerge"}, {"SellMerge"}),
        ],
    )
    def test_adds_what_a_right_implies(self, listed: set[str], expected: set[str]) -> None:
        assert granted(frozenset(listed)) == expected


class TestRestriction:
    def test_restricts_nothing_where_everything_is_open(self) -> None:
        for way in (OWN, MERGED, TUNED):
            assert restricted(OPEN_FLAGS, way) == {}

    @pytest.mark.parametrize("nothing", [frozenset(), {"None"}, {"SellMerge"}])
    def test_forbids_three_things_without_commercial_rights(self, nothing: set[str]) -> None:
        flags = replace(OPEN_FLAGS, commercial=frozenset(nothing))

        assert restricted(flags) == {
            Permission.OUTPUTS_COMMERCIAL: FORBIDDEN,
            Permission.HOST_PAID: FORBIDDEN,
            Permission.SELL_WEIGHTS: FORBIDDEN,
        }

    def test_never_speaks_of_use_in_a_business(self) -> None:
        flags = CivitaiFlags(no_credit=False, commercial=frozenset(), derivatives=False)

        for way in (OWN, MERGED, TUNED):
            assert Permission.USE_COMMERCIAL not in restricted(flags, way)

    def test_forbids_only_the_platform_without_rent_civit(self) -> None:
        flags = replace(OPEN_FLAGS, commercial=frozenset({"Image"}))

        assert is_barred_from_civitai(flags)
        assert Permission.OUTPUTS_COMMERCIAL not in restricted(flags)
        assert Permission.HOST_FREE not in restricted(flags)

    def test_names_the_missing_right(self) -> None:
        found = restriction(CivitaiFlags(commercial=frozenset()), Permission.SELL_WEIGHTS, OWN)

        assert found is not None
        assert found.clause == "sell_weights: forbidden, allowCommercialUse lacks Sell"

    def test_doubts_what_the_page_does_not_say(self) -> None:
        flags = CivitaiFlags(no_credit=True)

        assert restricted(flags) == {
            Permission.OUTPUTS_COMMERCIAL: DOUBTED,
            Permission.HOST_PAID: DOUBTED,
            Permission.SELL_WEIGHTS: DOUBTED,
            Permission.SHARE_DERIVATIVES: DOUBTED,
        }

    def test_forbids_sharing_merges_of_the_page(self) -> None:
        flags = replace(OPEN_FLAGS, derivatives=False)

        assert restricted(flags) == {Permission.SHARE_DERIVATIVES: FORBIDDEN}

    def test_forbids_a_merge_to_be_shared_or_hosted(self) -> None:
        flags = replace(OPEN_FLAGS, derivatives=False)

        assert restricted(flags, MERGED) == dict.fromkeys(
            [
                Permission.HOST_FREE,
                Permission.HOST_PAID,
                Permission.REDISTRIBUTE,
                Permission.SELL_WEIGHTS,
                Permission.SHARE_DERIVATIVES,
            ],
            FORBIDDEN,
        )

    def test_doubts_that_a_fine_tune_may_be_shared(self) -> None:
        flags = replace(OPEN_FLAGS, derivatives=False)

        assert restricted(flags, TUNED) == dict.fromkeys(
            [Permission.REDISTRIBUTE, Permission.SELL_WEIGHTS, Permission.SHARE_DERIVATIVES],
            DOUBTED,
        )

    def test_doubts_that_it_reaches_derivatives_which_may_set_other_permissions(self) -> None:
        may_change = replace(OPEN_FLAGS, commercial=frozenset())
        may_not = replace(may_change, different_license=False)

        assert restricted(may_change, MERGED)[Permission.HOST_PAID] == DOUBTED
        assert restricted(may_not, MERGED)[Permission.HOST_PAID] == FORBIDDEN
        assert restricted(may_change, OWN)[Permission.HOST_PAID] == FORBIDDEN


class TestCreditDuty:
    def test_is_owed_unless_the_creator_waives_it(self) -> None:
        assert credit_duty(CivitaiFlags(no_credit=True)) is None
        assert credit_duty(CivitaiFlags(no_credit=False)) is not None
        assert credit_duty(CivitaiFlags(derivatives=True)) is not None

    def test_is_not_owed_where_the_page_says_nothing(self) -> None:
        assert credit_duty(CivitaiFlags()) is None
        assert not says_something(CivitaiFlags())
