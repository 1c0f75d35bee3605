"""Read the files of a Hugging Face repository.

Pure Python: importing this module must never import Django.

Source: facts/huggingface.md section 1 (``siblings``; the LFS digest is the file's SHA-256).
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import quote

import msgspec

from hub_sync.payloads.contents import PayloadError
from registry.snapshots import FileSnapshot

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LARGEST_FILE = 2**53  # bytes; JSON numbers are exact up to here
_FORMATS = {
    ".safetensors": "SafeTensor",
    ".gguf": "GGUF",
    ".onnx": "ONNX",
    ".bin": "PickleTensor",
    ".ckpt": "PickleTensor",
    ".pickle": "PickleTensor",
    ".pkl": "PickleTensor",
    ".pt": "PickleTensor",
    ".pth": "PickleTensor",
}
_OTHER_WEIGHTS = frozenset({".h5", ".msgpack", ".npz", ".ot", ".pb", ".tflite", ".mlmodel"})


class Lfs(msgspec.Struct):
    """The large-file record of a sibling."""

    sha256: str | None = None
    size: int | None = None


class Sibling(msgspec.Struct):
    """One file of a repository."""

    rfilename: str
    size: int | None = None
    lfs: Lfs | None = None


def files_of(siblings: Sequence[Sibling], *, address: str) -> tuple[FileSnapshot, ...]:
    """Return the files that carry weights or have a digest; configuration and prose do not.

    :param address: the URL under which the files of this revision are resolved
    :raises PayloadError: if a digest or size cannot be one
    """
    kept = {sibling.rfilename: sibling for sibling in siblings if _is_kept(sibling)}
    primary = min(kept.values(), key=_rank).rfilename if kept else ""
    return tuple(
        _file(sibling, address, is_primary=path == primary) for path, sibling in kept.items()
    )


def _is_kept(sibling: Sibling) -> bool:
    suffix = PurePosixPath(sibling.rfilename).suffix.lower()
    has_digest = sibling.lfs is not None and bool(sibling.lfs.sha256)
    return bool(sibling.rfilename) and (
        has_digest or suffix in _FORMATS or suffix in _OTHER_WEIGHTS
    )


def _rank(sibling: Sibling) -> tuple[bool, int, int, str]:
    """Order weights before other files, the root before folders, large before small."""
    path = PurePosixPath(sibling.rfilename)
    is_weight = path.suffix.lower() in _FORMATS
    return not is_weight, len(path.parts), -(_size(sibling) or 0), sibling.rfilename


def _size(sibling: Sibling) -> int | None:
    lfs_size = sibling.lfs.size if sibling.lfs else None
    return lfs_size if lfs_size is not None else sibling.size


def _file(sibling: Sibling, address: str, *, is_primary: bool) -> FileSnapshot:
    size = _size(sibling)
    if size is not None and not 0 <= size <= _LARGEST_FILE:
        raise PayloadError(f"size of {sibling.rfilename[:200]!r} is {size}")
    sha256 = ((sibling.lfs.sha256 if sibling.lfs else "") or "").lower()
    if sha256 and not _SHA256.fullmatch(sha256):
        raise PayloadError(f"LFS digest of {sibling.rfilename[:200]!r} is {sha256[:80]!r}")
    path = PurePosixPath(sibling.rfilename)
    return FileSnapshot(
        hub_file_id=sibling.rfilename,
        filename=path.name,
        size_bytes=size,
        file_format=_FORMATS.get(path.suffix.lower(), ""),
        is_primary=is_primary,
        sha256=sha256,
        download_url=f"{address}/{quote(sibling.rfilename)}",
    )
