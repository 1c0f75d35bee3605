"""A file on a hub as a source of bytes: the parts that somebody asks for, and little more.

The first read takes ``SPECULATIVE_BYTES`` from the start, which holds the header of nearly every
checkpoint (155 to 360 KB; facts/provenance.md section 3.6); what is missing is asked for exactly.
No HEAD: the size is in the first answer's ``Content-Range``. Of a server that does not know ranges
the body is read as far as needed, and the connection closed.

Nothing here writes to disk, and what was read is kept while the file is open.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hub_sync.clients.errors import HubError, HubRefused, TooLarge
from registry.fingerprints.model_file import MOST_HEADER_BYTES

SPECULATIVE_BYTES = 384 << 10  # facts/provenance.md section 4
NO_RANGES = (
    "the hub does not answer range requests, and what a file of this kind says of itself stands "
    "far behind its start; download it and inspect the file"
)
_NIBBLE_BYTES = 64 << 10  # whoever asks for less reads on: hand him more at once


@dataclass(frozen=True, slots=True)
class Part:
    """What one request brought: bytes from ``start``, and the size of the whole if it is told."""

    start: int
    data: bytes
    size_bytes: int | None
    is_range: bool  # false: the server sent the file from its start


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much may be read of one file."""

    total_bytes: int = MOST_HEADER_BYTES + (2 << 20)  # a header, and what was read ahead
    requests: int = 16


FetchPart = Callable[[int, int], Part]  # from, up to (bytes)


class FileChangedOnHub(HubError):
    """A file became another one while it was read."""


class RangesNotAnswered(HubRefused):
    """A hub sends whole files only, and what was asked for lies far behind the start."""


class RemoteFile:
    """Reads one file of a hub in parts; a ``registry.fingerprints.model_file.ByteSource``."""

    def __init__(
        self,
        fetch: FetchPart,
        *,
        headers: Callable[[], Mapping[str, str]] | None = None,
        limits: ReadLimits | None = None,
    ) -> None:
        """Remember how to fetch; nothing is asked yet.

        :param headers: returns what the hub said with its first answer, names in lower case
        """
        self.requests = 0
        self.bytes_read = 0
        self._fetch = fetch
        self._headers = headers
        self._limits = limits or ReadLimits()
        self._size: int | None = None
        self._parts: list[Part] = []
        self._knows_ranges = True

    @property
    def size_bytes(self) -> int | None:
        """Return the size of the whole; asks the hub if nothing was read yet.

        :raises HubError: if the hub does not answer
        """
        if not self.requests:
            self._more(0, 1)
        return self._size

    @property
    def stated(self) -> Mapping[str, str]:
        """Return what the hub said about the file, by header; asks if nothing was read yet.

        :raises HubError: if the hub does not answer
        """
        if not self.requests:
            self._more(0, 1)
        return self._headers() if self._headers else {}

    def read(self, start: int, count: int) -> bytes:
        """Return at most ``count`` bytes from ``start``; fewer only where the file ends.

        :raises TooLarge: if more is asked of one file than we are ready to read
        :raises HubError: if the hub does not answer
        """
        held = self._held(start, self._end(start, count))
        while start + len(held) < (end := self._end(start, count)):
            self._more(start + len(held), end)
            more = self._held(start, self._end(start, count))
            if len(more) == len(held):
                break
            held = more
        return held

    def _end(self, start: int, count: int) -> int:
        """Return where a read ends: the file may end before."""
        end = start + max(count, 0)
        return end if self._size is None else min(end, self._size)

    def _held(self, start: int, end: int) -> bytes:
        """Return what is here from ``start`` on without a gap, up to ``end``."""
        found: list[bytes] = []
        position, is_growing = start, True
        while position < end and is_growing:
            is_growing = False
            for part in self._parts:
                offset = position - part.start
                if 0 <= offset < len(part.data):
                    piece = part.data[offset : offset + end - position]
                    found.append(piece)
                    position += len(piece)
                    is_growing = True
                    break
        return b"".join(found)

    def _more(self, start: int, end: int) -> None:
        """Fetch from ``start``, at least up to ``end``.

        :raises TooLarge: if that is more than we are ready to read of one file
        :raises RangesNotAnswered: if all before it would have to be read too
        """
        if not self._knows_ranges:
            start = 0  # it begins again, whatever we ask for
            if end > self._limits.total_bytes:
                raise RangesNotAnswered(NO_RANGES)
        room = self._limits.total_bytes - self.bytes_read
        count = self._wanted(end - start)
        upto = start + (count if count <= room else end - start)
        if self.requests >= self._limits.requests or upto - start > room:
            raise TooLarge(
                f"the file wants more read of it than {self._limits.total_bytes:,} bytes in "
                f"{self._limits.requests} requests; not read"
            )
        part = self._fetch(start, upto)
        self.requests += 1
        self.bytes_read += len(part.data)
        self._learn(part)

    def _wanted(self, count: int) -> int:
        """Return how many bytes to ask for: the more, the longer somebody nibbles."""
        if not self.requests:
            return SPECULATIVE_BYTES  # before we know where the file ends
        return SPECULATIVE_BYTES << min(self.requests - 1, 3) if count < _NIBBLE_BYTES else count

    def _learn(self, part: Part) -> None:
        if part.size_bytes is not None:
            if self._size is not None and self._size != part.size_bytes:
                raise FileChangedOnHub("the file changed on the hub while it was read")
            self._size = part.size_bytes
        if not part.is_range:
            self._knows_ranges = False
            self._parts.clear()
        self._parts.append(part)
