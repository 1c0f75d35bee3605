"""What a 7z header says of its streams and files.

Pure Python: importing this module must never import Django.

Source: ``DOC/7zFormat.txt`` of the LZMA SDK.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from registry.fingerprints.readers.limits import MOST_MEMBERS
from registry.fingerprints.readers.seven_zip_numbers import HeaderBytes, broken

_MOST_CODERS = 32


class Part(IntEnum):
    """The marks in a header."""

    END = 0x00
    HEADER = 0x01
    ARCHIVE_PROPERTIES = 0x02
    ADDITIONAL_STREAMS = 0x03
    MAIN_STREAMS = 0x04
    FILES = 0x05
    PACKED = 0x06
    UNPACKED = 0x07
    SUBSTREAMS = 0x08
    SIZE = 0x09
    CRC = 0x0A
    FOLDER = 0x0B
    CODER_SIZES = 0x0C
    STREAM_COUNTS = 0x0D
    EMPTY_STREAMS = 0x0E
    NAMES = 0x11
    ATTRIBUTES = 0x15
    ENCODED_HEADER = 0x17


@dataclass(slots=True)
class Coder:
    """A step of packing: its method's number and settings."""

    method: bytes
    settings: bytes
    inputs: int = 1
    outputs: int = 1


@dataclass(slots=True)
class Folder:
    """Coders that unpack together; ``sizes``: of each output in bytes, the last is the whole."""

    coders: list[Coder]
    sizes: list[int] = field(default_factory=list)
    has_crc: bool = False
    streams: int = 1

    @property
    def outputs(self) -> int:
        """Return how many outputs the coders have."""
        return sum(coder.outputs for coder in self.coders)


@dataclass(slots=True)
class Streams:
    """Where packed bytes lie, and the sizes of the files in them, in bytes."""

    start: int = 0
    packed: list[int] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)


def read_streams(header: HeaderBytes) -> Streams:
    """Read a StreamsInfo.

    :raises UnreadableModelFile: ``seven_zip_broken`` or ``too_many_members``
    """
    streams = Streams()
    part = header.byte()
    if part == Part.PACKED:
        _read_packed(header, streams)
        part = header.byte()
    if part == Part.UNPACKED:
        _read_folders(header, streams)
        part = header.byte()
    streams.sizes = [folder.sizes[-1] for folder in streams.folders if folder.sizes]
    if part == Part.SUBSTREAMS:
        _read_substreams(header, streams)
        part = header.byte()
    if part != Part.END:
        raise broken("its streams do not end")
    return streams


def _read_packed(header: HeaderBytes, streams: Streams) -> None:
    streams.start = header.number()
    count = header.count()
    part = header.byte()
    if part == Part.SIZE:
        streams.packed = [header.number() for _ in range(count)]
        part = header.byte()
    if part == Part.CRC:
        _skip_digests(header, count)
        part = header.byte()
    if part != Part.END:
        raise broken("its packed streams do not end")


def _read_folders(header: HeaderBytes, streams: Streams) -> None:
    header.expect(Part.FOLDER)
    count = header.count()
    header.expect(0)  # not kept in another stream
    streams.folders = [_folder(header) for _ in range(count)]
    header.expect(Part.CODER_SIZES)
    for folder in streams.folders:
        folder.sizes = [header.number() for _ in range(folder.outputs)]
    part = header.byte()
    if part == Part.CRC:
        for folder, has_crc in zip(streams.folders, _skip_digests(header, count), strict=True):
            folder.has_crc = has_crc
        part = header.byte()
    if part != Part.END:
        raise broken("its folders do not end")


def _folder(header: HeaderBytes) -> Folder:
    count = header.number()
    if not 0 < count <= _MOST_CODERS:
        raise broken(f"a folder has {count} coders")
    coders = [_coder(header) for _ in range(count)]
    inputs = sum(coder.inputs for coder in coders)
    bound = sum(coder.outputs for coder in coders) - 1
    for _ in range(2 * bound):
        header.number()
    if inputs - bound > 1:
        for _ in range(inputs - bound):
            header.number()
    return Folder(coders)


def _coder(header: HeaderBytes) -> Coder:
    flags = header.byte()
    coder = Coder(method=header.take(flags & 0x0F), settings=b"")
    if flags & 0x10:
        coder.inputs, coder.outputs = header.number(), header.number()
        if max(coder.inputs, coder.outputs) > _MOST_CODERS or not coder.outputs:
            raise broken("a coder has an impossible number of streams")
    if flags & 0x20:
        coder.settings = header.take(header.number())
    return coder


def _read_substreams(header: HeaderBytes, streams: Streams) -> None:
    part = header.byte()
    if part == Part.STREAM_COUNTS:
        for folder in streams.folders:
            folder.streams = header.count()
        part = header.byte()
    if sum(folder.streams for folder in streams.folders) > MOST_MEMBERS:
        raise broken("it has more streams than members can be")
    streams.sizes = []
    for folder in streams.folders:
        streams.sizes += _sizes(header, folder, are_given=part == Part.SIZE)
    if part == Part.SIZE:
        part = header.byte()
    if part == Part.CRC:
        _skip_digests(header, sum(map(_unchecked, streams.folders)))
        part = header.byte()
    if part != Part.END:
        raise broken("its substreams do not end")


def _sizes(header: HeaderBytes, folder: Folder, *, are_given: bool) -> list[int]:
    if not folder.streams:
        return []
    whole = folder.sizes[-1] if folder.sizes else 0
    given = [header.number() for _ in range(folder.streams - 1)] if are_given else []
    if sum(given) > whole:
        raise broken("files are larger than what they are packed in")
    return [*given, whole - sum(given)]


def _unchecked(folder: Folder) -> int:
    return 0 if folder.streams == 1 and folder.has_crc else folder.streams


def _skip_digests(header: HeaderBytes, count: int) -> list[bool]:
    defined = header.optional_bits(count)
    header.take(4 * sum(defined))
    return defined
