"""What an author may hand over, and what he is told when it cannot be read."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.errors import BadInput
from registry.licensing.plan_formats import LONGEST_PLAN
from registry.licensing.plan_request import UNNAMED, PlanRequest, read_request
from registry.licensing.scenarios import Scenario
from registry.licensing.terms import Permission
from registry.lineage.relations import Grade, Relation

SHA = "a" * 64
CONTRADICTORY = {"allow": ["sublicense"], "forbid": ["sublicense"]}
SCENARIOS = json.loads((Path(__file__).parent / "license_scenarios.json").read_text())["scenarios"]
MERGEKIT = """
models:
  - model: org/a
    parameters: {weight: 0.3}
  - model: org/b
    parameters: {weight: 0.7}
merge_method: linear
"""

KEYS = [
    *("parents", "nodes", "mergekit", "metadata", "sd_merge_recipe", "merge_method", "models"),
    *("license", "licence", "model", "digest", "relation", "edge", "weight", "wish", "allow"),
    *("profile", "context", "declared", "flags", "name", "title", "certain", "multimodal", "date"),
]
_leaves = (
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5)
    | st.sampled_from(["mit", "llama3.1", "merge", "org/name", "use_private", "other"])
)  # fmt: skip
anything = st.dictionaries(
    st.sampled_from(KEYS),
    st.recursive(
        _leaves,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
        ),
        max_leaves=8,
    ),
    max_size=4,
)


def read(value: Any) -> PlanRequest:
    asked = read_request(value if isinstance(value, str) else json.dumps(value))
    assert isinstance(asked, PlanRequest)
    return asked


class TestPlans:
    def test_name_parents_by_licence_page_or_digest(self) -> None:
        asked = read(
            {
                "parents": [
                    {"license": "MIT"},
                    {"model": "org/name", "relation": "adapter"},
                    {"digest": SHA, "weight": 0.25, "certain": False},
                ]
            }
        )

        first, second, third = asked.parents
        assert first.licenses[0].ids == ("mit",)
        assert (second.what, second.relation) == ("org/name", Relation.ADAPTER)
        assert (third.what, third.weight, third.grade) == (SHA, 0.25, Grade.INFERRED)
        assert asked.name == UNNAMED

    def test_take_a_bare_text_for_a_licence_or_a_model(self) -> None:
        asked = read({"parents": ["llama3.1", "meta-llama/Llama-3.1-8B"]})

        assert asked.parents[0].licenses
        assert asked.parents[1].what == "meta-llama/Llama-3.1-8B"

    def test_wish_for_everything_unless_they_say_otherwise(self) -> None:
        assert read({"parents": ["mit"]}).wish.allow == frozenset(Permission)
        forbidding = read({"parents": ["mit"], "wish": {"forbid": ["sell_weights"]}}).wish
        assert Permission.SELL_WEIGHTS not in forbidding.allow

    def test_may_be_yaml(self) -> None:
        assert len(read("parents: [mit, apache-2.0]").parents) == 2

    def test_may_hold_a_mergekit_configuration(self) -> None:
        asked = read({"mergekit": MERGEKIT, "name": "mix"})

        assert [p.weight for p in asked.parents] == [0.3, 0.7]
        assert asked.name == "mix"

    def test_understand_spdx_expressions(self) -> None:
        asked = read({"parents": [{"license": "MIT OR GPL-3.0-only"}]})

        assert set(asked.parents[0].licenses[0].ids) == {"mit", "gpl-3.0"}

    def test_read_flags_in_every_form_civitai_sent(self) -> None:
        for said in (["Image", "Rent"], "{Image,Rent}"):
            flags = read({"parents": ["mit"], "flags": {"allowCommercialUse": said}}).flags
            assert flags is not None
            assert flags.commercial == frozenset({"Image", "Rent"})


class TestScenarios:
    @pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["id"])
    def test_are_accepted_as_they_are(self, scenario: dict[str, Any]) -> None:
        asked = read_request(json.dumps(scenario))

        assert isinstance(asked, Scenario)
        assert len(asked.lineage.edges) == len(scenario["nodes"])


class TestRecipes:
    def test_of_mergekit_name_repositories(self) -> None:
        asked = read(MERGEKIT)

        assert [p.what for p in asked.parents] == ["huggingface:org/a", "huggingface:org/b"]
        assert asked.notes == ()

    def test_with_local_paths_say_that_they_are_incomplete(self) -> None:
        asked = read("models: [{model: ./mine}, {model: org/a}]\nmerge_method: linear")

        assert "write such parents" in asked.notes[-1]

    @pytest.mark.parametrize("wrapped", [False, True])
    @pytest.mark.parametrize("as_text", [False, True])
    def test_of_a1111_name_bytes(self, wrapped: bool, as_text: bool) -> None:
        recipe: Any = {
            "type": "webui",
            "primary_model_hash": SHA,
            "secondary_model_hash": "b" * 64,
            "interp_method": "Weighted sum",
            "multiplier": 0.3,
        }
        header = {"sd_merge_recipe": json.dumps(recipe) if as_text else recipe}

        asked = read({"__metadata__": header} if wrapped else header)

        assert [p.what for p in asked.parents] == [f"sha256:{SHA}", f"sha256:{'b' * 64}"]
        assert [p.weight for p in asked.parents] == [0.7, 0.3]
        assert all(p.is_recorded for p in asked.parents)

    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            ({"ss_new_sd_model_hash": SHA}, f"sha256:{SHA}"),
            ({"mecha_recipe": 'model "folder/some_model.safetensors"'}, "name:some_model"),
        ],
    )
    def test_of_other_headers_name_what_they_name(
        self, header: dict[str, str], expected: str
    ) -> None:
        assert [parent.what for parent in read(header).parents] == [expected]

    def test_of_mergekit_are_read_as_it_reads_them(self) -> None:
        asked = read(f"models: [model: org/c]\n{MERGEKIT}")

        assert [parent.what for parent in asked.parents] == [
            "huggingface:org/a",
            "huggingface:org/b",
        ]


class TestMistakes:
    @pytest.mark.parametrize(
        ("value", "said"),
        [
            ("", "plan: write an object"),
            ("[]", "plan: write an object"),
            ("{", "plan: not JSON"),
            ('{"parents": ["mit"], "x": NaN}', "NaN is no number"),
            ("a: &a [1]\nb: [*b]", "alias"),
            ('{"parents": ["cc-by-nc-4.0"], "parents": ["mit"]}', "'parents' stands twice"),
            ('{"parents": [{"license": "x", "license": "mit"}]}', "'license' stands twice"),
            ("parents: [cc-by-nc-4.0]\nparents: [mit]", "'parents' stands twice"),
            ("a: 1\n---\nb: 2", "Several YAML documents"),
            ({"parents": []}, "parents: give the parents once"),
            ({}, "parents: give the parents once"),
            ({"parents": ["mit"], "mergekit": MERGEKIT}, "parents: give the parents once"),
            ({"parents": [{}]}, "parents[0]: give one of"),
            ({"parents": [" "]}, "parents[0]: an empty text"),
            ({"parents": [{"model": "a/b", "digest": SHA}]}, "parents[0]: give `model` or"),
            ({"parents": [{"license": "mitt"}]}, "Did you mean mit"),
            ({"parents": [{"license": "mit", "relation": "x"}]}, "parents[0].relation: "),
            ({"parents": [{"license": "mit", "weight": "x"}]}, "parents[0].weight: "),
            ({"parents": [{"licence": "mit"}]}, "unknown field `licence`"),
            ({"parents": ["mit"], "wish": {"allow": ["fly"]}}, "wish.allow[0]: "),
            (
                {"parents": ["mit"], "wish": {"allow": ["sublicense"], "forbid": ["sublicense"]}},
                "wish: ",
            ),
            ({"parents": ["mit"], "declared": "foo"}, "declared: no licence"),
            ({"parents": ["mit"], "flags": {"x": 1}}, "flags.x: no such flag"),
            ({"parents": ["mit"], "flags": {"allowNoCredit": 1}}, "flags.allowNoCredit: "),
            (
                {"parents": ["mit"], "flags": {"allowCommercialUse": 1}},
                "flags.allowCommercialUse: ",
            ),
            ({"parents": ["mit"], "name": "x" * 97}, "name: "),
            ({"parents": ["mit"] * 201}, "parents: 201; 200 at most"),
            ({"nodes": []}, "nodes: "),
            ({"scenarios": [{"nodes": []}]}, "hand over one of them"),
            ({"nodes": [{"edge": "merge"}]}, "nodes[0].licence: "),
            ({"nodes": [{"licence": "nope"}]}, "nodes[0].licence: "),
            ({"parents": ["mit"], "profile": {"annual_revenue_usd": -1}}, "annual_revenue_usd"),
            ({"parents": ["mit"], "profile": {"revenue": 1}}, "profile: unknown key"),
            ({"nodes": [{"licence": "mit", "edge": "x"}]}, "nodes[0].edge: "),
            ({"nodes": [{"licence": "mit", "edge_conf": "x"}]}, "nodes[0].edge_conf: "),
            ('{"parents": [{"license": "mit", "weight": 1e999}]}', "larger than any number"),
            ("parents: [{license: mit, weight: 1e999}]", "larger than any number"),
            ('{"parents": ["mit"], "name": "\\ud800"}', "half a character"),
            ('{"parents": [{"license": "mit", "weight": 1%s}]}' % ("0" * 4000), "weight"),
            ({"mergekit": "a: 1"}, "mergekit: no parent"),
            ({"sd_merge_recipe": "{}"}, "metadata: no parent"),
            ({"parents": ["x" * 100], "name": "y" * LONGEST_PLAN}, "longer than"),
        ],
    )
    def test_are_told_by_the_key(self, value: Any, said: str) -> None:
        with pytest.raises(BadInput) as error:
            read(value)

        assert said in str(error.value)

    def test_in_deep_json_are_told(self) -> None:
        with pytest.raises(BadInput, match="deep"):
            read('{"parents":' + "[" * 100_000)

    def test_in_a_yaml_bomb_are_told(self) -> None:
        bomb = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n"
            for n in range(8)
        )

        with pytest.raises(BadInput, match="more than"):
            read(bomb)


class TestAnything:
    @settings(max_examples=300, deadline=None)
    @given(value=anything)
    def test_is_read_or_refused_in_words(self, value: Any) -> None:
        with suppress(BadInput):
            read_request(json.dumps(value))

    @settings(max_examples=200, deadline=None)
    @given(text=st.text(max_size=60))
    def test_that_is_text_is_read_or_refused_in_words(self, text: str) -> None:
        with suppress(BadInput):
            read_request(text)
