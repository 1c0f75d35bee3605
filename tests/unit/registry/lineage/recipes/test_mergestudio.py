import json
from typing import Any

from registry.lineage.recipes.headers import read_header
from registry.lineage.recipes.recipe import Recipe
from registry.lineage.relations import Evidence, Grade, Relation

A, B, C = "a" * 64, "b" * 64, "c" * 64


def _read(recipe: dict[str, Any]) -> Recipe:
    return read_header({"sd_merge_recipe": json.dumps(recipe)}, source="x.safetensors")


def _merge(**changes: Any) -> Recipe:
    return _read(
        {
            "type": "MergeStudio-AnimaMerge", "interp_method": "weighted_sum", "multiplier": 0.25,
            "discard_weights": "", "config_source": ["A"], "output_format": "same",
            "save_mode": "unet_only", "primary_model_hash": A, "secondary_model_hash": B, **changes,
        }
    )  # fmt: skip


class TestMerges:
    def test_give_the_shares(self) -> None:
        recipe = _merge()

        assert [(e.weight, e.evidence, e.detail) for e in recipe.edges] == [
            (0.75, Evidence.HEADER_MERGESTUDIO, "MergeStudio weighted_sum"),
            (0.25, Evidence.HEADER_MERGESTUDIO, "MergeStudio weighted_sum"),
        ]
        assert recipe.complete

    def test_give_no_share_of_block_weights_or_a_remap(self) -> None:
        by_block = _merge(block_weights="IN00-IN05:0.3")
        remapped = _merge(anima_remap={"from_blocks": 28, "to_blocks": 40})

        assert [e.weight for r in (by_block, remapped) for e in r.edges] == [None] * 4

    def test_know_the_parts_that_were_built_in(self) -> None:
        recipe = _merge(
            baked_loras=[{"name": "style.safetensors", "strength": 0.7, "activation_text": "x"}],
            components=[
                {"slot": "te", "name": "qwen3.safetensors", "sha256": C},
                {"slot": "vae", "name": "some_vae.safetensors", "sha256": "cd2a512003e2f9f3"},
            ],
            baked_vae="other_vae.safetensors",
        )

        assert [(e.parent_ref, e.relation, e.weight, e.grade) for e in recipe.edges[2:]] == [
            ("name:style", Relation.ADAPTER, 0.7, Grade.INFERRED),
            (f"sha256:{C}", Relation.BUNDLE, None, Grade.PLATFORM_FLAG),
            ("name:some_vae", Relation.BUNDLE, None, Grade.INFERRED),
            ("name:other_vae", Relation.BUNDLE, None, Grade.INFERRED),
        ]
        assert not recipe.complete

    def test_know_that_a_vae_was_taken_out(self) -> None:
        assert len(_merge(baked_vae="none (stripped)").edges) == 2


class TestBakedLoras:
    def test_are_searches_beside_the_base(self) -> None:
        recipe = _read(
            {
                "type": "CheckpointDoctor-LoRABake", "base_model": "anima-base.safetensors",
                "loras": [{"name": "style", "strength": "0.8"}, {"strength": 1}, "x"],
            }
        )  # fmt: skip

        assert [(e.parent_ref, e.relation, e.weight) for e in recipe.edges] == [
            ("name:anima-base", Relation.MERGE, 1.0),
            ("name:style", Relation.ADAPTER, 0.8),
        ]
        assert not recipe.complete
