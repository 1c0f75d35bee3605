"""List a 7z archive (DeepFaceLab face sets) from its header; nothing else is unpacked.

Pure Python: importing this module must never import Django.

Source: ``DOC/7zFormat.txt`` of the LZMA SDK.
"""

import lzma
import stat
import struct
import zlib
from collections.abc import Iterator

from registry.fingerprints.model_file import FileFacts, FileFinding, FileFormat, UnreadableModelFile
from registry.fingerprints.readers.archive_members import Member, member_findings
from registry.fingerprints.readers.seven_zip_header import Coder, Part, Streams, read_streams
from registry.fingerprints.readers.seven_zip_numbers import HeaderBytes, broken
from registry.fingerprints.readers.window import HeaderTooLarge, Window

MAGIC = b"7z\xbc\xaf\x27\x1c"
_START = struct.Struct("<6s2sIQQI")
_COPY, _LZMA, _LZMA2, _AES = b"\x00", b"\x03\x01\x01", b"\x21", b"\x06\xf1\x07\x01"
_MOST_ENCODINGS = 4  # a header may be packed again; 7-Zip packs it once
_SMALLEST_DICTIONARY = 4 << 10
_UNIX_ATTRIBUTES, _REPARSE_POINT = 0x8000, 0x400
_BOMB_RATIO = 1000
_LZMA_SETTINGS_BYTES = 5


def read_seven_zip(window: Window) -> FileFacts:
    """Return the names in the archive.

    :raises UnreadableModelFile: ``seven_zip_broken``, ``encrypted_archive``, ``too_many_members``,
        ``unknown_compression`` or ``archive_bomb``
    """
    raw = _header(window)
    header = HeaderBytes(raw)
    streams = Streams()
    members: list[Member] = []
    if raw:
        header.expect(Part.HEADER)
        streams, members = _read(header)
    findings = [*member_findings(members), *_stream_findings(streams)]
    return FileFacts(
        format=FileFormat.SEVEN_ZIP,
        size_bytes=window.size,
        header_bytes=min(len(window.head) + window.fetched_bytes, window.size or 0),
        members=tuple(member.name for member in members),
        findings=tuple(findings),
    )


def _header(window: Window) -> bytes:
    """Return the header, unpacked."""
    raw = window.exactly(0, _START.size)
    _, _, crc, offset, size, header_crc = _START.unpack(raw)
    if zlib.crc32(raw[12:]) != crc:
        raise broken("its first bytes do not fit their checksum")
    found = window.exactly(_START.size + offset, size) if size else b""
    if zlib.crc32(found) != header_crc:
        raise broken("its header does not fit its checksum")
    for _ in range(_MOST_ENCODINGS):
        if found[:1] != bytes([Part.ENCODED_HEADER]):
            return found
        found = _unpacked(window, found)
    raise broken("its header is packed again and again")


def _unpacked(window: Window, raw: bytes) -> bytes:
    header = HeaderBytes(raw)
    header.expect(Part.ENCODED_HEADER)
    streams = read_streams(header)
    if len(streams.folders) != 1 or not streams.packed or not streams.folders[0].sizes:
        raise broken("its header lies in no single stream")
    folder = streams.folders[0]
    if any(coder.method == _AES for coder in folder.coders):
        raise UnreadableModelFile("encrypted_archive", "The archive's list of files is encrypted.")
    size = folder.sizes[-1]
    if len(folder.coders) != 1 or size > window.most_bytes:
        raise HeaderTooLarge(window.most_bytes) if len(folder.coders) == 1 else _unknown()
    packed = window.exactly(_START.size + streams.start, streams.packed[0])
    if size > _BOMB_RATIO * max(len(packed), 1) and size > 1 << 20:
        raise UnreadableModelFile("archive_bomb", "The archive's list of files grows too much.")
    return _decoded(folder.coders[0], packed, size)


