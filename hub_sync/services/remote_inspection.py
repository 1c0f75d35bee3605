"""Inspect one file on a hub now, by range requests; nothing is stored."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from hub_sync.clients.errors import PageAbsent
from hub_sync.clients.remote_file import RemoteFile
from hub_sync.payloads.file_addresses import CivitaiFile, RepositoryFile, file_address
from hub_sync.selectors.places import civitai_download_path
from hub_sync.services.file_opening import open_files
from hub_sync.services.opening import open_source
from hub_sync.services.reading import now
from hub_sync.services.sources import PageRead
from registry.fingerprints.algorithms import Algorithm
from registry.fingerprints.readers.front_door import read_file_facts
from registry.lineage.references import ReferenceKind, parse_reference
from registry.models import Hub
from registry.selectors.inspection_shape import InspectionJson
from registry.selectors.inspections import inspect_facts, inspection_json
from registry.snapshots import FileSnapshot, VersionSnapshot

_SHA256 = re.compile(r'"?([0-9a-f]{64})"?', re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteInspection:
    """What one file on a hub says of itself, and what reading it cost."""

    inspection: InspectionJson
    size_bytes: int | None
    requests: int
    bytes_read: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Located:
    """A file on a hub, and the digests that the hub's page states of it."""

    hub: str
    path: str
    filename: str
    digests: Mapping[Algorithm, str] = field(default_factory=dict)


def inspect_on_hub(what: str, *, base_url: str = "") -> RemoteInspection:
    """Return what a file on a hub says of itself, and what is known of it.

    Its claims are in their public form: the file is somebody else's.

    :param base_url: another address that serves the hub's files and API
    :raises UnreadableFileAddress: if ``what`` names no file of a hub
    :raises UnreadableModelFile: if it is no model file
    :raises PageAbsent: if the hub has no such file, or none for everybody
    :raises HubError: if the hub did not answer
    """
    address = file_address(what, base_url=base_url)
    located = _located(address, base_url)
    opened = open_files(located.hub, base_url=base_url)
    try:
        file = opened.files.open(f"{opened.base_url}{located.path}")
        facts = read_file_facts(file, filename=located.filename)
        digests = {**located.digests, **_stated(file)}
        read = inspect_facts(facts, sha256=digests.get(Algorithm.SHA256, ""))
        return RemoteInspection(
            inspection=inspection_json(read, digests=digests, stated_by=located.hub),
            size_bytes=file.size_bytes,
            requests=file.requests,
            bytes_read=file.bytes_read,
        )
    finally:
        opened.files.close()


def _stated(file: RemoteFile) -> dict[Algorithm, str]:
    """Return the SHA-256 that the Hub puts into an answer's headers (large files)."""
    found = _SHA256.fullmatch(file.stated.get("x-linked-etag", ""))
    return {Algorithm.SHA256: found[1]} if found else {}


def _located(address: RepositoryFile | CivitaiFile, base_url: str) -> _Located:
    if isinstance(address, RepositoryFile):
        return _Located(
            hub=Hub.HUGGING_FACE.value, path=address.download_path, filename=address.filename
        )
    version, file = _civitai_file(address.reference, base_url)
    digests = {Algorithm(digest.algorithm): digest.value for digest in file.digests}
    if file.sha256:
        digests[Algorithm.SHA256] = file.sha256
    return _Located(
        hub=Hub.CIVITAI.value,
        path=civitai_download_path(version.hub_version_id, file.download_url),
        filename=PurePosixPath(file.filename).name,
        digests=digests,
    )


def _civitai_file(reference: str, base_url: str) -> tuple[VersionSnapshot, FileSnapshot]:
    """Ask Civitai for the page; return its newest version, or the one named, and its main file.

    :raises PageAbsent: if it shows no such version, or no file of it
    """
    source = open_source(Hub.CIVITAI.value, base_url=base_url)
    try:
        page = source.read(source.fetch(source.page_of(reference)), kept={}, observed_at=now())
    finally:
        source.close()
    versions = page.snapshot.versions if isinstance(page, PageRead) else ()
    kind, value = parse_reference(reference)
    is_one = kind is ReferenceKind.CIVITAI_VERSION
    chosen = [one for one in versions if not is_one or one.hub_version_id == value]
    files = sorted(chosen[0].files, key=lambda file: not file.is_primary) if chosen else []
    if not files:
        raise PageAbsent(f"Civitai shows no file of {reference}.")
    return chosen[0], files[0]
