"""Whether a snapshot can be stored: checked before the first row of its batch is written."""

import re
from collections.abc import Sequence
from math import isfinite

from registry.errors import BadInput
from registry.fingerprints.algorithms import Algorithm
from registry.models import Hub
from registry.snapshots import FileSnapshot, ModelSnapshot, VersionSnapshot

LONGEST_ID = 255  # characters: the width of the key columns
LONGEST_KEY_BYTES = 2000  # UTF-8; a B-tree entry must stay under a third of a page, 2,704 bytes
LONGEST_ALGORITHM = 16
LONGEST_DIGEST = 64
SHA256_DIGITS = 64
LARGEST_SIZE = 2**63 - 1

_SURELY_SHORT = LONGEST_KEY_BYTES // 4  # characters: UTF-8 takes four bytes at most
_LENGTHS_OF_SHA256 = frozenset({0, SHA256_DIGITS})  # none where the hub does not say
_HEX_DIGITS = b"0123456789abcdef"
_LEFT_OF_ROWS = {  # of a digest's row, without what may be a digit
    f"\0\t{algorithm.value}\t".encode().translate(None, _HEX_DIGITS) for algorithm in Algorithm
} | {b""}
_HEX = re.compile(r"[0-9a-f]*", re.ASCII)
_HUBS = frozenset(Hub.values)


class UnfitSnapshot(BadInput):
    """A page's snapshot cannot be stored; ``hub`` and ``hub_model_id`` name the page."""

    def __init__(self, reason: str, *, hub: str, hub_model_id: str) -> None:
        """Name the page and state the first thing that does not fit."""
        super().__init__(f"{hub}:{hub_model_id}: {reason}")
        self.reason = reason
        self.hub = hub
        self.hub_model_id = hub_model_id


def check_fitness(snapshot: ModelSnapshot) -> None:
    """Return if every key, size and time of ``snapshot`` fits its column.

    Text and digests are checked where they are written out (``page_rows``): there they are one
    string.

    :raises UnfitSnapshot: naming the page and the first thing that does not fit
    """
    try:
        reason = _page_fault(snapshot)
        for version in snapshot.versions:
            reason = reason or _version_fault(version)
    except UnicodeError as error:
        reason = f"a key is no Unicode text: {error}"
    if reason:
        raise UnfitSnapshot(reason, hub=snapshot.hub, hub_model_id=snapshot.hub_model_id)


def check_digests(snapshot: ModelSnapshot, rows: str) -> None:
    """Return if every digest of ``snapshot`` is one.

    :param rows: of all its digests, as ``page_rows`` writes them
    :raises UnfitSnapshot: naming the page and the first digest that is none
    """
    left = rows.encode().translate(None, _HEX_DIGITS)
    if _LEFT_OF_ROWS.issuperset(left.split(b"\n")) and "\t\n" not in rows:
        return
    for fault in (_files_fault(version.files) for version in snapshot.versions):
        if fault:
            raise UnfitSnapshot(fault, hub=snapshot.hub, hub_model_id=snapshot.hub_model_id)


def _page_fault(snapshot: ModelSnapshot) -> str:
    if snapshot.hub not in _HUBS:
        return f"{snapshot.hub!r} is no hub of ours"
    if not 0 < len(snapshot.hub_model_id) <= LONGEST_ID or len(snapshot.moved_to) > LONGEST_ID:
        return f"a page id has 1 to {LONGEST_ID} characters"
    if "\0" in snapshot.hub_model_id or not snapshot.hub_model_id.encode():
        return "a page id holds a NUL character"
    if snapshot.observed_at.tzinfo is None:
        return "observed_at has no time zone"
    if len({claim.source for claim in snapshot.claims}) < len(snapshot.claims):
        return "one source states two licence claims"
    return ""


def _version_fault(version: VersionSnapshot) -> str:
    if not 0 < len(version.hub_version_id) <= LONGEST_ID:
        return f"a version id has 1 to {LONGEST_ID} characters"
    if version.published_at is not None and version.published_at.tzinfo is None:
        return f"version {version.hub_version_id}: published_at has no time zone"
    for edge in version.edges:
        if not 0 < len(edge.parent_ref.encode()) <= LONGEST_KEY_BYTES:
            return f"a parent reference has 1 to {LONGEST_KEY_BYTES} bytes"
        if edge.weight is not None and not isfinite(edge.weight):
            return f"the weight of {edge.parent_ref} is not finite"
    return "" if _are_fit(version.files) else _files_fault(version.files)


def _files_fault(files: Sequence[FileSnapshot]) -> str:
    for file in files:
        fault = _file_fault(file)
        if fault:
            return f"file {file.hub_file_id}: {fault}"
    return ""


def _are_fit(files: Sequence[FileSnapshot]) -> bool:
    """Return whether all files are plainly fit; those that are not are looked at one by one."""
    digits = ""
    for file in files:
        if len(file.sha256) not in _LENGTHS_OF_SHA256:
            return False
        if not (0 < len(file.hub_file_id) <= _SURELY_SHORT and _is_size(file.size_bytes)):
            return False
        digits += file.sha256
    return not digits.encode().translate(None, _HEX_DIGITS)


def _is_size(size: int | None) -> bool:
    return size is None or 0 <= size <= LARGEST_SIZE


def _is_word(algorithm: str) -> bool:
    return 0 < len(algorithm) <= LONGEST_ALGORITHM


def _file_fault(file: FileSnapshot) -> str:
    if not 0 < len(file.hub_file_id.encode()) <= LONGEST_KEY_BYTES:
        return f"a file id has 1 to {LONGEST_KEY_BYTES} bytes"
    if not _is_size(file.size_bytes):
        return f"{file.size_bytes} is no size"
    if file.sha256 and len(file.sha256) != SHA256_DIGITS:
        return "a SHA-256 has 64 digits"
    for digest in file.digests:
        if not 0 < len(digest.value) <= LONGEST_DIGEST:
            return f"a digest has 1 to {LONGEST_DIGEST} digits"
        if not _is_word(digest.algorithm):
            return f"an algorithm's name has 1 to {LONGEST_ALGORITHM} characters"
    digits = file.sha256 + "".join([digest.value for digest in file.digests])
    return "" if _HEX.fullmatch(digits) else "a digest is not lower-case hexadecimal"
