"""Read stored rights: of some versions, pages or bytes, without computing anything."""

import struct
from collections.abc import Collection, Iterable, Mapping

from registry.models import RightsChunk, RightsKind, RightsRow
from registry.rights.coding import CHUNK, NOBODY
from registry.rights.layout import layout

_CODE_BYTES = 4


def stored_codes(*, kind: RightsKind, numbers: Collection[int]) -> dict[int, int]:
    """Return the codes of those of ``numbers`` (primary keys) that an epoch knows."""
    chunks = {number // CHUNK for number in numbers}
    found = RightsChunk.objects.filter(kind=kind, number__in=chunks).order_by("number")
    codes = {number: bytes(data) for number, data in found.values_list("number", "codes")}
    known = {n: _code(codes[n // CHUNK], n % CHUNK) for n in numbers if n // CHUNK in codes}
    return {number: code for number, code in known.items() if code != NOBODY}


def stored_rows(*, codes: Iterable[int]) -> Mapping[int, tuple[int, ...]]:
    """Return the words of those of ``codes`` that are of the layout as it stands."""
    found = RightsRow.objects.filter(code__in=set(codes), layout=layout().name).order_by("code")
    return {code: unpacked(bytes(words)) for code, words in found.values_list("code", "words")}


def unpacked(words: bytes) -> tuple[int, ...]:
    """Return the 64-bit words of a stored row."""
    return struct.unpack(f"<{len(words) // 8}Q", words)


def _code(codes: bytes, place: int) -> int:
    return int.from_bytes(codes[place * _CODE_BYTES : (place + 1) * _CODE_BYTES], "little")
