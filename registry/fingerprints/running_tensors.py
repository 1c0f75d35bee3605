"""Digest tensors while a file's bytes pass by, once, in order.

Pure Python: importing this module must never import Django.
"""

from collections.abc import Iterable

from blake3 import blake3

from registry.fingerprints.float_rounding import BLOCK, WIDTHS, Rounded, has_nan, rounder
from registry.fingerprints.model_file import TensorFact
from registry.fingerprints.tensor_digests import (
    ROUNDED,
    Form,
    TensorDigest,
    TensorDigests,
    tensor_digests,
)


class RunningTensors:
    """The digests of the tensors of one file, fed chunk by chunk from the file's first byte.

    ``tensors`` have their places, do not overlap and lie inside the file.
    """

    def __init__(self, tensors: Iterable[TensorFact]) -> None:
        """Begin before the first byte."""
        self._waiting = sorted(tensors, key=_place, reverse=True)
        self._current: _RunningTensor | None = None
        self._finished: list[TensorDigest] = []
        self._position = 0

    def update(self, chunk: memoryview) -> None:
        """Take the next bytes."""
        end = self._position + len(chunk)
        while (current := self._current or self._next(before=end)) is not None:
            start, stop = _place(current.fact)
            current.update(chunk[max(start - self._position, 0) : max(stop - self._position, 0)])
            if stop > end:
                self._current = current
                break
            self._finished.append(current.digest())
            self._current = None
        self._position = end

    def result(self) -> TensorDigests:
        """Return the digests, after the last byte."""
        while (empty := self._next(before=self._position + 1)) is not None:
            self._finished.append(empty.digest())
        return tensor_digests(self._finished)

    def _next(self, *, before: int) -> "_RunningTensor | None":
        """Return the next tensor, if it begins before a place."""
        if not self._waiting or _place(self._waiting[-1])[0] >= before:
            return None
        return _RunningTensor(self._waiting.pop())


def _place(fact: TensorFact) -> tuple[int, int]:
    """Return where a tensor's bytes begin and end."""
    return fact.start or 0, fact.end or 0


class _RunningTensor:
    """The digests of one tensor."""

    def __init__(self, fact: TensorFact) -> None:
        self.fact = fact
        self._content = blake3()
        self._rounded: dict[Form, _Cast | _Kept] = {}
        if fact.dtype in WIDTHS:
            for form, to in ROUNDED.items():
                is_kept = fact.dtype == to.value
                self._rounded[form] = _Kept(to) if is_kept else _Cast(fact.dtype, to)

    def update(self, part: memoryview) -> None:
        for rounded in self._rounded.values():
            rounded.update(part, self._content)
        self._content.update(part)

    def digest(self) -> TensorDigest:
        content = self._content.digest()
        digests = dict.fromkeys(Form, content)
        digests |= {form: one.digest(content) for form, one in self._rounded.items()}
        return TensorDigest(self.fact.name, self.fact.dtype, self.fact.shape, digests)


class _Cast:
    """The digest of a tensor's numbers, cast to another type."""

    def __init__(self, dtype: str, to: Rounded, *, so_far: blake3 | None = None) -> None:
        self._hash = so_far or blake3()
        self._width_bytes = WIDTHS[dtype]
        self._rounder = rounder(dtype, to)
        self._split = b""  # the beginning of a number that a chunk's end cut

    def update(self, part: memoryview, _content: blake3) -> None:
        if self._split:
            missing = self._width_bytes - len(self._split)
            self._split += part[:missing]
            part = part[missing:]
            if len(self._split) < self._width_bytes:
                return
            self._round(memoryview(self._split))
        whole = len(part) - len(part) % self._width_bytes
        self._round(part[:whole])
        self._split = bytes(part[whole:])

    def digest(self, _content: bytes) -> bytes:
        return self._hash.digest()

    def _round(self, numbers: memoryview) -> None:
        step = BLOCK * self._width_bytes
        for start in range(0, len(numbers), step):
            words = self._rounder(numbers[start : start + step])
            self._hash.update(words.data.cast("B"))


class _Kept:
    """The digest of numbers that have the type already: their content, unless there is a NaN.

    From the first NaN on (or the first chunk that cuts a number in two) it is a digest of its own.
    """

    def __init__(self, to: Rounded) -> None:
        self._to = to
        self._own: _Cast | None = None

    def update(self, part: memoryview, content: blake3) -> None:
        if self._own is None and (len(part) % WIDTHS[self._to.value] or has_nan(part, self._to)):
            self._own = _Cast(self._to.value, self._to, so_far=content.copy())
        if self._own is not None:
            self._own.update(part, content)

    def digest(self, content: bytes) -> bytes:
        return content if self._own is None else self._own.digest(content)
