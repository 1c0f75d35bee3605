import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import BadInput
from registry.fingerprints.model_file import FileFormat, UnreadableModelFile
from registry.fingerprints.readers.front_door import read_file_facts
from registry.fingerprints.readers.sources import Buffer, FileStart, LocalFile
from registry.fingerprints.readers.stand_ins import LfsPointer, lfs_pointer
from tests.unit.registry.fingerprints.readers import samples
from tests.unit.registry.fingerprints.readers.samples import codes, read, recorded, refusal

RECORDED = sorted(
    path for path in samples.RECORDED.iterdir() if path.suffix not in {"", ".md", ".py"}
)
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 12\n" % (b"ab" * 32)


class TestStandIns:
    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "empty_file"),
            (POINTER, "lfs_pointer_instead"),
            (b"# xet version 0\nfilesize = 1\n", "xet_pointer_instead"),
            (b"../.git/annex/objects/aa/bb/SHA256E-s1--0.safetensors\n", "annex_pointer_instead"),
            (b"\xef\xbb\xbf\r\n<!doctype html><title>x", "html_instead"),
            (b"<HTML><body>Sign in", "html_instead"),
            (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "xml_instead"),
            (b"<Error><Code>NoSuchKey</Code></Error>", "xml_instead"),
            (b'{"error":"Repository not found"}', "error_answer_instead"),
            (b'{"message": "Not found", "code": 404}', "error_answer_instead"),
            (b'{"errors": [{"status": 404}]}', "error_answer_instead"),
            (b"Entry not found", "text_instead"),
        ],
    )
    def test_are_told_as_what_they_are(self, content: bytes, code: str) -> None:
        assert refusal(lambda: read(content, "model.safetensors")) == code

    def test_of_git_lfs_name_the_file(self) -> None:
        assert lfs_pointer(POINTER) == LfsPointer(sha256="ab" * 32, size_bytes=12)
        assert lfs_pointer(b"oid sha256:") is None

    def test_are_bad_input(self) -> None:
        assert issubclass(UnreadableModelFile, BadInput)


class TestUnknown:
    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"\x89HDF\r\n\x1a\n" + bytes(9), "HDF5"),
            (b"\x1f\x8b" + bytes(9), "gzip"),
            (b"Rar!\x1a\x07" + bytes(9), "RAR"),
            (b"\x7fELF" + bytes(9), "ELF"),
            (b"\0\0\0\0TFL3" + bytes(9), "TensorFlow Lite"),
            (b"just words\n", "text"),
            (b'{"a": 1}', "JSON"),
            (b'{"errors": "replace", "unk_token": "<unk>"}', "JSON"),
        ],
    )
    def test_kinds_stay_unknown_and_are_named(self, content: bytes, kind: str) -> None:
        facts = read(content)

        assert facts.format is FileFormat.UNKNOWN
        assert codes(facts) == ["looks_like"]
        assert kind in facts.findings[0].because

    def test_bytes_stay_unknown(self) -> None:
        facts = read(b"\1\2\3\4")

        assert facts.format is FileFormat.UNKNOWN
        assert facts.findings == ()


class TestNames:
    @pytest.mark.parametrize(
        "name", ["model.safetensors", "C:\\models\\MODEL.SAFETENSORS", "x.ckpt"]
    )
    def test_that_mean_another_format_are_told(self, name: str) -> None:
        content = (samples.RECORDED / "model.gguf").read_bytes()

        facts = read(content, name)

        assert facts.format is FileFormat.GGUF
        assert codes(facts) == ["not_what_its_name_says"]

    @pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
    def test_decide_nothing(self, path: Path) -> None:
        content = path.read_bytes()

        with_name, without = read(content, path.name), read(content)

        assert without == with_name
        assert with_name.format is not FileFormat.UNKNOWN


class TestSources:
    def test_of_a_disk_give_the_same_as_bytes(self) -> None:
        with LocalFile(samples.RECORDED / "checkpoint.ckpt") as file:
            facts = read_file_facts(file, filename="checkpoint.ckpt")

        assert facts == recorded("checkpoint.ckpt")

    def test_that_are_no_ordinary_file_are_refused(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "link").symlink_to(samples.RECORDED / "array.npy")

        assert refusal(lambda: LocalFile(tmp_path)) == "not_an_ordinary_file"
        assert refusal(lambda: LocalFile(tmp_path / "pipe")) == "not_an_ordinary_file"
        assert refusal(lambda: LocalFile(tmp_path / "absent")) == "cannot_open"
        assert refusal(lambda: LocalFile("nul\0")) == "cannot_open"
        assert refusal(lambda: LocalFile(tmp_path / "link", follow_links=False)) == "cannot_open"

    def test_with_holes_are_told(self, tmp_path: Path) -> None:
        path = tmp_path / "sparse.safetensors"
        path.write_bytes(samples.safetensors({"a": samples.tensor(0, 1 << 30, shape=(1 << 28,))}))
        os.truncate(path, path.stat().st_size + (1 << 30))

        with LocalFile(path) as file:
            facts = read_file_facts(file)

        assert codes(facts) == ["sparse_file"]

    def test_of_a_start_say_when_more_is_needed(self) -> None:
        content = samples.gguf(samples.gguf_text(b"k"), keys=1)
        source = FileStart(content, size_bytes=1 << 30)

        assert refusal(lambda: read_file_facts(source)) == "beyond_what_was_given"


class TestAnyFile:
    @given(
        st.binary(max_size=400), st.sampled_from(["", "a.safetensors", "a.onnx", "a.pt", "a.gguf"])
    )
    def test_gives_facts_or_a_named_error(self, content: bytes, name: str) -> None:
        assert samples.outcome(content, name)

    @given(
        st.sampled_from(RECORDED),
        st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(max_size=6)), max_size=4),
        st.integers(0, 1 << 20),
    )
    def test_of_the_recorded_may_be_changed_and_cut_anywhere(
        self, path: Path, changes: list[tuple[int, bytes]], end: int
    ) -> None:
        content = bytearray(path.read_bytes())
        for place, change in changes:
            at = place % len(content)
            content[at : at + len(change)] = change
        cut = bytes(content[: end % len(content)]) if end % 3 == 0 else bytes(content)

        assert samples.outcome(cut, path.name)

    @given(st.binary(min_size=1, max_size=60))
    def test_of_a_source_that_lies_about_its_size_is_told(self, content: bytes) -> None:
        class Liar(Buffer):
            @property
            def size_bytes(self) -> int:
                return 1 << 40

        try:
            found = read_file_facts(Liar(b"GGUF\3\0\0\0" + content)).format.value
        except UnreadableModelFile as error:
            found = error.code

        assert found
