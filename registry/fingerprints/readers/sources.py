"""Where bytes come from on this machine; files on hubs have a source of their own elsewhere.

Pure Python: importing this module must never import Django.
"""

import os
import stat
from types import TracebackType
from typing import Self

from registry.errors import Unavailable
from registry.fingerprints.model_file import UnreadableModelFile

_STORED_BLOCK_BYTES = 512  # the unit of st_blocks, whatever the disk's


class Buffer:
    """A whole file that is already in memory."""

    def __init__(self, content: bytes) -> None:
        """Hold ``content``."""
        self._content = content

    @property
    def size_bytes(self) -> int:
        """Return the size in bytes."""
        return len(self._content)

    def read(self, start: int, count: int) -> bytes:
        """Return at most ``count`` bytes from ``start``."""
        return self._content[start : start + count]


class FileStart:
    """The first bytes of a file whose rest is elsewhere, e.g. a header somebody sent."""

    def __init__(self, content: bytes, *, size_bytes: int | None = None) -> None:
        """Hold ``content``; ``size_bytes`` is that of the whole file, if it is known."""
        self._content = content
        self._size = size_bytes

    @property
    def size_bytes(self) -> int | None:
        """Return the size of the whole file in bytes, if it was given."""
        return self._size

    def read(self, start: int, count: int) -> bytes:
        """Return at most ``count`` bytes from ``start``; fewer where what was given ends.

        :raises UnreadableModelFile: ``beyond_what_was_given``, if not even one byte is there
        """
        found = self._content[start : start + count]
        if not found and start:
            raise UnreadableModelFile(
                "beyond_what_was_given",
                f"The first {len(self._content)} bytes do not say all; give the whole file.",
            )
        return found


class LocalFile:
    """An ordinary file on a disk, read in parts. Use it in a ``with`` statement."""

    def __init__(self, path: str | os.PathLike[str], *, follow_links: bool = True) -> None:
        """Open ``path``.

        :raises UnreadableModelFile: ``cannot_open`` or ``not_an_ordinary_file``
        """
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
        flags |= 0 if follow_links else getattr(os, "O_NOFOLLOW", 0)
        try:
            descriptor = os.open(path, flags)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a path"
            raise UnreadableModelFile(
                "cannot_open", f"Cannot open {str(path)!r}: {reason}."
            ) from error
        self._take_over(descriptor, shown=repr(str(path)))

    @classmethod
    def of_descriptor(cls, descriptor: int) -> Self:
        """Take over an open descriptor.

        :raises UnreadableModelFile: ``not_an_ordinary_file``
        """
        file = cls.__new__(cls)
        file._take_over(descriptor, shown="What was given")
        return file

    def _take_over(self, descriptor: int, *, shown: str) -> None:
        self._descriptor = descriptor
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            self.close()
            raise UnreadableModelFile("not_an_ordinary_file", f"{shown} is not an ordinary file.")
        self._size = found.st_size
        self.is_sparse = found.st_blocks * _STORED_BLOCK_BYTES < found.st_size

    @property
    def size_bytes(self) -> int:
        """Return the size in bytes at the time of opening."""
        return self._size

    @property
    def descriptor(self) -> int:
        """Return the number to hand to another process."""
        return self._descriptor

    def read(self, start: int, count: int) -> bytes:
        """Return at most ``count`` bytes from ``start``.

        :raises Unavailable: if the disk fails
        """
        parts: list[bytes] = []
        try:
            while count > 0 and (part := os.pread(self._descriptor, count, start)):
                parts.append(part)
                start, count = start + len(part), count - len(part)
        except OSError as error:
            raise Unavailable(f"Reading the file failed: {error.strerror}.") from error
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Give the descriptor back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
