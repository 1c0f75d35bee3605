"""Decode the operations of a pickle without carrying any out.

Pure Python: importing this module must never import Django.

Source: ``pickletools`` of Python 3.11, protocols 0 to 5; a test compares the tables.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from registry.fingerprints.model_file import UnreadableModelFile
from registry.fingerprints.readers.limits import MOST_TEXT_BYTES
from registry.fingerprints.readers.window import Cursor

_LONGEST_LINE = 64 << 10
_MOST_DIGITS = 4_000  # Python refuses to convert longer ones
_LONGEST_LONG_BYTES = 1_600  # as many digits
_FLOAT = struct.Struct(">d")


@dataclass(frozen=True, slots=True)
class Blob:
    """A text or bytes too long to hold; ``start`` is its place in the file."""

    start: int
    size_bytes: int


Argument = int | float | str | bytes | bool | tuple[str, str] | Blob | None


def operations(cursor: Cursor) -> Iterator[tuple[str, Argument]]:
    """Yield the name and the argument of each operation, up to and with ``STOP``.

    :raises UnreadableModelFile: ``pickle_broken``, or ``file_truncated``
    """
    while True:
        code = cursor.take(1)
        known = _OPERATIONS.get(code)
        if known is None:
            raise broken(f"{code!r} is no operation")
        name, read = known
        yield name, read(cursor) if read is not None else None
        if name == "STOP":
            return


def broken(what: str) -> UnreadableModelFile:
    """Return the error of a pickle that no Python would read."""
    return UnreadableModelFile("pickle_broken", f"This is no valid pickle: {what}.")


Reader = Callable[[Cursor], Argument]


def _integer(size: int, *, is_signed: bool = False) -> Reader:
    return lambda cursor: cursor.number(size, is_signed=is_signed)


def _counted(size: int, *, is_text: bool, encoding: str = "utf-8") -> Reader:
    def read(cursor: Cursor) -> Argument:
        count = cursor.number(size)
        if count > MOST_TEXT_BYTES:
            start = cursor.position
            cursor.skip(count)
            return Blob(start, count)
        raw = cursor.take(count)
        return raw.decode(encoding, "backslashreplace") if is_text else raw

    return read


def _long(size: int) -> Reader:
    def read(cursor: Cursor) -> Argument:
        count = cursor.number(size, is_signed=size > 1)
        if not 0 <= count <= _LONGEST_LONG_BYTES:
            raise broken(f"a number of {count} bytes")
        return int.from_bytes(cursor.take(count), "little", signed=True)

    return read


def _line(cursor: Cursor) -> bytes:
    found = bytearray()
    while (byte := cursor.take(1)) != b"\n":
        if len(found) >= _LONGEST_LINE:
            raise broken("a line does not end")
        found += byte
    return bytes(found)


def _text_line(cursor: Cursor) -> str:
    return _line(cursor).decode("utf-8", "backslashreplace")


def _number_line(cursor: Cursor) -> int | bool:
    line = _line(cursor)
    if line in {b"00", b"01"}:
        return line == b"01"
    if len(line) > _MOST_DIGITS:
        raise broken("a number is too long")
    try:
        return int(line.removesuffix(b"L"))
    except ValueError as error:
        raise broken("a number is none") from error


def _float_line(cursor: Cursor) -> float:
    try:
        return float(_line(cursor))
    except ValueError as error:
        raise broken("a number is none") from error


def _quoted_line(cursor: Cursor) -> str:
    line = _line(cursor).strip()
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in {b"'", b'"'}:  # noqa: PLR2004
        raise broken("a text has no quotes")
    return line[1:-1].decode("latin-1")


def _float(cursor: Cursor) -> float:
    value: float = _FLOAT.unpack(cursor.take(8))[0]
    return value


def _names(cursor: Cursor) -> tuple[str, str]:
    return _text_line(cursor), _text_line(cursor)


_OPERATIONS: Mapping[bytes, tuple[str, Reader | None]] = {
    b"(": ("MARK", None),
    b".": ("STOP", None),
    b"0": ("POP", None),
    b"1": ("POP_MARK", None),
    b"2": ("DUP", None),
    b"F": ("FLOAT", _float_line),
    b"I": ("INT", _number_line),
    b"J": ("BININT", _integer(4, is_signed=True)),
    b"K": ("BININT1", _integer(1)),
    b"L": ("LONG", _number_line),
    b"M": ("BININT2", _integer(2)),
    b"N": ("NONE", None),
    b"P": ("PERSID", _text_line),
    b"Q": ("BINPERSID", None),
    b"R": ("REDUCE", None),
    b"S": ("STRING", _quoted_line),
    b"T": ("BINSTRING", _counted(4, is_text=True, encoding="latin-1")),
    b"U": ("SHORT_BINSTRING", _counted(1, is_text=True, encoding="latin-1")),
    b"V": ("UNICODE", _text_line),
    b"X": ("BINUNICODE", _counted(4, is_text=True)),
    b"a": ("APPEND", None),
    b"b": ("BUILD", None),
    b"c": ("GLOBAL", _names),
    b"d": ("DICT", None),
    b"}": ("EMPTY_DICT", None),
    b"e": ("APPENDS", None),
    b"g": ("GET", _number_line),
    b"h": ("BINGET", _integer(1)),
    b"i": ("INST", _names),
    b"j": ("LONG_BINGET", _integer(4)),
    b"l": ("LIST", None),
    b"]": ("EMPTY_LIST", None),
    b"o": ("OBJ", None),
    b"p": ("PUT", _number_line),
    b"q": ("BINPUT", _integer(1)),
    b"r": ("LONG_BINPUT", _integer(4)),
    b"s": ("SETITEM", None),
    b"t": ("TUPLE", None),
    b")": ("EMPTY_TUPLE", None),
    b"u": ("SETITEMS", None),
    b"G": ("BINFLOAT", _float),
    b"\x80": ("PROTO", _integer(1)),
    b"\x81": ("NEWOBJ", None),
    b"\x82": ("EXT1", _integer(1)),
    b"\x83": ("EXT2", _integer(2)),
    b"\x84": ("EXT4", _integer(4, is_signed=True)),
    b"\x85": ("TUPLE1", None),
    b"\x86": ("TUPLE2", None),
    b"\x87": ("TUPLE3", None),
    b"\x88": ("NEWTRUE", None),
    b"\x89": ("NEWFALSE", None),
    b"\x8a": ("LONG1", _long(1)),
    b"\x8b": ("LONG4", _long(4)),
    b"B": ("BINBYTES", _counted(4, is_text=False)),
    b"C": ("SHORT_BINBYTES", _counted(1, is_text=False)),
    b"\x8c": ("SHORT_BINUNICODE", _counted(1, is_text=True)),
    b"\x8d": ("BINUNICODE8", _counted(8, is_text=True)),
    b"\x8e": ("BINBYTES8", _counted(8, is_text=False)),
    b"\x8f": ("EMPTY_SET", None),
    b"\x90": ("ADDITEMS", None),
    b"\x91": ("FROZENSET", None),
    b"\x92": ("NEWOBJ_EX", None),
    b"\x93": ("STACK_GLOBAL", None),
    b"\x94": ("MEMOIZE", None),
    b"\x95": ("FRAME", _integer(8)),
    b"\x96": ("BYTEARRAY8", _counted(8, is_text=False)),
    b"\x97": ("NEXT_BUFFER", None),
    b"\x98": ("READONLY_BUFFER", None),
}
