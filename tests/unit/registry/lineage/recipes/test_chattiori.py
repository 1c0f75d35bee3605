import json
from typing import Any

import pytest

from registry.lineage.recipes.headers import read_header
from registry.lineage.recipes.recipe import Recipe
from registry.lineage.relations import Evidence, Grade, Relation

A, B, C, D, E = ("a" * 64, "b" * 64, "c" * 64, "d" * 64, "e" * 64)


def _read(**changes: Any) -> Recipe:
    recipe = {
        "type": "merge-models-chattiori", "primary_model_hash": A, "secondary_model_hash": B,
        "tertiary_model_hash": None, "merge_method": "Weighted Sum", "block_weights": False,
        "alpha_info": "0.25", "beta_info": None, "calculation": None, "fp": "fp16",
        "output_name": "result", "bake_in_vae": False, "pruned": True, **changes,
    }  # fmt: skip
    return read_header({"sd_merge_recipe": json.dumps(recipe)}, source="x.safetensors")


class TestCheckpoints:
    def test_give_the_shares_of_a_plain_merge(self) -> None:
        recipe = _read()

        assert [(e.parent_ref, e.weight, e.evidence) for e in recipe.edges] == [
            (f"sha256:{A}", 0.75, Evidence.HEADER_CHATTIORI),
            (f"sha256:{B}", 0.25, Evidence.HEADER_CHATTIORI),
        ]
        assert recipe.complete

    @pytest.mark.parametrize(
        "changes",
        [
            {"block_weights": True, "alpha_info": "0.25,[[0.1, 0.2],[None]]"},
            {"calculation": "cosine_0"},
            {"calculation": "fine[[1, 2]]"},
            {"merge_method": "Geometric"},
        ],
    )
    def test_give_no_share_of_anything_else(self, changes: dict[str, Any]) -> None:
        recipe = _read(**changes)

        assert [edge.weight for edge in recipe.edges] == [None, None]
        assert recipe.complete

    def test_bundle_a_baked_vae(self) -> None:
        recipe = _read(bake_in_vae="kl-f8-anime2")

        assert (recipe.edges[2].parent_ref, recipe.edges[2].relation) == (
            "name:kl-f8-anime2",
            Relation.BUNDLE,
        )


class TestBakedLoras:
    def _read(self, checkpoint: Any = None, lora: Any = None, **changes: Any) -> Recipe:
        recipe = {
            "type": "pluslora-chattiori", "checkpoint_hash": A, "lora_hash": f"{B},{C}",
            "alpha_info": "[0.5,0.5,0.5],[0.1,0.9,0.5]", "output_name": "result", **changes,
        }  # fmt: skip
        header = {"sd_merge_models": recipe, "checkpoint": checkpoint or {}, "lora": lora or {}}
        return read_header({k: json.dumps(v) for k, v in header.items()}, source="x.safetensors")

    def test_are_adapters_of_the_checkpoint_they_were_baked_into(self) -> None:
        recipe = self._read()

        assert [(e.parent_ref, e.relation, e.weight, e.grade) for e in recipe.edges] == [
            (f"sha256:{A}", Relation.MERGE, 1.0, Grade.PLATFORM_FLAG),
            (f"sha256:{B}", Relation.ADAPTER, 0.5, Grade.PLATFORM_FLAG),
            (f"sha256:{C}", Relation.ADAPTER, None, Grade.PLATFORM_FLAG),
        ]
        assert recipe.complete

    @pytest.mark.parametrize(
        "info", ["DARE:[0.5,0.5],[0.5,0.5]", "[0.5,0.5]", "", "[" * 10_000, "[0.5],[x]"]
    )
    def test_have_no_ratio_where_it_cannot_be_told(self, info: str) -> None:
        recipe = self._read(alpha_info=info)

        assert recipe.edges[2].weight is None

    def test_bring_the_headers_of_checkpoint_and_loras(self) -> None:
        made = {
            "primary_model_hash": D,
            "secondary_model_hash": E,
            "interp_method": "Weighted sum",
            "multiplier": 0.5,
        }
        trained = {"ss_network_module": "networks.lora", "ss_new_sd_model_hash": E}

        recipe = self._read({"sd_merge_recipe": made}, {B: trained, C: None})

        assert {
            (a.child_ref, a.claim.parent_ref, a.claim.relation, a.claim.grade)
            for a in recipe.ancestry
        } == {
            (f"sha256:{A}", f"sha256:{D}", Relation.MERGE, Grade.PROSE),
            (f"sha256:{A}", f"sha256:{E}", Relation.MERGE, Grade.PROSE),
            (f"sha256:{B}", f"sha256:{E}", Relation.ADAPTER, Grade.PROSE),
        }
        assert len(recipe.edges) == 3

    @pytest.mark.parametrize("changes", [{"checkpoint_hash": ""}, {"lora_hash": ""}])
    def test_are_not_complete_without_every_digest(self, changes: dict[str, Any]) -> None:
        assert not self._read(**changes).complete
