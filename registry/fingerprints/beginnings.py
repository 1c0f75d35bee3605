"""The first bytes of a file whose rest nobody handed over.

Pure Python: importing this module must never import Django.
"""

from registry.fingerprints.model_file import ByteSource


class Beginning:
    """A source that knows only how a file begins, and not how long it is.

    Behind what is known it reads as zeros: a reader of a header gets that far only if the header
    says so, and then finds no text where it looks for some.
    """

    def __init__(self, known: ByteSource) -> None:
        """Keep what is known."""
        self._known = known

    @property
    def size_bytes(self) -> int | None:
        """Return nothing: the size is not known."""
        return None

    def read(self, start: int, count: int) -> bytes:
        """Return ``count`` bytes from ``start``."""
        return self._known.read(start, count).ljust(count, b"\0")
