import json
import pickle
import struct
from pathlib import Path

import pytest

from registry.fingerprints.model_file import FileFacts, UnreadableModelFile
from registry.fingerprints.readers.front_door import read_file_facts
from registry.fingerprints.readers.sources import LocalFile
from registry.services import file_reading
from registry.services.file_reading import ReadingLimits, read_in_subprocess

RECORDED = Path(__file__).parents[2] / "recorded" / "files"
SLOW = b"\x08\x07\x3a" + b"\x80\xe0\x90\x04" + b"\x0a\x00" * (9_000_000 // 2)
"""A graph of millions of empty nodes, cut short."""


def _refusal(content: bytes | Path, **limits: float) -> str:
    chosen = ReadingLimits(**limits)  # type: ignore[arg-type]
    with pytest.raises(UnreadableModelFile) as caught:
        read_in_subprocess(content, limits=chosen)
    return caught.value.code


class TestReadingInASubprocess:
    @pytest.mark.parametrize(
        "name",
        [
            "weights.safetensors",
            "checkpoint.ckpt",
            "model.gguf",
            "face.dfm",
            "faces.7z",
            "faces.zip",
        ],
    )
    def test_gives_the_same_facts(self, name: str) -> None:
        path = RECORDED / name

        facts = read_in_subprocess(path, filename=name)

        with LocalFile(path) as file:
            assert facts == read_file_facts(file, filename=name)

    def test_takes_bytes_and_the_ending_of_a_name(self) -> None:
        facts = read_in_subprocess((RECORDED / "array.npy").read_bytes(), filename="x.safetensors")

        assert isinstance(facts, FileFacts)
        assert [found.code for found in facts.findings] == ["not_what_its_name_says"]

    def test_passes_the_readers_own_errors_on(self) -> None:
        assert _refusal(b"<html>") == "html_instead"

    def test_takes_text_that_is_half_a_character(self) -> None:
        content = pickle.dumps({"a": "\ud800", "b\ud800": 1}, 4)

        facts = read_in_subprocess(content)

        assert facts.metadata.keys() == {"a", "b\\xed\\xa0\\x80"}

    def test_follows_no_link(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(RECORDED / "array.npy")

        assert _refusal(tmp_path / "link") == "cannot_open"


class TestLimits:
    def test_end_what_takes_too_long(self) -> None:
        assert _refusal(SLOW, wall_seconds=0.01) == "reader_timed_out"

    def test_end_what_computes_too_long(self) -> None:
        assert _refusal(SLOW, cpu_seconds=1) == "reader_timed_out"

    def test_end_what_takes_too_much_memory(self) -> None:
        metadata = {"__metadata__": {"a": "\U0001f600" * 2_400_000}}
        header = json.dumps(metadata, ensure_ascii=False).encode()
        content = struct.pack("<Q", len(header)) + header

        assert _refusal(content, memory_bytes=64 << 20) == "reader_out_of_memory"

    def test_end_what_says_too_much(self) -> None:
        content = (RECORDED / "model.gguf").read_bytes()

        assert _refusal(content, answer_bytes=100) == "reader_answer_too_large"

    def test_leave_neither_files_nor_sockets_nor_processes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        code = (
            file_reading._CODE.removesuffix("main()")
            + "import registry.services.file_reading_child as child, os, socket, sys, msgspec\n"
            "request = msgspec.json.decode(sys.argv[1], type=child.ReadingRequest)\n"
            "child._confine(request)\n"
            "done = []\n"
            "def attempt(name, what):\n"
            "    try:\n"
            "        what()\n"
            "        done.append(name)\n"
            "    except (OSError, LookupError):\n"
            "        pass\n"
            "attempt('file', lambda: open('/etc/passwd'))\n"
            "attempt('socket', socket.socket)\n"
            "attempt('process', lambda: os.fork() or os._exit(0))\n"
            "os.write(1, msgspec.json.encode({'code': 'did', 'message': ' '.join(done)}))\n"
        )
        monkeypatch.setattr(file_reading, "_CODE", code)

        with pytest.raises(UnreadableModelFile) as caught:
            read_in_subprocess(b"x")

        assert (caught.value.code, str(caught.value)) == ("did", "")

    def test_name_a_process_that_dies(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(file_reading, "_CODE", "import os; os.abort()")

        assert _refusal(b"x") == "reader_died"

    def test_name_a_process_that_says_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(file_reading, "_CODE", "pass")

        assert _refusal(b"x") == "reader_died"
