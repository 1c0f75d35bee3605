import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.fingerprints.model_file import FileFinding
from registry.fingerprints.readers.findings import named
from registry.inspection import disclosure
from registry.inspection.disclosure import (
    LONGEST_SENTENCE,
    LONGEST_WHOLE,
    MOST_CLAIMS,
    public_claims,
    public_findings,
    public_method,
    whole_claims,
    whole_findings,
)
from registry.inspection.page_words import quoted
from registry.lineage.recipes.headers import read_header

USER = "quilltamarisk"  # a user's name that is in nothing of ours
PERSON = "Maribel Oxenbridge"
BOTH_QUOTES = f"""it's "free", says {PERSON}"""
SHA = "6ce0161689b3853acaa03779ec93eafe75a02f4ced659bee03f50797806fa2fa"
LISTED = sorted(disclosure._LISTED)

# What trainers and mergers write, with names planted wherever they put folders, names and prose.
PLANTED = {
    "ss_sd_model_name": rf"C:\Users\{USER}\models\animefull.safetensors",
    "ss_vae_name": f"/home/{USER}/vae/kl-f8.pt",
    "ss_output_name": f"{PERSON} v2",
    "ss_dataset_dirs": json.dumps({f"10_{PERSON}": {"n_repeats": 10, "img_count": 4}}),
    "ss_reg_dataset_dirs": json.dumps({f"1_{USER}": {}}),
    "ss_datasets": json.dumps([{"subsets": [{"image_dir": f"/home/{USER}/{PERSON}"}]}]),
    "ss_tag_frequency": json.dumps({PERSON: {"1girl": 12, PERSON.lower(): 40}}),
    "ss_bucket_info": json.dumps({"buckets": {"0": {"resolution": [512, 512], USER: 3}}}),
    "ss_training_comment": f"for {PERSON}, by {USER}",
    "ss_network_args": json.dumps({"algo": "loha", "conv_dim": 4, USER: PERSON}),
    "ss_session_id": "3306512925",
    "modelspec.title": PERSON,
    "modelspec.author": USER,
    "modelspec.description": f"trained on pictures of {PERSON}",
    "modelspec.tags": PERSON,
    "modelspec.usage_hint": USER,
    "modelspec.trigger_phrase": PERSON,
    "modelspec.merged_from": f"{PERSON} v1, animefull",
    "modelspec.license": f"Ask {PERSON} before you sell anything made with it; she knows {USER}.",
    "modelspec.implementation": f"https://github.com/{USER}/secret",
    "modelspec.thumbnail": f"data:image/jpeg;base64,{USER}",
    "sd_merge_recipe": json.dumps(
        {
            "type": "webui",
            "primary_model_hash": SHA,
            "interp_method": "Weighted sum",
            "multiplier": 0.3,
            "custom_name": PERSON,
            "bake_in_vae": rf"D:\{USER}\vae.pt",
            "discard_weights": USER,
        }
    ),
    "sd_merge_models": json.dumps({SHA: {"name": f"{PERSON}.safetensors", "legacy_hash": "a" * 8}}),
    "workflow": json.dumps({"nodes": [{"widgets_values": [f"{USER}.safetensors", PERSON]}]}),
    "prompt": json.dumps({"1": {"inputs": {"text": f"portrait of {PERSON}"}}}),
    "general.author": USER,
    "general.name": PERSON,
    "general.quantized_by": USER,
    "general.base_model.0.name": PERSON,
    "general.base_model.0.repo_url": f"C:\\{USER}\\base",
    USER: PERSON,
}


def everything(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).lower()


def leaks(value: Any) -> list[str]:
    text = everything(value)
    return [name for name in (USER, PERSON.lower(), PERSON.split()[1].lower()) if name in text]


class TestPublicClaims:
    def test_show_what_a_trainer_and_a_merger_say_of_the_base(self) -> None:
        shown = public_claims(
            {
                **PLANTED,
                "ss_base_model_version": "sd_v1",
                "ss_network_dim": "18",
                "ss_network_module": "networks.lora",
                "ss_new_sd_model_hash": SHA,
                "modelspec.architecture": "stable-diffusion-xl-v1-base/lora",
                "modelspec.date": "2024-05-06T07:08:09",
                "ss_optimizer": "bitsandbytes.optim.adamw.AdamW8bit(weight_decay=0.1)",
                "llama.block_count": "32",
                "general.license": "apache-2.0",
            }
        )

        assert shown["ss_sd_model_name"] == "animefull"
        assert shown["ss_new_sd_model_hash"] == SHA
        assert shown["ss_network_dim"] == "18"
        assert shown["modelspec.architecture"] == "stable-diffusion-xl-v1-base/lora"
        assert shown["modelspec.date"] == "2024-05-06"
        assert shown["ss_optimizer"] == "bitsandbytes.optim.adamw.AdamW8bit"
        assert shown["llama.block_count"] == "32"
        assert shown["general.license"] == "apache-2.0"
        assert json.loads(shown["ss_network_args"]) == {"algo": "loha", "conv_dim": "4"}
        assert json.loads(shown["sd_merge_models"]) == [f"sha256:{SHA}"]
        assert json.loads(shown["sd_merge_recipe"]) == {
            "type": "webui",
            "primary_model_hash": SHA,
            "interp_method": "Weighted sum",
            "multiplier": "0.3",
            "bake_in_vae": "vae",
        }

    def test_hold_no_planted_name(self) -> None:
        assert leaks(public_claims(PLANTED)) == []
        assert leaks(PLANTED) != []

    def test_say_of_another_licence_text_only_that_there_is_one(self) -> None:
        assert public_claims({"modelspec.license": "x" * 5000}) == {
            "modelspec.license": "(a text of 5,000 characters)"
        }

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("ss_network_dim", "a lot"),
            ("ss_base_model_version", "two words"),
            ("ss_base_model_version", f"/home/{USER}"),
            ("ss_sd_model_hash", USER),
            ("modelspec.architecture", f"a/{USER}/b"),
            ("modelspec.resolution", f"512x{USER}"),
            ("modelspec.date", USER),
            ("sd_merge_recipe", f'{{"type": "{PERSON}"}}'),
            ("sd_merge_recipe", "[" * 100_000),
            ("sd_merge_models", f'["{USER}"]'),
            ("ss_sd_model_name", "\u202e\u200b"),
            ("ss_sd_model_name", "None"),
            (USER, "1"),
            ("ss_network_dim\x00", "1"),
        ],
    )
    def test_leave_out_a_value_of_another_form(self, key: str, value: str) -> None:
        assert public_claims({key: value}) == {}

    def test_are_bounded_in_number(self) -> None:
        many = {f"a{number}.block_count": "1" for number in range(1000)}

        assert len(public_claims(many)) == MOST_CLAIMS

    @given(
        st.dictionaries(
            st.one_of(st.text(), st.sampled_from(LISTED)),
            st.one_of(
                st.text(),
                st.builds(
                    lambda a, b: f"{a}{USER}{b}",
                    st.sampled_from(["/home/", "C:\\Users\\", "", "a ", "12", '{"x": "']),
                    st.sampled_from(["/m/base.ckpt", "\\base", " two", '"}', "\x00/b"]),
                ),
            ),
        )
    )
    def test_are_of_the_list_short_and_of_one_clean_line(self, metadata: dict[str, str]) -> None:
        shown = public_claims(metadata)

        assert all(disclosure._form_of(key) is not None for key in shown)
        for text in shown.values():
            assert text.isprintable()
            assert len(text) <= 200 or text.startswith(("{", "["))
            assert USER not in text or _is_own_name(text)


