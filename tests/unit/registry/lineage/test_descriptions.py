from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.lineage.descriptions import looks_merged, read_description
from registry.lineage.references import parse_reference
from registry.lineage.relations import Evidence, Grade, Relation


def _link(model: int, text: str = "Some Model") -> str:
    return f'<a target="_blank" rel="ugc" href="https://civitai.com/models/{model}/x">{text}</a>'


def _parents(markup: str) -> list[str]:
    return [
        claim.parent_ref
        for claim in read_description(markup, source="x")
        if claim.evidence is Evidence.DESCRIPTION_LINK
    ]


def _names(markup: str) -> list[str]:
    return [
        claim.parent_ref.removeprefix("name:")
        for claim in read_description(markup, source="x")
        if claim.evidence is Evidence.DESCRIPTION_NAME
    ]


class TestLinkedParents:
    def test_takes_the_list_that_a_paragraph_heads(self) -> None:
        markup = f"""<p>Initial version<br /></p><p>Merge of the following models:</p>
            <p>{_link(1)}<br />{_link(2)}<br />
            <a href="https://huggingface.co/org/name">N29</a> [part of a triple merge]</p>"""

        claims = read_description(markup, source="version 7")

        assert [c.parent_ref for c in claims] == ["civitai:1", "civitai:2", "huggingface:org/name"]
        assert {(c.grade, c.evidence, c.relation, c.source) for c in claims} == {
            (Grade.PROSE, Evidence.DESCRIPTION_LINK, Relation.MERGE, "version 7")
        }

    @pytest.mark.parametrize(
        "markup",
        [
            "<p>This is a merge of {a} and {b}.</p>",
            "<p>Mix of {a}, {b}. Also check out my other mix, {c}!</p>",
            "<p>{a} + {b} Merge</p>",
            "<p>A 50/50 blend of {a} &amp; {b}</p>",
            "<p>I decided to merge {a} model with {b}. Inspired by {c}.</p>",
            "<p>Ingredients:</p><ul><li>{a}</li><li><p>{b}</p></li></ul><p>Thanks to {c}</p>",
            "<p>Recipe:</p><p>~39%: {a}<br>22%: {b}</p><p>Recommended VAE: {c}</p>",
            "<p>{a}<br>{b}</p><p>The 2 models above were used for merging</p>",
            "<p>Added {a} and {b}; removed {c}</p>",
            "<p>combination of {a} as the foundation and {b}, merging both.</p>",
            "<p>マージ元モデル:</p><p>{a}<br>{b}</p><p>おすすめ: {c}</p>",
            "<p>{a}と{b}をマージしました。</p>",
            "<p>融合了{a}和{b}</p><p>推荐 {c}</p>",
            "<p>смесь {a} и {b}</p>",
            "<p>{a} 와 {b} 를 병합</p>",
        ],
    )
    def test_takes_links_in_a_merge_context_only(self, markup: str) -> None:
        found = _parents(markup.format(a=_link(1, "A"), b=_link(2, "B"), c=_link(3, "C")))

        assert found == ["civitai:1", "civitai:2"]

    @pytest.mark.parametrize(
        "markup",
        [
            "<p>An anime style general purpose merge.</p><p>Check out my other models:<br>{a}</p>",
            "<p>Thanks to {a} for everything</p>",
            "<p>A merge.</p><p>Recommended VAE: {a}</p>",
            "<p>Using {a} as the VAE for this merge</p>",
            "<p>Works great with {a}</p>",
            "<p>All images were made using {a}</p>",
            "<p>Merged models look better with the upscaler {a}</p>",
            "<p>This was merged. Negative embeddings used: {a}</p>",
            "<p>{a}</p>",
            "<p>{a} : my model made by merging many others</p>",
            "<p>Merge of <a href='https://example.org/models/1'>A</a></p>",
            "<p>Merge by <a href='https://civitai.com/user/someone'>someone</a></p>",
        ],
    )
    def test_takes_no_other_link(self, markup: str) -> None:
        assert _parents(markup.format(a=_link(1, "A"))) == []

    def test_takes_a_model_that_it_is_based_on_for_a_finetune(self) -> None:
        (claim,) = read_description(f"<p>Based on {_link(1)}</p>", source="x")

        assert claim.relation is Relation.FINETUNE

    def test_takes_merged_loras_for_adapters(self) -> None:
        markup = f"<p>Used models:<br>{_link(1)}</p><p>Used Loras:<br>{_link(2)}</p>"

        claims = read_description(markup, source="x")

        assert [(c.parent_ref, c.relation) for c in claims] == [
            ("civitai:1", Relation.MERGE),
            ("civitai:2", Relation.ADAPTER),
        ]

    def test_bundles_a_vae_that_is_baked_in(self) -> None:
        markup = f"<p>Merge of {_link(1, 'A')}, baked in {_link(2, 'Clear VAE')}</p>"

        claims = read_description(markup, source="x")

        assert [(c.parent_ref, c.relation) for c in claims] == [
            ("civitai:1", Relation.MERGE),
            ("civitai:2", Relation.BUNDLE),
        ]

    def test_keeps_the_model_of_a_linked_version(self) -> None:
        link = '<a href="https://civitai.com/models/1?modelVersionId=2">A</a>'

        (claim,) = read_description(f"<p>Merge of {link}</p>", source="x")

        assert (claim.parent_ref, claim.detail) == ("civitai-version:2", "civitai:1")

    def test_takes_bare_addresses(self) -> None:
        assert _parents("<p>Merge of https://civitai.com/models/1/a, https://hf.co/b/c.</p>") == [
            "civitai:1",
            "huggingface:b/c",
        ]

    def test_leaves_the_page_itself_out(self) -> None:
        markup = f"<p>Merge of {_link(1)} and {_link(2)}</p>"

        claims = read_description(markup, source="x", own={"civitai:2"})

        assert [claim.parent_ref for claim in claims] == ["civitai:1"]

    @pytest.mark.parametrize(
        ("line", "weight"),
        [
            ("~39%: {a}", 0.39),
            ("{a} 25%", 0.25),
            ("{a} (0.5)", 0.5),
            ("{a} x 0.85", 0.85),
            ("0.7 * {a}", 0.7),
            ("{a}", None),
            ("{a} v2", None),
            ("{a} 250%", None),
        ],
    )
    def test_takes_a_weight_that_is_plainly_given(self, line: str, weight: float | None) -> None:
        (claim,) = read_description(f"<p>Recipe:<br>{line.format(a=_link(1, 'A'))}</p>", source="x")

        assert claim.weight == weight

    def test_gives_no_weight_to_a_parent_with_two(self) -> None:
        markup = f"<p>Recipe:<br>30%: {_link(1)}<br>40%: {_link(1)}</p>"

        (claim,) = read_description(markup, source="x")

        assert claim.weight is None


