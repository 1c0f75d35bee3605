from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.lineage.cards import DeclaredLicense, declared_license, metadata_parents, read_card
from registry.lineage.references import parse_reference
from registry.lineage.relations import Evidence, Grade, Relation


def _parents(**metadata: Any) -> list[tuple[str, Relation, Grade]]:
    return [(e.parent_ref, e.relation, e.grade) for e in metadata_parents(metadata)]


class TestReadCard:
    def test_parts_front_matter_and_body(self) -> None:
        card = read_card("---\nlicense: mit\nlanguage: no\n---\n# Title\n")

        assert card.metadata == {"license": "mit", "language": "no"}
        assert card.body == "# Title\n"
        assert card.problems == ()

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_takes_every_line_end(self, end: str) -> None:
        card = read_card(f"\n---{end}license: mit{end}---{end if end != chr(13) else chr(10)}body")

        assert card.metadata == {"license": "mit"}
        assert card.body == "body"

    @pytest.mark.parametrize(
        "text",
        ["---\nlicense: mit\n", "----\nlicense: mit\n----\n", "\ufeff---\nlicense: mit\n---\n"],
    )
    def test_sees_no_front_matter_where_the_hub_sees_none(self, text: str) -> None:
        card = read_card(text)

        assert card.metadata == {}
        assert "not one to the Hub" in card.problems[0]

    @pytest.mark.parametrize(
        ("front", "problem"),
        [
            ("just words", "not a mapping"),
            ("- a", "not a mapping"),
            ("a: b: c", "Not YAML"),
            ("a: !!python/name:os.system x", "Python objects"),
        ],
    )
    def test_names_what_is_wrong_and_keeps_the_body(self, front: str, problem: str) -> None:
        card = read_card(f"---\n{front}\n---\nbody")

        assert card.metadata == {}
        assert problem in card.problems[0]
        assert card.body == "body"

    def test_says_nothing_of_an_empty_card(self) -> None:
        for text in ("", "# Title", "---\n\n---\n"):
            assert (read_card(text).metadata, read_card(text).problems) == ({}, ())

    def test_finds_the_parents_that_the_front_matter_leaves_out(self) -> None:
        card = read_card("""---
base_model: [org/a]
tags: [merge]
---
```yaml
models: [{model: org/a}, {model: org/b}]
merge_method: slerp
```
""")

        assert [(e.parent_ref, e.evidence) for e in card.edges] == [
            ("huggingface:org/a", Evidence.CARD_BASE_MODEL),
            ("huggingface:org/a", Evidence.MERGEKIT_CONFIG),
            ("huggingface:org/b", Evidence.MERGEKIT_CONFIG),
        ]
        assert card.has_complete_recipe

    def test_reads_linked_parents_in_the_text_where_no_recipe_tells_more(self) -> None:
        text = """# Title
This model is a merge of the following
models made with [mergekit](https://github.com/x/y):
 * [org/a](https://huggingface.co/org/a)
 * [B](https://civitai.com/models/1/b)

Thanks to [org/c](https://huggingface.co/org/c), see Dark Sushi + Light Sushi = X.
"""
        claims = read_card(text).edges

        assert [(c.parent_ref, c.grade, c.source) for c in claims] == [
            ("huggingface:org/a", Grade.PROSE, "README.md: text"),
            ("civitai:1", Grade.PROSE, "README.md: text"),
        ]

    @given(st.text() | st.text(alphabet="-a:[]{}\n\r \t`~").map("---\n{}\n---\n".format))
    def test_never_raises(self, text: str) -> None:
        card = read_card(text)

        for edge in card.edges:
            assert str(parse_reference(edge.parent_ref)) == edge.parent_ref


