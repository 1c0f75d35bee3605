import hashlib
import os
import zlib
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import BadInput
from registry.fingerprints import digests
from registry.fingerprints.digests import (
    Algorithm,
    DigestCandidate,
    FileChanged,
    UnreadableDigest,
    UnreadableFile,
    digest_file,
    parse_digest,
)

MIB = 1 << 20


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "model.safetensors"
    path.write_bytes(content)
    return path


def _with_header(length: int, rest: bytes) -> bytes:
    return length.to_bytes(8, "little") + rest


class TestParseDigest:
    def test_takes_64_digits_for_three_kinds_of_which_two_name_the_bytes(self) -> None:
        found = parse_digest("AB" * 32)

        assert [(c.algorithm, c.is_exact) for c in found.candidates] == [
            (Algorithm.SHA256, True),
            (Algorithm.BLAKE3, True),
            (Algorithm.AUTOV3, False),
        ]
        assert found.hexadecimal == "ab" * 32

    def test_looks_a_full_autov3_up_by_the_twelve_digits_that_hubs_list(self) -> None:
        found = parse_digest("autov3:" + "ab" * 32)

        assert found.candidates == (
            DigestCandidate(algorithm=Algorithm.AUTOV3, value="abababababab"),
        )

    @pytest.mark.parametrize(
        ("digits", "kinds"),
        [
            (8, [Algorithm.AUTOV1, Algorithm.CRC32, Algorithm.SHA256]),
            (9, [Algorithm.SHA256]),
            (10, [Algorithm.AUTOV2]),
            (12, [Algorithm.AUTOV3, Algorithm.SHA256]),
            (63, [Algorithm.SHA256]),
        ],
    )
    def test_takes_fewer_digits_for_candidates(self, digits: int, kinds: list[Algorithm]) -> None:
        found = parse_digest("a" * digits)

        assert [candidate.algorithm for candidate in found.candidates] == kinds
        assert not any(candidate.is_exact for candidate in found.candidates)

    def test_takes_an_autov2_for_the_beginning_of_a_sha256(self) -> None:
        assert parse_digest("393BD05B0D").candidates == (
            DigestCandidate(algorithm=Algorithm.AUTOV2, value="393bd05b0d", is_prefix=True),
        )

    @pytest.mark.parametrize(
        ("text", "algorithm", "is_exact"),
        [
            ("sha256:" + "A" * 64, Algorithm.SHA256, True),
            ("SHA256: 0x" + "a" * 64, Algorithm.SHA256, True),
            ("sha256:" + "a" * 20, Algorithm.SHA256, False),
            ("blake3:" + "a" * 64, Algorithm.BLAKE3, True),
            ("AutoV1:de2f2560", Algorithm.AUTOV1, False),
            ("autov2:de2f256000", Algorithm.AUTOV2, False),
            ("crc32:85114A0D", Algorithm.CRC32, False),
        ],
    )
    def test_keeps_the_kind_that_is_named(
        self, text: str, algorithm: Algorithm, is_exact: bool
    ) -> None:
        (candidate,) = parse_digest(text).candidates

        assert (candidate.algorithm, candidate.is_exact) == (algorithm, is_exact)

    @pytest.mark.parametrize(
        "text",
        [
            "", "abc", "a" * 7, "a" * 65, "a" * 10_000, "g" * 64, "0x", "md5:" + "a" * 32,
            "crc32:abc", "blake3:" + "a" * 20, "autov1:" + "a" * 64, "\u0661" * 8, "aaaaaaaa\x00",
            "aaaa aaaa", "sha256:", ":aaaaaaaa",
        ],
    )  # fmt: skip
    def test_refuses_other_text(self, text: str) -> None:
        with pytest.raises(UnreadableDigest):
            parse_digest(text)

    @given(st.text(max_size=80) | st.from_regex(r"[0-9a-fA-Fx: ]{0,80}", fullmatch=True))
    def test_refuses_or_finds_a_candidate(self, text: str) -> None:
        try:
            found = parse_digest(text)
        except BadInput:
            return

        assert found.candidates
        assert all(found.hexadecimal.startswith(c.value) for c in found.candidates)


class TestDigestFile:
    def test_agrees_with_the_published_vectors(self, tmp_path: Path) -> None:
        # civitai/model-scanner, HashTaskTests.cs: "hello world"
        found = digest_file(_file(tmp_path, b"hello world"))

        assert found.size_bytes == 11
        assert found.values[Algorithm.AUTOV2] == "b94d27b993"
        assert found.values[Algorithm.CRC32] == "85114a0d"
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

        monkeypatch.setattr(digests, "_fill", fail)

        with pytest.raises(FileChanged, match="Input/output error"):
            digest_file(_file(tmp_path, b"content"))
