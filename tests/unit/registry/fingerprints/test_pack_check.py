"""An evidence pack holds a digest of everything in it."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.fingerprints import pack_check
from registry.fingerprints.pack_check import UnreadablePack, check_pack, members_of, pack, sha256_of

MEMBERS = {
    "a.json": b"{}",
    "b/c.txt": b"words",
    "verify.py": Path(pack_check.__file__).read_bytes(),
}


def rewritten(changed: Mapping[str, bytes | None] | None = None) -> bytes:
    """A pack whose members were changed while its MANIFEST was not."""
    members: dict[str, bytes | None] = {**members_of(pack(MEMBERS)), **(changed or {})}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            if content is not None:
                archive.writestr(name, content)
    return buffer.getvalue()


class TestPack:
    def test_is_as_it_was_written(self) -> None:
        assert check_pack(pack(MEMBERS)) == []

    def test_is_the_same_bytes_for_the_same_members(self) -> None:
        assert pack(MEMBERS) == pack(dict(reversed(MEMBERS.items())))

    @pytest.mark.parametrize(
        ("changed", "problem"),
        [
            ({"a.json": b"{} "}, "a.json: is not what was written"),
            ({"a.json": None}, "a.json: is missing"),
            ({"d.txt": b""}, "d.txt: is not in MANIFEST"),
            ({"MANIFEST": b"nonsense\n"}, "MANIFEST: cannot be read: 'nonsense'"),
            ({"MANIFEST": None}, "there is no MANIFEST"),
        ],
    )
    def test_shows_what_was_changed(self, changed: dict[str, bytes | None], problem: str) -> None:
        assert any(text.startswith(problem) for text in check_pack(rewritten(changed)))

    def test_shows_a_payload_under_another_name(self) -> None:
        name = f"payloads/{sha256_of(b'one')}.txt"

        assert check_pack(pack({name: b"one"})) == []
        assert check_pack(pack({name: b"two"})) == [f"{name}: is not the answer it is called after"]

    def test_shows_what_lies_beside_the_members(self) -> None:
        assert check_pack(b"prefix" + pack(MEMBERS)) != []
        assert check_pack(rewritten()) != []

    @given(st.data())
    def test_shows_every_flipped_byte(self, data: st.DataObject) -> None:
        content = bytearray(pack({"a.json": b"{}"}))
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= data.draw(st.integers(1, 255))

        try:
            problems = check_pack(bytes(content))
        except UnreadablePack:
            problems = ["unreadable"]

        assert problems

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive"])
    def test_that_is_none_cannot_be_read(self, content: bytes) -> None:
        with pytest.raises(UnreadablePack):
            check_pack(content)


class TestVerifier:
    """``verify.py`` alone, without this project or any package."""

    def run(self, script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", "-S", str(script), *arguments],
            check=False,
            capture_output=True,
            text=True,
        )

    @pytest.fixture
    def unpacked(self, tmp_path: Path) -> Path:
        with zipfile.ZipFile(io.BytesIO(pack(MEMBERS))) as archive:
            archive.extractall(tmp_path / "unpacked")
        return tmp_path / "unpacked"

    def test_checks_an_archive(self, unpacked: Path, tmp_path: Path) -> None:
        file = tmp_path / "pack.zip"
        file.write_bytes(pack(MEMBERS))

        ran = self.run(unpacked / "verify.py", str(file))

        manifest = sha256_of(members_of(pack(MEMBERS))["MANIFEST"])
        assert (ran.returncode, ran.stderr) == (0, "")
        assert ran.stdout == f"3 members are as written. MANIFEST {manifest}\n"

    def test_checks_the_folder_around_it(self, unpacked: Path) -> None:
        assert self.run(unpacked / "verify.py").returncode == 0

        (unpacked / "a.json").write_bytes(b"[]")

        ran = self.run(unpacked / "verify.py")
        assert (ran.returncode, ran.stdout) == (5, "")
        assert "a.json: is not what was written" in ran.stderr

    def test_says_that_a_file_is_no_pack(self, unpacked: Path) -> None:
        assert self.run(unpacked / "verify.py", str(unpacked / "a.json")).returncode == 5
        assert self.run(unpacked / "verify.py", str(unpacked / "nothing")).returncode == 5
