"""Read members of a zip archive within bounds.

Pure Python: importing this module must never import Django.

Source: PKWARE APPNOTE 6.3.10, section 4.3.7.
"""

import struct
import zlib

from registry.fingerprints.model_file import UnreadableModelFile
from registry.fingerprints.readers.archive_members import is_bomb
from registry.fingerprints.readers.findings import quoted
from registry.fingerprints.readers.window import Window
from registry.fingerprints.readers.zip_listing import ENCRYPTED_FLAG, MAGIC, ZipMember

STORED, DEFLATED = 0, 8
_LOCAL = struct.Struct("<4s5H3I2H")
_PACKED_START = 16 << 10


def data_start(window: Window, member: ZipMember) -> int:
    """Return where a member's bytes begin.

    :raises UnreadableModelFile: ``member_headers_disagree``, if its two headers do
    """
    header = _LOCAL.unpack(window.exactly(member.start, _LOCAL.size))
    magic, _, flags, method, name_length, extra_length = (*header[:4], *header[9:])
    start = member.start + _LOCAL.size
    name = window.exactly(start, name_length)
    is_encrypted = bool(flags & ENCRYPTED_FLAG)
    if (magic, name, method, is_encrypted) != (
        MAGIC,
        member.raw_name,
        member.method,
        member.is_encrypted,
    ):
        raise UnreadableModelFile(
            "member_headers_disagree",
            f"The member {quoted(member.name)} has two headers that disagree.",
        )
    return start + int(name_length) + int(extra_length)


def read_member(window: Window, member: ZipMember, *, most_bytes: int) -> bytes:
    """Return a member's bytes.

    :raises UnreadableModelFile: ``encrypted_member``, ``archive_bomb``, ``member_too_large``,
        ``unknown_compression``, ``member_broken``, or as ``data_start`` does
    """
    if member.is_encrypted:
        raise UnreadableModelFile("encrypted_member", f"{quoted(member.name)} is encrypted.")
    if is_bomb(member):
        raise UnreadableModelFile("archive_bomb", f"{quoted(member.name)} grows too much.")
    if max(member.size, member.packed) > most_bytes:
        raise UnreadableModelFile(
            "member_too_large", f"{quoted(member.name)} has more than {most_bytes} bytes."
        )
    packed = window.exactly(data_start(window, member), member.packed)
    if member.method not in {STORED, DEFLATED}:
        raise _unknown(member)
    plain = packed
    if member.method == DEFLATED:
        plain = _inflated(packed, member, most_bytes=member.size + 1)
    if len(plain) != member.size or zlib.crc32(plain) != member.crc32:
        raise UnreadableModelFile(
            "member_broken", f"{quoted(member.name)} is not of the size or checksum declared."
        )
    return plain


def first_bytes(window: Window, member: ZipMember, count: int) -> bytes:
    """Return up to ``count`` bytes from the start of a member; its checksum is not checked.

    :raises UnreadableModelFile: as ``read_member`` does
    """
    if member.is_encrypted:
        raise UnreadableModelFile("encrypted_member", f"{quoted(member.name)} is encrypted.")
    start = data_start(window, member)
    if member.method == STORED:
        return window.exactly(start, min(count, member.size))
    packed = window.exactly(start, min(member.packed, _PACKED_START + count))
    if member.method != DEFLATED:
        raise _unknown(member)
    return _inflated(packed, member, most_bytes=min(count, member.size))


def _inflated(packed: bytes, member: ZipMember, *, most_bytes: int) -> bytes:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, max(most_bytes, 1))
    except zlib.error as error:
        raise UnreadableModelFile(
            "member_broken", f"{quoted(member.name)} cannot be unpacked."
        ) from error


def _unknown(member: ZipMember) -> UnreadableModelFile:
    return UnreadableModelFile(
        "unknown_compression", f"{quoted(member.name)} is packed by method {member.method}."
    )
