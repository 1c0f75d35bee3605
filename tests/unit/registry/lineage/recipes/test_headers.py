import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.lineage.recipes.headers import read_header
from registry.lineage.recipes.recipe import Recipe
from registry.lineage.relations import Evidence, Grade, Relation

A, B, C = "a" * 64, "b" * 64, "c" * 64


def _read(metadata: dict[str, Any]) -> Recipe:
    return read_header(metadata, source="x.safetensors")


def _merge(**recipe: Any) -> Recipe:
    return _read({"sd_merge_recipe": json.dumps(recipe)})


class TestKohya:
    def test_takes_the_sha256_of_the_base(self) -> None:
        recipe = _read(
            {
                "ss_network_module": "networks.lora",
                "ss_new_sd_model_hash": A.upper(),
                "ss_sd_model_hash": "0b1893f6",
                "ss_sd_model_name": "base.safetensors",
            }
        )

        (edge,) = recipe.edges
        assert edge.parent_ref == f"sha256:{A}"
        assert (edge.relation, edge.evidence, edge.grade) == (
            Relation.ADAPTER,
            Evidence.HEADER_KOHYA,
            Grade.PLATFORM_FLAG,
        )
        assert edge.source == "x.safetensors: ss_new_sd_model_hash"
        assert recipe.complete

    def test_takes_a_colliding_hash_for_a_candidate_only(self) -> None:
        recipe = _read({"ss_new_sd_model_hash": "None", "ss_sd_model_hash": "0B1893F6"})

        (edge,) = recipe.edges
        assert edge.parent_ref == "autov1:0b1893f6"
        assert edge.relation is Relation.FINETUNE
        assert not edge.grade.is_firm
        assert not recipe.complete

    @pytest.mark.parametrize(
        ("name", "reference"),
        [
            ("animefull.safetensors", "name:animefull"),
            (r"D:\models\animefull.ckpt", "name:animefull"),
            ("org/base", "huggingface:org/base"),
        ],
    )
    def test_falls_back_to_the_name(self, name: str, reference: str) -> None:
        (edge,) = _read({"ss_sd_model_name": name}).edges

        assert (edge.parent_ref, edge.grade) == (reference, Grade.INFERRED)

    def test_does_not_trust_the_base_version(self) -> None:
        assert _read({"ss_base_model_version": "sd_1.5", "ss_sd_model_name": "None"}).edges == ()


class TestReadHeader:
    def test_joins_what_several_dialects_say(self) -> None:
        recipe = _read(
            {
                "ss_new_sd_model_hash": A,
                "sd_merge_recipe": json.dumps({"primary_model_hash": B}),
            }
        )

        assert {edge.parent_ref for edge in recipe.edges} == {f"sha256:{A}", f"sha256:{B}"}

    def test_is_complete_only_if_everything_said_is(self) -> None:
        trainer = {"ss_new_sd_model_hash": A}
        merger = {"sd_merge_recipe": json.dumps({"primary_model_hash": B})}

        assert _read({**trainer, **merger}).complete
        assert not _read({**trainer, **merger, "modelspec.merged_from": "a title"}).complete
        assert not _read({**trainer, "sd_merge_recipe": "unreadable"}).complete
        assert not _read({}).complete

    @given(
        st.dictionaries(st.text(), st.none() | st.floats() | st.text() | st.lists(st.integers()))
    )
    def test_never_raises_for_any_recipe(self, recipe: dict[str, Any]) -> None:
        keys = {"primary_model_hash": A, "multiplier": 0.5}

        assert _merge(**{**keys, **recipe}).edges
