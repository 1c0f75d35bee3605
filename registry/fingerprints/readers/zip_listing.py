"""List a zip archive from its central directory.

``zipfile`` builds an object of a kilobyte for each of any number of entries, and tolerates
archives whose two lists of names disagree; scanners were misled that way (CVE-2025-10156).

Pure Python: importing this module must never import Django.

Source: PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5.
"""

import stat
import struct
from dataclasses import dataclass
from itertools import pairwise

from registry.fingerprints.model_file import FileFinding, UnreadableModelFile
from registry.fingerprints.readers.archive_members import Member, member_findings
from registry.fingerprints.readers.findings import named
from registry.fingerprints.readers.limits import MOST_MEMBERS
from registry.fingerprints.readers.window import Window

MAGIC = b"PK\x03\x04"
EMPTY_MAGIC = b"PK\x05\x06"
_END = struct.Struct("<4s4H2IH")
_END_64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_LOCAL_BYTES = 30
_END_MAGIC, _END_64_MAGIC, _LOCATOR_MAGIC, _ENTRY_MAGIC = (
    *(b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02"),
)
_LONGEST_COMMENT = 0xFFFF
_ZIP64 = 0xFFFFFFFF
_ZIP64_EXTRA = 1
ENCRYPTED_FLAG = 0x1
_UTF8_FLAG = 0x800


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipMember(Member):
    """A member with what reading it needs."""

    raw_name: bytes
    method: int
    crc32: int


@dataclass(frozen=True, slots=True)
class ZipListing:
    """The members, in the order of the directory, and what is odd about them."""

    members: tuple[ZipMember, ...]
    findings: tuple[FileFinding, ...]


@dataclass(frozen=True, slots=True)
class _Directory:
    start: int
    size: int
    count: int
    shift: int  # how far everything lies behind where the directory says


def list_zip(window: Window) -> ZipListing:
    """Return the members of the archive.

    :raises UnreadableModelFile: ``zip_broken``, ``too_many_members`` or ``size_unknown``
    """
    directory = _directory(window)
    if directory.count > MOST_MEMBERS:
        raise UnreadableModelFile("too_many_members", f"The archive has {directory.count} members.")
    raw = window.exactly(directory.start, directory.size)
    members: list[ZipMember] = []
    at = 0
    for _ in range(directory.count):
        member, at = _member(raw, at, directory.shift)
        members.append(member)
    if at != len(raw):
        raise _broken("its directory has more than the members it counts")
    findings = [*member_findings(members), *_place_findings(members, directory)]
    return ZipListing(tuple(members), tuple(findings))


def _directory(window: Window) -> _Directory:
    if window.size is None:
        raise UnreadableModelFile(
            "size_unknown", "An archive is listed at its end, and the file's size is unknown."
        )
    first = max(0, window.size - _LONGEST_COMMENT - _END.size)
    tail = window.exactly(first, window.size - first)
    at = tail.rfind(_END_MAGIC)
    while at >= 0 and not _ends_file(tail, at):
        at = tail.rfind(_END_MAGIC, 0, at)
    if at < 0:
        raise _broken("it has no directory at its end")
    _, _, _, _, count, size, offset, _ = _END.unpack_from(tail, at)
    end = first + at
    found = _zip64(window, end)
    if found is not None:
        short = ((count, 0xFFFF), (size, _ZIP64), (offset, _ZIP64))
        if any(a not in {b, most} for (a, most), b in zip(short, found[:3], strict=True)):
            raise _broken("it has two directories that disagree")
        count, size, offset, end = found
    start = end - size
    if start < 0 or offset > start:
        raise _broken("its directory would lie outside of it")
    return _Directory(start, size, count, start - offset)


def _ends_file(tail: bytes, at: int) -> bool:
    if len(tail) - at < _END.size:
        return False
    comment = int(_END.unpack_from(tail, at)[7])
    return len(tail) - at == _END.size + comment


def _zip64(window: Window, end: int) -> tuple[int, int, int, int] | None:
    """Return count, size and offset of the directory and where its end record is, if long."""
    place = end - _LOCATOR.size - _END_64.size
    if place < 0:
        return None
    raw = window.exactly(place, end - place)
    magic, *_, count, size, offset = _END_64.unpack_from(raw)
    if magic != _END_64_MAGIC or raw[_END_64.size :][:4] != _LOCATOR_MAGIC:
        return None
    return count, size, offset, place


def _member(raw: bytes, at: int, shift: int) -> tuple[ZipMember, int]:
    if len(raw) - at < _ENTRY.size:
        raise _broken("its directory ends too early")
    fields = _ENTRY.unpack_from(raw, at)
    magic, made_by, flags, method, crc = fields[0], fields[1], fields[3], fields[4], fields[7]
    packed, size, name_length, extra_length, comment_length = fields[8:13]
    attributes, offset = fields[15], fields[16]
    name_end = at + _ENTRY.size + name_length
    after = name_end + extra_length + comment_length
    if magic != _ENTRY_MAGIC or after > len(raw):
        raise _broken("an entry of its directory is none")
    raw_name = raw[at + _ENTRY.size : name_end]
    size, packed, offset = _long_sizes(
        raw[name_end : name_end + extra_length], size, packed, offset
    )
    member = ZipMember(
        name=raw_name.decode("utf-8" if flags & _UTF8_FLAG else "cp437", "backslashreplace"),
        size=size,
        packed=packed,
        start=offset + shift,
        is_link=made_by >> 8 == 3 and stat.S_ISLNK(attributes >> 16),  # noqa: PLR2004 - Unix
        is_encrypted=bool(flags & ENCRYPTED_FLAG),
        raw_name=raw_name,
        method=method,
        crc32=crc,
    )
    return member, after


def _long_sizes(extra: bytes, *values: int) -> tuple[int, int, int]:
    """Replace what does not fit 32 bits by the extra field, in the order size, packed, offset."""
    found = list(values)
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == _ZIP64_EXTRA:
            longs = [
                int.from_bytes(extra[place : place + 8], "little")
                for place in range(at + 4, min(at + 4 + length, len(extra)) - 7, 8)
            ]
            for place, value in enumerate(found):
                if value == _ZIP64 and longs:
                    found[place] = longs.pop(0)
        at += 4 + length
    return found[0], found[1], found[2]


def _place_findings(members: list[ZipMember], directory: _Directory) -> list[FileFinding]:
    found = []
    if directory.shift:
        found.append(
            FileFinding(
                "bytes_before_archive",
                f"{directory.shift} bytes stand before the archive: the file may be another kind "
                "of file as well.",
            )
        )
    spans = sorted((member.start, member.start + member.packed, member.name) for member in members)
    outside = [name for _, end, name in spans if end + _LOCAL_BYTES > directory.start]
    if outside:
        found.append(
            FileFinding("member_past_end", f"Members would end behind it: {named(outside)}.")
        )
    overlapping = [
        after[2] for before, after in pairwise(spans) if after[0] < before[1] + _LOCAL_BYTES
    ]
    if overlapping:
        found.append(
            FileFinding("overlapping_members", f"Members lie inside others: {named(overlapping)}.")
        )
    return found


def _broken(what: str) -> UnreadableModelFile:
    return UnreadableModelFile("zip_broken", f"This is no valid zip archive: {what}.")