def _is_own_name(text: str) -> bool:
    """A planted name that *is* the base name (``/home/NAME``) cannot be told from a model's."""
    return "/" not in text and "\\" not in text


class TestWholeClaims:
    def test_are_everything_for_the_author_clean_and_cut(self) -> None:
        shown = whole_claims({**PLANTED, "a\x00b\u202e": "c\x00\u202ed\ne", "long": "x" * 10**6})

        assert PERSON in shown["ss_output_name"]
        assert shown["ab"] == "cd e"
        assert len(shown["long"]) == LONGEST_WHOLE

    @given(st.dictionaries(st.text(), st.text()))
    def test_never_raise_and_never_hold_what_cannot_be_seen(self, given: dict[str, str]) -> None:
        for key, text in whole_claims(given).items():
            assert key.isprintable()
            assert text.isprintable()


def test_a_method_loses_the_name_a_parents_file_had() -> None:
    assert public_method(f'webui Weighted sum; file name "{PERSON}"') == "webui Weighted sum"
    assert public_method("") == ""


@pytest.mark.parametrize(
    "name", [f"a; {PERSON}; b", f'a"; {PERSON}; "b', f"{'x' * 100}; {PERSON}; {'y' * 200}"]
)
def test_a_method_loses_names_that_no_quotes_hold(name: str) -> None:
    digest = "a" * 64
    recipe = {"type": "webui", "primary_model_hash": digest, "secondary_model_hash": "b" * 64}
    models = {digest: {"name": f"{name}.safetensors"}}

    read = read_header(
        {"sd_merge_recipe": json.dumps(recipe), "sd_merge_models": json.dumps(models)}, source="h"
    )

    assert PERSON in read.edges[0].detail
    assert public_method(read.edges[0].detail) == "webui"


class TestFindings:
    METADATA = {"ss_output_name": PERSON, "ss_base_model_version": "sd_v1"}

    def test_lose_what_they_quote_of_the_header(self) -> None:
        finding = FileFinding("duplicate_key", f"{USER!r} stands twice, with {PERSON!r} last.")

        [shown] = public_findings([finding], metadata={USER: PERSON})

        assert shown.code == "duplicate_key"
        assert leaks(shown.because) == []
        assert "stands twice" in shown.because

    @pytest.mark.parametrize(
        "sentence",
        [
            f"A tensor's name has control codes: {named([PERSON])}.",
            f"Keys stand twice: {named(['x' * 500, PERSON])}.",
            f"Keys stand twice: {named(['x' * 70] * 3 + [f'{PERSON} {PERSON}'])}.",
            f"It lists {named([BOTH_QUOTES])}.",
            f"The header's license is {quoted(BOTH_QUOTES)} and the page's 'mit'.",
        ],
    )
    def test_lose_quotes_however_apostrophes_and_cuts_stand(self, sentence: str) -> None:
        [shown] = public_findings([FileFinding("a_code", sentence)], metadata={})

        assert leaks(shown.because) == []
        assert shown.because.startswith(sentence[:8])

    def test_keep_what_is_public(self) -> None:
        finding = FileFinding("base_contradicts", "The header says 'sd_v1'; the shapes say SDXL.")

        assert public_findings([finding], metadata=self.METADATA) == [finding]

    def test_lose_their_words_where_they_hold_a_private_value_unquoted(self) -> None:
        finding = FileFinding("odd_title", f"The title is {PERSON}.")

        [shown] = public_findings([finding], metadata=self.METADATA)

        assert leaks(shown.because) == []

    def test_are_clean_and_short_for_the_author_too(self) -> None:
        [shown] = whole_findings([FileFinding("a", "b\x00\u202e" + "x" * 1000)])

        assert len(shown.because) == LONGEST_SENTENCE
        assert shown.because.isprintable()
