"""Digests that name a model file: what a text could be, and all of a file's digests in one pass.

Pure Python: importing this module must never import Django.

Source: facts/civitai.md section 1, "Hash definitions" (civitai/model-scanner, ``HashTask.cs``).
"""

import hashlib
import os
import re
import stat
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from io import FileIO

from blake3 import blake3

from registry.errors import BadInput, Unavailable

CHUNK_BYTES = 1 << 20
AUTOV1_OFFSET = 0x100000
AUTOV1_BYTES = 0x10000
AUTOV1_SMALLEST_FILE = 0x200000
AUTOV3_LARGEST_HEADER = 16 << 20  # a longer header length is skipped itself, not the header
LENGTH_FIELD_BYTES = 8
FULL_HEX = 64
SHORTEST_HEX = 8
LONGEST_QUERY = 200

_HEX = re.compile(r"[0-9a-f]+", re.ASCII)

Progress = Callable[[int, int], object]


class UnreadableDigest(BadInput):
    """A text is no digest that we know how to look up."""


class UnreadableFile(BadInput):
    """There is no file there that can be hashed."""


class FileChanged(Unavailable):
    """A file changed or could not be read to its end; a second try may succeed."""


class Algorithm(StrEnum):
    """How a digest is made. Every value is kept in lower-case hexadecimal digits."""

    SHA256 = "sha256"
    AUTOV1 = "autov1"  # 8 digits over 64 KiB in the middle: collides by the hundred
    AUTOV2 = "autov2"  # the first 10 digits of the SHA-256
    AUTOV3 = "autov3"  # 12 digits over what follows a safetensors header
    BLAKE3 = "blake3"
    CRC32 = "crc32"  # in storage order: ``hello world`` is 85114a0d


