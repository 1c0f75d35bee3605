import json

import pytest

from registry.lineage.recipes.files import read_recipe_file
from registry.lineage.recipes.recipe import Recipe
from registry.lineage.relations import Evidence, Grade, Relation

ADAPTER = {"base_model_name_or_path": "org/base", "peft_type": "LORA", "r": 8}


def _adapter(**changes: object) -> Recipe:
    text = json.dumps({**ADAPTER, **changes})
    return read_recipe_file("checkpoint-5/adapter_config.json", text, source="adapter_config.json")


class TestAdapterConfig:
    def test_names_the_base(self) -> None:
        recipe = _adapter()

        (edge,) = recipe.edges
        assert (edge.parent_ref, edge.relation, edge.grade, edge.evidence, edge.detail) == (
            "huggingface:org/base",
            Relation.ADAPTER,
            Grade.PLATFORM_FLAG,
            Evidence.PEFT_CONFIG,
            "LORA",
        )
        assert edge.source == "adapter_config.json: base_model_name_or_path"
        assert recipe.complete

    @pytest.mark.parametrize(
        ("revision", "reference"),
        [
            (None, "huggingface:org/base"),
            ("main", "huggingface:org/base"),
            ("v1.0", "huggingface:org/base@v1.0"),
            ("../../etc", "huggingface:org/base"),
        ],
    )
    def test_names_the_revision_of_the_base(self, revision: str | None, reference: str) -> None:
        (edge,) = _adapter(revision=revision).edges

        assert edge.parent_ref == reference

    @pytest.mark.parametrize(
        "path", ["/home/someone/models/base", r"C:\Users\someone\base", "./base", "models/base"]
    )
    def test_takes_a_path_for_a_search(self, path: str) -> None:
        recipe = _adapter(base_model_name_or_path=path)

        (edge,) = recipe.edges
        assert (edge.parent_ref, edge.grade, recipe.complete) == (
            "name:base",
            Grade.INFERRED,
            False,
        )

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"base_model_name_or_path": null}'])
    def test_says_what_is_wrong(self, text: str) -> None:
        recipe = read_recipe_file("adapter_config.json", text, source="x")

        assert (recipe.edges, len(recipe.problems)) == ((), 1)


class TestReadRecipeFile:
    @pytest.mark.parametrize(
        ("name", "text", "evidence"),
        [
            ("mergekit_config.yml", "models: [{model: org/a}]", Evidence.MERGEKIT_CONFIG),
            ("x/mergekit_moe_config.yaml", "experts: [{source_model: org/a}]",
             Evidence.MERGEKIT_CONFIG),
            ("merge.yml", "models: [{model: org/a}]", Evidence.MERGEKIT_CONFIG),
            ("Recipe.MECHA", 'model "a"', Evidence.HEADER_MECHA),
            ("workflow.json",
             '{"1": {"class_type": "UNETLoader", "inputs": {"unet_name": "a"}},'
             ' "2": {"class_type": "ModelSave", "inputs": {"model": ["1", 0]}}}',
             Evidence.COMFY_WORKFLOW),
        ],
    )  # fmt: skip
    def test_tells_dialects_apart_by_name(self, name: str, text: str, evidence: Evidence) -> None:
        (edge,) = read_recipe_file(name, text, source=name).edges

        assert edge.evidence is evidence

    @pytest.mark.parametrize("name", ["README.md", "config.json", "", "docker-compose.yml", "/"])
    def test_reads_nothing_into_other_files(self, name: str) -> None:
        text = json.dumps({"_name_or_path": "org/base"})

        assert read_recipe_file(name, text, source=name).edges == ()

    def test_reads_no_file_of_any_length(self) -> None:
        (problem,) = read_recipe_file("workflow.json", " " * 5_000_000, source="x").problems

        assert "4000000" in problem
