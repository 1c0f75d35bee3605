"""A file read in parts, within a budget, so that a hostile one cannot make us read all of it.

Pure Python: importing this module must never import Django.
"""

from typing import Literal

from registry.fingerprints.model_file import ByteSource, UnreadableModelFile
from registry.fingerprints.readers.limits import FIRST_READ_BYTES, MOST_STEPS
from registry.fingerprints.readers.sources import FileStart

LARGEST_OFFSET = (1 << 63) - 1
_SMALLEST_FILL = 4 << 10
_LARGEST_FILL = 1 << 20


class HeaderTooLarge(UnreadableModelFile):
    """What a file says of itself is longer than we read."""

    def __init__(self, most_bytes: int) -> None:
        """Name the cap, in bytes."""
        super().__init__(
            "header_too_large", f"The header is larger than the {most_bytes} bytes that are read."
        )


class Window:
    """The bytes of a source; the first ones are fetched once and kept.

    ``size`` is the file's in bytes, or nothing where the source cannot say. Besides the first
    bytes at most ``most_bytes`` are fetched.
    """

    def __init__(self, source: ByteSource, *, most_bytes: int) -> None:
        """Fetch the first bytes of ``source``."""
        self.most_bytes = most_bytes
        self.fetched_bytes = 0
        self._source = source
        self.size = source.size_bytes
        first = FIRST_READ_BYTES if self.size is None else min(FIRST_READ_BYTES, self.size)
        self.head = source.read(0, first)[:first]
        if self.size is None and len(self.head) < first and not isinstance(source, FileStart):
            self.size = len(self.head)

    @property
    def left_bytes(self) -> int:
        """Return how many bytes may still be fetched."""
        return self.most_bytes - self.fetched_bytes

    def exactly(self, start: int, count: int) -> bytes:
        """Return ``count`` bytes from ``start``.

        :raises UnreadableModelFile: ``file_truncated``, if the file ends before
        :raises HeaderTooLarge: if that is more than may be read
        """
        found = self.at_most(start, count)
        if len(found) < count:
            raise self._truncated(start + count)
        return found

    def at_most(self, start: int, count: int) -> bytes:
        """Return up to ``count`` bytes from ``start``; fewer where the file ends.

        :raises HeaderTooLarge: if that is more than may be read
        """
        if start + count > LARGEST_OFFSET:
            raise self._truncated(start + count)
        if self.size is not None:
            count = max(0, min(count, self.size - start))
        held = self.head[start : start + count]
        if len(held) == count:
            return held
        rest = count - len(held)
        if rest > self.left_bytes:
            raise HeaderTooLarge(self.most_bytes)
        self.fetched_bytes += rest
        return held + self._source.read(start + len(held), rest)[:rest]

    def _truncated(self, wanted: int) -> UnreadableModelFile:
        return UnreadableModelFile(
            "file_truncated", f"The file ends before byte {wanted}, which its header refers to."
        )


class Cursor:
    """Reads a window from front to back, in blocks that grow while nothing is skipped."""

    def __init__(self, window: Window, position: int = 0, *, end: int | None = None) -> None:
        """Start at ``position``; nothing is read at or behind ``end``."""
        self._window = window
        self._end = end
        self._block = b""
        self._block_start = position
        self._at = 0
        self._fill = _SMALLEST_FILL
        self._steps = 0

    @property
    def position(self) -> int:
        """Return the place of the next byte, counted from the file's first."""
        return self._block_start + self._at

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes.

        :raises UnreadableModelFile: ``file_truncated``, if there are fewer
        :raises UnreadableModelFile: ``too_many_parts``, after 4,000,000 pieces
        :raises HeaderTooLarge: if that is more than may be read
        """
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise UnreadableModelFile(
                "too_many_parts", f"The header has more than {MOST_STEPS} parts."
            )
        after = self._at + count
        if after > len(self._block):
            self._refill(count)
            after = count
        found = self._block[self._at : after]
        self._at = after
        return found

    def number(self, count: int, *, is_big_endian: bool = False, is_signed: bool = False) -> int:
        """Return the integer in the next ``count`` bytes."""
        order: Literal["big", "little"] = "big" if is_big_endian else "little"
        return int.from_bytes(self.take(count), order, signed=is_signed)

    def skip(self, count: int) -> None:
        """Step over ``count`` bytes without reading them.

        :raises UnreadableModelFile: ``file_truncated``, if there are fewer
        """
        self._check(count)
        self._at += count
        if self._at > len(self._block):
            self._block_start += self._at
            self._block, self._at, self._fill = b"", 0, _SMALLEST_FILL

    def _refill(self, count: int) -> None:
        self._check(count)
        start = self.position
        wanted = max(count, min(self._fill, self._window.left_bytes))
        self._block = self._window.at_most(start, wanted)
        self._block_start, self._at = start, 0
        self._fill = min(self._fill * 2, _LARGEST_FILL)
        if len(self._block) < count:
            self._window.exactly(start + len(self._block), count - len(self._block))
            raise UnreadableModelFile("file_truncated", "The file ends inside its header.")

    def _check(self, count: int) -> None:
        wanted = self.position + count
        limits = [bound for bound in (self._end, self._window.size) if bound is not None]
        if limits and wanted > min(limits):
            raise UnreadableModelFile(
                "file_truncated",
                f"The file ends before byte {wanted}, which its header refers to.",
            )
