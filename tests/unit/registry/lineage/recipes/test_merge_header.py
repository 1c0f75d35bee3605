import json
from typing import Any

import pytest

from registry.lineage.recipes.merge_header import read_merge_header
from registry.lineage.recipes.recipe import Recipe
from registry.lineage.relations import Evidence, Grade, Relation

A, B, C, D, E = ("a" * 64, "b" * 64, "c" * 64, "d" * 64, "e" * 64)


def _read(recipe: Any = None, models: Any = None) -> Recipe:
    metadata = {"sd_merge_recipe": recipe, "sd_merge_models": models}
    given = {key: json.dumps(value) for key, value in metadata.items() if value is not None}
    return read_merge_header(given, source="x.safetensors")


def _sum(first: str, second: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "webui", "primary_model_hash": first, "secondary_model_hash": second,
        "tertiary_model_hash": None, "interp_method": "Weighted sum", "multiplier": 0.25, **more,
    }  # fmt: skip


def _edges(recipe: Recipe) -> list[tuple[str, float | None, Grade]]:
    return [(edge.parent_ref, edge.weight, edge.grade) for edge in recipe.edges]


def _ancestry(recipe: Recipe) -> list[tuple[str, str, float | None, Grade]]:
    return [
        (a.child_ref, a.claim.parent_ref, a.claim.weight, a.claim.grade) for a in recipe.ancestry
    ]


class TestA1111:
    def test_gives_the_shares_of_a_weighted_sum(self) -> None:
        recipe = _read(_sum(A, B, bake_in_vae="None"))

        assert _edges(recipe) == [
            (f"sha256:{A}", 0.75, Grade.PLATFORM_FLAG),
            (f"sha256:{B}", 0.25, Grade.PLATFORM_FLAG),
        ]
        assert recipe.edges[0].evidence is Evidence.HEADER_A1111
        assert recipe.edges[0].source == "x.safetensors: sd_merge_recipe"
        assert recipe.complete

    def test_gives_the_shares_of_an_added_difference(self) -> None:
        recipe = _read(_sum(A, B, tertiary_model_hash=C, interp_method="Add difference"))

        assert [edge.weight for edge in recipe.edges] == [1.0, 0.25, -0.25]

    @pytest.mark.parametrize("multiplier", [None, "half", True, float("nan"), float("inf"), [1]])
    def test_gives_no_share_without_a_finite_multiplier(self, multiplier: object) -> None:
        assert _read(_sum(A, B, multiplier=multiplier)).edges[0].weight is None

    def test_reads_no_arithmetic_of_a_tool_nobody_knows(self) -> None:
        recipe = _read(_sum(A, B, type="other-merger"))

        assert [edge.weight for edge in recipe.edges] == [None, None]
        assert recipe.edges[0].detail == "other-merger Weighted sum"

    @pytest.mark.parametrize("missing", [None, "", "None", "0b1893f6", "not a digest"])
    def test_is_not_complete_where_a_parent_has_no_sha256(self, missing: str | None) -> None:
        assert not _read({**_sum(A, B), "secondary_model_hash": missing}).complete

    def test_takes_a_colliding_hash_for_a_candidate_only(self) -> None:
        recipe = _read(_sum(A, "0B1893F6"))

        assert recipe.edges[1].parent_ref == "autov1:0b1893f6"
        assert not recipe.edges[1].grade.is_firm

    def test_bundles_a_baked_vae(self) -> None:
        recipe = _read(_sum(A, B, bake_in_vae="orangemix.vae.pt"))

        assert recipe.edges[2].parent_ref == "name:orangemix.vae"
        assert (recipe.edges[2].relation, recipe.edges[2].grade) == (
            Relation.BUNDLE,
            Grade.INFERRED,
        )
        assert not recipe.complete

    def test_names_the_files_that_are_listed_with_their_digests(self) -> None:
        recipe = _read(_sum(A, B), {A: {"name": r"D:\models\someone\mix_v1.safetensors"}})

        assert recipe.edges[0].detail == 'webui Weighted sum; file name "mix_v1"'

    def test_repeats_no_method_that_could_be_a_path(self) -> None:
        (edge, _) = _read(_sum(A, B, interp_method="/home/someone/method")).edges

        assert edge.detail == "webui"

    @pytest.mark.parametrize("text", ["", "[", "[]", "7", "null", "[" * 200_000, '{"a":'])
    def test_names_a_recipe_that_is_no_json_object(self, text: str) -> None:
        recipe = read_merge_header({"sd_merge_recipe": text}, source="x")

        assert (recipe.edges, len(recipe.problems)) == ((), 1)


