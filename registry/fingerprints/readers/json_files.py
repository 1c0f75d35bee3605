"""Read the JSON files that come with weights: indexes of sharded models, configurations.

Pure Python: importing this module must never import Django.

Source: ``huggingface_hub/serialization`` (``*.index.json``: ``weight_map`` and ``metadata``).
"""

import json
from collections.abc import Mapping

import msgspec

from registry.fingerprints.model_file import (
    FileFacts,
    FileFinding,
    FileFormat,
    UnreadableModelFile,
)
from registry.fingerprints.readers.archive_members import is_absolute
from registry.fingerprints.readers.findings import name_findings, named, text_findings
from registry.fingerprints.readers.limits import MOST_SHARDS, MOST_TENSORS
from registry.fingerprints.readers.stand_ins import refuse_error_answer
from registry.fingerprints.readers.window import Window

LARGEST_CONFIGURATION = 1 << 20
_LONGEST_METADATA = 64 << 10
_SUFFIX = ".safetensors"


class _Index(msgspec.Struct):
    """The part of an index that is read; the rest is stepped over unbuilt."""

    weight_map: dict[str, str]
    metadata: msgspec.Raw = msgspec.Raw(b"{}")


def looks_like_json(head: bytes) -> bool:
    """Tell whether ``head`` begins an object or a list."""
    return head.lstrip(b" \t\r\n").startswith((b"{", b"["))


def read_json(window: Window) -> FileFacts:
    """Return an index's facts; another JSON file stays unknown.

    :raises UnreadableModelFile: ``error_answer_instead`` for a server's error,
        ``too_many_tensors`` or ``too_many_shards``
    """
    size = window.size if window.size is not None else window.most_bytes
    raw = window.exactly(0, size) if size <= window.most_bytes else b""
    index = _index(raw)
    if index is not None:
        return index_facts(index.weight_map, metadata=plain_texts(index.metadata), size=window.size)
    if 0 < len(raw) <= _LONGEST_METADATA:
        refuse_error_answer(_decoded(raw))
    return FileFacts(
        format=FileFormat.UNKNOWN,
        size_bytes=window.size,
        header_bytes=len(raw),
        findings=(FileFinding("looks_like", "The first bytes are those of JSON."),),
    )


def index_facts(
    weight_map: Mapping[str, str], *, metadata: Mapping[str, str], size: int | None
) -> FileFacts:
    """Return what the index of a sharded model says: its tensors' names and its shards.

    :raises UnreadableModelFile: ``too_many_shards``
    """
    shards = tuple(sorted(set(weight_map.values())))
    if len(shards) > MOST_SHARDS:
        raise UnreadableModelFile("too_many_shards", f"The index names {len(shards)} files.")
    leaving = [shard for shard in shards if not is_plain_name(shard)]
    found = [*text_findings(metadata), *name_findings(weight_map)]
    if leaving:
        found.append(
            FileFinding("path_traversal", f"Shards lie outside the folder: {named(leaving)}.")
        )
    is_safetensors = all(shard.endswith(_SUFFIX) for shard in shards)
    return FileFacts(
        format=FileFormat.SAFETENSORS_INDEX if is_safetensors else FileFormat.PYTORCH_INDEX,
        size_bytes=size,
        header_bytes=size or 0,
        metadata=metadata,
        members=shards,
        names_only=tuple(weight_map),
        findings=tuple(found),
    )


def is_plain_name(name: str) -> bool:
    """Tell whether a name is that of a file in the same folder."""
    is_path = "/" in name or "\\" in name or is_absolute(name)
    return bool(name) and not is_path and name not in {".", ".."} and "\0" not in name


def plain_texts(raw: bytes | msgspec.Raw) -> dict[str, str]:
    """Return an object's keys and values: a text as it is, anything else as JSON."""
    document = _decoded(bytes(raw)) if len(bytes(raw)) <= LARGEST_CONFIGURATION else None
    if not isinstance(document, dict):
        return {}
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in document.items()
    }


def _index(raw: bytes) -> _Index | None:
    if b'"weight_map"' not in raw:
        return None
    if raw.count(b":") > 2 * MOST_TENSORS:
        raise UnreadableModelFile(
            "too_many_tensors", f"The index names more than {MOST_TENSORS} tensors."
        )
    try:
        return msgspec.json.decode(raw, type=_Index)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _decoded(raw: bytes) -> object:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
