"""Rules L11, L30 and L33: which names and lines follow training on outputs."""

import pytest

from registry.licensing.catalog import terms_of
from registry.licensing.conflicts import conflicts_of
from registry.licensing.statements import Statement
from registry.licensing.verdict import RightsVerdict, assess
from registry.lineage.relations import Relation
from tests.unit.registry.licensing.lineages import edge, lineage, official, page, tag

ASKED_OF_TRAINED = ("llama3", "llama3.1", "krea-2-community", "qwen")
ASKED_OF_DERIVATIVES_ONLY = ("exaone-1.1-nc", "grok2-community", "falcon-180b", "kimi-k3")
READ_AS_DERIVATIVE = ("hyperclova-x-seed", "stability-ai-community")


def made_from(license_id: str, relation: Relation) -> RightsVerdict:
    base = official("huggingface:org/base", "mit")
    other = official("huggingface:org/other", license_id)
    edges = [edge(base), edge(other, relation)]
    return assess(lineage(page(tag("mit")), [base, other], edges))


def naming_drift(license_id: str, relation: Relation) -> int:
    return [f.code.value for f in made_from(license_id, relation).drift].count("DROPPED_NAMING")


def said(license_id: str) -> Statement:
    return Statement(texts=(terms_of(license_id),), ancestors=())


@pytest.mark.parametrize(
    ("ids", "found"),
    [(ASKED_OF_TRAINED, 1), (ASKED_OF_DERIVATIVES_ONLY, 0), (READ_AS_DERIVATIVE, 1)],
)
def test_a_name_follows_training_only_if_the_text_asks_it_there(
    ids: tuple[str, ...], found: int
) -> None:
    assert {license_id: naming_drift(license_id, Relation.DISTILL) for license_id in ids} == (
        dict.fromkeys(ids, found)
    )


@pytest.mark.parametrize("license_id", [*ASKED_OF_TRAINED, *ASKED_OF_DERIVATIVES_ONLY])
def test_a_name_follows_a_merge(license_id: str) -> None:
    assert naming_drift(license_id, Relation.MERGE) == 1


def test_a_prefix_asked_of_modified_models_is_no_conflict_after_training() -> None:
    llama, exaone = said("llama3.1"), said("exaone-1.1-nc")

    codes = [
        [finding.code.value for finding in found]
        for found in (
            conflicts_of([llama, exaone]),
            conflicts_of([llama], [exaone]),
            conflicts_of([exaone], [llama]),
        )
    ]
    assert "NAME_PREFIX_CONFLICT" in codes[0]
    assert "NAME_PREFIX_CONFLICT" not in codes[1]
    assert "NAME_PREFIX_CONFLICT" in codes[2]
