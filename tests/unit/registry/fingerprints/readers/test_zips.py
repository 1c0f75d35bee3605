import io
import pickle
import struct
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.fingerprints.model_file import FileFormat
from registry.fingerprints.readers.front_door import read_file_facts
from registry.fingerprints.readers.sources import Buffer, FileStart
from tests.unit.registry.fingerprints.readers import samples
from tests.unit.registry.fingerprints.readers.samples import (
    Asks,
    codes,
    read,
    recorded,
    refusal,
    zipped,
)

CALL = pickle.dumps(Asks(eval, "1"))
STORAGE = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0aX\x03\0\0\0cpuK\x04tQ"
WEIGHTS = (
    b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n("
    + STORAGE
    + b"K\x00K\x04\x85K\x01\x85\x89NtRs."
)


def _entry(name: str, *, mode: int = 0o100644) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = mode << 16
    return entry


def _with_entries(*entries: zipfile.ZipInfo) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for entry in entries:
            archive.writestr(entry, b"x")
    return written.getvalue()


class TestTorchArchive:
    def test_whose_storages_are_there_has_no_finding(self) -> None:
        content = zipped({"m/data.pkl": WEIGHTS, "m/data/a": bytes(16), "m/version": b"3"})

        facts = read(content, "model.pt")

        assert facts.format is FileFormat.PYTORCH_ZIP
        assert [(found.name, found.shape) for found in facts.tensors] == [("w", (4,))]
        assert facts.members == ("m/data.pkl", "m/data/a", "m/version")
        assert codes(facts) == []

    @pytest.mark.parametrize(
        ("members", "code"),
        [
            ({"m/data.pkl": WEIGHTS}, "storage_missing"),
            ({"m/data.pkl": WEIGHTS, "m/data/a": b"1"}, "storage_size_disagrees"),
            ({"m/data.pkl": CALL}, "pickle_global_not_allowed"),
            ({"m/data.pkl": WEIGHTS[:-5]}, "pickle_broken"),
            ({"m/data.pkl": WEIGHTS, "m/data/a": bytes(16), "n/data.pkl": CALL}, "several_pickles"),
            ({"m/data.pkl": WEIGHTS, "m/code/x.py": b"", "m/constants.pkl": CALL}, "torchscript"),
            ({"archive/data.txt": CALL, "archive/version": b"3"}, "pickle_in_archive"),
            ({"archive/data.txt": CALL}, "pickle_global_not_allowed"),
        ],
    )
    def test_that_is_not_clean_is_told(self, members: dict[str, bytes], code: str) -> None:
        assert code in codes(read(zipped(members)))

    def test_of_many_pickles_is_walked_up_to_the_cap(self) -> None:
        large = b"\x80\x04" + b"N0" * 20_000 + b"N."
        members = {f"{place}.dat": large for place in range(60)}

        facts = read_file_facts(
            Buffer(zipped(members, method=zipfile.ZIP_DEFLATED)), most_header_bytes=100_000
        )

        assert codes(facts).count("members_not_probed") == 1
        assert codes(facts).count("pickle_in_archive") == 60

    def test_that_is_packed_is_read(self) -> None:
        members = {"m/data.pkl": WEIGHTS, "m/data/a": bytes(16)}

        facts = read(zipped(members, method=zipfile.ZIP_DEFLATED))

        assert [found.name for found in facts.tensors] == ["w"]
        assert codes(facts) == []


class TestMembers:
    @pytest.mark.parametrize(
        ("entry", "code"),
        [
            (_entry("../x"), "path_traversal"),
            (_entry("a/..\\..\\x"), "path_traversal"),
            (_entry("/etc/x"), "absolute_path"),
            (_entry("C:\\x"), "absolute_path"),
            (_entry("x", mode=0o120777), "symlink_member"),
            (_entry("a\u202eb"), "bidi_character"),
        ],
    )
    def test_that_are_unsafe_to_unpack_are_told(self, entry: zipfile.ZipInfo, code: str) -> None:
        facts = read(_with_entries(entry, _entry("plain")))

        assert facts.format is FileFormat.ZIP
        assert codes(facts) == [code]

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_that_stand_twice_are_told(self) -> None:
        facts = read(_with_entries(_entry("a"), _entry("a")))

        assert codes(facts) == ["duplicate_member"]

    def test_that_lie_inside_one_another_are_told(self) -> None:
        content = bytearray(zipped({"a": b"x" * 100, "b": b"y"}))
        second = content.rfind(b"PK\x01\x02")
        content[second + 42 : second + 46] = bytes(4)

        assert "overlapping_members" in codes(read(bytes(content)))

    def test_whose_two_headers_disagree_are_not_read(self) -> None:
        content = zipped({"m/data.pkl": CALL}).replace(b"m/data.pkl", b"m/data.txt", 1)

        facts = read(content)

        assert codes(facts) == ["member_headers_disagree"]
        assert facts.tensors == ()

    def test_that_are_not_what_was_declared_are_told(self) -> None:
        content = zipped({"m/data.pkl": WEIGHTS}).replace(b"FloatStorage", b"HalfStorage\n", 1)

        assert "member_broken" in codes(read(content))

    def test_that_grow_beyond_reason_are_not_unpacked(self) -> None:
        members = {"m/data.pkl": bytes(65 << 20)}

        facts = read(zipped(members, method=zipfile.ZIP_DEFLATED))

        assert set(codes(facts)) == {"archive_bomb"}

    def test_that_are_too_large_are_not_read(self) -> None:
        facts = read_file_facts(Buffer(zipped({"m/data.pkl": bytes(2000)})), most_header_bytes=1000)

        assert codes(facts) == ["member_too_large"]

    def test_that_lie_about_their_size_are_told(self) -> None:
        packed = zlib.compressobj(wbits=-15)
        inner = packed.compress(bytes(1 << 20)) + packed.flush()
        content = bytearray(zipped({"m/data.pkl": WEIGHTS}, method=zipfile.ZIP_DEFLATED))
        entry = content.rfind(b"PK\x01\x02")
        start = 30 + len("m/data.pkl")
        old = struct.unpack_from("<I", content, entry + 20)[0]
        content[start : start + old] = inner
        entry += len(inner) - old
        struct.pack_into("<I", content, entry + 20, len(inner))
        end = content.rfind(b"PK\x05\x06")
        struct.pack_into("<I", content, end + 16, entry)

        assert codes(read(bytes(content))) == ["member_broken"]

    def test_that_are_encrypted_are_told(self) -> None:
        content = bytearray(zipped({"m/data.pkl": WEIGHTS}))
        for place in (6, content.rfind(b"PK\x01\x02") + 8):
            content[place] |= 1

        assert set(codes(read(bytes(content)))) == {"encrypted_member"}


class TestArchive:
    def test_of_faces_is_listed(self) -> None:
        facts = recorded("faces.zip")

        assert facts.format is FileFormat.ZIP
        assert facts.members == tuple(f"aligned/0000{place}.jpg" for place in range(3))
        assert facts.findings == ()

    def test_of_arrays_gives_their_shapes(self) -> None:
        facts = recorded("arrays.npz")

        assert [(found.name, found.dtype, found.shape) for found in facts.tensors] == [
            ("a", "I64", (3,)),
            ("b", "F16", (2, 2)),
        ]
        assert facts.findings == ()

    def test_of_arrays_of_objects_has_its_pickle_walked(self) -> None:
        written = io.BytesIO()
        np.savez(written, a=np.array([Asks(eval, "1")], dtype=object))

        facts = read(written.getvalue(), "x.npz")

        assert codes(facts) == ["pickled_objects", "pickle_global_not_allowed"]

    def test_of_64_bits_is_listed(self) -> None:
        content = bytearray((samples.RECORDED / "checkpoint.ckpt").read_bytes())
        content[-14:-2] = b"\xff" * 12

        facts = read(bytes(content))

        assert facts.members == recorded("checkpoint.ckpt").members
        assert codes(facts) == []

    def test_with_two_directories_that_disagree_is_refused(self) -> None:
        content = bytearray((samples.RECORDED / "checkpoint.ckpt").read_bytes())
        content[-12] -= 1

        assert refusal(lambda: read(bytes(content))) == "zip_broken"

    def test_behind_other_bytes_is_no_clean_archive(self) -> None:
        content = zipped({"a": b""})

        facts = read(content[:4] + bytes(96) + content)

        assert codes(facts) == ["bytes_before_archive"]

    def test_with_a_comment_is_listed(self) -> None:
        written = io.BytesIO(zipped({"a": b""}))
        with zipfile.ZipFile(written, "a") as archive:
            archive.comment = b"PK\x05\x06 in a comment"

        assert read(written.getvalue()).members == ("a",)

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"PK\x03\x04" + bytes(40), "zip_broken"),
            (zipped({"a": b""})[:-1], "zip_broken"),
            (zipped({"a": b""}).replace(b"PK\x01\x02", b"PK\x01\x03"), "zip_broken"),
        ],
    )
    def test_that_is_broken_is_refused(self, content: bytes, code: str) -> None:
        assert refusal(lambda: read(content)) == code

    def test_of_unknown_size_is_refused(self) -> None:
        content = zipped({"a": bytes(500 << 10)})

        assert refusal(lambda: read_file_facts(FileStart(content))) == "size_unknown"

    @given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
    def test_that_was_changed_anywhere_gives_facts_or_a_named_error(
        self, place: int, change: bytes
    ) -> None:
        content = bytearray(zipped({"m/data.pkl": WEIGHTS, "m/data/a": bytes(16), "b.npy": b"x"}))
        at = place % len(content)
        content[at : at + len(change)] = change

        assert samples.outcome(bytes(content), "model.pt")
