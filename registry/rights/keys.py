"""Sorted arrays of digests: which bytes a digest, or the beginning of one, could name.

A digest's key is its first eight bytes as a number; shorter kinds are their key. Digests of 32
bytes keep the other 24 beside it, and are compared whole. Pure Python: importing this module must
never import Django.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from registry.fingerprints.algorithms import HEX_LENGTHS, OF_TENSORS, Algorithm
from registry.fingerprints.digest_query import DigestCandidate

KEY_BYTES = 8
_KEY_HEX = 2 * KEY_BYTES
REST_BYTES = 24
MOST = 51  # that one digest is said to name; one more than is ever listed

WHOLE = (Algorithm.SHA256, Algorithm.BLAKE3, *OF_TENSORS)
SHORT = (Algorithm.AUTOV1, Algorithm.AUTOV3, Algorithm.CRC32)

Array = npt.NDArray[Any]


def whole_section(algorithm: Algorithm, digests: Array, artifacts: Array) -> dict[str, Array]:
    """Return the arrays of one kind of 32 bytes; ``digests`` has type ``V32``."""
    raw = digests.view(np.uint8).reshape(-1, KEY_BYTES + REST_BYTES)
    keys = np.ascontiguousarray(raw[:, :KEY_BYTES]).view(">u8").reshape(-1).astype("<u8")
    words = np.ascontiguousarray(raw[:, KEY_BYTES:]).view(">u8").reshape(-1, 3)
    sort = np.lexsort((words[:, 2], words[:, 1], words[:, 0], keys))
    rest = np.ascontiguousarray(raw[sort, KEY_BYTES:]).view(f"V{REST_BYTES}").reshape(-1)
    name = algorithm.value
    return {
        f"{name}.keys": keys[sort],
        f"{name}.rest": rest,
        f"{name}.artifacts": artifacts[sort].astype("<i4"),
    }


def short_section(algorithm: Algorithm, keys: Array, artifacts: Array) -> dict[str, Array]:
    """Return the arrays of one kind of up to eight bytes, each as a number."""
    sort = np.lexsort((artifacts, keys))
    name = algorithm.value
    return {
        f"{name}.keys": keys[sort].astype("<u8"),
        f"{name}.artifacts": artifacts[sort].astype("<i4"),
    }


@dataclass(frozen=True, slots=True)
class Keys:
    """The sections of one file."""

    arrays: Mapping[str, memoryview]

    @property
    def is_whole(self) -> bool:
        """Return whether every kind that is asked for has a section; an older file may lack one."""
        return all(f"{kind.value}.keys" in self.arrays for kind in (*WHOLE, *SHORT))

    def named_whole(self, algorithm: Algorithm, digits: str) -> list[int]:
        """Return the primary keys of the bytes that have this digest of 32 bytes."""
        name = algorithm.value
        keys, key = self.arrays[f"{name}.keys"], int(digits[:_KEY_HEX], 16)
        at = bisect_left(keys, key)
        if at == len(keys) or keys[at] != key:
            return []
        found, rests = self.arrays[f"{name}.artifacts"], self.arrays[f"{name}.rest"]
        rest = bytes.fromhex(digits[_KEY_HEX:])
        artifacts: list[int] = []
        while at < len(keys) and keys[at] == key and len(artifacts) < MOST:
            if rests[at * REST_BYTES : (at + 1) * REST_BYTES] == rest:
                artifacts.append(found[at])
            at += 1
        return artifacts

    def artifacts(self, candidate: DigestCandidate) -> list[int]:
        """Return the primary keys of the bytes a candidate could name, ``MOST`` at most."""
        name = candidate.algorithm.value
        if candidate.is_prefix or candidate.algorithm is Algorithm.SHA256:
            return self._beginning("sha256", candidate.value)
        if candidate.algorithm in WHOLE:
            return self._beginning(name, candidate.value)
        if len(candidate.value) != HEX_LENGTHS[candidate.algorithm]:
            return []
        key = int(candidate.value, 16)
        keys, found = self.arrays[f"{name}.keys"], self.arrays[f"{name}.artifacts"]
        at = bisect_left(keys, key)
        end = at
        while end < len(keys) and keys[end] == key and end - at < MOST:
            end += 1
        return found[at:end].tolist()

    def _beginning(self, name: str, digits: str) -> list[int]:
        """Return the artifacts whose digest begins with ``digits``; all of it, if those are 64."""
        keys, found = self.arrays[f"{name}.keys"], self.arrays[f"{name}.artifacts"]
        low = int(digits[:_KEY_HEX].ljust(_KEY_HEX, "0"), 16)
        high = int(digits[:_KEY_HEX].ljust(_KEY_HEX, "f"), 16)
        more = digits[_KEY_HEX:]
        at = bisect_left(keys, low)
        artifacts: list[int] = []
        while at < len(keys) and keys[at] <= high and len(artifacts) < MOST:
            if not more or self._rest(name, at).startswith(more):
                artifacts.append(found[at])
            at += 1
        return artifacts

    def _rest(self, name: str, place: int) -> str:
        rest = self.arrays[f"{name}.rest"]
        return bytes(rest[place * REST_BYTES : (place + 1) * REST_BYTES]).hex()
