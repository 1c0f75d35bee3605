from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.lineage.recipes.mergekit import read_mergekit
from registry.lineage.recipes.recipe import Recipe
from registry.lineage.references import parse_reference
from registry.lineage.relations import Evidence, Grade, Relation

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LINES = [
    "models:", "- model: org/a", "  model: +x", "slices:", "- sources:", "base_model: ", "  - ",
    "---", "modules:", "  x:", "experts: [", "]", "name: a", "&a", "*a", "{}",
]  # fmt: skip


def _read(text: str) -> Recipe:
    return read_mergekit(dedent(text), source="mergekit_config.yml")


def _parents(text: str) -> list[str]:
    return [edge.parent_ref for edge in _read(text).edges]


class TestReadMergekit:
    def test_reads_models_with_weights_and_the_base(self) -> None:
        recipe = _read("""
            models:
              - model: org/base
              - model: org/first
                parameters: {density: 0.5, weight: 0.4}
              - model: org/second@v2
                parameters: {weight: 1}
            merge_method: dare_ties
            base_model: org/base
            tokenizer_source: union
        """)

        assert [(e.parent_ref, e.weight, e.detail) for e in recipe.edges] == [
            ("huggingface:org/base", None, "dare_ties"),
            ("huggingface:org/first", 0.4, "dare_ties"),
            ("huggingface:org/second@v2", 1.0, "dare_ties"),
        ]
        assert recipe.complete

    def test_says_where_it_was_read_and_how_sure_it_is(self) -> None:
        (edge,) = _read("models: [{model: org/a}]\nmerge_method: linear").edges

        assert (edge.relation, edge.evidence, edge.grade, edge.source) == (
            Relation.MERGE,
            Evidence.MERGEKIT_CONFIG,
            Grade.TAG,
            "mergekit_config.yml",
        )

    def test_keeps_the_weight_of_a_base_that_is_an_input_too(self) -> None:
        (edge,) = _read("""
            models: [{model: org/a, parameters: {weight: 0.2}}]
            base_model: org/a
        """).edges

        assert edge.weight == 0.2

    def test_gives_no_one_weight_to_a_gradient_or_a_filter(self) -> None:
        recipe = _read("""
            models:
              - {model: org/a, parameters: {weight: [0, 0.5, 1]}}
              - {model: org/b, parameters: {weight: [{filter: mlp, value: 0.5}, {value: 0}]}}
              - {model: org/c, parameters: {weight: .nan}}
            merge_method: ties
        """)

        assert [edge.weight for edge in recipe.edges] == [None, None, None]
        assert recipe.edges[0].detail == "ties; weight [0, 0.5, 1]"

    def test_reads_slices_and_their_base(self) -> None:
        assert _parents("""
            slices:
              - sources:
                  - {model: org/a, layer_range: [0, 24]}
                  - {model: org/b, layer_range: [0, 24]}
                base_model: org/c
              - sources: [{model: org/a, layer_range: [24, 32]}]
            merge_method: slerp
        """) == ["huggingface:org/a", "huggingface:org/b", "huggingface:org/c"]

    def test_reads_modules(self) -> None:
        recipe = _read("""
            base_model: org/base
            merge_method: ties
            modules:
              default:
                slices: [{sources: [{model: org/a, parameters: {weight: 0.25}}]}]
        """)

        assert [(e.parent_ref, e.weight, e.detail) for e in recipe.edges] == [
            ("huggingface:org/a", 0.25, "ties"),
            ("huggingface:org/base", None, "ties base"),
        ]

    def test_reads_experts(self) -> None:
        assert _parents("""
            base_model: org/base
            gate_mode: hidden
            experts:
              - {source_model: org/a, positive_prompts: [x]}
            shared_experts:
              - {source_model: org/b, positive_prompts: [y]}
        """) == ["huggingface:org/a", "huggingface:org/b", "huggingface:org/base"]

    def test_reads_the_genome_of_an_evolution(self) -> None:
        recipe = _read("genome: {models: [org/a, org/b], merge_method: ties, base_model: org/c}")

        assert len(recipe.edges) == 3
        assert recipe.complete

    def test_takes_an_added_lora_for_an_adapter(self) -> None:
        recipe = _read("""
            models: [{model: "org/a@v1+org/lora@v2"}]
            base_model: {model: {path: org/b, revision: r}, lora: {path: org/lora3}}
            merge_method: model_stock
        """)

        assert [(e.parent_ref, e.relation) for e in recipe.edges] == [
            ("huggingface:org/a@v1", Relation.MERGE),
            ("huggingface:org/lora@v2", Relation.ADAPTER),
            ("huggingface:org/b@r", Relation.MERGE),
            ("huggingface:org/lora3", Relation.ADAPTER),
        ]

    def test_takes_no_tokenizer_for_a_parent(self) -> None:
        assert _parents("""
            models: [{model: org/a}]
            tokenizer: {source: org/t, tokens: {x: {source: org/u}}}
            tokenizer_source: org/v
        """) == ["huggingface:org/a"]

    def test_notes_a_revision_beside_the_model(self) -> None:
        (edge,) = _read("models: [{model: org/a, revision: dpo}]\nmerge_method: linear").edges

        assert (edge.parent_ref, edge.detail) == (
            "huggingface:org/a",
            "linear; revision dpo named beside the model",
        )

    @pytest.mark.parametrize(
        ("model", "reference"),
        [
            (r"C:\Users\someone\models\Fusion-12B", "name:Fusion-12B"),
            ("'D:/work folder/remerge_2'", "name:remerge_2"),
            ("./retokenized", "name:retokenized"),
            ("/intermediate/model/A", "name:A"),
            ("output/Orca2flat", "name:Orca2flat"),
            ("model_a", "name:model_a"),
        ],
    )
    def test_names_a_local_model_and_is_not_complete(self, model: str, reference: str) -> None:
        recipe = _read(f"models: [{{model: org/a}}]\nbase_model: {model}")

        assert recipe.edges[-1].parent_ref == reference
        assert recipe.edges[-1].grade is Grade.INFERRED
        assert not recipe.complete

    def test_repeats_no_folder_in_a_detail(self) -> None:
        recipe = _read(r"""
            models:
              - model: C:\Users\someone\base+org/lora
                revision: /home/someone/x
                parameters: {weight: "/home/someone/weights.json"}
            merge_method: C:\Users\someone\method.py
        """)

        assert [edge.detail for edge in recipe.edges] == [
            "weight by a rule; revision named beside the model",
            "weight by a rule; revision named beside the model; added to base",
        ]

    def test_notes_the_place_between_two_models(self) -> None:
        (edge,) = _read(
            "models: [{model: org/a}]\nmerge_method: slerp\nparameters: {t: 0.45}"
        ).edges

        assert edge.detail == "slerp t 0.45"

    def test_recovers_a_repository_from_a_path_in_the_hub_cache(self) -> None:
        path = rf"D:\hub\models--org--name\snapshots\{COMMIT}"

        assert _parents(f"models: [{{model: {path!r}}}]".replace("\\\\", "\\")) == [
            f"huggingface:org/name@{COMMIT}"
        ]

    def test_leaves_out_what_another_document_makes(self) -> None:
        recipe = _read("""
            name: core
            models: [{model: org/a, parameters: {weight: 0.4}}]
            merge_method: nuslerp
            ---
            slices: [{sources: [{model: core}, {model: org/b}]}]
            merge_method: passthrough
        """)

        assert [(e.parent_ref, e.weight) for e in recipe.edges] == [
            ("huggingface:org/a", None),
            ("huggingface:org/b", None),
        ]
        assert recipe.edges[0].detail == "nuslerp; weight 0.4 in one of several steps"
        assert recipe.complete

    def test_saves_the_lines_of_a_document_that_is_no_yaml(self) -> None:
        recipe = _read("""
            models: [{model: org/a}]
            ---
            base_model: org/b  # the base
              - model: "org/c"
        """)

        assert [(e.parent_ref, e.grade) for e in recipe.edges] == [
            ("huggingface:org/a", Grade.TAG),
            ("huggingface:org/b", Grade.PROSE),
            ("huggingface:org/c", Grade.PROSE),
        ]
        assert not recipe.complete
        assert "Read line by line" in recipe.problems[0]

    @pytest.mark.parametrize(
        "text",
        [
            "", "# nothing", "words", "- a list", "models: []", "merge_method: linear",
            "models: [{model: org/a}]\nslices: [{sources: [{model: org/b}]}]",
            "models: [{parameters: {weight: 1}}]", "models: [{model: org/a}, {model: }]",
            "models: 7", "slices: {a: b}", "modules: [x]", "experts: x", "genome: [x]",
        ],
    )  # fmt: skip
    def test_is_not_complete_without_one_known_form(self, text: str) -> None:
        assert not _read(text).complete

    def test_stops_at_the_most_parents(self) -> None:
        recipe = _read("models:\n" + "".join(f"- model: org/m{n}\n" for n in range(600)))

        assert len(recipe.edges) == 500
        assert not recipe.complete

    @given(st.text() | st.lists(st.sampled_from(LINES)).map("\n".join))
    def test_returns_storable_references_for_any_text(self, text: str) -> None:
        for edge in read_mergekit(text, source="x").edges:
            assert str(parse_reference(edge.parent_ref)) == edge.parent_ref
            assert "\x00" not in edge.parent_ref + edge.detail
