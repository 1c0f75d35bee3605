"""Walk the wire format of Protocol Buffers by offset, so that weights are stepped over unread.

Pure Python: importing this module must never import Django.

Source: the encoding page of the Protocol Buffers documentation. Groups (wire types 3 and 4) are
deprecated, and no message that we read has them.
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from registry.fingerprints.model_file import UnreadableModelFile
from registry.fingerprints.readers.window import Cursor

_LONGEST_VARINT = 10
_LARGEST_FIELD = (1 << 29) - 1
_SIGN_BIT = 1 << 63
_FIXED_BYTES = {1: 8, 5: 4}


class Wire(IntEnum):
    """How a field's value is written."""

    VARINT = 0
    FIXED_64 = 1
    BYTES = 2
    FIXED_32 = 5


_WIRES = {int(wire): wire for wire in Wire}


class WireField(NamedTuple):
    """A field whose value the cursor stands in front of; ``number`` is the value of a varint.

    ``start`` and ``end`` are the value's place in the file, in bytes.
    """

    tag: int
    wire: Wire
    number: int
    start: int
    end: int


def fields(cursor: Cursor, end: int | None = None) -> Iterator[WireField]:
    """Yield the fields up to ``end``; what the caller does not read of a value is stepped over.

    :raises UnreadableModelFile: ``not_protobuf``, or ``file_truncated``
    """
    while end is None or cursor.position < end:
        found = _field(cursor)
        if end is not None and found.end > end:
            cursor.skip(found.end - found.start)  # the file may be what ends too early
            raise _broken("a field is longer than the message it is in")
        yield found
        if cursor.position > found.end:
            raise _broken("a message is longer than its field")
        cursor.skip(found.end - cursor.position)


def varint(cursor: Cursor) -> int:
    """Return an unsigned number of up to 64 bits.

    :raises UnreadableModelFile: ``not_protobuf``, or ``file_truncated``
    """
    byte = cursor.take(1)[0]
    if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follow
        return byte
    value = byte & 0x7F
    for place in range(1, _LONGEST_VARINT):
        byte = cursor.take(1)[0]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follow
            return value & ((1 << 64) - 1)
    raise _broken("a number does not end")


def signed(value: int) -> int:
    """Return a varint read as a signed 64-bit number."""
    return value - (1 << 64) if value & _SIGN_BIT else value


def _field(cursor: Cursor) -> WireField:
    key = varint(cursor)
    tag, wire = key >> 3, _WIRES.get(key & 7)
    if not 0 < tag <= _LARGEST_FIELD or wire is None:
        raise _broken("a field has no valid number or type")
    number = 0
    if wire is Wire.BYTES:
        length = varint(cursor)
    elif wire is Wire.VARINT:
        number, length = varint(cursor), 0
    else:
        length = _FIXED_BYTES[wire]
    return WireField(tag, wire, number, cursor.position, cursor.position + length)


def _broken(what: str) -> UnreadableModelFile:
    return UnreadableModelFile("not_protobuf", f"This is no valid protobuf message: {what}.")
