"""All digests of a model file, in one pass over its bytes.

What hubs and tools name files by (``running_bytes``), and of a safetensors file what its tensors
are, whatever file they stand in (``tensor_digests``). Pure Python: importing this module must never
import Django.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from registry.errors import BadInput
from registry.fingerprints.algorithms import Algorithm, other_order
from registry.fingerprints.fan_out import Consumer, fan_out
from registry.fingerprints.model_file import MOST_HEADER_BYTES, UnreadableModelFile
from registry.fingerprints.readers.safetensors import looks_like_safetensors, read_safetensors
from registry.fingerprints.readers.window import Window
from registry.fingerprints.running_bytes import LENGTH_FIELD_BYTES, RunningBytes
from registry.fingerprints.running_tensors import RunningTensors
from registry.fingerprints.steady_file import FileChanged, SteadyFile, UnreadableFile, steady_file
from registry.fingerprints.tensor_digests import Form, TensorDigests

__all__ = [
    "Algorithm",
    "FileChanged",
    "FileDigests",
    "IncompleteFile",
    "Progress",
    "UnreadableFile",
    "digest_file",
]

Progress = Callable[[int, int], object]
_TRUNCATED = frozenset({"header_past_end", "file_truncated"})
_NOT_ASKED = "They were not asked for."
_ALGORITHM_OF: Mapping[Form, Algorithm] = {
    Form.BYTES: Algorithm.TENSORS,
    Form.F16: Algorithm.CANONICAL_F16,
    Form.BF16: Algorithm.CANONICAL_BF16,
}


class IncompleteFile(BadInput):
    """A file's header says that there is more of it than there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigests:
    """All digests of one file; a kind that is not defined for it is absent.

    ``tensors`` is absent where the file is no safetensors file that can be read;
    ``no_tensors_because`` is then a sentence about it that quotes nothing of the file but a name.
    """

    size_bytes: int
    values: Mapping[Algorithm, str]
    tensors: TensorDigests | None = None
    no_tensors_because: str = ""

    @property
    def sha256(self) -> str:
        """Return the SHA-256, which every file has."""
        return self.values[Algorithm.SHA256]

    @property
    def crc32_high_first(self) -> str:
        """Return the CRC-32 as zlib and zip files write it; ``values`` has it as the hub does."""
        return other_order(self.values[Algorithm.CRC32])


def digest_file(
    path: str | os.PathLike[str], *, progress: Progress | None = None, with_tensors: bool = True
) -> FileDigests:
    """Return all digests of a file, reading it once, in constant memory, on several cores.

    ``progress`` is called with the bytes read so far and the size, both in bytes. Without
    ``with_tensors`` the digests of tensors are left out, which takes a sixth less CPU time of F16,
    two fifths less of other floating-point types (tests/benchmarks/digests.py).

    AutoV1 is undefined below 2 MiB, AutoV3 where the header would end behind the file's end.

    :raises UnreadableFile: if there is no ordinary file at ``path`` that we may read, or it has
        holes
    :raises IncompleteFile: if its header says that there is more of it
    :raises FileChanged: if the file changes or ends while it is read, or the disk fails
    """
    with steady_file(path) as file:
        first = file.read(0, LENGTH_FIELD_BYTES)
        running = RunningBytes(first=first, size_bytes=file.size_bytes)
        tensors, because = _tensors(file)
        if not with_tensors:
            tensors, because = None, _NOT_ASKED
        consumers = [*running.consumers(), *([tensors.update] if tensors else [])]
        _read(file, consumers, progress=progress)
        values = running.values()
    found = tensors.result() if tensors else None
    if found is not None:
        values |= {_ALGORITHM_OF[form]: root.hex() for form, root in found.roots.items()}
    return FileDigests(
        size_bytes=file.size_bytes, values=values, tensors=found, no_tensors_because=because
    )


def _tensors(file: SteadyFile) -> tuple[RunningTensors | None, str]:
    """Return what digests a file's tensors, or why nothing does."""
    try:
        window = Window(file, most_bytes=MOST_HEADER_BYTES)
        if not looks_like_safetensors(window.head):
            return None, "It is no safetensors file."
        layout = read_safetensors(window, most_header_bytes=MOST_HEADER_BYTES).tensors
    except UnreadableModelFile as error:
        if error.code in _TRUNCATED:
            raise IncompleteFile(
                f"{file.shown} is cut short: {error} Fetch it again, or take a whole copy."
            ) from error
        return None, str(error)
    return RunningTensors(layout), ""


def _read(file: SteadyFile, consumers: Sequence[Consumer], *, progress: Progress | None) -> None:
    """Hand all of a file to each of ``consumers``.

    :raises FileChanged: if it is longer or shorter than it was
    """
    done = 0

    def handed_over(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(done, file.size_bytes)

    fan_out(file.fill, consumers, handed_over=handed_over)
    if done != file.size_bytes:
        raise FileChanged(f"{file.shown} changed while it was read.")