class TestNamedParents:
    @pytest.mark.parametrize(
        ("markup", "names"),
        [
            ("<p>Merge of Dark Sushi and Counterfeit V3.</p>", ["Dark Sushi", "Counterfeit V3"]),
            ("<p>merged from AnyV4, Minika Mix.</p>", ["AnyV4", "Minika Mix"]),
            ("<p>JoMad + InkPunk + Dreamlike (0.5) = X</p>", ["JoMad", "InkPunk", "Dreamlike"]),
            ("<p>0.5(Exp_V2) + 0.5(Zemi) = A<br>A + 0.3(rev_v11) = B</p>",
             ["Exp_V2", "Zemi", "rev_v11"]),
            ("<p>(Any_V5), (7th_Layer)を合成したマージモデルです。</p>", ["Any_V5", "7th_Layer"]),
            ("<p>Blend composition:</p><ul><li>sd1.4 12.5%</li><li>f222</li></ul>",
             ["sd1.4", "f222"]),
        ],
    )  # fmt: skip
    def test_takes_names_that_stand_as_parents(self, markup: str, names: list[str]) -> None:
        assert _names(markup) == names

    def test_is_no_surer_of_a_name_than_of_a_guess(self) -> None:
        claims = read_description("<p>Recipe: SamArts * 0.2 + InkPunk * 0.8</p>", source="x")

        assert {claim.grade for claim in claims} <= {Grade.INFERRED}

    def test_takes_the_weights_of_a_single_formula(self) -> None:
        claims = read_description("<p>SamArts * 0.2 + InkPunk * 0.8 = This</p>", source="x")

        assert [(c.parent_ref, c.weight) for c in claims] == [
            ("name:SamArts", 0.2),
            ("name:InkPunk", 0.8),
        ]

    @pytest.mark.parametrize(
        "markup",
        [
            "<p>A merge of several models that I like.</p>",
            "<p>Merge of my favorite models and loras</p>",
            "<p>Sampler: DPM++ 2M Karras, R-ESRGAN 4x+ Anime6B</p>",
            "<p>Prompt: masterpiece + best quality = good</p>",
            "<p>CFG 7 + Steps 30</p>",
            "<p>This mix of styles and colors is great</p>",
        ],
    )
    def test_takes_no_other_words(self, markup: str) -> None:
        assert _names(markup) == []


