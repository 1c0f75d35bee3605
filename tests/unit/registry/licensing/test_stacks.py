"""Rule L37: files that run together."""

from dataclasses import replace
from datetime import date

import pytest

from registry.errors import BadInput
from registry.licensing.profile import Profile
from registry.licensing.terms import Permission, Word
from registry.licensing.verdict import Lineage, RightsVerdict, assess, assess_stack
from registry.licensing.vocabulary import Metric
from registry.lineage.relations import Coverage, Grade
from tests.unit.registry.licensing.lineages import edge, lineage, official, page, tag, words

USE = Permission.USE_COMMERCIAL
OUTPUTS = Permission.OUTPUTS_COMMERCIAL
PAID = Permission.HOST_PAID
ANSWERED = {
    Permission.USE_PRIVATE,
    USE,
    OUTPUTS,
    Permission.HOST_FREE,
    PAID,
    Permission.TRAIN_ON_OUTPUTS,
}


def file(license_id: str) -> Lineage:
    return lineage(official(f"huggingface:org/{license_id}", license_id))


def stack(*licenses: str, profile: Profile | None = None) -> RightsVerdict:
    return assess_stack([file(i) for i in licenses], profile or Profile())


def test_is_bound_by_every_file() -> None:
    verdict = stack("openrail++", "mit", "s-lab-1.0")

    assert words(verdict, USE, PAID) == ["forbidden", "forbidden"]
    assert verdict.rights[USE].grounds[0].ancestor == "huggingface:org/s-lab-1.0"


def test_of_permissive_files_is_allowed() -> None:
    assert words(stack("mit", "apache-2.0"), USE, OUTPUTS, PAID) == ["allowed"] * 3


def test_answers_running_and_no_handing_on() -> None:
    verdict = stack("openrail++", "apache-2.0")

    applicable = {p for p, r in verdict.rights.items() if r.word is not Word.NOT_APPLICABLE}
    assert applicable == ANSWERED
    assert verdict.relicense.word is Word.NOT_APPLICABLE
    ground = verdict.rights[Permission.REDISTRIBUTE].grounds[0]
    assert ground.clause == "redistribute: not applicable, each file of a stack is handed on alone"


def test_does_not_mix_licences() -> None:
    verdict = stack("gpl-2.0", "apache-2.0", "cc-by-sa-4.0", "llama3", "krea-2-community")

    assert verdict.conflicts == ()
    assert verdict.drift == ()


def test_owes_what_running_owes() -> None:
    duties = {duty.duty for duty in stack("llama3.1", "mit").duties}

    assert "display_text" in duties
    assert "retain_notices" not in duties


def test_meets_the_askers_figures() -> None:
    verdict = stack("mit", "qwen", profile=Profile(figures={Metric.MAU: 10**9}))

    assert [finding.code.value for finding in verdict.conflicts] == ["THRESHOLD_EXCEEDED"]
    assert words(verdict, USE) == ["forbidden"]


def test_is_known_as_well_as_its_least_known_file() -> None:
    base = official("huggingface:org/base", "mit")
    adapter = page(tag("mit"), attested=False)
    declared = lineage(adapter, [base], [edge(base)])

    assert assess_stack([file("mit")]).coverage is Coverage.ATTESTED
    assert assess_stack([file("mit"), declared]).coverage is Coverage.DECLARED


def test_finds_a_file_without_a_text() -> None:
    verdict = stack("mit", "other")

    assert [finding.code.value for finding in verdict.conflicts] == ["UNKNOWN_PARENT"]
    assert words(verdict, USE) == ["unclear"]


def test_counts_a_file_of_two_lineages_once() -> None:
    base = official("huggingface:org/base", "openrail++")
    one = lineage(page(tag("mit"), name="civitai:1"), [base], [edge(base, child="civitai:1")])
    two = lineage(page(tag("mit"), name="civitai:2"), [base], [edge(base, child="civitai:2")])

    verdict = assess_stack([one, two])

    assert verdict == assess_stack([two, one])
    assert len(verdict.edges) == 4
    assert words(verdict, USE) == ["conditional"]


def test_joins_two_views_of_one_file() -> None:
    one = lineage(page(tag("mit"), attested=True))
    other = lineage(page(tag("cc-by-nc-4.0"), attested=True))

    assert words(assess_stack([one, other]), USE) == ["forbidden"]
    assert words(assess_stack([other, one]), USE) == ["forbidden"]


def test_of_one_file_says_what_the_file_says() -> None:
    alone, stacked = assess(file("llama3.1")), stack("llama3.1")

    assert [stacked.rights[p].word for p in ANSWERED] == [alone.rights[p].word for p in ANSWERED]
    assert stacked.rights[USE].grounds[0].grade is Grade.TEXT_LINKED


def test_needs_a_file() -> None:
    with pytest.raises(BadInput, match="at least one file"):
        assess_stack([])


@pytest.mark.parametrize(
    ("day", "texts"),
    [
        (date(2024, 9, 1), {"flux-1-dev-nc-1.0"}),
        (date(2025, 9, 1), {"flux-1-dev-nc-1.0", "flux-1-dev-nc-1.1.1"}),
    ],
)
def test_reads_each_file_at_the_day_of_the_copy(day: date, texts: set[str]) -> None:
    base = official("huggingface:org/flux", "flux-1-dev-nc-1.1.1")
    work = page(tag("mit"), name="civitai:9")
    made = replace(edge(base, child=work.id), made_on=date(2024, 10, 1))

    verdict = assess_stack([lineage(base), lineage(work, [base], [made])], Profile(obtained_on=day))

    asked = verdict.rights[USE].grounds
    assert {ground.license for ground in asked if ground.ancestor == base.id} == texts
