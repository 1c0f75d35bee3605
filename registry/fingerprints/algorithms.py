"""The kinds of digest that name a model file, and how each is spelt.

Pure Python: importing this module must never import Django.

Source: facts/civitai.md section 1, "Hash definitions" (civitai/model-scanner, ``HashTask.cs``).
"""

from collections.abc import Mapping
from enum import StrEnum

FULL_HEX = 64


class Algorithm(StrEnum):
    """How a digest is made. Every value is kept in lower-case hexadecimal digits.

    The three of tensors are ours, and their number is that of the definition
    (``registry.fingerprints.tensor_digests``).
    """

    SHA256 = "sha256"
    AUTOV1 = "autov1"  # 8 digits over 64 KiB in the middle: collides by the hundred
    AUTOV2 = "autov2"  # the first 10 digits of the SHA-256
    AUTOV3 = "autov3"  # 12 digits over what follows a safetensors header
    BLAKE3 = "blake3"
    CRC32 = "crc32"  # as the hub stores it, the low byte first: ``hello world`` is 85114a0d
    TENSORS = "tensors1"  # names, shapes, types and bytes of tensors
    CANONICAL_F16 = "canonical1-f16"  # the same, their numbers rounded to F16
    CANONICAL_BF16 = "canonical1-bf16"


HEX_LENGTHS: Mapping[Algorithm, int] = {
    Algorithm.SHA256: FULL_HEX,
    Algorithm.AUTOV1: 8,
    Algorithm.AUTOV2: 10,
    Algorithm.AUTOV3: 12,
    Algorithm.BLAKE3: FULL_HEX,
    Algorithm.CRC32: 8,
    Algorithm.TENSORS: FULL_HEX,
    Algorithm.CANONICAL_F16: FULL_HEX,
    Algorithm.CANONICAL_BF16: FULL_HEX,
}

OF_TENSORS = (Algorithm.TENSORS, Algorithm.CANONICAL_F16, Algorithm.CANONICAL_BF16)


def stored_autov3(digits: str) -> str:
    """Return as much as hubs list, 12 digits; kohya's ``sshs_model_hash`` has all 64."""
    return digits[: HEX_LENGTHS[Algorithm.AUTOV3]]


def other_order(crc32: str) -> str:
    """Return a CRC-32 of 8 digits with its bytes the other way round.

    .NET, and so the hub, writes the low byte first; zlib, zip files and most tools the high one.
    """
    return bytes.fromhex(crc32)[::-1].hex()
