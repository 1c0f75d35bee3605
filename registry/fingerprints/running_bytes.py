"""Digest a file's bytes while they pass by, once, in order: what hubs and tools name files by.

Pure Python: importing this module must never import Django.

Source: facts/civitai.md section 1, "Hash definitions" (civitai/model-scanner, ``HashTask.cs``).
"""

import hashlib
from collections.abc import Sequence

from blake3 import blake3
from isal import isal_zlib

from registry.fingerprints.algorithms import HEX_LENGTHS, Algorithm, stored_autov3
from registry.fingerprints.fan_out import Consumer

AUTOV1_OFFSET = 0x100000
AUTOV1_BYTES = 0x10000
AUTOV1_SMALLEST_FILE = 0x200000
AUTOV3_LARGEST_HEADER = 16 << 20  # a longer header length is skipped itself, not the header
LENGTH_FIELD_BYTES = 8


class RunningBytes:
    """The digests of one file's bytes, in three shares that may run beside each other."""

    def __init__(self, *, first: bytes, size_bytes: int) -> None:
        """Begin before the first byte.

        :param first: the file's first 8 bytes, or all of them
        """
        self._size = size_bytes
        self._whole = hashlib.sha256()
        self._blake3 = blake3()
        self._crc32 = 0
        self._autov1 = _Part(AUTOV1_OFFSET, AUTOV1_OFFSET + AUTOV1_BYTES)
        self._autov3 = _Part(_tensors_start(first, size_bytes=size_bytes), size_bytes)

    def consumers(self) -> Sequence[Consumer]:
        """Return what takes the file's chunks: each all of them."""
        return self._whole.update, self._update_parts, self._update_quick

    def values(self) -> dict[Algorithm, str]:
        """Return the digests, after the last byte."""
        sha256 = self._whole.hexdigest()
        found = {
            Algorithm.SHA256: sha256,
            Algorithm.AUTOV2: sha256[: HEX_LENGTHS[Algorithm.AUTOV2]],
            Algorithm.BLAKE3: self._blake3.hexdigest(),
            Algorithm.CRC32: self._crc32.to_bytes(4, "little").hex(),
        }
        if self._size >= AUTOV1_SMALLEST_FILE:
            found[Algorithm.AUTOV1] = self._autov1.hexdigest()[: HEX_LENGTHS[Algorithm.AUTOV1]]
        if self._autov3.start <= self._size:
            found[Algorithm.AUTOV3] = stored_autov3(self._autov3.hexdigest())
        return found

    def _update_parts(self, chunk: memoryview) -> None:
        self._autov1.update(chunk)
        self._autov3.update(chunk)

    def _update_quick(self, chunk: memoryview) -> None:
        self._blake3.update(chunk)
        self._crc32 = isal_zlib.crc32(chunk, self._crc32)


class _Part:
    """The SHA-256 of the bytes from one place up to another."""

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self._end = end
        self._position = 0
        self._hash = hashlib.sha256()

    def update(self, chunk: memoryview) -> None:
        first = max(self.start - self._position, 0)
        last = max(self._end - self._position, 0)
        self._hash.update(chunk[first:last])
        self._position += len(chunk)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _tensors_start(first: bytes, *, size_bytes: int) -> int:
    """Return where AutoV3 begins to hash; behind the file's end if it cannot."""
    if len(first) < LENGTH_FIELD_BYTES:
        return size_bytes + 1
    header = int.from_bytes(first[:LENGTH_FIELD_BYTES], "little")
    return LENGTH_FIELD_BYTES + (header if header < AUTOV3_LARGEST_HEADER else 0)