class TestMetadataParents:
    def test_takes_the_declared_relation_for_every_parent(self) -> None:
        parents = _parents(base_model=["org/a", "org/b"], base_model_relation="merge")

        assert parents == [
            ("huggingface:org/a", Relation.MERGE, Grade.TAG),
            ("huggingface:org/b", Relation.MERGE, Grade.TAG),
        ]

    @pytest.mark.parametrize(
        ("word", "relation"),
        [
            ("merged", Relation.MERGE),
            ("Fine-tuned", Relation.FINETUNE),
            ("quantised", Relation.QUANTIZED),
            ("lora", Relation.ADAPTER),
            ("distillation", Relation.DISTILL),
        ],
    )
    def test_maps_words_that_mean_a_relation(self, word: str, relation: Relation) -> None:
        (edge,) = metadata_parents({"base_model": "org/a", "base_model_relation": word})

        assert (edge.relation, edge.grade) == (relation, Grade.TAG)
        assert word in edge.detail

    def test_infers_over_a_word_that_it_does_not_know(self) -> None:
        (edge,) = metadata_parents({"base_model": "org/a", "base_model_relation": "cousin"})

        assert (edge.relation, edge.grade) == (Relation.FINETUNE, Grade.PLATFORM_FLAG)
        assert edge.detail == "relation 'cousin' is not a known one; relation inferred: one parent"

    @pytest.mark.parametrize(
        ("metadata", "relation"),
        [
            ({}, Relation.FINETUNE),
            ({"library_name": "peft"}, Relation.ADAPTER),
            ({"tags": ["LoRA"]}, Relation.ADAPTER),
            ({"tags": ["gguf"]}, Relation.QUANTIZED),
            ({"quantized_by": "someone"}, Relation.QUANTIZED),
            ({"tags": ["mergekit"]}, Relation.MERGE),
        ],
    )
    def test_infers_the_relation_of_one_parent(
        self, metadata: dict[str, Any], relation: Relation
    ) -> None:
        (edge,) = metadata_parents({"base_model": "org/a", **metadata})

        assert (edge.relation, edge.grade) == (relation, Grade.PLATFORM_FLAG)
        assert edge.detail.startswith("relation inferred")

    def test_trusts_several_parents_less_without_a_merge_tag(self) -> None:
        tagged = _parents(base_model=["org/a", "org/b"], tags=["merge"])
        untagged = _parents(base_model=["org/a", "org/b"])

        assert {grade for _, _, grade in tagged} == {Grade.PLATFORM_FLAG}
        assert {grade for _, _, grade in untagged} == {Grade.PROSE}

    @pytest.mark.parametrize(
        ("written", "reference"),
        [
            ("org/a", "huggingface:org/a"),
            ("gpt2", "huggingface:gpt2"),
            ("https://huggingface.co/org/a/tree/main", "huggingface:org/a"),
            ("https://civitai.com/models/5301", "civitai:5301"),
            ("/workspace/models/sdxl", "name:sdxl"),
            ("Stable Diffusion 1.5", "name:Stable Diffusion 1.5"),
            (1.5, "huggingface:1.5"),
        ],
    )
    def test_reads_what_people_write_for_a_parent(self, written: object, reference: str) -> None:
        assert [parent for parent, _, _ in _parents(base_model=written)] == [reference]

    @pytest.mark.parametrize(
        "written", [None, "", " ", [], [""], "None", "n/a", False, {"a": "b"}, [None, {"a": 1}]]
    )
    def test_finds_no_parent_where_none_is_named(self, written: object) -> None:
        assert _parents(base_model=written) == []

    def test_reads_the_older_key(self) -> None:
        assert _parents(finetuned_from="org/a") == [
            ("huggingface:org/a", Relation.FINETUNE, Grade.TAG)
        ]

    def test_names_a_parent_once(self) -> None:
        assert len(_parents(base_model=["org/a", " org/a"])) == 1

    @given(st.dictionaries(
        st.sampled_from(["base_model", "base_model_relation", "tags", "finetuned_from", "license"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=8,
        ),
    ))  # fmt: skip
    def test_never_raises(self, metadata: dict[str, Any]) -> None:
        metadata_parents(metadata)
        declared_license(metadata)


class TestDeclaredLicense:
    def test_keeps_the_words_as_written(self) -> None:
        metadata = {"license": "other", "license_name": "flux-dev", "license_link": "LICENSE.md"}

        assert declared_license(metadata) == DeclaredLicense(
            declared=("other",), name="flux-dev", link="LICENSE.md"
        )

    @pytest.mark.parametrize("key", ["license", "licence", "licenses", "licences"])
    def test_reads_misspelt_keys_and_lists(self, key: str) -> None:
        assert declared_license({key: ["mit", "other", "mit"]}).declared == ("mit", "other")

    @pytest.mark.parametrize("value", [None, "", [], {}, False, [None]])
    def test_declares_nothing_where_nothing_is_written(self, value: object) -> None:
        assert declared_license({"license": value}) == DeclaredLicense()
