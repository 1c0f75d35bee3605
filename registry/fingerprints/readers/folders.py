"""Read a folder that is one model: diffusers, PEFT, or a sharded one.

Pure Python: importing this module must never import Django.

Source: diffusers 0.42 (``model_index.json``, one folder a component), peft 0.21
(``adapter_config.json``), ``huggingface_hub/serialization`` (``*.index.json``).
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from registry.fingerprints.model_file import (
    MOST_HEADER_BYTES,
    FileFacts,
    FileFinding,
    FileFormat,
    TensorFact,
    UnreadableModelFile,
)
from registry.fingerprints.readers.findings import named, quoted
from registry.fingerprints.readers.folder_files import FolderFiles, list_folder
from registry.fingerprints.readers.front_door import read_file_facts
from registry.fingerprints.readers.json_files import (
    LARGEST_CONFIGURATION,
    is_plain_name,
    plain_texts,
)
from registry.fingerprints.readers.limits import MOST_TENSORS
from registry.fingerprints.readers.sources import LocalFile

PIPELINE, ADAPTER = "model_index.json", "adapter_config.json"
_INDEX_SUFFIXES = (".safetensors.index.json", ".bin.index.json")
_WEIGHT_SUFFIXES = (".safetensors", ".gguf", ".bin", ".pt", ".pth", ".ckpt", ".onnx")
_INDEX_FORMATS = frozenset({FileFormat.SAFETENSORS_INDEX, FileFormat.PYTORCH_INDEX})


@dataclass(slots=True)
class _Folder:
    """What was read of a folder so far."""

    listed: FolderFiles
    most_header_bytes: int
    format: FileFormat = FileFormat.UNKNOWN
    size_bytes: int = 0
    header_bytes: int = 0
    tensors: dict[str, TensorFact] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    names_only: list[str] = field(default_factory=list)
    findings: list[FileFinding] = field(default_factory=list)


def read_folder_facts(
    path: str | os.PathLike[str], *, most_header_bytes: int = MOST_HEADER_BYTES
) -> FileFacts:
    """Return what the files of one model's folder say together.

    Of each component one set of weights is read: safetensors before others, without a variant
    (``.fp16.``) before with one. Tensors of a component are named ``component/tensor``. Metadata is
    the configuration's, then that of the weights. Links that lead out of the folder are not
    followed. A part that cannot be read is a finding with the error's code.

    :raises UnreadableModelFile: ``no_model_in_folder``, ``cannot_open`` or ``too_many_members``;
        with the error of the weights, if they are all there is and cannot be read
    :raises Unavailable: if the disk fails
    """
    listed = list_folder(path)
    folder = _Folder(listed, most_header_bytes, findings=[*listed.findings])
    parts = _parts(listed.files)
    if PIPELINE in listed.files:
        folder.format = FileFormat.DIFFUSERS_FOLDER
        folder.metadata |= _configuration(folder, PIPELINE)
    else:
        parts = {"": parts.get("", [])}
    if ADAPTER in listed.files and folder.format is FileFormat.UNKNOWN:
        folder.format = FileFormat.PEFT_FOLDER
        folder.metadata |= _configuration(folder, ADAPTER)
    for part, names in sorted(parts.items()):
        _read_part(folder, part, names)
    if folder.format is FileFormat.UNKNOWN:
        raise _nothing_read(folder)
    return FileFacts(
        format=folder.format,
        size_bytes=folder.size_bytes,
        header_bytes=folder.header_bytes,
        tensors=tuple(folder.tensors.values()),
        metadata=folder.metadata,
        members=tuple(listed.files),
        names_only=tuple(folder.names_only),
        findings=tuple(dict.fromkeys(folder.findings)),
    )


def _parts(files: Mapping[str, Path]) -> dict[str, list[str]]:
    """Return the names in the folder itself (``""``) and in the folders right below it."""
    found: dict[str, list[str]] = {}
    for name in files:
        part, _, inside = name.rpartition("/")
        if "/" not in part:
            found.setdefault(part, []).append(inside)
    return found


def _nothing_read(folder: _Folder) -> UnreadableModelFile:
    nothing = "The folder has no weights that we know."
    if not folder.findings:
        return UnreadableModelFile("no_model_in_folder", nothing)
    last = folder.findings[-1]
    is_link = last in folder.listed.findings  # which may lead to weights, or to anything
    return UnreadableModelFile(last.code, f"{nothing} {last.because}" if is_link else last.because)


def _configuration(folder: _Folder, name: str) -> Mapping[str, str]:
    with LocalFile(folder.listed.files[name], follow_links=False) as file:
        if file.size_bytes > LARGEST_CONFIGURATION:
            folder.findings.append(
                FileFinding("configuration_too_large", f"{name} is too large to be read.")
            )
            return {}
        texts = plain_texts(file.read(0, file.size_bytes))
    if not texts:
        folder.findings.append(
            FileFinding("configuration_unreadable", f"{name} is no JSON object.")
        )
    return texts


def _read_part(folder: _Folder, part: str, names: list[str]) -> None:
    prefix = f"{part}/" if part else ""
    weights = _weights(names)
    if weights is None:
        return
    facts = _read(folder, prefix + weights)
    if facts is None:
        return
    if facts.format in _INDEX_FORMATS:
        _read_shards(folder, facts, prefix)
    else:
        _add(folder, facts, prefix)
    if folder.format is FileFormat.UNKNOWN:
        folder.format = facts.format


def _weights(names: list[str]) -> str | None:
    """Return the file to read of several sets of weights, if there are any."""
    for suffix in (*_INDEX_SUFFIXES[:1], _WEIGHT_SUFFIXES[0], _INDEX_SUFFIXES[1]):
        found = [name for name in names if name.endswith(suffix)]
        if found:
            return min(found, key=_plainness)
    return min(
        (name for name in names if name.endswith(_WEIGHT_SUFFIXES)), key=_plainness, default=None
    )


def _plainness(name: str) -> tuple[int, str]:
    return name.count("."), name


def _read(folder: _Folder, name: str) -> FileFacts | None:
    try:
        with LocalFile(folder.listed.files[name], follow_links=False) as file:
            facts = read_file_facts(file, filename=name, most_header_bytes=folder.most_header_bytes)
    except UnreadableModelFile as error:
        folder.findings.append(FileFinding(error.code, f"{quoted(name)}: {error}"))
        return None
    folder.size_bytes += facts.size_bytes or 0
    folder.header_bytes += facts.header_bytes
    folder.findings += [
        replace(found, because=f"{quoted(name)}: {found.because}") for found in facts.findings
    ]
    return facts


def _read_shards(folder: _Folder, index: FileFacts, prefix: str) -> None:
    folder.metadata = {**index.metadata, **folder.metadata}
    inside = [shard for shard in index.members if is_plain_name(shard)]
    missing = [shard for shard in inside if prefix + shard not in folder.listed.files]
    if missing:
        folder.findings.append(
            FileFinding("shard_missing", f"The folder lacks shards: {named(missing)}.")
        )
    before = len(folder.tensors)
    for facts in _readable(folder, [prefix + shard for shard in inside if shard not in missing]):
        _add(folder, facts, prefix, is_shard=True)
    unread = [name for name in index.names_only if prefix + name not in folder.tensors]
    folder.names_only += [prefix + name for name in unread]
    surplus = len(folder.tensors) - before - (len(index.names_only) - len(unread))
    if surplus or (unread and not missing):
        folder.findings.append(
            FileFinding(
                "index_disagrees",
                f"The index names {len(unread)} tensors that no shard has, and shards have "
                f"{surplus} that it does not name.",
            )
        )


def _readable(folder: _Folder, names: list[str]) -> Iterator[FileFacts]:
    for name in names:
        facts = _read(folder, name) if len(folder.tensors) < MOST_TENSORS else None
        if facts is not None:
            yield facts


def _add(folder: _Folder, facts: FileFacts, prefix: str, *, is_shard: bool = False) -> None:
    folder.metadata = {**facts.metadata, **folder.metadata}
    for tensor in facts.tensors:
        name = prefix + tensor.name
        if name in folder.tensors:
            folder.findings.append(
                FileFinding("duplicate_tensor", f"The tensor {quoted(name)} is in two files.")
            )
        if len(folder.tensors) >= MOST_TENSORS:
            folder.findings.append(
                FileFinding("too_many_tensors", f"Only the first {MOST_TENSORS} are listed.")
            )
            return
        place = (None, None) if prefix or is_shard else (tensor.start, tensor.end)
        folder.tensors[name] = TensorFact(name, tensor.dtype, tensor.shape, *place)
