from typing import Any

import pytest

from registry.lineage.recipes.gguf import read_gguf
from registry.lineage.relations import Evidence, Grade, Relation


def _edges(**keys: Any) -> list[tuple[str, Relation, Grade]]:
    metadata = {f"general.{key.replace('__', '.')}": value for key, value in keys.items()}
    recipe = read_gguf(metadata, source="x.gguf")
    return [(edge.parent_ref, edge.relation, edge.grade) for edge in recipe.edges]


class TestGguf:
    def test_takes_one_base_for_what_it_was_tuned_from(self) -> None:
        recipe = read_gguf(
            {
                "general.base_model.count": "1",
                "general.base_model.0.name": "Some Model 7B",
                "general.base_model.0.organization": "Some Org",
                "general.base_model.0.repo_url": "https://huggingface.co/some-org/Some-Model-7B",
            },
            source="x.gguf",
        )

        (edge,) = recipe.edges
        assert (edge.parent_ref, edge.relation, edge.grade, edge.evidence, edge.source) == (
            "huggingface:some-org/Some-Model-7B",
            Relation.FINETUNE,
            Grade.PLATFORM_FLAG,
            Evidence.HEADER_GGUF,
            "x.gguf: general.base_model.0.repo_url",
        )
        assert recipe.complete

    def test_takes_several_bases_for_a_merge(self) -> None:
        found = _edges(
            base_model__count=2,
            base_model__1__repo_url="https://huggingface.co/org/second",
            base_model__0__url="huggingface.co/org/first",
        )

        assert [(ref, relation) for ref, relation, _grade in found] == [
            ("huggingface:org/first", Relation.MERGE),
            ("huggingface:org/second", Relation.MERGE),
        ]

    def test_takes_the_base_of_an_adapter_for_what_it_adapts(self) -> None:
        ((_ref, relation, _grade),) = _edges(type="adapter", base_model__0__name="Some Model")

        assert relation is Relation.ADAPTER

    @pytest.mark.parametrize(
        "key", ["source__repo_url", "source__url", "source__huggingface__repository"]
    )
    def test_takes_the_source_for_the_same_model_before_conversion(self, key: str) -> None:
        address = "org/name" if key.endswith("repository") else "https://huggingface.co/org/name"

        assert _edges(**{key: address}) == [
            ("huggingface:org/name", Relation.QUANTIZED, Grade.PLATFORM_FLAG)
        ]

    def test_takes_a_name_for_a_search(self) -> None:
        assert _edges(
            base_model__0__name="Some Model", base_model__0__url="https://arxiv.org/x"
        ) == [("name:Some Model", Relation.FINETUNE, Grade.INFERRED)]

    @pytest.mark.parametrize(
        ("count", "names"), [("2", 1), (1, 2), ("many", 1), (None, 1), (10**400, 1), (-1, 1)]
    )
    def test_is_not_complete_where_the_count_is_another(self, count: Any, names: int) -> None:
        metadata = {f"general.base_model.{n}.repo_url": f"hf.co/org/m{n}" for n in range(names)}

        recipe = read_gguf({**metadata, "general.base_model.count": count}, source="x")

        assert (len(recipe.edges), recipe.complete) == (names, False)

    def test_repeats_no_person_and_no_licence(self) -> None:
        recipe = read_gguf(
            {
                "general.base_model.0.name": "Some Model",
                "general.base_model.0.author": "Somebody",
                "general.quantized_by": "Somebody",
                "general.license": "mit",
            },
            source="x",
        )

        assert "Somebody" not in repr(recipe)
        assert "mit" not in repr(recipe)