HEX_LENGTHS: Mapping[Algorithm, int] = {
    Algorithm.SHA256: FULL_HEX,
    Algorithm.AUTOV1: 8,
    Algorithm.AUTOV2: 10,
    Algorithm.AUTOV3: 12,
    Algorithm.BLAKE3: FULL_HEX,
    Algorithm.CRC32: 8,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestCandidate:
    """One thing a text could be, and what to look for.

    ``value`` is spelt as it is stored. ``is_prefix``: it starts a SHA-256 and is not all of it.
    ``is_exact``: a match names the bytes. Otherwise a match is a candidate: the kind collides,
    covers only a part of the file, or was cut short.
    """

    algorithm: Algorithm
    value: str
    is_exact: bool = False
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class DigestQuery:
    """A text read as a digest: the likeliest candidate first, never empty."""

    hexadecimal: str
    candidates: tuple[DigestCandidate, ...]


def parse_digest(text: str) -> DigestQuery:
    """Return every kind of digest that ``text`` could be.

    Takes bare digits in any case, ``0x`` before them (ModelSpec's ``hash_sha256``), and the name
    of an algorithm with a colon (``sha256:...``), which leaves that kind only. CRC-32 is kept in
    the order given.

    :raises UnreadableDigest: if ``text`` is not 8 to 64 hexadecimal digits, or has another length
        than the algorithm it names
    """
    if len(text) > LONGEST_QUERY:
        raise UnreadableDigest("That is too long to be a digest: 64 digits are the most.")
    name, colon, rest = text.strip().lower().partition(":")
    digits = (rest if colon else name).strip().removeprefix("0x")
    if not _HEX.fullmatch(digits) or not SHORTEST_HEX <= len(digits) <= FULL_HEX:
        raise UnreadableDigest(
            f"{text.strip()!r} is not a digest: 8 to 64 hexadecimal digits are expected."
        )
    if colon:
        return DigestQuery(digits, (_named_candidate(name.strip(), digits),))
    return DigestQuery(digits, _candidates(digits))


def _candidates(digits: str) -> tuple[DigestCandidate, ...]:
    if len(digits) == FULL_HEX:
        return (
            DigestCandidate(algorithm=Algorithm.SHA256, value=digits, is_exact=True),
            DigestCandidate(algorithm=Algorithm.BLAKE3, value=digits, is_exact=True),
            DigestCandidate(algorithm=Algorithm.AUTOV3, value=_stored_autov3(digits)),
        )
    short = {
        8: (Algorithm.AUTOV1, Algorithm.CRC32),
        12: (Algorithm.AUTOV3,),
    }.get(len(digits), ())
    kinds = tuple(DigestCandidate(algorithm=kind, value=digits) for kind in short)
    return (*kinds, _sha256_prefix(digits))


def _named_candidate(name: str, digits: str) -> DigestCandidate:
    try:
        algorithm = Algorithm(name)
    except ValueError as error:
        known = ", ".join(Algorithm)
        raise UnreadableDigest(f"{name!r} is no digest kind; known are {known}.") from error
    full = len(digits) == FULL_HEX
    if algorithm is Algorithm.SHA256 and not full:
        return _sha256_prefix(digits)
    if algorithm is Algorithm.AUTOV3 and full:
        return DigestCandidate(algorithm=algorithm, value=_stored_autov3(digits))
    if len(digits) != HEX_LENGTHS[algorithm]:
        raise UnreadableDigest(
            f"{algorithm.value} has {HEX_LENGTHS[algorithm]} digits, not {len(digits)}."
        )
    if algorithm is Algorithm.AUTOV2:
        return _sha256_prefix(digits)
    return DigestCandidate(algorithm=algorithm, value=digits, is_exact=full)


def _sha256_prefix(digits: str) -> DigestCandidate:
    kind = Algorithm.AUTOV2 if len(digits) == HEX_LENGTHS[Algorithm.AUTOV2] else Algorithm.SHA256
    return DigestCandidate(algorithm=kind, value=digits, is_prefix=True)


def _stored_autov3(digits: str) -> str:
    """Hubs list the first 12 digits; kohya's ``sshs_model_hash`` has all 64."""
    return digits[: HEX_LENGTHS[Algorithm.AUTOV3]]


@dataclass(frozen=True, slots=True)
class FileDigests:
    """All digests of one file; a kind that is not defined for it is absent."""

    size_bytes: int
    values: Mapping[Algorithm, str]

    @property
    def sha256(self) -> str:
        """Return the SHA-256, which every file has."""
        return self.values[Algorithm.SHA256]


def digest_file(path: str | os.PathLike[str], *, progress: Progress | None = None) -> FileDigests:
    """Return all digests of a file, reading it once, in constant memory.

    ``progress`` is called with the bytes read so far and the size, both in bytes.

    AutoV1 is undefined below 2 MiB, AutoV3 where the header would end behind the file's end.

    :raises UnreadableFile: if there is no ordinary file at ``path`` that we may read
    :raises FileChanged: if the file changes or ends while it is read, or the disk fails
    """
    shown = repr(str(path))
    with _opened(path) as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise UnreadableFile(f"{shown} is not an ordinary file.")
        try:
            hashes = _read(file, size_bytes=before.st_size, progress=progress)
        except OSError as error:
            raise FileChanged(f"Reading {shown} failed: {error.strerror}.") from error
        after = os.fstat(file.fileno())
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    if not same or hashes.position != before.st_size:
        raise FileChanged(f"{shown} changed while it was read.")
    return FileDigests(before.st_size, hashes.values())


def _opened(path: str | os.PathLike[str]) -> FileIO:
    try:
        return FileIO(path, opener=_open_without_waiting)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise UnreadableFile(f"Cannot open {str(path)!r}: {reason}.") from error


def _open_without_waiting(path: str, flags: int) -> int:
    """Open; a named pipe without a writer must not hold us up."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _read(file: FileIO, *, size_bytes: int, progress: Progress | None) -> "_RunningHashes":
    hashes = _RunningHashes(size_bytes)
    buffer = memoryview(bytearray(CHUNK_BYTES))
    while hashes.position <= size_bytes and (count := _fill(file, buffer)):
        hashes.update(buffer[:count])
        if progress is not None:
            progress(hashes.position, size_bytes)
    return hashes


def _fill(file: FileIO, buffer: memoryview) -> int:
    """Read until ``buffer`` is full or the file ends: a short read must not split a field."""
    count = 0
    while count < len(buffer) and (got := file.readinto(buffer[count:])):
        count += got
    return count


class _RunningHashes:
    """Every hash of one file, fed chunk by chunk."""

    def __init__(self, size_bytes: int) -> None:
        self.position = 0
        self._size = size_bytes
        self._sha256 = hashlib.sha256()
        self._blake3 = blake3()
        self._crc32 = 0
        self._autov1 = hashlib.sha256()
        self._autov3 = hashlib.sha256()
        self._tensors_start = size_bytes + 1  # not known before the first chunk

    def update(self, chunk: memoryview) -> None:
        if self.position == 0:
            self._tensors_start = _tensors_start(chunk, size_bytes=self._size)
        self._sha256.update(chunk)
        self._blake3.update(chunk)
        self._crc32 = zlib.crc32(chunk, self._crc32)
        self._autov1.update(self._part(chunk, AUTOV1_OFFSET, AUTOV1_OFFSET + AUTOV1_BYTES))
        self._autov3.update(self._part(chunk, self._tensors_start, None))
        self.position += len(chunk)

    def _part(self, chunk: memoryview, start: int, end: int | None) -> memoryview:
        first = max(start - self.position, 0)
        last = len(chunk) if end is None else max(end - self.position, 0)
        return chunk[first:last]

    def values(self) -> dict[Algorithm, str]:
        sha256 = self._sha256.hexdigest()
        found = {
            Algorithm.SHA256: sha256,
            Algorithm.AUTOV2: sha256[: HEX_LENGTHS[Algorithm.AUTOV2]],
            Algorithm.BLAKE3: self._blake3.hexdigest(),
            Algorithm.CRC32: self._crc32.to_bytes(4, "little").hex(),
        }
        if self._size >= AUTOV1_SMALLEST_FILE:
            found[Algorithm.AUTOV1] = self._autov1.hexdigest()[: HEX_LENGTHS[Algorithm.AUTOV1]]
        if self._tensors_start <= self._size:
            found[Algorithm.AUTOV3] = _stored_autov3(self._autov3.hexdigest())
        return found


def _tensors_start(chunk: memoryview, *, size_bytes: int) -> int:
    """Return where AutoV3 begins to hash; behind the file's end if it cannot."""
    if len(chunk) < LENGTH_FIELD_BYTES:
        return size_bytes + 1
    header = int.from_bytes(chunk[:LENGTH_FIELD_BYTES], "little")
    return LENGTH_FIELD_BYTES + (header if header < AUTOV3_LARGEST_HEADER else 0)
