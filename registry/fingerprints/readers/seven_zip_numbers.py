"""The numbers and bit fields of a 7z header.

Pure Python: importing this module must never import Django.

Source: ``DOC/7zFormat.txt`` of the LZMA SDK.
"""

from registry.fingerprints.model_file import UnreadableModelFile
from registry.fingerprints.readers.limits import MOST_MEMBERS

_LONGEST_NUMBER = 8


class HeaderBytes:
    """A 7z header, read from front to back."""

    def __init__(self, content: bytes) -> None:
        """Begin at the first byte."""
        self._content = content
        self._at = 0

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes.

        :raises UnreadableModelFile: ``seven_zip_broken``
        """
        if count > len(self._content) - self._at:
            raise broken("its header ends too early")
        self._at += count
        return self._content[self._at - count : self._at]

    def byte(self) -> int:
        """Return the next byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """Return a number: the first byte's leading ones say how many bytes follow."""
        first = self.byte()
        extra, mask = 0, 0x80
        while extra < _LONGEST_NUMBER and first & mask:
            extra, mask = extra + 1, mask >> 1
        low = int.from_bytes(self.take(extra), "little")
        return low | (first & (mask - 1)) << (8 * extra) if mask else low

    def count(self) -> int:
        """Return a number of things of which the header describes each.

        :raises UnreadableModelFile: ``too_many_members``
        """
        value = self.number()
        if value > MOST_MEMBERS:
            raise UnreadableModelFile(
                "too_many_members", f"The archive has {value} members or parts."
            )
        return value

    def bits(self, count: int) -> list[bool]:
        """Return as many flags, the highest bit of a byte first."""
        raw = self.take(-(-count // 8))
        return [bool(raw[place // 8] & 0x80 >> place % 8) for place in range(count)]

    def optional_bits(self, count: int) -> list[bool]:
        """Return as many flags, which one byte may set all at once."""
        return [True] * count if self.byte() else self.bits(count)

    def expect(self, value: int) -> None:
        """Step over a mark.

        :raises UnreadableModelFile: ``seven_zip_broken``, if it is another
        """
        if self.byte() != value:
            raise broken("a part of its header is not what must stand there")


def broken(what: str) -> UnreadableModelFile:
    """Return the error of an archive that breaks the format."""
    return UnreadableModelFile("seven_zip_broken", f"This is no valid 7z archive: {what}.")
