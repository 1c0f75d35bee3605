from textwrap import dedent

import pytest

from registry.lineage.recipes.headers import read_header
from registry.lineage.recipes.mecha import read_mecha
from registry.lineage.recipes.recipe import Recipe
from registry.lineage.relations import Evidence, Grade, Relation


def _read(text: str) -> Recipe:
    return read_header({"mecha_recipe": dedent(text).strip()}, source="x.safetensors")


def _shares(text: str) -> dict[str, float | None]:
    return {edge.parent_ref: edge.weight for edge in _read(text).edges}


MODELS = "\n".join(
    f'model "models/{n}.safetensors" model_config="sd1-ldm" merge_space="weight"' for n in "abc"
)


class TestMecha:
    def test_reads_what_version_1_writes(self) -> None:
        recipe = _read(f"""
version 0.1.0
{MODELS}
dict key=0.25
literal &3 model_config="singleton-mecha" merge_space="param"
merge "convert_singleton" &4
merge "weighted_sum" &0 &1 &5
""")

        assert [(e.parent_ref, e.weight, e.grade, e.evidence) for e in recipe.edges] == [
            ("name:a", 0.75, Grade.INFERRED, Evidence.HEADER_MECHA),
            ("name:b", 0.25, Grade.INFERRED, Evidence.HEADER_MECHA),
        ]
        assert recipe.edges[0].detail == "sd-mecha weighted_sum"
        assert recipe.edges[0].source == "x.safetensors: mecha_recipe"
        assert not recipe.complete

    @pytest.mark.parametrize(
        ("instructions", "shares"),
        [
            ('merge "weighted_sum" &0 &1', [0.5, 0.5]),
            ('merge "weighted_sum" &0 &1 alpha=0.3', [0.7, 0.3]),
            ('merge "n_average" &0 &1 &2', [1 / 3, 1 / 3, 1 / 3]),
            ('merge "subtract" &1 &2\nmerge "add_difference" &0 &3 alpha=0.5', [1, 0.5, -0.5]),
            (
                'merge "subtract" &1 &2\nmerge "scale" &3 2\nmerge "add_difference" &0 &4',
                [1, 2, -2],
            ),
            ('merge "weighted_sum" &0 &1\nmerge "weighted_sum" &3 &2 0.2', [0.4, 0.4, 0.2]),
            ('merge "weighted_sum" &0 &1\nmerge "fallback" &3 &0', [0.5, 0.5]),
            ('merge "cast" &0 "cpu" "fp16"\nmerge "weighted_sum" &3 &1', [0.5, 0.5]),
            ('merge "slerp" &0 &1 alpha=0.5', [None, None]),
            ('merge "fallback" &0 &1', [None, None]),
            ('merge "weighted_sum" &0 &1 alpha=1e999', [None, None]),
            ('dict a=0.1 b=0.9\nliteral &3\nmerge "weighted_sum" &0 &1 &4', [None, None]),
        ],
    )
    def test_adds_up_the_shares(self, instructions: str, shares: list[float | None]) -> None:
        found = _shares(f"version 0.1.0\n{MODELS}\n{instructions}")

        assert list(found.values()) == [
            share if share is None else pytest.approx(share) for share in shares
        ]

    def test_reads_recipes_without_a_version(self) -> None:
        found = _shares("""
            model "pure/v1-5-pruned"
            model "other" sd1
            call "subtract" &1 &0
            # a comment
            call "add_difference" &0 &2 alpha=1.0
        """)

        assert found == {"name:v1-5-pruned": 0.0, "name:other": 1.0}

    def test_takes_a_lora_for_an_adapter(self) -> None:
        recipe = _read("""
            model "a"
            model "style.safetensors" model_config="sd1-kohya_kohya_lora" merge_space="weight"
            merge "convert_lora_to_base" &1
            merge "add_difference" &0 &2 0.8
        """)

        assert [(e.relation, e.weight) for e in recipe.edges] == [
            (Relation.MERGE, 1.0),
            (Relation.ADAPTER, 0.8),
        ]

    def test_keeps_no_folder_of_a_quoted_path(self) -> None:
        recipe = _read(r'model "C:\\Users\\some one\\a \"b\".safetensors" model_config="sd1-ldm"')

        assert [edge.parent_ref for edge in recipe.edges] == ['name:a "b"']

    @pytest.mark.parametrize(
        "text",
        [
            "", "version 0.1.0", "words", "&0", "merge", 'merge "weighted_sum" &7 &-1 &x',
            'model "', 'merge "n_average" &0 &0', "dict", "literal", "model &0", '"' * 1000,
        ],
    )  # fmt: skip
    def test_names_no_model_where_there_is_none(self, text: str) -> None:
        recipe = _read(text)

        assert (recipe.edges, len(recipe.problems)) == ((), 1)

    @pytest.mark.parametrize(
        "text",
        [
            'model "a"\n' * 3000,
            "x" * 1_000_001,
            "".join(f'model "{n}"\n' for n in range(400))
            + "\n".join(
                'merge "n_average" ' + " ".join(f"&{n}" for n in range(400 + line))
                for line in range(300)
            ),
        ],
    )
    def test_stops_where_the_work_would_be_too_much(self, text: str) -> None:
        (problem,) = read_mecha(text, source="x").problems

        assert "read" in problem

    def test_takes_no_time_over_unclosed_quotes(self) -> None:
        assert read_mecha('"' + '\\"' * 400_000 + "\\", source="x").edges == ()

    def test_says_that_a_recipe_is_no_text(self) -> None:
        assert read_header({"mecha_recipe": 7}, source="x").problems == (
            "mecha_recipe is not text.",
        )