class TestAncestry:
    def test_joins_parents_and_grandparents_that_are_flattened_in(self) -> None:
        models = {
            A: {"name": "first", "sd_merge_recipe": _sum(C, D)},
            C: {"name": "third", "sd_merge_recipe": json.dumps(_sum(D, E))},
            D: {"name": "fourth", "sd_merge_recipe": None},
            B: {"name": "second", "sd_merge_recipe": None},
        }

        recipe = _read(_sum(A, B), models)

        assert [edge.parent_ref for edge in recipe.edges] == [f"sha256:{A}", f"sha256:{B}"]
        assert _ancestry(recipe) == [
            (f"sha256:{A}", f"sha256:{C}", 0.75, Grade.PROSE),
            (f"sha256:{A}", f"sha256:{D}", 0.25, Grade.PROSE),
            (f"sha256:{C}", f"sha256:{D}", 0.75, Grade.PROSE),
            (f"sha256:{C}", f"sha256:{E}", 0.25, Grade.PROSE),
        ]
        assert recipe.complete

    def test_makes_nothing_firm_that_is_said_of_other_files(self) -> None:
        models = {A: {"sd_merge_recipe": _sum(C, "0b1893f6", bake_in_vae="some.vae.pt")}}

        recipe = _read(_sum(A, B), models)

        assert not any(a.claim.grade.is_firm for a in recipe.ancestry)
        assert [a.claim.parent_ref for a in recipe.ancestry] == [
            f"sha256:{C}",
            "autov1:0b1893f6",
            "name:some.vae",
        ]

    def test_reads_a_parents_recipe_in_the_dialect_it_signs_with(self) -> None:
        made = {"type": "sd-webui-supermerger", "model_a": C, "model_b": D, "mode": "Weight sum"}

        recipe = _read(_sum(A, B), {A: {"sd_merge_recipe": made}})

        assert {a.claim.evidence for a in recipe.ancestry} == {Evidence.HEADER_SUPERMERGER}

    def test_takes_listed_models_without_a_recipe_for_possible_grandparents(self) -> None:
        recipe = _read(None, {A: {"name": "x"}, "short": {}})

        assert _edges(recipe) == [(f"sha256:{A}", None, Grade.INFERRED)]
        assert not recipe.complete

    def test_leaves_out_a_model_made_of_itself(self) -> None:
        assert _read(_sum(A, B), {A: {"sd_merge_recipe": _sum(A, A)}}).ancestry == ()

    def test_ends_where_models_are_made_of_each_other(self) -> None:
        models = {A: {"sd_merge_recipe": _sum(B, C)}, B: {"sd_merge_recipe": _sum(A, C)}}

        assert len(_read(_sum(A, B), models).ancestry) == 4

    def test_stops_at_the_most_claims(self) -> None:
        models = {f"{n:064x}": {"sd_merge_recipe": _sum(A, B)} for n in range(2000)}

        recipe = _read(_sum(A, B), models)

        assert len(recipe.ancestry) == 500
        assert len(recipe.edges) <= 500
        assert recipe.problems == ("There are more ancestors than are read.",)


