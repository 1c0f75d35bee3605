"""Digest tensors while a file's bytes pass by, once, in order.

Pure Python: importing this module must never import Django.
"""

from collections.abc import Iterable, Mapping

from blake3 import blake3

from registry.fingerprints.float_rounding import (
    BLOCK,
    ROUNDINGS,
    WIDTHS,
    Rounded,
    Rounder,
    has_nan,
    one_nan,
    rounder,
)
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
        # One for all tensors of a type: fresh arrays for each would cost as much as a cast.
        self._rounders: dict[str, Rounder] = {}

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
        fact = self._waiting.pop()
        others = [to for to in ROUNDINGS.get(fact.dtype, ()) if to.value != fact.dtype]
        if not others:
            return _RunningTensor(fact, cast=None)
        if fact.dtype not in self._rounders:
            self._rounders[fact.dtype] = rounder(fact.dtype)
        hashes = {to: blake3() for to in others}
        return _RunningTensor(fact, cast=_Cast(fact.dtype, self._rounders[fact.dtype], hashes))


def _place(fact: TensorFact) -> tuple[int, int]:
    """Return where a tensor's bytes begin and end."""
    return fact.start or 0, fact.end or 0


class _RunningTensor:
    """The digests of one tensor."""

    def __init__(self, fact: TensorFact, *, cast: "_Cast | None") -> None:
        self.fact = fact
        self._content = blake3()
        kept = (_Kept(to) for to in ROUNDINGS.get(fact.dtype, ()) if to.value == fact.dtype)
        self._kept = next(kept, None)
        self._cast = cast
        self._block_bytes = BLOCK * WIDTHS.get(fact.dtype, 1)

    def update(self, part: memoryview) -> None:
        """Take the next bytes."""
        if self._kept is not None:
            self._kept.update(part, self._content)
        if self._cast is None:
            self._content.update(part)
        else:
            self._update_by_block(part, self._cast)

    def _update_by_block(self, part: memoryview, cast: "_Cast") -> None:
        """Hash and cast in turns, so that bytes still stand in the processor's cache."""
        for start in range(0, len(part), self._block_bytes):
            block = part[start : start + self._block_bytes]
            self._content.update(block)
            cast.update(block)

    def digest(self) -> TensorDigest:
        content = self._content.digest()
        rounded = self._cast.digests() if self._cast else {}
        if self._kept is not None:
            rounded |= self._kept.digests()
        digests = {form: rounded.get(to, content) for form, to in ROUNDED.items()}
        return TensorDigest(
            self.fact.name, self.fact.dtype, self.fact.shape, {Form.BYTES: content, **digests}
        )


class _Cast:
    """The digests of a tensor's numbers, cast to other types."""

    def __init__(self, dtype: str, cast: Rounder, hashes: Mapping[Rounded, blake3]) -> None:
        self._width_bytes = WIDTHS[dtype]
        self._rounder = cast
        self._hashes = hashes
        self._split = b""  # the beginning of a number that a chunk's end cut

    def update(self, block: memoryview) -> None:
        """Take the next bytes: at most as many as the rounder takes at a time."""
        if self._split:
            missing = self._width_bytes - len(self._split)
            self._split += block[:missing]
            block = block[missing:]
            if len(self._split) < self._width_bytes:
                return
            self._round(memoryview(self._split))
        whole = len(block) - len(block) % self._width_bytes
        self._round(block[:whole])
        self._split = bytes(block[whole:])

    def digests(self) -> dict[Rounded, bytes]:
        return {to: one.digest() for to, one in self._hashes.items()}

    def _round(self, numbers: memoryview) -> None:
        for to, words in self._rounder(numbers).items():
            self._hashes[to].update(words.data.cast("B"))


class _Kept:
    """The digest of numbers that have the type already: their content, unless there is a NaN.

    From the first NaN on (or the first part that cuts a number in two) it is a digest of its own.
    """

    def __init__(self, to: Rounded) -> None:
        self._to = to
        self._own: _Cast | None = None

    def update(self, part: memoryview, content: blake3) -> None:
        """Take the next bytes, which ``content`` has not taken yet."""
        if self._own is None and (len(part) % WIDTHS[self._to.value] or has_nan(part, self._to)):
            self._own = _Cast(self._to.value, one_nan(self._to), {self._to: content.copy()})
        if self._own is not None:
            self._own.update(part)

    def digests(self) -> dict[Rounded, bytes]:
        """Return its own digest, if it is not the content's."""
        return {} if self._own is None else self._own.digests()
