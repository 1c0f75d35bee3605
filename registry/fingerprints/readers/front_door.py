"""Read a model file of any format: what it is, is told by its bytes, never by its name alone.

Pure Python: importing this module must never import Django.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import PurePath

from registry.fingerprints.model_file import (
    MOST_HEADER_BYTES,
    ByteSource,
    FileFacts,
    FileFinding,
    FileFormat,
    UnreadableModelFile,
)
from registry.fingerprints.readers import gguf, npy, seven_zip, zip_listing
from registry.fingerprints.readers.findings import quoted
from registry.fingerprints.readers.json_files import looks_like_json, read_json
from registry.fingerprints.readers.onnx import looks_like_onnx, read_onnx
from registry.fingerprints.readers.pickles import (
    facts_of,
    looks_like_pickle,
    pickle_facts,
    read_pickle,
)
from registry.fingerprints.readers.safetensors import (
    has_header_length,
    looks_like_safetensors,
    read_safetensors,
)
from registry.fingerprints.readers.sources import LocalFile
from registry.fingerprints.readers.stand_ins import is_text, known_kind, refuse_stand_ins
from registry.fingerprints.readers.tars import looks_like_tar, read_tar
from registry.fingerprints.readers.window import Window
from registry.fingerprints.readers.zips import read_zip

_OLD_PICKLE_STARTS = b"(c]}dlNIVSFLKMJXU)GTqP\x88\x89"
_NOT_AFTER_ALL = frozenset({"not_onnx", "not_protobuf", "file_truncated", "too_many_parts"})

_MEANT: Mapping[str, frozenset[FileFormat]] = {
    ".safetensors": frozenset({FileFormat.SAFETENSORS}),
    ".gguf": frozenset({FileFormat.GGUF}),
    ".onnx": frozenset({FileFormat.ONNX, FileFormat.DFM}),
    ".dfm": frozenset({FileFormat.DFM}),
    ".7z": frozenset({FileFormat.SEVEN_ZIP}),
    ".zip": frozenset({FileFormat.ZIP, FileFormat.PYTORCH_ZIP}),
    ".npz": frozenset({FileFormat.ZIP}),
    ".pt": frozenset({FileFormat.PYTORCH_ZIP, FileFormat.PICKLE}),
    ".pth": frozenset({FileFormat.PYTORCH_ZIP, FileFormat.PICKLE}),
    ".ckpt": frozenset({FileFormat.PYTORCH_ZIP, FileFormat.PICKLE}),
    ".pkl": frozenset({FileFormat.PICKLE}),
}

_BINARY = frozenset({*_MEANT, ".bin"})

_BY_MAGIC: tuple[tuple[Callable[[bytes], bool], Callable[[Window], FileFacts]], ...] = (
    (lambda head: head.startswith(gguf.MAGIC), gguf.read_gguf),
    (lambda head: head.startswith((zip_listing.MAGIC, zip_listing.EMPTY_MAGIC)), read_zip),
    (lambda head: head.startswith(seven_zip.MAGIC), seven_zip.read_seven_zip),
    (lambda head: head.startswith(npy.MAGIC), npy.read_npy),
    (looks_like_pickle, read_pickle),
    (looks_like_tar, read_tar),
)


def read_file_facts(
    source: ByteSource, *, filename: str = "", most_header_bytes: int = MOST_HEADER_BYTES
) -> FileFacts:
    """Return what a file says of itself, without loading it.

    Nothing is unpickled, imported or executed, and at most ``most_header_bytes`` are read besides
    the first 384 KiB. ``filename`` decides nothing that the bytes decide; where they say nothing
    it names the error, and where it means another format that is a finding
    (``not_what_its_name_says``). A file of no known format is ``FileFormat.UNKNOWN``, with the
    finding ``looks_like`` if its first bytes are known.

    :raises UnreadableModelFile: if it is broken, too large to describe, or something else in place
        of a model file; ``code`` names the reason
    :raises Unavailable: if the source cannot be read now
    """
    window = Window(source, most_bytes=most_header_bytes)
    suffix = PurePath(filename.replace("\\", "/")).suffix.lower()
    facts = _reader(window, suffix)(window)
    findings = [*facts.findings, *_outside_findings(source, facts, suffix)]
    return replace(facts, findings=tuple(findings))


def _reader(window: Window, suffix: str) -> Callable[[Window], FileFacts]:
    head = window.head
    if looks_like_safetensors(head) and has_header_length(head, most=window.most_bytes):
        return partial(_read_safetensors, most_header_bytes=window.most_bytes)
    for is_it, read in _BY_MAGIC:
        if is_it(head):
            return read
    if not head or is_text(head):
        return partial(_read_text, suffix=suffix)
    if looks_like_safetensors(head):
        return partial(read_safetensors, most_header_bytes=window.most_bytes)
    return partial(_read_other, suffix=suffix)


def _read_safetensors(window: Window, *, most_header_bytes: int) -> FileFacts:
    """Read what begins with a length and an object; the length may look like a pickle's start.

    A header of 640 bytes begins like a pickle of protocol 2, but the zeros after that are no
    opcodes, so a walk ends there. Where it goes on to a call or an end, it is a pickle too.
    """
    if looks_like_pickle(window.head):
        found = pickle_facts(window, end=window.size)
        if found.is_plausible:
            return facts_of(window, found)
    return read_safetensors(window, most_header_bytes=most_header_bytes)


def _read_text(window: Window, *, suffix: str) -> FileFacts:
    refuse_stand_ins(window.head)
    if looks_like_json(window.head):
        return read_json(window)
    if suffix in _BINARY and _old_pickle(window) is None:
        shown = quoted(window.head[:200].decode("latin-1"))
        raise UnreadableModelFile("text_instead", f"This is text, not a model file: {shown}.")
    return _read_other(window, suffix=suffix)


def _read_other(window: Window, *, suffix: str) -> FileFacts:
    """Read what has no magic number, most telling first."""
    if known_kind(window.head) in {None, "text"}:
        found = _onnx(window, suffix) or _old_pickle(window)
        if found is not None:
            return found
    if suffix == ".safetensors":
        return read_safetensors(window, most_header_bytes=window.most_bytes)
    kind = known_kind(window.head)
    findings = (FileFinding("looks_like", f"The first bytes are those of {kind}."),)
    return FileFacts(
        format=FileFormat.UNKNOWN,
        size_bytes=window.size,
        header_bytes=len(window.head),
        findings=findings if kind else (),
    )


def _onnx(window: Window, suffix: str) -> FileFacts | None:
    if not looks_like_onnx(window.head):
        return None
    try:
        return read_onnx(window)
    except UnreadableModelFile as error:
        if suffix in {".onnx", ".dfm"} or error.code not in _NOT_AFTER_ALL:
            raise
        return None


def _old_pickle(window: Window) -> FileFacts | None:
    """Read a pickle of protocol 0 or 1, which is one only if it can be walked."""
    if window.head[:1] not in _OLD_PICKLE_STARTS:
        return None
    found = pickle_facts(window, end=window.size)
    return facts_of(window, found) if found.is_plausible else None


def _outside_findings(source: ByteSource, facts: FileFacts, suffix: str) -> list[FileFinding]:
    found = []
    if suffix in _MEANT and facts.format not in _MEANT[suffix]:
        found.append(
            FileFinding(
                "not_what_its_name_says",
                f"Its name ends in {suffix}, its bytes are those of the format {facts.format}.",
            )
        )
    if isinstance(source, LocalFile) and source.is_sparse:
        found.append(
            FileFinding(
                "sparse_file", "The disk holds fewer bytes than the file's size: it may have holes."
            )
        )
    return found
