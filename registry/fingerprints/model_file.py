"""What a model file says of itself, in one shape for every format.

A reader of a format (``readers``) returns ``FileFacts``; signatures, recipes and reports read
them. All text in them is hostile: keep it away from logs and pages that are not meant for it.
Pure Python: importing this module must never import Django.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import prod
from typing import Protocol

from registry.errors import BadInput

MOST_HEADER_BYTES = 10 << 20  # facts/scanners.md section 5: the library accepts 90 MB of metadata


class UnreadableModelFile(BadInput):
    """A file is no readable model file; ``code`` names the reason for machines."""

    def __init__(self, code: str, message: str) -> None:
        """Remember why.

        :param code: lower-case words, e.g. ``header_too_large``; stable
        :param message: one sentence fit for a reader
        """
        super().__init__(message)
        self.code = code


class ByteSource(Protocol):
    """Bytes that can be read in parts: a local file, a buffer, or a file on a hub."""

    @property
    def size_bytes(self) -> int | None:
        """Return the size of the whole in bytes; nothing where the source cannot say."""

    def read(self, start: int, count: int) -> bytes:
        """Return at most ``count`` bytes from ``start``; fewer only where the source ends.

        :raises BadInput: if the source refuses
        :raises Unavailable: if it cannot be read now
        """


class FileFormat(StrEnum):
    """How a file is written."""

    SAFETENSORS = "safetensors"
    SAFETENSORS_INDEX = "safetensors_index"  # *.safetensors.index.json of a sharded model
    PYTORCH_INDEX = "pytorch_index"  # pytorch_model.bin.index.json
    GGUF = "gguf"
    ONNX = "onnx"
    DFM = "dfm"  # DeepFaceLive: ONNX under another name
    PYTORCH_ZIP = "pytorch_zip"
    PICKLE = "pickle"
    NPY = "npy"  # one array of numpy
    DIFFUSERS_FOLDER = "diffusers_folder"
    PEFT_FOLDER = "peft_folder"
    ZIP = "zip"
    SEVEN_ZIP = "7z"
    RECIPE = "recipe"  # no weights: a merge configuration, an adapter's, a saved graph, a card
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TensorFact:
    """One tensor: ``dtype`` in the spelling of safetensors (F16, BF16, I64, ...) or GGUF (Q4_0).

    ``start`` and ``end`` are its bytes' place, counted from the file's first byte; absent where
    the format does not say (a pickle's storages, another file of a sharded model).
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int | None = None
    end: int | None = None

    @property
    def parameters(self) -> int:
        """Return the number of elements; a scalar has one."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class PortFact:
    """An input or output of a graph; a free dimension is a word, or empty."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class FileFinding:
    """Something about a file that a reader of the answer should know.

    ``code``: lower-case words, stable. ``because``: one neutral sentence; it may quote the file.
    """

    code: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What was read of one file without loading it.

    ``metadata``: the header's free text, keys and values as given (an ONNX or GGUF value that is
    no text is spelt as JSON); of a key that stands twice it holds the last value, as loaders do.
    ``overridden``: the values before it. ``unread``: keys whose values were stepped over.
    ``header_bytes``: how much of the file the facts rest on.
    ``names_only``: tensors of which only the name is known (the index of a sharded model).
    ``members``: names inside an archive or folder, ``/`` between folders. A tensor of a folder's
    part is named ``part/tensor``.
    """

    format: FileFormat
    size_bytes: int | None = None
    header_bytes: int = 0
    tensors: tuple[TensorFact, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[PortFact, ...] = ()
    outputs: tuple[PortFact, ...] = ()
    members: tuple[str, ...] = ()
    names_only: tuple[str, ...] = ()
    overridden: tuple[tuple[str, str], ...] = ()
    unread: tuple[str, ...] = ()
    findings: tuple[FileFinding, ...] = ()
