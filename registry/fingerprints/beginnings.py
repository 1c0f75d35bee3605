"""The first bytes of a file whose rest nobody handed over.

Pure Python: importing this module must never import Django.
"""

from registry.fingerprints.readers.sources import FileStart


class Beginning(FileStart):
    """A source that knows only how a file begins, and not how long it is.

    Readers ask for more at a time than they need, so behind what is known it only ends: one that
    does need more says ``file_truncated``.
    """

    def read(self, start: int, count: int) -> bytes:
        """Return at most ``count`` bytes from ``start``; fewer where what was given ends."""
        return self._content[start : start + count]