class TestNeo:
    def _sum(self, first: str, second: str | None) -> dict[str, Any]:
        return {
            "type": "Neo", "interp_method": "Weighted Sum" if second else "No Interpolation",
            "multiplier": 0.25, "primary_model_hash": first,
            **({"secondary_model_hash": second} if second else {}),
        }  # fmt: skip

    def test_gives_the_shares(self) -> None:
        recipe = _read(self._sum(A, B), {A: {}, B: {}})

        assert [(e.weight, e.evidence) for e in recipe.edges] == [
            (0.75, Evidence.HEADER_NEO),
            (0.25, Evidence.HEADER_NEO),
        ]
        assert recipe.complete

    def test_gives_a_nested_recipe_to_the_only_parent(self) -> None:
        nested = {"sd_merge_recipe": json.dumps(self._sum(B, C)), "sd_merge_models": {B: {}, C: {}}}

        recipe = _read(self._sum(A, None), {A: {"name": "a"}, **nested})

        assert _ancestry(recipe) == [
            (f"sha256:{A}", f"sha256:{B}", 0.75, Grade.PROSE),
            (f"sha256:{A}", f"sha256:{C}", 0.25, Grade.PROSE),
        ]
        assert _edges(recipe) == [(f"sha256:{A}", 1.0, Grade.PLATFORM_FLAG)]

    def test_gives_a_nested_recipe_to_nobody_where_it_could_be_of_two(self) -> None:
        nested = {"sd_merge_recipe": self._sum(C, D), "sd_merge_models": {C: {}, D: {}}}

        recipe = _read(self._sum(A, B), {A: {}, B: {}, **nested})

        assert recipe.ancestry == ()
        assert _edges(recipe)[2:] == [
            (f"sha256:{C}", None, Grade.INFERRED),
            (f"sha256:{D}", None, Grade.INFERRED),
        ]

    def test_follows_recipes_down_the_generations(self) -> None:
        inner = {"sd_merge_recipe": self._sum(C, None), "sd_merge_models": {C: {}}}
        outer = {"sd_merge_recipe": self._sum(B, None), "sd_merge_models": {B: {}, **inner}}

        recipe = _read(self._sum(A, None), {A: {}, **outer})

        assert [(a.child_ref, a.claim.parent_ref) for a in recipe.ancestry] == [
            (f"sha256:{A}", f"sha256:{B}"),
            (f"sha256:{B}", f"sha256:{C}"),
        ]

    def test_stops_at_the_deepest_nest(self) -> None:
        models: dict[str, Any] = {}
        for _generation in range(300):
            models = {"sd_merge_recipe": self._sum(B, C), "sd_merge_models": models}

        assert _read(self._sum(A, None), models).problems


class TestSdNext:
    def test_gives_the_shares_of_what_it_merges_linearly(self) -> None:
        recipe = _read(
            {
                "type": "SDNext", "primary_model_hash": A, "secondary_model_hash": B,
                "tertiary_model_hash": C, "merge_mode": "sum_twice", "alpha": 0.5, "beta": "0.25",
                "precision": "fp16", "custom_name": "somebody's model",
            }
        )  # fmt: skip

        assert [(e.weight, e.detail) for e in recipe.edges] == [
            (0.375, "SDNext sum_twice"),
            (0.375, "SDNext sum_twice"),
            (0.25, "SDNext sum_twice"),
        ]
        assert recipe.edges[0].evidence is Evidence.HEADER_SDNEXT
        assert recipe.complete

    @pytest.mark.parametrize("alpha", [[0.5] * 26, "GRAD_V", None])
    def test_gives_no_share_of_block_weights(self, alpha: object) -> None:
        recipe = _read(
            {**_sum(A, B), "type": "SDNext", "merge_mode": "weighted_sum", "alpha": alpha}
        )

        assert [edge.weight for edge in recipe.edges] == [None, None]

    def test_is_not_whole_where_the_tool_wrote_no_digest(self) -> None:
        recipe = _read(
            {
                **_sum(A, B),
                "type": "SDNext",
                "merge_mode": "weighted_sum",
                "primary_model_hash": None,
            },
            {"null": {"name": "unhashed"}, B: {"name": "second"}},
        )

        assert [edge.parent_ref for edge in recipe.edges] == [f"sha256:{B}"]
        assert not recipe.complete
