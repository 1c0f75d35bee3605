import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.lineage.references import (
    LONGEST_NAME,
    Reference,
    ReferenceKind,
    UnreadableReference,
    base_label_reference,
    clean_words,
    digest_reference,
    name_reference,
    parse_reference,
    path_reference,
)


class TestParseReference:
    def test_returns_the_two_parts(self) -> None:
        assert parse_reference("huggingface:org/name@r") == Reference(
            ReferenceKind.HUGGING_FACE, "org/name@r"
        )

    @pytest.mark.parametrize("text", ["", "civitai", "civitai:", "unknown:5", "CIVITAI:5"])
    def test_refuses_what_is_no_reference(self, text: str) -> None:
        with pytest.raises(ValueError, match="eference"):
            parse_reference(text)

    @given(st.sampled_from(ReferenceKind), st.text(min_size=1))
    def test_reads_what_str_wrote(self, kind: ReferenceKind, value: str) -> None:
        reference = Reference(kind, value)

        assert parse_reference(str(reference)) == reference


class TestCleanWords:
    def test_drops_what_cannot_be_seen(self) -> None:
        assert clean_words("Dark\x00 \u202eSushi\u200b\n  Mix\ud800") == "Dark Sushi Mix"

    def test_composes_accents(self) -> None:
        assert clean_words("Cafe\u0301") == "Caf\u00e9"

    @given(st.text())
    def test_changes_nothing_the_second_time(self, text: str) -> None:
        once = clean_words(text)

        assert clean_words(once) == once


class TestNameReference:
    def test_keeps_the_words(self) -> None:
        assert str(name_reference("  Dark  Sushi Mix ")) == "name:Dark Sushi Mix"

    def test_cuts_what_is_longer_than_a_name(self) -> None:
        assert len(name_reference("a" * 10_000).value) == LONGEST_NAME

    @pytest.mark.parametrize("text", ["", "  ", "\x00", "\u202e"])
    def test_refuses_nothing(self, text: str) -> None:
        with pytest.raises(UnreadableReference):
            name_reference(text)

    def test_labels_a_base_model(self) -> None:
        assert str(base_label_reference("SD 1.5")) == "base:SD 1.5"


class TestPathReference:
    @pytest.mark.parametrize(
        ("path", "name"),
        [
            (r"C:\Users\someone\models\Fusion-12B", "Fusion-12B"),
            ("/intermediate/model/A", "A"),
            ("./merged/", "merged"),
            ("D:/work folder/remerge_2", "remerge_2"),
            ("models/Stable-diffusion/dark.fp16.safetensors", "dark.fp16"),
            ("/x/.safetensors", ".safetensors"),
        ],
    )
    def test_keeps_the_last_part_only(self, path: str, name: str) -> None:
        assert str(path_reference(path)) == f"name:{name}"

    @pytest.mark.parametrize("path", ["", "/", r"\\"])
    def test_refuses_a_path_without_a_name(self, path: str) -> None:
        with pytest.raises(UnreadableReference):
            path_reference(path)


class TestDigestReference:
    def test_reads_a_sha256(self) -> None:
        assert str(digest_reference(" 0x" + "AB" * 32)) == "sha256:" + "ab" * 32

    def test_reads_an_autov1(self) -> None:
        assert str(digest_reference("DE2F2560")) == "autov1:de2f2560"

    @pytest.mark.parametrize("text", ["", "None", "abc", "g" * 64, "a" * 63, "\u0661" * 8])
    def test_returns_nothing_for_other_text(self, text: str) -> None:
        assert digest_reference(text) is None
