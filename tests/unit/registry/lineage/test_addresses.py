import pytest
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils._validators import validate_repo_id
from hypothesis import given
from hypothesis import strategies as st

from registry.lineage.addresses import (
    CivitaiIds,
    civitai_ids,
    civitai_reference,
    huggingface_reference,
    is_repo_id,
    link_reference,
    reference_of,
)
from registry.lineage.references import UnreadableReference, parse_reference

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def _hub_accepts(text: str) -> bool:
    try:
        validate_repo_id(text)
    except HFValidationError:
        return False
    return True


class TestIsRepoId:
    @pytest.mark.parametrize("text", ["gpt2", "org/name", "a-b_c.d/E-1", "123", "a" * 96])
    def test_accepts_what_the_hub_accepts(self, text: str) -> None:
        assert is_repo_id(text)

    @pytest.mark.parametrize(
        "text",
        [
            "", "/", "a/", "/a", "a/b/c", ".a", "a.", "-a", "a--b", "a..b", "a.git", "a b",
            "a" * 97, "caf\u00e9", "org/n@me", "datasets/name", "models/name", "a\n",
        ],
    )  # fmt: skip
    def test_refuses_what_the_hub_refuses(self, text: str) -> None:
        assert not is_repo_id(text)

    @given(st.text(alphabet="aZ0_-./\u00e9\n", max_size=12))
    def test_agrees_with_huggingface_hub(self, text: str) -> None:
        assert is_repo_id(text) == _hub_accepts(text)


class TestHuggingFaceReference:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("org/name", "org/name"),
            (" org/name ", "org/name"),
            ("org/name@v1.0", "org/name@v1.0"),
            ("org/name@main", "org/name"),
            ("gpt2", "gpt2"),
            ("https://huggingface.co/org/name", "org/name"),
            ("http://www.huggingface.co/org/name/?x=1#readme", "org/name"),
            ("https://HF.co/org/name", "org/name"),
            ("hf.co/org/name", "org/name"),
            ("//huggingface.co/org/name", "org/name"),
            ("https://huggingface.co/org/name/tree/main", "org/name"),
            ("https://huggingface.co/org/name/tree/main/unet", "org/name"),
            ("https://huggingface.co/org/name/blob/v2/model.safetensors", "org/name@v2"),
            (f"https://huggingface.co/org/name/resolve/{COMMIT}/a.ckpt", f"org/name@{COMMIT}"),
            ("https://huggingface.co/org/name/tree/refs%2Fpr%2F1", "org/name@refs/pr/1"),
            ("https://huggingface.co/org/name/discussions/3", "org/name"),
            ("https://huggingface.co/gpt2/blob/main/config.json", "gpt2"),
            ("https://huggingface.co/api/models/org/name", "org/name"),
            ("https://huggingface.co/api/models/org/name/revision/v3", "org/name@v3"),
            ("hf://org/name@v1", "org/name@v1"),
            (f"/home/x/.cache/hub/models--org--name/snapshots/{COMMIT}", f"org/name@{COMMIT}"),
            (rf"C:\x\models--org--name\snapshots\{COMMIT}\a.bin", f"org/name@{COMMIT}"),
            ("models--org--name", "org/name"),
        ],
    )
    def test_names_the_repository(self, text: str, value: str) -> None:
        assert str(huggingface_reference(text)) == f"huggingface:{value}"

    @pytest.mark.parametrize(
        "text",
        [
            "", "two words", "./org/name", "../name", "/org/name", r"C:\org\name", "D:/org/name",
            "~/name", "a/b/c", "org/model.safetensors", "x" * 5000,
            "https://huggingface.co/datasets/org/name", "https://huggingface.co/org",
            "https://huggingface.co/spaces/org/name", "https://huggingface.co.evil.example/org/name",
            "https://huggingface.co@evil.example/org/name", "https://[broken/org/name",
            "ftp://huggingface.co/org/name", "https://huggingface.co/org/name/tree/..%2F..",
            "models--", "a--b/models--a--b--c--d", "org/name@a b",
        ],
    )  # fmt: skip
    def test_returns_nothing_for_other_text(self, text: str) -> None:
        assert huggingface_reference(text) is None

    def test_leaves_bare_names_out_on_request(self) -> None:
        assert huggingface_reference("gpt2", bare_names=False) is None

    def test_takes_a_repository_of_another_host_for_none(self) -> None:
        assert huggingface_reference("https://example.org/org/name") is None


