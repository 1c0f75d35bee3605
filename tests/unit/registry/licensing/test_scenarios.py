"""The known answers: every one holds, read by the reader that authors use."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from registry.errors import BadInput
from registry.licensing.limits import lowest_caps
from registry.licensing.scenarios import BadScenario, read_scenario
from registry.licensing.verdict import RightsVerdict, assess
from registry.lineage.relations import Grade, Relation

SCENARIOS: dict[str, dict[str, Any]] = {
    scenario["id"]: scenario
    for scenario in json.loads((Path(__file__).parent / "license_scenarios.json").read_text())[
        "scenarios"
    ]
}
EXPECTED = {
    "verdict",
    "duties",
    "caps",
    "conflicts",
    "no_conflicts",
    "drift",
    "no_drift",
}


def verdict_on(scenario: object) -> RightsVerdict:
    asked = read_scenario(scenario)
    return assess(asked.lineage, asked.profile)


def words_of(verdict: RightsVerdict) -> dict[str, str]:
    found = {permission.value: right.word.value for permission, right in verdict.rights.items()}
    return {**found, "relicense": verdict.relicense.word.value}


def parents(*licenses: str, **more: object) -> dict[str, Any]:
    return {"nodes": [{"licence": license_id} for license_id in licenses], **more}


def test_there_are_forty() -> None:
    assert len(SCENARIOS) == 40


@pytest.mark.parametrize("scenario_id", sorted(SCENARIOS))
class TestKnownAnswers:
    def test_expect_only_what_is_checked_here(self, scenario_id: str) -> None:
        assert set(SCENARIOS[scenario_id]["expect"]) <= EXPECTED

    def test_words(self, scenario_id: str) -> None:
        expected = SCENARIOS[scenario_id]["expect"]["verdict"]

        found = words_of(verdict_on(SCENARIOS[scenario_id]))

        assert {key: found[key] for key in expected} == expected

    def test_duties(self, scenario_id: str) -> None:
        verdict = verdict_on(SCENARIOS[scenario_id])

        owed = {duty.duty for duty in verdict.duties}
        owed |= {f"{duty.duty}:{duty.value}" for duty in verdict.duties}

        assert set(SCENARIOS[scenario_id]["expect"].get("duties", ())) <= owed

    def test_caps(self, scenario_id: str) -> None:
        verdict = verdict_on(SCENARIOS[scenario_id])
        expected = SCENARIOS[scenario_id]["expect"].get("caps", {})

        lowest = {
            metric.value: cap.threshold.value for metric, cap in lowest_caps(verdict.caps).items()
        }

        assert {metric: lowest.get(metric) for metric in expected} == expected

    def test_conflicts(self, scenario_id: str) -> None:
        expected = SCENARIOS[scenario_id]["expect"]

        found = {finding.code.value for finding in verdict_on(SCENARIOS[scenario_id]).conflicts}

        assert set(expected.get("conflicts", ())) <= found
        assert found.isdisjoint(expected.get("no_conflicts", ()))

    def test_drift(self, scenario_id: str) -> None:
        expected = SCENARIOS[scenario_id]["expect"]

        found = {finding.code.value for finding in verdict_on(SCENARIOS[scenario_id]).drift}

        assert set(expected.get("drift", ())) <= found
        assert found.isdisjoint(expected.get("no_drift", ()))


class TestReader:
    @pytest.mark.parametrize("scenario_id", sorted(SCENARIOS))
    def test_leaves_the_scenario_as_it_was(self, scenario_id: str) -> None:
        before = copy.deepcopy(SCENARIOS[scenario_id])

        read_scenario(SCENARIOS[scenario_id])

        assert SCENARIOS[scenario_id] == before

    @pytest.mark.parametrize(
        ("word", "relation"),
        [
            ("merge", Relation.MERGE),
            ("finetune", Relation.FINETUNE),
            ("adapter", Relation.ADAPTER),
            ("quantise", Relation.QUANTIZED),
            ("quantized", Relation.QUANTIZED),
            ("bundle", Relation.BUNDLE),
            ("runtime", Relation.RUNTIME),
            ("distil", Relation.DISTILL),
            ("distill", Relation.DISTILL),
            ("dataset", Relation.DATASET),
        ],
    )
    def test_knows_every_edge_word(self, word: str, relation: Relation) -> None:
        read = read_scenario({"nodes": [{"licence": "mit", "edge": word}]})

        assert read.lineage.edges[0].relation is relation

    def test_takes_merge_for_granted(self) -> None:
        assert read_scenario(parents("mit")).lineage.edges[0].relation is Relation.MERGE

    @pytest.mark.parametrize(
        ("word", "grade"),
        [("low", Grade.INFERRED), ("medium", Grade.TAG), ("high", Grade.TEXT_LINKED)],
    )
    def test_reads_the_confidence_of_an_edge(self, word: str, grade: Grade) -> None:
        read = read_scenario({"nodes": [{"licence": "mit", "edge_conf": word}]})

        assert read.lineage.edges[0].grade is grade

    @pytest.mark.parametrize("said", [["Image", "Rent"], "{Image,Rent}", "{Image, Rent}"])
    def test_reads_commercial_use_however_it_is_written(self, said: object) -> None:
        read = read_scenario(parents("mit", flags={"allowCommercialUse": said}))

        claims = read.lineage.nodes[read.lineage.subject].claims
        assert [claim.flags.commercial for claim in claims if claim.flags] == [
            frozenset({"Image", "Rent"})
        ]

    def test_keeps_a_work_without_a_declaration_open(self) -> None:
        verdict = verdict_on(parents("mit"))

        assert words_of(verdict)["use_commercial"] == "allowed"
        assert verdict.drift == ()

    @pytest.mark.parametrize(
        ("scenario", "named"),
        [
            ([], "scenario: an object"),
            ({}, "nodes: a list"),
            ({"nodes": []}, "nodes: from 1"),
            ({"nodes": [{"licence": "mit"}] * 501}, "nodes: from 1"),
            ({"nodes": ["mit"]}, r"nodes\[0\]: an object"),
            ({"nodes": [{}]}, r"nodes\[0\]\.licence"),
            ({"nodes": [{"licence": 3}]}, r"nodes\[0\]\.licence"),
            (parents("mit", "nobody-knows"), r"nodes\[1\]\.licence.*nobody-knows"),
            (parents("mit", declared="nobody-knows"), "declared.*nobody-knows"),
            (parents("mit", declared=[]), "declared"),
            (parents("mit", colour="red"), "scenario: unknown key 'colour'"),
            ({"nodes": [{"licence": "mit", "colour": 1}]}, r"nodes\[0\]: unknown key 'colour'"),
            ({"nodes": [{"licence": "mit", "edge": "eats"}]}, r"nodes\[0\]\.edge: 'eats'"),
            ({"nodes": [{"licence": "mit", "edge": []}]}, r"nodes\[0\]\.edge"),
            ({"nodes": [{"licence": "mit", "edge_conf": "so-so"}]}, r"nodes\[0\]\.edge_conf"),
            ({"nodes": [{"licence": "mit", "multimodal": "yes"}]}, r"nodes\[0\]\.multimodal"),
            ({"nodes": [{"licence": "mit", "weight": "much"}]}, r"nodes\[0\]\.weight"),
            ({"nodes": [{"licence": "mit", "weight": float("nan")}]}, r"nodes\[0\]\.weight"),
            ({"nodes": [{"licence": "mit", "weight": True}]}, r"nodes\[0\]\.weight"),
            ({"nodes": [{"licence": "mit", "date": "soon"}]}, r"nodes\[0\]\.date"),
            (parents("mit", flags=[]), "flags: an object"),
            (parents("mit", flags={"allowAll": True}), "flags: unknown key 'allowAll'"),
            (parents("mit", flags={"allowNoCredit": 1}), "flags.allowNoCredit"),
            (parents("mit", flags={"allowCommercialUse": 1}), "flags.allowCommercialUse"),
            (parents("mit", flags={"allowCommercialUse": [1]}), "flags.allowCommercialUse"),
            (parents("mit", context=[1]), "context: an object"),
            (parents("mit", context={"shoe_size": 42}), "context: unknown key 'shoe_size'"),
            (parents("mit", context={"annual_revenue": 42}), "annual_revenue"),
            (parents("mit", context={"mau": -1}), "context.mau"),
            (parents("mit", context={"mau": "many"}), "context.mau"),
            (parents("mit", context={"mau": True}), "context.mau"),
            (parents("mit", context={"mau": 1.5}), "context.mau"),
            (parents("mit", context={"region": "Mars"}), "region: 'Mars'"),
            (parents("mit", context={"region": 1}), "context.region"),
            (parents("mit", context={"region": "DE", "country": "FR"}), "region or country"),
            (parents("mit", context={"academic": "perhaps"}), "context.academic"),
            (parents("mit", context={"academic": 1}), "context.academic"),
            (parents("mit", context={"purpose": "fun"}), "context.purpose"),
            (parents("mit", context={"obtained_on": "soon"}), "context.obtained_on"),
        ],
    )
    def test_names_what_is_wrong(self, scenario: object, named: str) -> None:
        with pytest.raises(BadInput, match=named):
            read_scenario(scenario)

    def test_raises_one_kind_of_error_for_the_shape(self) -> None:
        with pytest.raises(BadScenario):
            read_scenario(None)
