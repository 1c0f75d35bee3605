import hashlib
import json
import os
import threading
import zlib
from pathlib import Path

import pytest
from blake3 import blake3

from registry.fingerprints.digests import (
    Algorithm,
    FileChanged,
    IncompleteFile,
    UnreadableFile,
    digest_file,
)
from registry.fingerprints.steady_file import SteadyFile

MIB = 1 << 20


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "model.safetensors"
    path.write_bytes(content)
    return path


def _with_header(length: int, rest: bytes) -> bytes:
    return length.to_bytes(8, "little") + rest


class TestDigestFile:
    def test_agrees_with_the_published_vectors(self, tmp_path: Path) -> None:
        # civitai/model-scanner, HashTaskTests.cs: "hello world"
        found = digest_file(_file(tmp_path, b"hello world"))

        assert found.size_bytes == 11
        assert found.values[Algorithm.AUTOV2] == "b94d27b993"
        assert found.values[Algorithm.CRC32] == "85114a0d"  # as the hub stores it
        assert found.crc32_high_first == "0d4a1185"  # as zip files do
        assert found.values[Algorithm.BLAKE3].startswith("d74981ef")
        assert found.sha256 == "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"

    @pytest.mark.parametrize("size", [0, 1, 7, 8, 9, MIB - 1, MIB, MIB + 1, 2 * MIB - 1, 3 * MIB])
    def test_agrees_with_hashes_of_the_whole(self, tmp_path: Path, size: int) -> None:
        content = bytes(n * 31 % 251 for n in range(min(size, 4096))) * (size // 4096 + 1)
        content = content[:size]

        found = digest_file(_file(tmp_path, content))

        assert found.sha256 == hashlib.sha256(content).hexdigest()
        assert found.values[Algorithm.BLAKE3] == blake3(content).hexdigest()
        usual = f"{zlib.crc32(content):08x}"
        assert found.crc32_high_first == usual
        assert found.values[Algorithm.CRC32] == "".join(
            usual[at : at + 2] for at in range(6, -1, -2)
        )

    def test_makes_autov1_of_64_kib_at_the_first_mib(self, tmp_path: Path) -> None:
        content = os.urandom(2 * MIB)

        found = digest_file(_file(tmp_path, content))

        part = hashlib.sha256(content[0x100000:0x110000]).hexdigest()
        assert found.values[Algorithm.AUTOV1] == part[:8]

    def test_makes_no_autov1_below_two_mib(self, tmp_path: Path) -> None:
        found = digest_file(_file(tmp_path, bytes(2 * MIB - 1)))

        assert Algorithm.AUTOV1 not in found.values

    @pytest.mark.parametrize("header", [0, 100, MIB, 2 * MIB - 8])
    def test_makes_autov3_of_what_follows_the_header(self, tmp_path: Path, header: int) -> None:
        content = _with_header(header, os.urandom(2 * MIB - 8))

        found = digest_file(_file(tmp_path, content))

        rest = hashlib.sha256(content[8 + header :]).hexdigest()
        assert found.values[Algorithm.AUTOV3] == rest[:12]

    @pytest.mark.parametrize("header", [16 * MIB, 2**64 - 1])
    def test_skips_the_length_only_where_it_is_no_header(self, tmp_path: Path, header: int) -> None:
        content = _with_header(header, b"PK-like content")

        found = digest_file(_file(tmp_path, content))

        rest = hashlib.sha256(b"PK-like content").hexdigest()
        assert found.values[Algorithm.AUTOV3] == rest[:12]

    @pytest.mark.parametrize("content", [b"", b"1234567", _with_header(100, b"short")])
    def test_makes_no_autov3_where_the_header_does_not_fit(
        self, tmp_path: Path, content: bytes
    ) -> None:
        assert Algorithm.AUTOV3 not in digest_file(_file(tmp_path, content)).values

    def test_reports_the_bytes_read_and_the_size(self, tmp_path: Path) -> None:
        seen: list[tuple[int, int]] = []

        digest_file(
            _file(tmp_path, bytes(2 * MIB + 5)),
            progress=lambda done, size: seen.append((done, size)),
        )

        assert seen == [(n, 2 * MIB + 5) for n in (MIB, 2 * MIB, 2 * MIB + 5)]

    def test_refuses_what_is_no_file(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)

        for path in (tmp_path, pipe, tmp_path / "absent", "a\x00b", "", "x" * 5000):
            with pytest.raises(UnreadableFile):
                digest_file(path)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
    def test_refuses_a_file_that_we_may_not_read(self, tmp_path: Path) -> None:
        path = _file(tmp_path, b"secret")
        path.chmod(0)

        with pytest.raises(UnreadableFile, match="Permission denied"):
            digest_file(path)

    def test_notices_a_file_that_grows(self, tmp_path: Path) -> None:
        path = _file(tmp_path, bytes(2 * MIB))

        def grow(done: int, size: int) -> None:
            with path.open("ab") as file:
                file.write(b"more")

        with pytest.raises(FileChanged, match="changed while it was read"):
            digest_file(path, progress=grow)

    def test_notices_a_file_that_is_cut_short(self, tmp_path: Path) -> None:
        path = _file(tmp_path, bytes(3 * MIB))

        with pytest.raises(FileChanged, match="changed while it was read"):
            digest_file(path, progress=lambda done, size: os.truncate(path, MIB))

    def test_says_that_the_disk_failed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(file: object, buffer: memoryview) -> int:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(SteadyFile, "fill", fail)

        with pytest.raises(FileChanged, match="Input/output error"):
            digest_file(_file(tmp_path, b"content"))

    def test_notices_a_change_in_the_middle_and_reads_no_further(self, tmp_path: Path) -> None:
        path = _file(tmp_path, bytes(20 * MIB))
        seen: list[int] = []

        def rewrite(done: int, size: int) -> None:
            seen.append(done)
            if done == MIB:
                with path.open("r+b") as file:
                    file.write(b"other")

        with pytest.raises(FileChanged, match="changed while it was read"):
            digest_file(path, progress=rewrite)

        assert seen == [MIB]

    def test_notices_a_change_that_sets_the_time_back(self, tmp_path: Path) -> None:
        path = _file(tmp_path, bytes(2 * MIB))
        before = path.stat()

        def rewrite(done: int, size: int) -> None:
            with path.open("r+b") as file:
                file.write(b"other")
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

        with pytest.raises(FileChanged):
            digest_file(path, progress=rewrite)

    def test_refuses_a_file_with_holes(self, tmp_path: Path) -> None:
        path = _file(tmp_path, b"begun")
        os.truncate(path, 64 * MIB)

        with pytest.raises(UnreadableFile, match="never written"):
            digest_file(path)

    def test_leaves_no_thread_behind_when_a_caller_stops_it(self, tmp_path: Path) -> None:
        before = threading.active_count()

        def stop(done: int, size: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            digest_file(_file(tmp_path, bytes(2 * MIB)), progress=stop)

        assert threading.active_count() == before


class TestSafetensors:
    def header(self, span: int = 8) -> bytes:
        entry = {"dtype": "F32", "shape": [span // 4], "data_offsets": [0, span]}
        return json.dumps({"weight": entry}).encode()

    @pytest.mark.parametrize("with_tensors", [True, False])
    def test_that_ends_before_its_last_tensor_is_cut_short(
        self, tmp_path: Path, with_tensors: bool
    ) -> None:
        header = self.header()
        path = _file(tmp_path, _with_header(len(header), header + b"seven b"))

        with pytest.raises(IncompleteFile, match="cut short"):
            digest_file(path, with_tensors=with_tensors)

    def test_that_ends_inside_its_header_is_cut_short(self, tmp_path: Path) -> None:
        header = self.header()

        with pytest.raises(IncompleteFile, match="cut short"):
            digest_file(_file(tmp_path, _with_header(len(header), header[:-5])))

    @pytest.mark.parametrize(
        "header",
        [
            b"{",
            b'{"a":1}',
            b"{" * 5000,
            b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],'
            b'"data_offsets":[4,8]}}',
            b'{"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}}',
            b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}',
            b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
            b'{"a":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}',
            b'{"a":{"dtype":"F32","shape":[' + b"9" * 5000 + b'],"data_offsets":[0,8]}}',
            b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
            b'"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        ],
    )
    def test_with_a_broken_header_has_its_bytes_digests_and_says_why_no_others(
        self, tmp_path: Path, header: bytes
    ) -> None:
        found = digest_file(_file(tmp_path, _with_header(len(header), header + b"8 bytes.")))

        assert found.tensors is None
        assert found.no_tensors_because
        assert Algorithm.TENSORS not in found.values
        assert Algorithm.AUTOV3 in found.values

    def test_has_digests_of_tensors_unless_they_are_not_asked_for(self, tmp_path: Path) -> None:
        header = self.header()
        path = _file(tmp_path, _with_header(len(header), header + b"8 bytes."))

        found = digest_file(path)
        without = digest_file(path, with_tensors=False)

        assert set(found.values) - set(without.values) == {
            Algorithm.TENSORS,
            Algorithm.CANONICAL_F16,
            Algorithm.CANONICAL_BF16,
        }
        assert without.no_tensors_because == "They were not asked for."
