"""Read the files a Civitai version lists.

Pure Python: importing this module must never import Django.

Source: facts/civitai.md section 1 ("files[]" and "Hash definitions").
"""

import math
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from hub_sync.payloads.contents import PayloadError
from registry.fingerprints.digests import Algorithm
from registry.snapshots import Digest, FileSnapshot

_BYTES_PER_KIB = 1024
_SHA256_DIGITS = 64
_LARGEST_KIB = 2**50
_LONGEST_WORD = 64  # characters of a type, a kind or a format

# Wire name -> our algorithm and its length in hex digits. AutoV3 is the first 12 digits on the
# wire (458 of 458 files in the 2025 data); a scanner's full value is cut to them.
_DIGESTS = (
    ("AutoV1", Algorithm.AUTOV1.value, 8),
    ("AutoV3", Algorithm.AUTOV3.value, 12),
    ("BLAKE3", Algorithm.BLAKE3.value, 64),
    ("CRC32", Algorithm.CRC32.value, 8),
)
_HEX = re.compile(r"[0-9a-f]+", re.ASCII)


class CivitaiFile(msgspec.Struct, rename="camel", gc=False):
    """One entry of ``files[]``."""

    id: int
    name: str
    size_kib: float | None = msgspec.field(default=None, name="sizeKB")
    type: str | None = None
    metadata: dict[str, Any] | None = None
    hashes: dict[str, str | None] | None = None
    primary: bool | None = None
    download_url: str | None = None


def files_of(files: Sequence[CivitaiFile]) -> tuple[FileSnapshot, ...]:
    """Return what is known of each file; should one id come twice, the last counts.

    :raises PayloadError: if a size or a SHA-256 cannot be one
    """
    latest = {file.id: file for file in files}
    return tuple(_file(file) for file in latest.values())


def word(text: str, what: str) -> str:
    """Return a hub's word for something.

    :raises PayloadError: if it is longer than any word
    """
    if len(text) > _LONGEST_WORD:
        raise PayloadError(f"{what} has {len(text)} characters")
    return text


def _file(file: CivitaiFile) -> FileSnapshot:
    sha256, digests = _digests(file)
    return FileSnapshot(
        hub_file_id=str(file.id),
        filename=file.name,
        size_bytes=_size_bytes(file),
        kind=word(file.type or "", "file type"),
        file_format=word(str((file.metadata or {}).get("format") or ""), "file format"),
        is_primary=bool(file.primary),
        sha256=sha256,
        digests=digests,
        download_url=file.download_url or "",
    )


def _size_bytes(file: CivitaiFile) -> int | None:
    """Return bytes from the float KiB on the wire (1 KiB = 1,024 bytes).

    :raises PayloadError: if it is no size
    """
    if file.size_kib is None:
        return None
    if not (math.isfinite(file.size_kib) and 0 <= file.size_kib < _LARGEST_KIB):
        raise PayloadError(f"file {file.id}: sizeKB is {file.size_kib}")
    return round(file.size_kib * _BYTES_PER_KIB)


def _digests(file: CivitaiFile) -> tuple[str, tuple[Digest, ...]]:
    """Return the SHA-256 and the other digests, lower case.

    AutoV2 is left out: it is the beginning of the SHA-256. Another digest that is not hex of its
    length names nothing and is left out too.

    :raises PayloadError: if the SHA-256, which names the bytes, is not 64 hex digits
    """
    hashes = file.hashes or {}
    sha256 = (hashes.get("SHA256") or "").strip().lower()
    if sha256 and not (len(sha256) == _SHA256_DIGITS and _HEX.fullmatch(sha256)):
        raise PayloadError(f"file {file.id}: SHA256 is {sha256[:80]!r}")
    found = []
    for name, algorithm, length in _DIGESTS:
        value = (hashes.get(name) or "").strip().lower()
        if name == "AutoV3":
            value = value[:length]
        if len(value) == length and _HEX.fullmatch(value):
            found.append(Digest(algorithm, value))
    return sha256, tuple(found)
