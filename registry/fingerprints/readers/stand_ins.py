"""What hubs, proxies and tools hand out in place of a model file, and other kinds of file.

Pure Python: importing this module must never import Django.

Sources: facts/huggingface.md section 5; the Git LFS pointer specification, version 1; magic
numbers as in the formats' own specifications.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from registry.fingerprints.model_file import UnreadableModelFile
from registry.fingerprints.readers.findings import quoted

_LONGEST_POINTER = 1024  # the specification's own bound
_LFS = re.compile(rb"version https://(?:git-lfs\.github\.com|hawser\.github\.com)/spec/v1\n")
_LFS_OID = re.compile(rb"^oid sha256:([0-9a-f]{64})$", re.M)
_LFS_SIZE = re.compile(rb"^size ([0-9]{1,19})$", re.M)
_XET = re.compile(rb"# xet version [0-9]")
_ANNEX = re.compile(rb"(?:\.\./)*(?:\.git)?/annex/objects/[^\n]{1,900}\n?\Z")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|script)\b", re.I)
_XML = re.compile(rb"<(?:\?xml|[A-Za-z][\w:.-]*[\s>/])")
_ERROR_KEYS = frozenset({"error", "message", "detail", "error_message", "errorMessage"})
_MOST_ERROR_KEYS = 6
_TEXT = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]*\Z")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_KINDS: Mapping[bytes, str] = {
    b"\x89HDF\r\n\x1a\n": "an HDF5 file (Keras)",
    b"\x1f\x8b": "a gzip stream",
    b"BZh": "a bzip2 stream",
    b"\xfd7zXZ\0": "an xz stream",
    b"\x28\xb5\x2f\xfd": "a Zstandard stream",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\x89PNG\r\n\x1a\n": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"RIFF": "a RIFF container (WebP, WAV)",
    b"%PDF-": "a PDF document",
    b"\x7fELF": "an ELF program",
    b"MZ": "a Windows program",
    b"\xca\xfe\xba\xbe": "a Mach-O or Java program",
    b"\xcf\xfa\xed\xfe": "a Mach-O program",
    b"#!": "a script",
    b"SQLite format 3\0": "an SQLite database",
    b"ggml": "a GGML file from before GGUF",
    b"lmgg": "a GGML file from before GGUF",
    b"tjgg": "a GGJT file from before GGUF",
    b"fmgg": "a GGMF file from before GGUF",
}
_TFLITE_AT = 4


@dataclass(frozen=True, slots=True)
class LfsPointer:
    """The text that stands in a git checkout for a large file: its SHA-256 and size in bytes."""

    sha256: str
    size_bytes: int


def lfs_pointer(head: bytes) -> LfsPointer | None:
    """Return the pointer that ``head`` is, if it is one."""
    start = head[:_LONGEST_POINTER]
    oid, size = _LFS_OID.search(start), _LFS_SIZE.search(start)
    if not _LFS.match(start) or not oid or not size:
        return None
    return LfsPointer(oid[1].decode(), int(size[1]))


def refuse_stand_ins(head: bytes) -> None:
    """Refuse what stands in place of a model file; do nothing about anything else.

    :raises UnreadableModelFile: ``empty_file``, ``lfs_pointer_instead``, ``xet_pointer_instead``,
        ``annex_pointer_instead``, ``html_instead``, ``xml_instead`` or ``error_answer_instead``
    """
    if not head:
        raise UnreadableModelFile("empty_file", "The file is empty.")
    pointer = lfs_pointer(head)
    if pointer is not None or _LFS.match(head):
        what = f" of {pointer.size_bytes} bytes, sha256:{pointer.sha256}" if pointer else ""
        raise UnreadableModelFile(
            "lfs_pointer_instead",
            f"This is a Git LFS pointer{what}, not the file itself: fetch it with 'git lfs pull'.",
        )
    start = head.removeprefix(_BYTE_ORDER_MARK).lstrip()
    for pattern, code, what in (
        (_XET, "xet_pointer_instead", "an Xet pointer; fetch the file itself"),
        (_ANNEX, "annex_pointer_instead", "a git-annex pointer; fetch the file itself"),
        (_HTML, "html_instead", "a web page; the address may need a login"),
        (_XML, "xml_instead", "an XML document, often a storage server's refusal"),
    ):
        if pattern.match(start):
            raise UnreadableModelFile(code, f"This is no model file but {what}.")


def refuse_error_answer(document: object) -> None:
    """Refuse the JSON of a server's error.

    :raises UnreadableModelFile: ``error_answer_instead``
    """
    if not isinstance(document, dict) or len(document) > _MOST_ERROR_KEYS:
        return
    if document.keys() & _ERROR_KEYS or isinstance(document.get("errors"), list):
        shown = quoted(json.dumps(document))
        raise UnreadableModelFile(
            "error_answer_instead", f"This is a server's error, not a model file: {shown}."
        )


def known_kind(head: bytes) -> str | None:
    """Return what another kind of file its first bytes say it is; nothing if they say none."""
    for magic, kind in _KINDS.items():
        if head.startswith(magic):
            return kind
    if head[_TFLITE_AT:].startswith(b"TFL3"):
        return "a TensorFlow Lite model"
    return "text" if is_text(head) else None


def is_text(head: bytes) -> bool:
    """Tell whether ``head`` has no control codes but tabs and line ends."""
    return _TEXT.match(head) is not None
