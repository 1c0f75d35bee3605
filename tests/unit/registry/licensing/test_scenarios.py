"""The known answers: every one holds, read by the reader that authors use."""

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from registry.errors import BadInput
from registry.licensing.limits import lowest_caps
from registry.licensing.profile import Profile
from registry.licensing.scenarios import BadScenario, read_scenario
from registry.licensing.terms import Basis
from registry.licensing.verdict import CivitaiFlags, NodeClaim, RightsVerdict, assess
from registry.licensing.vocabulary import Metric
from registry.lineage.graph import Edge, NodeId
from registry.lineage.relations import Evidence, Grade, Relation

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

    def test_reads_every_flag_in_its_place(self) -> None:
        said = {
            "allowNoCredit": True,
            "allowCommercialUse": ["Image"],
            "allowDerivatives": False,
            "allowDifferentLicense": True,
        }

        read = read_scenario(parents("mit", flags=said))

        (claim,) = read.lineage.nodes[read.lineage.subject].claims
        assert claim == NodeClaim(
            license_id="",
            grade=Grade.PLATFORM_FLAG,
            source="scenario",
            basis=Basis.FLAG,
            flags=CivitaiFlags(
                no_credit=True,
                commercial=frozenset({"Image"}),
                derivatives=False,
                different_license=True,
            ),
        )

    def test_reads_parents_declaration_and_asker(self) -> None:
        row = {
            "license": "mit",
            "model": "org/model",
            "multimodal": True,
            "weight": 1,
            "date": "2024-09-01",
            "edge": "adapter",
        }

        read = read_scenario(
            {"title": "A work", "nodes": [row], "declared": "isc", "context": {"mau": 7}}
        )

        subject = read.lineage.nodes[read.lineage.subject]
        parent = read.lineage.nodes[NodeId("parent:1")]
        (edge,) = read.lineage.edges
        assert read.profile == Profile(figures={Metric.MAU: 7})
        assert (subject.label, subject.is_multimodal, subject.awaits_license) == (
            "A work",
            True,
            False,
        )
        assert subject.attested_recipe
        assert subject.claims == (
            NodeClaim(
                license_id="isc",
                grade=Grade.TEXT_LINKED,
                source="scenario",
                basis=Basis.TEXT,
                declared="isc",
            ),
        )
        assert (parent.label, parent.is_official_base, parent.is_multimodal) == (
            "org/model",
            True,
            True,
        )
        assert parent.claims == (
            NodeClaim(
                license_id="mit",
                grade=Grade.TEXT_LINKED,
                source="scenario",
                basis=Basis.TEXT,
                declared="mit",
                is_official=True,
            ),
        )
        assert edge == Edge(
            child=read.lineage.subject,
            parent=parent.id,
            relation=Relation.ADAPTER,
            evidence=Evidence.DECLARED,
            grade=Grade.TAG,
            source="scenario",
            weight=1.0,
            made_on=date(2024, 9, 1),
        )

    def test_takes_nothing_for_said(self) -> None:
        read = read_scenario(parents("mit"))

        subject = read.lineage.nodes[read.lineage.subject]
        assert (subject.label, subject.is_multimodal, subject.awaits_license) == (
            "the work",
            False,
            True,
        )
        assert read.lineage.nodes[NodeId("parent:1")].label == "parent 1"

    def test_takes_as_many_parents_as_it_says(self) -> None:
        assert len(read_scenario({"nodes": [{"licence": "mit"}] * 500}).lineage.edges) == 500

    def test_keeps_a_work_without_a_declaration_open(self) -> None:
        verdict = verdict_on(parents("mit"))

        assert words_of(verdict)["use_commercial"] == "allowed"
        assert verdict.drift == ()

    @pytest.mark.parametrize(
        ("scenario", "named"),
        [
            ([], "scenario: an object is expected.$"),
            ({}, "nodes: a list is expected.$"),
            ({"nodes": []}, "nodes: from 1 to 500 parents are needed, not 0.$"),
            ({"nodes": [{"licence": "mit"}] * 501}, "nodes: from 1"),
            ({"nodes": ["mit"]}, r"nodes\[0\]: an object is expected.$"),
            ({"nodes": [{}]}, r"nodes\[0\]\.licence: a licence id of the catalogue is needed.$"),
            ({"nodes": [{"licence": 3}]}, r"nodes\[0\]\.licence"),
            (
                parents("mit", "nobody-knows"),
                r"nodes\[1\]\.licence: No licence has the id 'nobody-knows'.$",
            ),
            (
                parents("mit", declared="nobody-knows"),
                "declared: No licence has the id 'nobody-knows'.$",
            ),
            (parents("mit", declared=[]), "declared: a licence id"),
            (
                parents("mit", colour="red"),
                "scenario: unknown key 'colour'; known: context, declared, expect, flags, id,",
            ),
            (
                {"nodes": [{"licence": "mit", "colour": 1}]},
                r"nodes\[0\]: unknown key 'colour'; known: date, edge, edge_conf, licence,",
            ),
            (
                {"nodes": [{"licence": "mit", "edge": "eats"}]},
                r"nodes\[0\]\.edge: 'eats' is none of adapter, bundle, dataset, distil, distill,",
            ),
            ({"nodes": [{"licence": "mit", "edge": []}]}, r"nodes\[0\]\.edge"),
            (
                {"nodes": [{"licence": "mit", "edge_conf": "so-so"}]},
                r"nodes\[0\]\.edge_conf: 'so-so' is none of high, low, medium.$",
            ),
            (
                {"nodes": [{"licence": "mit", "multimodal": "yes"}]},
                r"nodes\[0\]\.multimodal: true or false is expected.$",
            ),
            (
                {"nodes": [{"licence": "mit", "weight": "much"}]},
                r"nodes\[0\]\.weight: a number is expected.$",
            ),
            (
                {"nodes": [{"licence": "mit", "weight": float("nan")}]},
                r"nodes\[0\]\.weight: a number is expected.$",
            ),
            (
                {"nodes": [{"licence": "mit", "weight": True}]},
                r"nodes\[0\]\.weight: a number is expected.$",
            ),
            (
                {"nodes": [{"licence": "mit", "date": "soon"}]},
                r"nodes\[0\]\.date: a day like 2026-11-22 is expected.$",
            ),
            (parents("mit", flags=[]), "flags: an object is expected.$"),
            (
                parents("mit", flags={"allowAll": True}),
                "flags: unknown key 'allowAll'; known: allowCommercialUse,",
            ),
            (
                parents("mit", flags={"allowNoCredit": 1}),
                "flags.allowNoCredit: true or false is expected.$",
            ),
            (
                parents("mit", flags={"allowCommercialUse": 1}),
                "flags.allowCommercialUse: a list of words is expected.$",
            ),
            (
                parents("mit", flags={"allowCommercialUse": [1]}),
                "flags.allowCommercialUse: a list of words is expected.$",
            ),
            (parents("mit", context=[1]), "context: an object is expected.$"),
            (
                parents("mit", context={"shoe_size": 42}),
                "context: unknown key 'shoe_size'; known: academic, annual",
            ),
            (
                parents("mit", context={"annual_revenue": 42}),
                "context: unknown key 'annual_revenue'",
            ),
            (parents("mit", context={"mau": -1}), "context.mau: a figure cannot be negative.$"),
            (parents("mit", context={"mau": "many"}), "context.mau: a whole number is expected.$"),
            (parents("mit", context={"mau": True}), "context.mau: a whole number is expected.$"),
            (parents("mit", context={"mau": 1.5}), "context.mau: a whole number is expected.$"),
            (
                parents("mit", context={"region": "Mars"}),
                "region: 'Mars' is no country or region code.$",
            ),
            (parents("mit", context={"region": 1}), "context.region: a text is expected.$"),
            (
                parents("mit", context={"region": "DE", "country": "FR"}),
                "context: give region or country, not both.$",
            ),
            (
                parents("mit", context={"academic": "perhaps"}),
                "context.academic: true or false is expected.$",
            ),
            (
                parents("mit", context={"academic": 1}),
                "context.academic: true or false is expected.$",
            ),
            (parents("mit", context={"purpose": "fun"}), "context.purpose: 'fun' makes no sense.$"),
            (
                parents("mit", context={"obtained_on": "soon"}),
                "context.obtained_on: 'soon' makes no sense.$",
            ),
        ],
    )
    def test_names_what_is_wrong(self, scenario: object, named: str) -> None:
        with pytest.raises(BadInput, match=f"^{named}"):
            read_scenario(scenario)

    def test_raises_one_kind_of_error_for_the_shape(self) -> None:
        with pytest.raises(BadScenario):
            read_scenario(None)