class TestCivitaiIds:
    @pytest.mark.parametrize(
        ("text", "ids"),
        [
            ("https://civitai.com/models/5301", ("5301", "")),
            ("https://civitai.com/models/5301/elysium?x=1", ("5301", "")),
            ("https://www.civitai.com/models/5301?modelVersionId=90648", ("5301", "90648")),
            ("https://civitai.red/models/5301?modelVersionId=90648#top", ("5301", "90648")),
            ("civitai.com/models/05301", ("5301", "")),
            ("https://civitai.com/models/5301?modelVersionId=abc", ("5301", "")),
            ("https://civitai.com/api/download/models/90648?type=Model", ("", "90648")),
            ("https://civitai.com/api/v1/models/5301", ("5301", "")),
            ("https://civitai.com/api/v1/model-versions/90648", ("", "90648")),
            ("https://civitai.com/model-versions/90648", ("", "90648")),
            ("urn:air:sd1:checkpoint:civitai:5301@90648", ("5301", "90648")),
            ("urn:air:sdxl:lora:civitai:5301", ("5301", "")),
            ("urn:air:sd1:model:civitai:5301@90648:unet.safetensors", ("5301", "90648")),
            ("civitai:5301@90648", ("5301", "90648")),
        ],
    )
    def test_names_model_and_version(self, text: str, ids: tuple[str, str]) -> None:
        assert civitai_ids(text) == CivitaiIds(*ids)

    @pytest.mark.parametrize(
        "text",
        [
            "", "5301", "https://civitai.com/", "https://civitai.com/models/license/90648",
            "https://civitai.com/models/99999999999", "https://civitai.com/models/2147483648",
            "https://civitai.com/models/0", "https://civitai.com/images/5301",
            "https://civitai.com/user/models/5301", "https://notcivitai.com/models/5301",
            "https://civitai.com.evil.example/models/1", "https://civitai.com/models/\u0665",
            "https://civitai.com:abc]/models/1", "urn:air:sd1:checkpoint:openai:5301",
            "https://civitai.com/models/-1", "javascript:civitai.com/models/1",
        ],
    )  # fmt: skip
    def test_returns_nothing_for_other_text(self, text: str) -> None:
        assert civitai_ids(text) is None

    def test_prefers_the_version_in_a_reference(self) -> None:
        found = civitai_reference("https://civitai.com/models/5301?modelVersionId=90648")

        assert str(found) == "civitai-version:90648"


class TestLinkReference:
    def test_takes_links_only(self) -> None:
        assert link_reference("org/name") is None

    def test_reads_both_hubs(self) -> None:
        links = ["https://civitai.com/models/1", "https://huggingface.co/a/b"]

        assert [str(link_reference(link)) for link in links] == ["civitai:1", "huggingface:a/b"]


class TestReferenceOf:
    @pytest.mark.parametrize(
        ("text", "reference"),
        [
            ("5301", "civitai:5301"),
            ("org/name", "huggingface:org/name"),
            ("huggingface:gpt2", "huggingface:gpt2"),
            ("civitai:257749", "civitai:257749"),
            ("civitai:257749@290640", "civitai-version:290640"),
            ("civitai-version:90648", "civitai-version:90648"),
            ("urn:air:flux1:model:huggingface:org/name", "huggingface:org/name"),
            ("sha256:" + "A" * 64, "sha256:" + "a" * 64),
            ("sample:chilloutmix", "sample:chilloutmix"),
            ("base:SD 1.5", "base:SD 1.5"),
            ("name:LS Vividus", "name:LS Vividus"),
            ("LS Vividus", "name:LS Vividus"),
            ("chilloutmix", "name:chilloutmix"),
            (r"G:\models\Ice0.128", "name:Ice0.128"),
            ("sha256:abc", "name:sha256:abc"),
            ("huggingface:not a repo", "name:huggingface:not a repo"),
            ("civitai:x", "name:civitai:x"),
        ],
    )
    def test_reads_what_somebody_typed(self, text: str, reference: str) -> None:
        assert str(reference_of(text)) == reference

    @pytest.mark.parametrize("text", ["", " ", "\x00"])
    def test_refuses_nothing(self, text: str) -> None:
        with pytest.raises(UnreadableReference):
            reference_of(text)

    @given(st.text())
    def test_returns_a_storable_reference_or_refuses(self, text: str) -> None:
        try:
            reference = reference_of(text)
        except UnreadableReference:
            return

        assert parse_reference(str(reference)) == reference
        assert "\x00" not in reference.value

    @given(
        st.sampled_from(
            ["https://civitai.com/", "https://huggingface.co/", "urn:air:", "models--", "hf://"]
        ),
        st.text(alphabet="ab/:@?=&%.-#1\\[]", max_size=60),
    )
    def test_returns_the_same_for_its_own_spelling(self, start: str, rest: str) -> None:
        reference = reference_of(start + rest)

        assert reference_of(str(reference)) == reference