def _decoded(coder: Coder, packed: bytes, size: int) -> bytes:
    if coder.method == _COPY:
        return packed[:size]
    try:
        decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[_filter(coder, size)])
        plain = decoder.decompress(packed, size)
    except (lzma.LZMAError, ValueError) as error:
        raise broken("its header cannot be unpacked") from error
    if len(plain) != size:
        raise broken("its header is shorter than declared")
    return plain


def _filter(coder: Coder, size: int) -> dict[str, int]:
    """Return the settings for Python's decoder; a dictionary never exceeds what it unpacks."""
    dictionary = max(_SMALLEST_DICTIONARY, size)
    if coder.method == _LZMA2:
        return {"id": lzma.FILTER_LZMA2, "dict_size": dictionary}
    if coder.method != _LZMA or len(coder.settings) != _LZMA_SETTINGS_BYTES:
        raise _unknown()
    rest, literal_context = divmod(coder.settings[0], 9)
    position, literal_position = divmod(rest, 5)
    return {
        "id": lzma.FILTER_LZMA1,
        "dict_size": dictionary,
        "lc": literal_context,
        "lp": literal_position,
        "pb": position,
    }


def _read(header: HeaderBytes) -> tuple[Streams, list[Member]]:
    streams = Streams()
    members: list[Member] = []
    while (part := header.byte()) != Part.END:
        if part == Part.ARCHIVE_PROPERTIES:
            while header.byte() != Part.END:
                header.take(header.number())
        elif part == Part.ADDITIONAL_STREAMS:
            read_streams(header)
        elif part == Part.MAIN_STREAMS:
            streams = read_streams(header)
        elif part == Part.FILES:
            members = _files(header, streams.sizes)
        else:
            raise broken(f"its header has an unknown part {part}")
    return streams, members


def _files(header: HeaderBytes, sizes: list[int]) -> list[Member]:
    count = header.count()
    names = [""] * count
    is_empty = [False] * count
    attributes = [0] * count
    while (part := header.byte()) != Part.END:
        content = HeaderBytes(header.take(header.number()))
        if part == Part.NAMES:
            names = _names(content, count)
        elif part == Part.EMPTY_STREAMS:
            is_empty = content.bits(count)
        elif part == Part.ATTRIBUTES:
            attributes = _attributes(content, count)
    given = iter(sizes)
    return [
        Member(
            name=name,
            size=(size := 0 if empty else next(given, 0)),
            packed=size,
            is_link=_is_link(bits),
        )
        for name, empty, bits in zip(names, is_empty, attributes, strict=True)
    ]


def _names(content: HeaderBytes, count: int) -> list[str]:
    content.expect(0)
    units: list[bytearray] = [bytearray()]
    while len(units) <= count:
        unit = content.take(2)
        if unit == b"\0\0":
            units.append(bytearray())
        else:
            units[-1] += unit
    return [unit.decode("utf-16-le", "replace").replace("\\", "/") for unit in units[:count]]


def _attributes(content: HeaderBytes, count: int) -> list[int]:
    defined = content.optional_bits(count)
    content.expect(0)
    return [int.from_bytes(content.take(4), "little") if has else 0 for has in defined]


def _is_link(attributes: int) -> bool:
    if attributes & _UNIX_ATTRIBUTES:
        return stat.S_ISLNK(attributes >> 16)
    return bool(attributes & _REPARSE_POINT)


def _stream_findings(streams: Streams) -> Iterator[FileFinding]:
    packed, plain = sum(streams.packed), sum(streams.sizes)
    if plain > _BOMB_RATIO * max(packed, 1) and plain > 64 << 20:
        yield FileFinding(
            "archive_bomb", f"{packed} packed bytes say that they unpack to {plain} bytes."
        )
    if any(coder.method == _AES for folder in streams.folders for coder in folder.coders):
        yield FileFinding("encrypted_member", "Members of the archive are encrypted.")


def _unknown() -> UnreadableModelFile:
    return UnreadableModelFile(
        "unknown_compression", "The archive's list of files is packed by an unknown method."
    )
