"""The parts of an ONNX graph: ports, initializers, properties.

Pure Python: importing this module must never import Django.

Source of field and type numbers: ``onnx/onnx.proto`` (onnx 1.23.2).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod

from registry.fingerprints.model_file import PortFact, TensorFact, UnreadableModelFile
from registry.fingerprints.readers.findings import quoted
from registry.fingerprints.readers.limits import MOST_DIMENSIONS, MOST_ELEMENTS
from registry.fingerprints.readers.protobuf import Wire, WireField, fields, signed, varint
from registry.fingerprints.readers.window import Cursor

DTYPES: Mapping[int, str] = {
    1: "F32",
    2: "U8",
    3: "I8",
    4: "U16",
    5: "I16",
    6: "I32",
    7: "I64",
    8: "STRING",
    9: "BOOL",
    10: "F16",
    11: "F64",
    12: "U32",
    13: "U64",
    14: "C64",
    15: "C128",
    16: "BF16",
    17: "F8_E4M3",
    18: "F8_E4M3FNUZ",
    19: "F8_E5M2",
    20: "F8_E5M2FNUZ",
    21: "U4",
    22: "I4",
    23: "F4",
    24: "F8_E8M0",
    25: "U2",
    26: "I2",
}
_EXTERNAL = 1


@dataclass(slots=True)
class Initializer:
    """A constant of the graph; ``location``: the file its bytes lie in, if another."""

    name: str = ""
    dtype: str = ""
    shape: list[int] = field(default_factory=list)
    span: tuple[int, int] | None = None
    is_external: bool = False
    location: str = ""

    def fact(self) -> TensorFact:
        """Return it as a tensor.

        :raises UnreadableModelFile: ``size_overflow``
        """
        if min(self.shape, default=0) < 0 or prod(self.shape) > MOST_ELEMENTS:
            raise UnreadableModelFile(
                "size_overflow", f"The initializer {quoted(self.name)} has an impossible shape."
            )
        start, end = self.span or (None, None)
        return TensorFact(self.name, self.dtype, tuple(self.shape), start, end)


def text(cursor: Cursor, found: WireField) -> str:
    """Return the text that a field holds; what is no UTF-8 is shown as escapes.

    :raises UnreadableModelFile: ``not_protobuf``, if the field holds none
    """
    if found.wire is not Wire.BYTES:
        raise UnreadableModelFile("not_protobuf", "A text of the graph is no text.")
    return cursor.take(found.end - found.start).decode("utf-8", "backslashreplace")


def pair(cursor: Cursor, found: WireField) -> tuple[str, str]:
    """Return a key and its value (StringStringEntryProto)."""
    parts = {1: "", 2: ""}
    for part in fields(cursor, found.end):
        if part.tag in parts:
            parts[part.tag] = text(cursor, part)
    return parts[1], parts[2]


def initializer(cursor: Cursor, found: WireField) -> Initializer:
    """Return a TensorProto without its bytes."""
    tensor = Initializer()
    for part in fields(cursor, found.end):
        if part.tag == 1:
            tensor.shape += [signed(number) for number in _numbers(cursor, part)]
            _check_rank(len(tensor.shape))
        elif part.tag == 2:  # noqa: PLR2004 - data_type
            tensor.dtype = _dtype(part.number)
        else:
            _initializer_part(cursor, part, tensor)
    return tensor


def _initializer_part(cursor: Cursor, part: WireField, tensor: Initializer) -> None:
    if part.tag == 8:  # noqa: PLR2004 - name
        tensor.name = text(cursor, part)
    elif part.tag == 9:  # noqa: PLR2004 - raw_data
        tensor.span = (part.start, part.end)
    elif part.tag == 13:  # noqa: PLR2004 - external_data
        key, value = pair(cursor, part)
        if key == "location":
            tensor.location = value
    elif part.tag == 14:  # noqa: PLR2004 - data_location
        tensor.is_external = part.number == _EXTERNAL


def port(cursor: Cursor, found: WireField) -> PortFact:
    """Return a ValueInfoProto."""
    name, dtype = "", ""
    shape: tuple[int | str, ...] = ()
    for part in fields(cursor, found.end):
        if part.tag == 1:
            name = text(cursor, part)
        elif part.tag == 2:  # noqa: PLR2004 - type
            dtype, shape = _port_type(cursor, part)
    return PortFact(name, dtype, shape)


def _port_type(cursor: Cursor, found: WireField) -> tuple[str, tuple[int | str, ...]]:
    dtype = ""
    shape: tuple[int | str, ...] = ()
    for part in fields(cursor, found.end):
        if part.tag == 1:  # tensor_type; sequences, maps and sparse tensors stay unknown
            dtype, shape = _tensor_type(cursor, part)
    return dtype, shape


def _tensor_type(cursor: Cursor, found: WireField) -> tuple[str, tuple[int | str, ...]]:
    dtype = ""
    shape: list[int | str] = []
    for part in fields(cursor, found.end):
        if part.tag == 1:
            dtype = _dtype(part.number)
        elif part.tag == 2:  # noqa: PLR2004 - shape
            for dimension in fields(cursor, part.end):
                _check_rank(len(shape) + 1)
                shape.append(_dimension(cursor, dimension))
    return dtype, tuple(shape)


def _dimension(cursor: Cursor, found: WireField) -> int | str:
    size: int | str = ""
    for part in fields(cursor, found.end):
        if part.tag == 1:
            size = signed(part.number)
        elif part.tag == 2:  # noqa: PLR2004 - dim_param
            size = text(cursor, part)
    return size


def _numbers(cursor: Cursor, part: WireField) -> Iterator[int]:
    """Yield numbers written one a field, or packed into one."""
    if part.wire is Wire.VARINT:
        yield part.number
        return
    count = 0
    while cursor.position < part.end:
        count += 1
        _check_rank(count)
        yield varint(cursor)


def _dtype(number: int) -> str:
    return DTYPES.get(number, f"ONNX_{number}")


def _check_rank(count: int) -> None:
    if count > MOST_DIMENSIONS:
        raise UnreadableModelFile(
            "too_many_dimensions", f"A tensor has more than {MOST_DIMENSIONS} dimensions."
        )
