"""An ordinary file that is read once and must stay as it is meanwhile.

Pure Python: importing this module must never import Django.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from registry.errors import BadInput, Unavailable


class UnreadableFile(BadInput):
    """There is no file there that can be read."""


class FileChanged(Unavailable):
    """A file changed or could not be read to its end; a second try may succeed."""


class SteadyFile:
    """A file's bytes, in order, as long as nobody changes it; ``shown`` names it in messages.

    What is changed through a memory map may escape: no system stamps a file for every such write.
    """

    def __init__(self, file: FileIO, *, shown: str) -> None:
        """Remember what the file is like now.

        :raises UnreadableFile: if it is no ordinary file, or has holes
        """
        self.shown = shown
        self._file = file
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableFile(f"{shown} is not an ordinary file.")
        self.size_bytes = found.st_size
        self._before = _stamp(found)
        self._check_holes()

    def fill(self, buffer: memoryview) -> int:
        """Read until ``buffer`` is full or the file ends; return the bytes read.

        :raises FileChanged: if the file is no longer what it was
        """
        count = 0
        while count < len(buffer) and (got := self._file.readinto(buffer[count:])):
            count += got
        self.check()
        return count

    def read(self, start: int, count: int) -> bytes:
        """Return at most ``count`` bytes from ``start``; fewer where the file ends."""
        return os.pread(self._file.fileno(), count, start)

    def check(self) -> None:
        """See to it that nobody has changed the file since it was opened.

        :raises FileChanged: if its size or one of its times is another
        """
        if _stamp(os.fstat(self._file.fileno())) != self._before:
            raise FileChanged(f"{self.shown} changed while it was read.")

    def _check_holes(self) -> None:
        """Refuse a file parts of which were never written: an unfinished download, or a lie.

        Some systems cannot tell; they say that there is none.
        """
        if self.size_bytes and self._first_hole() < self.size_bytes:
            raise UnreadableFile(
                f"{self.shown} has holes: parts that were never written, as in an unfinished "
                "download. Fetch it again; or, if it is whole, make a copy without holes: cp "
                "--sparse=never."
            )

    def _first_hole(self) -> int:
        if not hasattr(os, "SEEK_HOLE"):
            return self.size_bytes
        try:
            hole = os.lseek(self._file.fileno(), 0, os.SEEK_HOLE)
        except OSError as error:
            if error.errno in {errno.EINVAL, errno.ENOTSUP, errno.ENXIO}:
                return self.size_bytes
            raise
        os.lseek(self._file.fileno(), 0, os.SEEK_SET)
        return hole


@contextmanager
def steady_file(path: str | os.PathLike[str]) -> Iterator[SteadyFile]:
    """Open a file for reading it once.

    :raises UnreadableFile: if there is no ordinary file at ``path`` that we may read, or it has
        holes
    :raises FileChanged: if it is no longer what it was when it was opened, or the disk fails
    """
    shown = repr(str(path))
    with _opened(path) as opened:
        try:
            file = SteadyFile(opened, shown=shown)
            yield file
            file.check()
        except OSError as error:
            raise FileChanged(f"Reading {shown} failed: {error.strerror}.") from error


@contextmanager
def same_file(path: str | os.PathLike[str]) -> Iterator[None]:
    """See to it that one file stands at ``path`` for all who open it meanwhile.

    :raises FileChanged: if another one, or a changed one, stands there in the end
    """
    before = _place_stamp(path)
    yield
    if _place_stamp(path) != before:
        raise FileChanged(f"{str(path)!r} changed while it was read.")


def _place_stamp(path: str | os.PathLike[str]) -> tuple[int, ...]:
    """Return which file stands at ``path``, and its stamp; nothing if none does."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return ()
    return found.st_dev, found.st_ino, *_stamp(found)


def _opened(path: str | os.PathLike[str]) -> FileIO:
    try:
        return FileIO(path, opener=_open_without_waiting)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise UnreadableFile(f"Cannot open {str(path)!r}: {reason}.") from error


def _open_without_waiting(path: str, flags: int) -> int:
    """Open; a named pipe without a writer must not hold us up."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _stamp(found: os.stat_result) -> tuple[int, int, int]:
    """Return what changes with a file; the change time tells when somebody sets the other back."""
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns
