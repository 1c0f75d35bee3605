"""The known answers: those that rules 1 to 5 decide must hold; the others wait, with the reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from registry.licensing.terms import Permission
from registry.licensing.verdict import CivitaiFlags, Lineage, Node, NodeClaim, RightsVerdict, assess
from registry.lineage.graph import Edge
from registry.lineage.relations import Grade, Relation
from tests.unit.registry.licensing.lineages import edge, flag_claim, official, page, tag

SCENARIOS: dict[str, dict[str, Any]] = {
    scenario["id"]: scenario
    for scenario in json.loads((Path(__file__).parent / "license_scenarios.json").read_text())[
        "scenarios"
    ]
}
RELATIONS = {"quantise": Relation.QUANTIZED, "distil": Relation.DISTILL}
DERIVING = {"merge", "finetune", "adapter", "quantise"}
WAITING = {  # what of each scenario the next issue answers: facts/license_terms.md section 5
    "S01": "relicense: rule 12",
    "S04": "drift",
    "S05": "drift",
    "S10": "conflict and drift codes",
    "S11": "caps: rule 6; drift",
    "S13": "drift",
    "S14": "drift",
    "S17": "redistribute: rule 9",
    "S20": "drift",
    "S23": "caps and the user's figures: rule 6",
    "S25": "relicense: rule 12; drift",
    "S26": "caps: rule 6; exclusive families: rule 11",
    "S28": "redistribute: rule 11",
    "S29": "caps: rule 6; share-alike: rule 9",
    "S31": "everything: rule 7",
    "S32": "territory: rule 7",
    "S34": "caps: rule 6",
    "S35": "caps: rule 6",
    "S37": "redistribute: rule 10",
    "S38": "relicense: rule 12; share-alike: rule 9",
    "S41": "redistribute, host_paid: rule 10",
    "S43": "redistribute: rule 10",
    "S44": "redistribute: rule 9",
    "S53": "redistribute: conflict of rule 5",
    "S55": "conflict codes",
    "S58": "drift",
    "S59": "caps: rule 6",
}
UNDECIDED = {"S17", "S28", "S31", "S37", "S41", "S43", "S44", "S53"}  # a word itself waits
NOW = {"verdict", "duties"}


def verdict_on(scenario: dict[str, Any]) -> RightsVerdict:
    """Ask about a page that tells its whole recipe.

    A scenario without ``declared`` or flags leaves the page's own words out; it then repeats the
    licence of a parent, which adds nothing to the join.
    """
    parents = [official(f"parent:{i}", row["licence"]) for i, row in enumerate(scenario["nodes"])]
    edges = [_edge(parent, row) for parent, row in zip(parents, scenario["nodes"], strict=True)]
    subject = page(*_claims(scenario))
    nodes = {node.id: node for node in (subject, *parents)}
    return assess(Lineage(subject=subject.id, nodes=nodes, edges=tuple(edges)))


def _edge(parent: Node, row: dict[str, Any]) -> Edge:
    kind = row.get("edge", "merge")
    grade = Grade.INFERRED if row.get("edge_conf") == "low" else Grade.TAG
    return edge(parent, RELATIONS.get(kind) or Relation(kind), grade=grade)


def _claims(scenario: dict[str, Any]) -> list[NodeClaim]:
    if said := scenario.get("flags"):
        flags = CivitaiFlags(
            no_credit=said["allowNoCredit"],
            commercial=frozenset(said["allowCommercialUse"]),
            derivatives=said["allowDerivatives"],
            different_license=said["allowDifferentLicense"],
        )
        return [flag_claim(flags)]
    repeated = (row["licence"] for row in scenario["nodes"] if row.get("edge", "merge") in DERIVING)
    return [tag(scenario.get("declared") or next(repeated))]


def wrong_words(scenario: dict[str, Any], verdict: RightsVerdict) -> dict[str, str]:
    expected = {k: v for k, v in scenario["expect"]["verdict"].items() if k in set(Permission)}
    found = {k: verdict.rights[Permission(k)].word.value for k in expected}
    return {k: word for k, word in found.items() if word != expected[k]}


def missing_duties(scenario: dict[str, Any], verdict: RightsVerdict) -> set[str]:
    owed = {duty.duty for duty in verdict.duties}
    owed |= {f"{duty.duty}:{duty.value}" for duty in verdict.duties}
    return set(scenario["expect"].get("duties", ())) - owed


def test_there_are_forty() -> None:
    assert len(SCENARIOS) == 40


@pytest.mark.parametrize("scenario_id", sorted(SCENARIOS.keys() - UNDECIDED))
def test_words_and_duties_are_as_known(scenario_id: str) -> None:
    scenario = SCENARIOS[scenario_id]
    verdict = verdict_on(scenario)

    assert wrong_words(scenario, verdict) == {}
    assert missing_duties(scenario, verdict) == set()


@pytest.mark.parametrize("scenario_id", sorted(UNDECIDED))
def test_what_waits_for_a_rule_still_needs_it(scenario_id: str) -> None:
    scenario = SCENARIOS[scenario_id]

    assert wrong_words(scenario, verdict_on(scenario)), "it holds now: take it off the list"


def test_only_what_needs_more_than_rules_1_to_5_waits() -> None:
    needing_more = {
        scenario_id
        for scenario_id, scenario in SCENARIOS.items()
        if set(scenario["expect"]) - NOW or "relicense" in scenario["expect"]["verdict"]
    }

    assert set(WAITING) == needing_more
    assert set(WAITING) >= UNDECIDED
