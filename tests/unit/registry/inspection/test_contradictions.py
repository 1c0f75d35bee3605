"""Where a file, its header and its page do not say the same."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.fingerprints.architecture import architecture_of
from registry.fingerprints.model_file import FileFacts, FileFinding, FileFormat
from registry.inspection.contradictions import HeaderRecipe, PageWords, contradictions_of
from tests.unit.registry.fingerprints.architectures import facts, facts_of

NO_RECIPE = HeaderRecipe()
NO_WORDS = PageWords()
SDXL = ("adapters", "lora_sdxl_kohya")
FLUX = ("adapters", "lora_flux_kohya")
SD_1 = ("original", "sd1_ldm_checkpoint")


def found(
    of: tuple[str, str],
    *,
    said: dict[str, str] | None = None,
    recipe: HeaderRecipe = NO_RECIPE,
    page: PageWords = NO_WORDS,
) -> tuple[FileFinding, ...]:
    read = facts_of(*of, metadata=said or {})
    return contradictions_of(read, architecture_of(read), recipe=recipe, page=page)


def codes(of: tuple[str, str], **said: str) -> list[str]:
    spelt = {key.replace("__", "."): value for key, value in said.items()}
    return [finding.code for finding in found(of, said=spelt)]


class TestFamilies:
    def test_that_agree_are_no_finding(self) -> None:
        said = {
            "modelspec.architecture": "stable-diffusion-xl-v1-base/lora",
            "ss_base_model_version": "sdxl_base_v1-0",
            "ss_v2": "False",
            "ss_network_dim": "16",
            "ss_network_alpha": "8",
        }

        assert found(SDXL, said=said, page=PageWords(base_label="Pony")) == ()

    def test_of_a_header_are_compared_with_shapes(self) -> None:
        (finding,) = found(SDXL, said={"modelspec.architecture": "stable-diffusion-v1/lora"})

        assert finding.code == "header_family_differs"
        assert finding.because == (
            'The header\'s modelspec.architecture is "stable-diffusion-v1/lora", which means '
            "Stable Diffusion 1; names and shapes of the tensors are those of Stable Diffusion XL."
        )

    def test_of_ai_toolkits_default_are_a_finding(self) -> None:
        assert codes(FLUX, ss_base_model_version="sd_1.5") == ["trainer_base_differs"]

    def test_of_several_that_fit_are_no_finding(self) -> None:
        wan = ("original", "wan21_t2v_14b_original")

        assert codes(wan, modelspec__architecture="wan2.1") == []
        assert codes(wan, modelspec__architecture="wan2.2") == []

    def test_that_nothing_shows_cannot_be_told(self) -> None:
        read = facts("x.lora_A.weight 4x10", "x.lora_B.weight 9x4", ss_base_model_version="sd_v1")

        (finding,) = contradictions_of(read, architecture_of(read), recipe=NO_RECIPE, page=NO_WORDS)

        assert finding.code == "trainer_base_cannot_be_told"
        assert finding.because.endswith("it cannot be told.")

    def test_in_words_nobody_knows_are_no_finding(self) -> None:
        assert codes(SDXL, modelspec__architecture="my-own-network") == []

    @pytest.mark.parametrize(
        ("of", "version", "expected"),
        [
            (SDXL, "True", ["trainer_version_2_differs"]),
            (("adapters", "lora_sd2_kohya"), "False", ["trainer_version_2_differs"]),
            (("adapters", "lora_sd2_kohya"), "True", []),
            (("adapters", "lora_sd1_kohya_attn1_only"), "True", []),
        ],
    )
    def test_version_two_is_compared(
        self, of: tuple[str, str], version: str, expected: list[str]
    ) -> None:
        assert codes(of, ss_v2=version) == expected

    def test_of_a_gguf_word_are_compared(self) -> None:
        assert codes(("original", "flux_gguf"), general__architecture="llama") == [
            "gguf_architecture_differs"
        ]

    def test_of_a_label_are_compared(self) -> None:
        wrong, right = PageWords(base_label="SD 1.5"), PageWords(base_label="Illustrious")

        assert [f.code for f in found(SDXL, page=wrong)] == ["base_label_differs"]
        assert found(SDXL, page=right) == ()

    def test_of_a_label_say_nothing_of_an_encoder_beside_a_model(self) -> None:
        encoder = ("transformers", "clip_l_text")

        assert found(encoder, page=PageWords(base_label="SDXL 1.0")) == ()

    def test_schnell_with_a_guidance_embedding_is_a_finding(self) -> None:
        dev, schnell = ("original", "flux_dev_bfl"), ("original", "flux_schnell_bfl")
        page = PageWords(base_label="Flux.1 S")

        assert [f.code for f in found(dev, page=page)] == ["schnell_has_guidance"]
        assert found(schnell, page=page) == ()
        assert codes(dev, modelspec__architecture="flux-1-schnell") == ["schnell_has_guidance"]

    def test_epsilon_beside_the_mark_of_v_prediction_is_a_finding(self) -> None:
        marked = ("original", "sdxl_vpred_ldm_checkpoint")

        assert codes(marked, modelspec__prediction_type="epsilon") == ["prediction_type_differs"]
        assert codes(marked, modelspec__prediction_type="v") == []

    def test_a_checkpoint_that_says_it_is_a_lora_is_a_finding(self) -> None:
        assert codes(SD_1, modelspec__architecture="stable-diffusion-v1/lora") == [
            "header_kind_differs"
        ]


class TestRankAndAlpha:
    def test_that_the_shapes_do_not_show_differ(self) -> None:
        (finding,) = found(SDXL, said={"ss_network_dim": "128"})

        assert finding.code == "adapter_rank_differs"
        assert 'ss_network_dim is "128"' in finding.because
        assert "rank 16." in finding.because

    def test_cannot_be_told_where_no_shape_shows_one(self) -> None:
        assert codes(("adapters", "lycoris_lokr_full"), ss_network_dim="8") == [
            "adapter_rank_cannot_be_told"
        ]

    @pytest.mark.parametrize("said", ["Dynamic", "", "0", "None", "٣", "9" * 5000])
    def test_that_is_no_number_is_no_finding(self, said: str) -> None:
        assert codes(SDXL, ss_network_dim=said) == []

    def test_of_convolutions_are_told_beside(self) -> None:
        said = {"ss_network_dim": "64", "ss_network_args": '{"conv_dim": "8"}'}

        (finding,) = found(("adapters", "locon_sd1_kohya"), said=said)

        assert finding.because.endswith("(its ss_network_args state 8 for convolutions).")

    def test_alpha_that_is_not_stored_is_a_finding(self) -> None:
        assert codes(("adapters", "lora_sdxl_diffusers"), ss_network_alpha="4.0") == [
            "adapter_alpha_not_stored"
        ]


class TestLicenses:
    @pytest.mark.parametrize(
        ("header", "page", "expected"),
        [
            ("CreativeML Open RAIL-M", "creativeml-openrail-m", []),
            ("CC-BY-NC-4.0", "apache-2.0", ["header_license_differs"]),
            ("https://www.apache.org/licenses/LICENSE-2.0", "apache-2.0", []),
            ("https://www.apache.org/licenses/LICENSE-2.0", "mit", ["header_license_differs"]),
            ("Apache License 2.0\n\nTERMS AND CONDITIONS " + "x" * 9000, "apache-2.0", []),
            ("do as you like", "mit", ["license_cannot_be_compared"]),
            ("mit", "other", ["license_cannot_be_compared"]),
            ("mit", "", []),
            ("", "mit", []),
        ],
    )
    def test_of_header_and_page_are_compared(
        self, header: str, page: str, expected: list[str]
    ) -> None:
        words = PageWords(licenses=(page,) if page else ())

        compared = found(SDXL, said={"modelspec.license": header}, page=words)

        assert [finding.code for finding in compared] == expected

    def test_are_told_with_both_sides(self) -> None:
        said = {"modelspec.license": "CC-BY-NC-4.0"}

        (finding,) = found(SDXL, said=said, page=PageWords(licenses=("apache-2.0",)))

        assert finding.because == (
            'The header\'s modelspec.license is "CC-BY-NC-4.0", read as cc-by-nc-4.0; the page '
            'declares "apache-2.0", read as apache-2.0. A header can be copied from a parent.'
        )


class TestParents:
    @pytest.mark.parametrize(
        ("recipe", "page", "expected"),
        [
            (("a/B-model",), ("c/b_model",), []),
            ((r"D:\models\one.safetensors",), ("x/one", "x/two"), []),
            (("one", "two"), ("x/one",), ["recipe_names_other_parents"]),
            (("0123456789ab",), ("x/one",), ["parents_cannot_be_compared"]),
            ((), ("x/one",), []),
            (("one",), (), []),
        ],
    )
    def test_of_recipe_and_page_are_compared(
        self, recipe: tuple[str, ...], page: tuple[str, ...], expected: list[str]
    ) -> None:
        compared = found(SD_1, recipe=HeaderRecipe(parents=recipe), page=PageWords(parents=page))

        assert [finding.code for finding in compared] == expected

    def test_a_recipe_of_another_file_is_a_fact(self) -> None:
        other = HeaderRecipe(stated_digest="0xAB" + "0" * 62, actual_digest="cd" + "0" * 62)
        same = HeaderRecipe(stated_digest="0xAB" + "0" * 62, actual_digest="ab" + "0" * 62)

        assert [f.code for f in found(SD_1, recipe=other)] == ["recipe_of_another_file"]
        assert found(SD_1, recipe=same) == ()


class TestSizes:
    @pytest.mark.parametrize(
        ("of", "page", "expected"),
        [
            (("transformers", "llama2_7b"), PageWords(parameters=6_738_415_616), []),
            (
                *(("transformers", "llama2_7b"), PageWords(parameters=8_000_000_000)),
                ["parameter_count_differs"],
            ),
            (("transformers", "llama2_7b"), PageWords(size_class="7B"), []),
            (("transformers", "llama2_7b"), PageWords(size_class="13B"), ["size_class_differs"]),
            (("transformers", "qwen2_05b"), PageWords(size_class="500M"), []),
            (("adapters", "peft_llama2_7b"), PageWords(size_class="7B"), []),
            (("transformers", "llama2_7b"), PageWords(size_class="large"), []),
            (SD_1, PageWords(dtype="fp16"), []),
            (SD_1, PageWords(dtype="bf16"), ["dtype_differs"]),
            (SD_1, PageWords(dtype="whatever"), []),
            (SD_1, PageWords(filename="a.safetensors"), []),
            (SD_1, PageWords(filename="a.ckpt"), ["format_differs_from_name"]),
            (SD_1, PageWords(filename="a.bin"), []),
        ],
    )
    def test_of_page_and_tensors_are_compared(
        self, of: tuple[str, str], page: PageWords, expected: list[str]
    ) -> None:
        assert [finding.code for finding in found(of, page=page)] == expected

    def test_of_an_unknown_format_are_not(self) -> None:
        read = replace(facts_of(*SD_1), format=FileFormat.UNKNOWN)

        assert (
            contradictions_of(
                read, architecture_of(read), recipe=NO_RECIPE, page=PageWords(filename="a.gguf")
            )
            == ()
        )


class TestHostileWords:
    def test_are_cut_and_made_visible(self) -> None:
        said = {"modelspec.license": "mit\u202e\x00" + "<b>" * 500}

        (finding,) = found(SDXL, said=said, page=PageWords(licenses=("mit",)))

        assert "\u202e" not in finding.because
        assert "\x00" not in finding.because
        assert len(finding.because) < 400

    @settings(deadline=None)  # the first example reads the catalogue
    @given(st.text(), st.text(), st.text())
    def test_never_raise(self, word: str, other: str, third: str) -> None:
        keys = (
            *("modelspec.architecture", "modelspec.license", "ss_base_model_version", "ss_v2"),
            *("ss_network_dim", "ss_network_alpha", "ss_network_args", "general.architecture"),
        )
        read = FileFacts(
            format=FileFormat.SAFETENSORS,
            tensors=facts("x.lora_A.weight 4x10", "x.lora_B.weight 9x4").tensors,
            metadata=dict.fromkeys(keys, word),
        )
        page = PageWords(
            parents=(other, word),
            base_label=word,
            licenses=(other,),
            license_name=third,
            license_link=word,
            size_class=word,
            dtype=other,
            filename=third,
        )
        recipe = HeaderRecipe(parents=(word, third), stated_digest=word, actual_digest=other)

        compared = contradictions_of(read, architecture_of(read), recipe=recipe, page=page)

        assert all(finding.code and finding.because for finding in compared)
