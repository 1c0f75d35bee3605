"""Read zip archives: torch's files, numpy's, DeepFaceLab's; members are listed, never extracted.

Pure Python: importing this module must never import Django.

Source: ``torch/serialization.py`` (``_save``), torch 2.13: ``NAME/data.pkl`` and, for each storage,
``NAME/data/KEY``. ``NAME/code`` and ``NAME/constants.pkl`` are TorchScript's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from registry.fingerprints.model_file import (
    FileFacts,
    FileFinding,
    FileFormat,
    TensorFact,
    UnreadableModelFile,
)
from registry.fingerprints.readers import npy
from registry.fingerprints.readers.findings import named, quoted
from registry.fingerprints.readers.limits import MOST_TENSORS
from registry.fingerprints.readers.pickle_tensors import Storage
from registry.fingerprints.readers.pickles import PickleFacts, looks_like_pickle, pickle_facts
from registry.fingerprints.readers.sources import Buffer, FileStart
from registry.fingerprints.readers.window import HeaderTooLarge, Window
from registry.fingerprints.readers.zip_listing import ZipMember, list_zip
from registry.fingerprints.readers.zip_members import first_bytes, read_member

_PICKLE_NAMES = ("data.pkl", "constants.pkl")
_STORAGES = "/data/"
_MOST_PROBED = 64
_ARRAY_START = 16 << 10
_OBJECTS_START = 1 << 20
_MOST_PICKLES = 4
_MOST_ARRAYS = 1_000


@dataclass(slots=True)
class _Archive:
    """What was found in the members so far."""

    tensors: list[TensorFact] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    findings: list[FileFinding] = field(default_factory=list)
    walked_bytes: int = 0

    def has_room(self, count: int, most_bytes: int) -> bool:
        """Account for ``count`` more bytes to walk; tell whether that is still within the cap."""
        if self.walked_bytes + count > most_bytes:
            self.findings.append(
                FileFinding("members_not_probed", "Not every member was looked into.")
            )
            return False
        self.walked_bytes += count
        return True


def read_zip(window: Window) -> FileFacts:
    """Return what a zip archive holds; its pickles are walked.

    :raises UnreadableModelFile: if the archive cannot be listed
    """
    listing = list_zip(window)
    archive = _Archive(findings=[*listing.findings])
    pickles = [member for member in listing.members if _is_main_pickle(member)]
    sizes = {member.name: member.size for member in listing.members}
    for member in pickles[:_MOST_PICKLES]:
        _read_pickle(window, member, sizes, archive)
    _probe(window, listing.members, archive)
    bodies = sum(member.name.endswith("data.pkl") for member in pickles)
    if bodies > 1:
        archive.findings.append(
            FileFinding("several_pickles", "The archive has more than one data.pkl.")
        )
    if bodies and any("/code/" in name for name in sizes):
        archive.findings.append(
            FileFinding("torchscript", "The archive has TorchScript code, which loading would run.")
        )
    return FileFacts(
        format=FileFormat.PYTORCH_ZIP if bodies else FileFormat.ZIP,
        size_bytes=window.size,
        header_bytes=min(len(window.head) + window.fetched_bytes, window.size or 0),
        tensors=tuple(archive.tensors),
        metadata=archive.metadata,
        members=tuple(member.name for member in listing.members),
        findings=tuple(dict.fromkeys(archive.findings)),
    )


def _is_main_pickle(member: ZipMember) -> bool:
    folder, _, name = member.name.rpartition("/")
    return name in _PICKLE_NAMES and "/" not in folder


def _read_pickle(
    window: Window, member: ZipMember, sizes: dict[str, int], archive: _Archive
) -> None:
    found = _walked(window, member, archive)
    if found is None:
        return
    room = MOST_TENSORS - len(archive.tensors)
    archive.tensors += found.tensors[:room]
    if len(found.tensors) > room:
        archive.findings.append(
            FileFinding("too_many_tensors", f"Only the first {MOST_TENSORS} are listed.")
        )
    archive.metadata.update(found.metadata)
    archive.findings += found.findings
    prefix = member.name.removesuffix("data.pkl") + "data/"
    archive.findings += _storage_findings(found.storages, prefix, sizes)


def _walked(window: Window, member: ZipMember, archive: _Archive) -> PickleFacts | None:
    try:
        content = read_member(window, member, most_bytes=window.most_bytes)
    except UnreadableModelFile as error:
        archive.findings.append(FileFinding(error.code, str(error)))
        return None
    if not archive.has_room(len(content), window.most_bytes):
        return None
    inner = Window(Buffer(content), most_bytes=len(content))
    return pickle_facts(inner, end=len(content))


def _storage_findings(
    storages: dict[str, Storage], prefix: str, sizes: dict[str, int]
) -> Iterator[FileFinding]:
    missing = [key for key in storages if prefix + key not in sizes]
    if missing:
        yield FileFinding("storage_missing", f"Storages are not in the archive: {named(missing)}.")
    wrong = [
        key
        for key, storage in storages.items()
        if storage.item_bytes
        and sizes.get(prefix + key, storage.count * storage.item_bytes)
        != storage.count * storage.item_bytes
    ]
    if wrong:
        yield FileFinding(
            "storage_size_disagrees", f"Storages are not as large as declared: {named(wrong)}."
        )


def _probe(window: Window, members: tuple[ZipMember, ...], archive: _Archive) -> None:
    """Look at other members: arrays are read, and pickles under another name are told."""
    arrays = [member for member in members if member.name.endswith(".npy")][:_MOST_ARRAYS]
    others = [
        member
        for member in members
        if _STORAGES not in member.name
        and not member.name.endswith((".npy", "/"))
        and not _is_main_pickle(member)
    ]
    for member in [*arrays, *others[:_MOST_PROBED]]:
        try:
            _probe_one(window, member, archive)
        except HeaderTooLarge:
            archive.findings.append(
                FileFinding("members_not_probed", "Not every member was looked into.")
            )
            return
        except UnreadableModelFile as error:
            archive.findings.append(FileFinding(error.code, str(error)))


def _probe_one(window: Window, member: ZipMember, archive: _Archive) -> None:
    if member.name.endswith(".npy"):
        _read_array(window, member, archive)
        return
    if not looks_like_pickle(first_bytes(window, member, 2)):
        return
    archive.findings.append(
        FileFinding("pickle_in_archive", f"The member {quoted(member.name)} is a pickle.")
    )
    walked = _walked(window, member, archive)
    if walked is not None:
        archive.findings += walked.findings


def _read_array(window: Window, member: ZipMember, archive: _Archive) -> None:
    head = first_bytes(window, member, _ARRAY_START)
    if not head.startswith(npy.MAGIC):
        return
    if npy.has_objects(head):
        head = first_bytes(window, member, _OBJECTS_START)
        if not archive.has_room(len(head), window.most_bytes):
            return
    source = FileStart(head, size_bytes=member.size)
    found = npy.read_npy(Window(source, most_bytes=len(head)))
    name = member.name.removesuffix(".npy")
    archive.tensors += [
        TensorFact(
            name if tensor.name == "array" else f"{name}.{tensor.name}", tensor.dtype, tensor.shape
        )
        for tensor in found.tensors
    ]
    archive.findings += found.findings
