"""Read the files a Civitai version lists.

Pure Python: importing this module must never import Django.

Source: facts/civitai.md section 1 ("files[]" and "Hash definitions").
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from hub_sync.payloads.contents import PayloadError
from registry.fingerprints.algorithms import Algorithm
from registry.snapshots import Digest, FileSnapshot

_BYTES_PER_KIB = 1024
_SHA256_DIGITS = 64
_LARGEST_KIB = 2**50
_LONGEST_WORD = 64  # characters of a type, a kind or a format
_AUTOV1 = Algorithm.AUTOV1.value
_AUTOV3 = Algorithm.AUTOV3.value
_BLAKE3 = Algorithm.BLAKE3.value
_CRC32 = Algorithm.CRC32.value

_HEX = re.compile(r"[0-9a-f]+", re.ASCII)
_HEX_DIGITS = b"0123456789abcdef"
_LENGTHS = (64, 8, 12, 64, 8)  # of SHA256, AutoV1, AutoV3, BLAKE3, CRC32


class CivitaiHashes(msgspec.Struct, gc=False):
    """The ``hashes`` of a file; AutoV2 is the beginning of the SHA-256."""

    sha256: str | None = msgspec.field(default=None, name="SHA256")
    autov1: str | None = msgspec.field(default=None, name="AutoV1")
    autov3: str | None = msgspec.field(default=None, name="AutoV3")
    blake3: str | None = msgspec.field(default=None, name="BLAKE3")
    crc32: str | None = msgspec.field(default=None, name="CRC32")


class CivitaiMetadata(msgspec.Struct, gc=False):
    """The ``metadata`` of a file, as far as it is of use."""

    format: Any = None


class CivitaiFile(msgspec.Struct, rename="camel", gc=False):
    """One entry of ``files[]``."""

    id: int
    name: str
    size_kib: float | None = msgspec.field(default=None, name="sizeKB")
    type: str | None = None
    metadata: CivitaiMetadata | None = None
    hashes: CivitaiHashes | None = None
    primary: bool | None = None
    download_url: str | None = None


def files_of(files: Sequence[CivitaiFile]) -> tuple[FileSnapshot, ...]:
    """Return what is known of each file; should one id come twice, the last counts.

    :raises PayloadError: if a size or a SHA-256 cannot be one
    """
    if len(files) > 1:
        files = list({file.id: file for file in files}.values())
    return tuple([_file(file) for file in files])


def word(text: str, what: str) -> str:
    """Return a hub's word for something.

    :raises PayloadError: if it is longer than any word
    """
    if len(text) > _LONGEST_WORD:
        raise PayloadError(f"{what} has {len(text)} characters")
    return text


def _file(file: CivitaiFile) -> FileSnapshot:
    sha256, digests = _digests(file)
    stated = file.metadata.format if file.metadata is not None else None
    return FileSnapshot(
        hub_file_id=str(file.id),
        filename=file.name,
        size_bytes=_size_bytes(file),
        kind=word(file.type or "", "file type"),
        file_format=word(str(stated or ""), "file format"),
        is_primary=file.primary is True,
        sha256=sha256,
        digests=digests,
        download_url=file.download_url or "",
    )


def _size_bytes(file: CivitaiFile) -> int | None:
    """Return bytes from the float KiB on the wire (1 KiB = 1,024 bytes).

    :raises PayloadError: if it is no size
    """
    size = file.size_kib
    if size is None:
        return None
    if not 0 <= size < _LARGEST_KIB:  # nor is it NaN
        raise PayloadError(f"file {file.id}: sizeKB is {size}")
    return round(size * _BYTES_PER_KIB)


def _digests(file: CivitaiFile) -> tuple[str, tuple[Digest, ...]]:
    """Return the SHA-256 and the other digests, lower case.

    AutoV3 is the first 12 digits on the wire (458 of 458 files in the 2025 data); a scanner's full
    value is cut to them. Another digest that is not hex of its length names nothing and is left
    out.

    :raises PayloadError: if the SHA-256, which names the bytes, is not 64 hex digits
    """
    said = file.hashes
    if said is None:
        return "", ()
    whole = _whole(said)
    if whole is None:
        return _some_digests(file, said)
    return whole[:64], (
        Digest(_AUTOV1, whole[64:72]),
        Digest(_AUTOV3, whole[72:84]),
        Digest(_BLAKE3, whole[84:148]),
        Digest(_CRC32, whole[148:]),
    )


def _whole(said: CivitaiHashes) -> str | None:
    """Return all digests in a row, lower case, if all are there, as those of nearly every file."""
    sha256, autov1, autov3 = said.sha256 or "", said.autov1 or "", (said.autov3 or "")[:12]
    blake3, crc32 = said.blake3 or "", said.crc32 or ""
    if (len(sha256), len(autov1), len(autov3), len(blake3), len(crc32)) != _LENGTHS:
        return None
    together = f"{sha256}{autov1}{autov3}{blake3}{crc32}".lower()
    return None if together.encode("ascii", "replace").translate(None, _HEX_DIGITS) else together


def _some_digests(file: CivitaiFile, said: CivitaiHashes) -> tuple[str, tuple[Digest, ...]]:
    """Return the digests of a file some of which are missing, or spelt as no digest is."""
    sha256 = _spelt(said.sha256)
    if sha256 and not (len(sha256) == _SHA256_DIGITS and _HEX.fullmatch(sha256)):
        raise PayloadError(f"file {file.id}: SHA256 is {sha256[:80]!r}")
    others = (
        (_AUTOV1, 8, _spelt(said.autov1)),
        (_AUTOV3, 12, _spelt(said.autov3)[:12]),
        (_BLAKE3, 64, _spelt(said.blake3)),
        (_CRC32, 8, _spelt(said.crc32)),
    )
    return sha256, tuple(
        Digest(algorithm, value)
        for algorithm, length, value in others
        if len(value) == length and _HEX.fullmatch(value)
    )


def _spelt(text: str | None) -> str:
    return (text or "").strip().lower()