class TestReadDescription:
    @pytest.mark.parametrize(
        "attack",
        [
            "merge of ", "merge of A and ", "(A+", "a + b = c<br>", "A+", "<li>x", "0", "added ",
            "merge <a href='https://civitai.com/models/1'>x</a>. ", "マージ(A) ", "mix ", " ",
            "Recipe:<br>", "https://civitai.com/models/1 ",
        ],
    )  # fmt: skip
    def test_takes_time_linear_in_the_text(self, attack: str) -> None:
        start = perf_counter()

        read_description(attack * (300_000 // len(attack)), source="x")

        assert perf_counter() - start < 5

    @given(st.text() | st.lists(st.sampled_from(
        ["Merge of ", _link(1), " and ", "A + B", " = C", "<br>", ". ", ":", "<li>", "0.5", "%",
         "(", ")", "VAE", "LoRA", "マージ", "check out my other ", "\x00", "above", "\u202e"]
    )).map("".join))  # fmt: skip
    def test_returns_storable_references_for_any_text(self, markup: str) -> None:
        for claim in read_description(markup, source="x"):
            assert str(parse_reference(claim.parent_ref)) == claim.parent_ref
            assert "\x00" not in claim.parent_ref
            assert not claim.grade.is_firm
            assert claim.weight is None or 0 <= claim.weight <= 1


class TestLooksMerged:
    @pytest.mark.parametrize("model_type", ["Checkpoint Merge", "Merge"])
    def test_believes_the_type(self, model_type: str) -> None:
        assert looks_merged(model_type=model_type, name="X", tags=[], texts=[])

    @pytest.mark.parametrize(
        "name",
        ["ChilloutMix", "AbyssOrangeMix3", "大颗寿司Mix", "x_merge", "PeakBlend", "混合モデル"],
    )
    def test_reads_the_name(self, name: str) -> None:
        assert looks_merged(model_type="Checkpoint", name=name, tags=[], texts=[])

    @pytest.mark.parametrize("tag", ["merge", "Merged", "mergekit", "mix", "anime mix", "融合"])
    def test_reads_the_tags(self, tag: str) -> None:
        assert looks_merged(model_type="Checkpoint", name="X", tags=["anime", tag], texts=[])

    @pytest.mark.parametrize(
        "text",
        [
            "<p>An anime style general purpose merge.</p>", "Merged with A", "a mix of A and B",
            "blend of two", "複数のモデルをマージしました", "融合了一些模型", "여러 모델을 병합",
            "Это мердж", "una mezcla de modelos", "Ingredients: A",
        ],
    )  # fmt: skip
    def test_reads_the_texts(self, text: str) -> None:
        assert looks_merged(model_type="Checkpoint", name="X", tags=[], texts=["", text])

    @pytest.mark.parametrize(
        "text",
        [
            "", "Trained on 500 images.", "Feel free to merge it.", "You may use it in merges.",
            "Good for merging", "no merging", "Token merging ratio 0.5", "You can merge this",
            "Do not merge without asking", "mix and match", "<script>merge of</script>",
            "submerged emerges",
        ],
    )  # fmt: skip
    def test_is_not_misled(self, text: str) -> None:
        assert not looks_merged(
            model_type="Checkpoint", name="Mixtral Emerger", tags=["remixed"], texts=[text]
        )

    @given(st.text(), st.lists(st.text()), st.lists(st.text()))
    def test_never_raises(self, name: str, tags: list[str], texts: list[str]) -> None:
        looks_merged(model_type="", name=name, tags=tags, texts=texts)
