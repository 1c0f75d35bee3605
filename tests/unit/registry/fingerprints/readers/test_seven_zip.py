import lzma
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.fingerprints.model_file import FileFormat
from tests.unit.registry.fingerprints.readers import samples
from tests.unit.registry.fingerprints.readers.samples import codes, read, recorded, refusal

FACES = ("aligned/00000.jpg", "aligned/00001.jpg", "aligned/00002.jpg", "aligned/empty.txt")


def _archive(header: bytes, packed: bytes = b"") -> bytes:
    rest = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    start = b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(rest)) + rest
    return start + packed + header


def _files(*names: str, attributes: tuple[int, ...] = ()) -> bytes:
    text = b"".join(name.encode("utf-16-le", "surrogatepass") + b"\0\0" for name in names)
    parts = b"\x11" + bytes([len(text) + 1]) + b"\0" + text
    if attributes:
        bits = struct.pack(f"<{len(attributes)}I", *attributes)
        parts += b"\x15" + bytes([len(bits) + 2]) + b"\1\0" + bits
    return b"\1\5" + bytes([len(names)]) + parts + b"\0\0"


def _packed_header(header: bytes, *, declared: int | None = None) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA1, "preset": 6}]
    packed = lzma.compress(header, lzma.FORMAT_RAW, filters=filters)
    size = len(header) if declared is None else declared
    streams = b"\x06\0\1\x09" + b"\x80" + bytes([len(packed)]) + b"\0"
    streams += b"\x07\x0b\1\0\1\x23\3\1\1\5" + b"\x5d" + struct.pack("<I", 8 << 20)
    streams += b"\x0c\xff" + struct.pack("<Q", size) + b"\0\0"
    return _archive(b"\x17" + streams, packed)


class TestListing:
    def test_of_a_recorded_face_set_gives_its_names(self) -> None:
        facts = recorded("faces.7z")

        assert facts.format is FileFormat.SEVEN_ZIP
        assert facts.members == FACES
        assert facts.findings == ()

    def test_of_a_packed_header_gives_its_names(self) -> None:
        facts = read(_packed_header(_files("a.jpg", "b.jpg")))

        assert facts.members == ("a.jpg", "b.jpg")

    def test_of_nothing_is_empty(self) -> None:
        assert read(_archive(b"")).members == ()

    @pytest.mark.parametrize(
        ("name", "attributes", "code"),
        [
            ("..\\x", 0, "path_traversal"),
            ("/x", 0, "absolute_path"),
            ("x", 0x8000 | 0o120777 << 16, "symlink_member"),
            ("x", 0x400, "symlink_member"),
        ],
    )
    def test_tells_what_is_unsafe_to_unpack(self, name: str, attributes: int, code: str) -> None:
        facts = read(_archive(_files(name, attributes=(attributes,))))

        assert codes(facts) == [code]


class TestBrokenArchive:
    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (_archive(b"")[:-20], "file_truncated"),
            (_archive(_files("a"))[:-1] + b"x", "seven_zip_broken"),
            (_archive(b"\1\5\xe0\xff\xff\xff"), "too_many_members"),
            (_archive(b"\1\x99"), "seven_zip_broken"),
            (_archive(b"\x17" * 9), "seven_zip_broken"),
            (_packed_header(_files("a"), declared=9 << 20), "archive_bomb"),
            (_packed_header(_files("a"), declared=1 << 60), "header_too_large"),
            (_packed_header(_files("a"), declared=99), "seven_zip_broken"),
        ],
    )
    def test_is_refused_by_name(self, content: bytes, code: str) -> None:
        assert refusal(lambda: read(content)) == code

    @given(st.binary(max_size=120), st.sampled_from([b"\1", b"\1\4", b"\1\5", b"\x17"]))
    def test_of_any_header_gives_facts_or_a_named_error(self, header: bytes, start: bytes) -> None:
        assert samples.outcome(_archive(start + header))
