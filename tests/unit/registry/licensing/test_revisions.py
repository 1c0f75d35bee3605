"""Rule L36: the day of a copy picks the revision of the text."""

from dataclasses import replace
from datetime import date

import pytest

from registry.licensing.lineage_view import Reading
from registry.licensing.profile import Profile
from registry.licensing.revisions import dated, first_days, revision_on
from registry.licensing.terms import Basis
from registry.licensing.verdict import NodeClaim, RightsVerdict, assess
from registry.lineage.relations import Grade
from tests.unit.registry.licensing.lineages import SUBJECT, edge, lineage, official, page, tag

OLD, NEW = "flux-1-dev-nc-1.0", "flux-1-dev-nc-1.1.1"
LAUNCH, CHANGE = date(2024, 8, 1), date(2025, 6, 27)
BEFORE = date(2025, 6, 26)


@pytest.mark.parametrize(
    ("license_id", "day", "binds"),
    [
        (NEW, CHANGE, NEW),
        (NEW, BEFORE, OLD),
        (NEW, LAUNCH, OLD),
        (NEW, date(2020, 1, 1), OLD),  # before the first: the first
        (NEW, None, NEW),
        (OLD, date(2026, 1, 1), OLD),  # a later text replaces none that is named
        (OLD, BEFORE, OLD),
        ("mit", date(2020, 1, 1), "mit"),
        ("no such licence", date(2020, 1, 1), "no such licence"),
    ],
)
def test_picks_the_revision_that_was_given(license_id: str, day: date | None, binds: str) -> None:
    assert revision_on(license_id, day) == binds


def test_knows_every_day_from_which_a_text_is_another() -> None:
    assert first_days() == tuple(sorted(first_days()))
    assert {LAUNCH, CHANGE, date(2024, 1, 1), date(2024, 7, 1)} <= set(first_days())


def licenses(verdict: RightsVerdict) -> set[str]:
    return {ground.license for right in verdict.rights.values() for ground in right.grounds}


class TestLineage:
    def test_reads_the_parent_at_the_day_of_the_edge(self) -> None:
        parent = official("huggingface:org/flux", NEW)
        old = replace(edge(parent), made_on=BEFORE)
        new = replace(edge(parent), made_on=CHANGE)

        assert OLD in licenses(assess(lineage(page(tag("mit")), [parent], [old])))
        assert NEW not in licenses(assess(lineage(page(tag("mit")), [parent], [old])))
        assert OLD not in licenses(assess(lineage(page(tag("mit")), [parent], [new])))

    def test_binds_by_every_text_it_was_copied_under(self) -> None:
        parent = official("huggingface:org/flux", NEW)
        edges = [replace(edge(parent), made_on=day) for day in (BEFORE, CHANGE)]

        assert {OLD, NEW} <= licenses(assess(lineage(page(tag("mit")), [parent], edges)))

    def test_keeps_the_text_as_claimed_where_nobody_says_the_day(self) -> None:
        parent = official("huggingface:org/flux", NEW)
        edges = [edge(parent), replace(edge(parent), made_on=BEFORE)]

        assert {OLD, NEW} <= licenses(assess(lineage(page(tag("mit")), [parent], edges)))

    def test_reads_the_page_at_the_day_the_copy_was_obtained(self) -> None:
        subject = lineage(official(SUBJECT, NEW))

        assert licenses(assess(subject, Profile(obtained_on=BEFORE))) == {OLD}
        assert licenses(assess(subject, Profile(obtained_on=CHANGE))) == {NEW}
        assert licenses(assess(subject)) == {NEW}

    def test_reads_no_parent_at_the_day_the_copy_was_obtained(self) -> None:
        parent = official("huggingface:org/flux", NEW)
        asked = lineage(page(tag("mit")), [parent], [edge(parent)])

        assert OLD not in licenses(assess(asked, Profile(obtained_on=BEFORE)))

    def test_reads_every_text_of_a_statement(self) -> None:
        claim = NodeClaim(
            license_id="mit",
            others=(NEW,),
            reading=Reading.DOUBT,
            grade=Grade.TAG,
            source="",
            basis=Basis.TAG,
        )

        assert dated(page(claim), BEFORE).claims[0].others == (OLD,)

    def test_leaves_a_model_as_it_is_where_nobody_says_the_day(self) -> None:
        node = page(tag(NEW), tag(NEW))

        assert dated(node, None) == node

    def test_keeps_the_subjects_day_in_a_circle(self) -> None:
        subject = official(SUBJECT, NEW)
        circle = replace(edge(subject), made_on=BEFORE)

        assert licenses(assess(lineage(subject, [], [circle]))) == {NEW}
