"""Whatever stands in a header or file: nothing raises, every claim is valid, nothing leaks."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.lineage.parents import ParentClaim
from registry.lineage.recipes.files import read_recipe_file
from registry.lineage.recipes.headers import READERS, HeaderReader, read_header
from registry.lineage.recipes.merge_header import DIALECTS
from registry.lineage.recipes.recipe import LONGEST_DETAIL, MOST_PARENTS, Recipe
from registry.lineage.references import ReferenceKind, parse_reference

A, B = "a" * 64, "b" * 64
PERSON = "taro_yamada"
KEYS = [
    "sd_merge_recipe", "sd_merge_models", "checkpoint", "lora", "sshs_cp0", "sshs_cp1",
    "sshs_ratio", "sshs_blocks", "ss_output_name", "mecha_recipe", "prompt", "workflow",
    "ss_new_sd_model_hash", "ss_sd_model_hash", "ss_sd_model_name", "ss_network_module",
    "modelspec.merged_from", "general.base_model.count", "general.base_model.0.name",
    "general.base_model.0.repo_url", "general.source.url", "general.type",
]  # fmt: skip
INNER = [
    "type", "primary_model_hash", "secondary_model_hash", "tertiary_model_hash", "model_a",
    "model_b", "model_c", "interp_method", "merge_mode", "merge_method", "mode", "calcmode", "mbw",
    "elemental_merge", "multiplier", "alpha", "beta", "base_alpha", "base_beta", "alpha_info",
    "calculation", "checkpoint_hash", "lora_hash", "bake_in_vae", "baked_vae", "baked_loras",
    "components", "loras", "name", "strength", "sha256", "class_type", "inputs", "nodes", "links",
    "base_model_name_or_path", "revision", "peft_type", "1", "2", A, B,
]  # fmt: skip
TEXTS = st.sampled_from(
    [
        *DIALECTS, A, B, "0b1893f6", "Weighted sum", "Add difference", "0.5", "None", "nan",
        "1e999",
        rf"C:\Users\{PERSON}\models\x.safetensors", f"/home/{PERSON}/y.ckpt", "org/name",
        "\x00\u202e",
        "CheckpointSave", "CheckpointLoaderSimple", "ModelMergeSimple", "ckpt_name", "[0.5,0.5]",
        'model "a"\nmodel "b"\nmerge "weighted_sum" &0 &1', "https://huggingface.co/org/name",
    ]
) | st.text(max_size=20)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*KEYS, *INNER]), inner, max_size=6)
        | st.dictionaries(st.sampled_from(INNER), inner, max_size=6).map(json.dumps)
        | st.dictionaries(st.sampled_from(INNER), inner, max_size=6).map(str)
    ),
    max_leaves=12,
)
HEADERS = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), VALUES, max_size=8)

DIGESTS = st.sampled_from([A, B, "c" * 64, "0b1893f6", None])
STATED = {
    **dict.fromkeys(INNER, VALUES),
    **dict.fromkeys(["primary_model_hash", "secondary_model_hash", "model_a"], DIGESTS),
    "type": st.sampled_from([*DIALECTS]),
}


@st.composite
def recipes(draw: st.DrawFn) -> dict[str, Any]:
    keys = ["type", *draw(st.lists(st.sampled_from([*STATED]), max_size=6))]
    digests = {key: draw(DIGESTS) for key in ("primary_model_hash", "model_a", "checkpoint_hash")}
    return {**digests, **{key: draw(STATED[key]) for key in keys}}


@st.composite
def models(draw: st.DrawFn, generations: int = 3) -> dict[str, Any]:
    found = {str(draw(DIGESTS)): {"name": draw(TEXTS), "sd_merge_recipe": draw(recipes())}}
    if generations:
        inner = draw(models(generations=generations - 1))
        found |= draw(
            st.sampled_from([{}, {"sd_merge_models": inner}, {A: {"sd_merge_models": inner}}])
        )
    return {**found, **draw(st.sampled_from([{}, {"sd_merge_recipe": draw(recipes())}]))}


def _check(recipe: Recipe) -> None:
    claims = [*recipe.edges, *(ancestor.claim for ancestor in recipe.ancestry)]
    assert len(recipe.edges) <= MOST_PARENTS
    assert len(recipe.ancestry) <= MOST_PARENTS
    for claim in claims:
        _check_claim(claim)
    for ancestor in recipe.ancestry:
        assert parse_reference(ancestor.child_ref).kind is not ReferenceKind.NAME
        assert not ancestor.claim.grade.is_firm
    assert PERSON not in repr(recipe)
    if recipe.complete:  # every parent is known; an ancestor may be known in part
        assert any(claim.grade.is_firm for claim in recipe.edges)
        assert all(c.grade.is_firm or "ancestor" in c.detail for c in recipe.edges)


def _check_claim(claim: ParentClaim) -> None:
    reference = parse_reference(claim.parent_ref)
    assert str(reference) == claim.parent_ref
    assert claim.weight is None or math.isfinite(claim.weight)
    assert len(claim.detail) <= LONGEST_DETAIL
    assert not {"\x00", "\u202e"} & {*claim.parent_ref, *claim.detail, *claim.source}
    if reference.kind in {ReferenceKind.NAME, ReferenceKind.AUTOV1}:
        assert not claim.grade.is_firm


class TestHostileInput:
    @given(HEADERS)
    def test_makes_no_header_raise_lie_or_leak(self, metadata: dict[str, Any]) -> None:
        _check(read_header(metadata, source="x"))

    @given(recipes(), models())
    def test_makes_no_merge_header_raise_lie_or_leak(
        self, recipe: dict[str, Any], listed: dict[str, Any]
    ) -> None:
        metadata = {"sd_merge_recipe": json.dumps(recipe), "sd_merge_models": json.dumps(listed)}

        _check(read_header(metadata, source="x"))

    @pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
    @pytest.mark.parametrize("value", [None, 7, True, float("nan"), [], {}, "", "\x00", "{}", "[]"])
    def test_makes_no_reader_raise_whatever_the_type(
        self, reader: HeaderReader, value: object
    ) -> None:
        _check(reader(dict.fromkeys(KEYS, value), source="x"))

    @given(
        st.sampled_from(["adapter_config.json", "mergekit_config.yml", "x.json", "x.mecha"]),
        st.text() | VALUES.map(json.dumps) | VALUES.map(str),
    )
    def test_makes_no_file_raise_lie_or_leak(self, name: str, text: str) -> None:
        _check(read_recipe_file(name, text, source="x"))

    @pytest.mark.parametrize("key", KEYS)
    @pytest.mark.parametrize(
        "text",
        ["{" * 100_000, '{"a":' * 100_000, "x" * 10_000_000, '"' * 1_000_000, "&0 " * 300_000,
         "," * 1_000_000, "9" * 1_000_000],
        ids=["braces", "nested", "long", "quotes", "references", "commas", "digits"],
    )  # fmt: skip
    def test_costs_no_more_than_its_length(self, key: str, text: str) -> None:
        _check(read_header({key: text}, source="x"))
