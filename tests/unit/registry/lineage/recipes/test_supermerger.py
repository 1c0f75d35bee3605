import json
from typing import Any

import pytest

from registry.lineage.recipes.headers import read_header
from registry.lineage.recipes.recipe import Recipe
from registry.lineage.relations import Evidence, Grade, Relation

A, B, C = "a" * 64, "b" * 64, "c" * 64


def _read(**changes: Any) -> Recipe:
    recipe = {
        "type": "sd-webui-supermerger", "weights_alpha": None, "weights_beta": None,
        "model_a": A, "model_b": B, "model_c": "", "base_alpha": 0.25, "base_beta": 0.5,
        "mode": "Weight sum:A*(1-alpha)+B*alpha", "mbw": False, "elemental_merge": "",
        "calcmode": "normal", **changes,
    }  # fmt: skip
    return read_header({"sd_merge_recipe": json.dumps(recipe)}, source="x.safetensors")


class TestCheckpoints:
    @pytest.mark.parametrize(
        ("mode", "shares"),
        [
            ("Weight sum:A*(1-alpha)+B*alpha", [0.75, 0.25]),
            ("Add difference:A+(B-C)*alpha", [1.0, 0.25, -0.25]),
            ("Triple sum:A*(1-alpha-beta)+B*alpha+C*beta", [0.25, 0.25, 0.5]),
            ("sum Twice:(A*(1-alpha)+B*alpha)*(1-beta)+C*beta", [0.375, 0.125, 0.5]),
        ],
    )
    def test_give_the_shares_of_every_mode(self, mode: str, shares: list[float]) -> None:
        recipe = _read(mode=mode, model_c=C)

        assert [edge.weight for edge in recipe.edges] == shares
        assert {edge.evidence for edge in recipe.edges} == {Evidence.HEADER_SUPERMERGER}
        assert recipe.complete

    def test_do_not_take_the_model_c_that_the_mode_leaves_unused(self) -> None:
        metadata = {"sd_merge_models": json.dumps({A: {}, B: {}, C: {}})}
        recipe = json.dumps(
            {"type": "sd-webui-supermerger", "model_a": A, "model_b": B, "model_c": C,
             "mode": "Weight sum", "base_alpha": 0.5}
        )  # fmt: skip

        found = read_header({**metadata, "sd_merge_recipe": recipe}, source="x")

        assert [edge.parent_ref for edge in found.edges] == [f"sha256:{A}", f"sha256:{B}"]

    @pytest.mark.parametrize(
        ("changes", "detail"),
        [
            ({"mbw": True, "weights_alpha": [0.1] * 25}, "supermerger Weight sum block weights"),
            ({"mbw": "True"}, "supermerger Weight sum block weights"),
            ({"elemental_merge": ["IN00:attn1:0.3"]}, "supermerger Weight sum block weights"),
            ({"calcmode": "cosineA"}, "supermerger Weight sum cosineA"),
        ],
    )
    def test_give_no_share_where_there_is_no_one_share(
        self, changes: dict[str, Any], detail: str
    ) -> None:
        recipe = _read(**changes)

        assert [(edge.weight, edge.detail) for edge in recipe.edges] == [(None, detail)] * 2
        assert recipe.complete


class TestMergedLoras:
    def _read(self, *copies: dict[str, str]) -> Recipe:
        header = {f"sshs_cp{n}": json.dumps(copy) for n, copy in enumerate(copies)}
        return read_header(header, source="x.safetensors")

    def test_are_searches_with_their_ratio_and_the_base_by_digest(self) -> None:
        recipe = self._read(
            {"ss_output_name": "first", "sshs_ratio": "0.6", "sshs_blocks": "",
             "ss_new_sd_model_hash": A, "ss_network_module": "networks.lora"},
            {"ss_output_name": "second", "sshs_ratio": "0.4", "sshs_blocks": "1,0,0.5"},
        )  # fmt: skip

        assert [(e.parent_ref, e.relation, e.weight, e.grade) for e in recipe.edges] == [
            ("name:first", Relation.MERGE, 0.6, Grade.INFERRED),
            (f"sha256:{A}", Relation.ADAPTER, None, Grade.PLATFORM_FLAG),
            ("name:second", Relation.MERGE, None, Grade.INFERRED),
        ]
        assert recipe.edges[2].detail == "supermerger LoRA block weights"

    def test_are_not_complete_although_the_first_ones_base_is_known(self) -> None:
        header = {"ss_new_sd_model_hash": A, "sshs_cp0": json.dumps({"ss_output_name": "x"})}

        assert not read_header(header, source="x").complete

    def test_tell_of_a_copy_that_cannot_be_read(self) -> None:
        recipe = read_header({"sshs_cp0": "{", "sshs_cp1": 7}, source="x")

        assert recipe.problems == (
            "sshs_cp0 is not a JSON object.",
            "sshs_cp1 is not a JSON object.",
        )
