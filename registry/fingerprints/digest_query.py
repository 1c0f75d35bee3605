"""What a text that looks like a digest could be, and what to look for.

Pure Python: importing this module must never import Django.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from registry.errors import BadInput
from registry.fingerprints.algorithms import (
    FULL_HEX,
    HEX_LENGTHS,
    OF_TENSORS,
    Algorithm,
    other_order,
    stored_autov3,
)

SHORTEST_HEX = 8
LONGEST_QUERY = 200

_HEX = re.compile(r"[0-9a-f]+", re.ASCII)
# What is asked for without the number of a definition: the newest.
ALIASES: Mapping[str, Algorithm] = {
    "tensors": Algorithm.TENSORS,
    "canonical-f16": Algorithm.CANONICAL_F16,
    "canonical-bf16": Algorithm.CANONICAL_BF16,
}


class UnreadableDigest(BadInput):
    """A text is no digest that we know how to look up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestCandidate:
    """One thing a text could be, and what to look for.

    ``value`` is spelt as it is stored. ``is_prefix``: it starts a SHA-256 and is not all of it.
    ``is_exact``: a match names the bytes. Otherwise a match is a candidate: the kind collides,
    covers only a part of the file, was cut short, or names tensors, whatever file holds them.
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
    of an algorithm with a colon (``sha256:...``, ``tensors:...``), which leaves that kind only. A
    CRC-32 is looked for in both byte orders.

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
        return DigestQuery(digits, _named_candidates(name.strip(), digits))
    return DigestQuery(digits, _candidates(digits))


def _candidates(digits: str) -> tuple[DigestCandidate, ...]:
    if len(digits) == FULL_HEX:
        return (
            DigestCandidate(algorithm=Algorithm.SHA256, value=digits, is_exact=True),
            DigestCandidate(algorithm=Algorithm.BLAKE3, value=digits, is_exact=True),
            *(DigestCandidate(algorithm=kind, value=digits) for kind in OF_TENSORS),
            DigestCandidate(algorithm=Algorithm.AUTOV3, value=stored_autov3(digits)),
        )
    short: tuple[DigestCandidate, ...] = ()
    if len(digits) == HEX_LENGTHS[Algorithm.CRC32]:
        short = (DigestCandidate(algorithm=Algorithm.AUTOV1, value=digits), *_crc32(digits))
    elif len(digits) == HEX_LENGTHS[Algorithm.AUTOV3]:
        short = (DigestCandidate(algorithm=Algorithm.AUTOV3, value=digits),)
    return (*short, _sha256_prefix(digits))


def _crc32(digits: str) -> tuple[DigestCandidate, ...]:
    """Hubs store one byte order, most tools print the other; a text does not say which it is."""
    orders = dict.fromkeys((digits, other_order(digits)))
    return tuple(DigestCandidate(algorithm=Algorithm.CRC32, value=value) for value in orders)


def _named_candidates(name: str, digits: str) -> tuple[DigestCandidate, ...]:
    algorithm = ALIASES.get(name) or _algorithm(name)
    candidate = _named_candidate(algorithm, digits)
    return _crc32(digits) if algorithm is Algorithm.CRC32 else (candidate,)


def _algorithm(name: str) -> Algorithm:
    try:
        return Algorithm(name)
    except ValueError as error:
        known = ", ".join([*Algorithm, *ALIASES])
        raise UnreadableDigest(f"{name!r} is no digest kind; known are {known}.") from error


def _named_candidate(algorithm: Algorithm, digits: str) -> DigestCandidate:
    full = len(digits) == FULL_HEX
    if algorithm is Algorithm.SHA256 and not full:
        return _sha256_prefix(digits)
    if algorithm is Algorithm.AUTOV3 and full:
        return DigestCandidate(algorithm=algorithm, value=stored_autov3(digits))
    if len(digits) != HEX_LENGTHS[algorithm]:
        raise UnreadableDigest(
            f"{algorithm.value} has {HEX_LENGTHS[algorithm]} digits, not {len(digits)}."
        )
    if algorithm is Algorithm.AUTOV2:
        return _sha256_prefix(digits)
    is_exact = full and algorithm not in OF_TENSORS
    return DigestCandidate(algorithm=algorithm, value=digits, is_exact=is_exact)


def _sha256_prefix(digits: str) -> DigestCandidate:
    kind = Algorithm.AUTOV2 if len(digits) == HEX_LENGTHS[Algorithm.AUTOV2] else Algorithm.SHA256
    return DigestCandidate(algorithm=kind, value=digits, is_prefix=True)
