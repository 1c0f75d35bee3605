"""Inspect a file on this machine, and if asked keep its digests."""

from pathlib import Path

from registry.errors import BadInput
from registry.fingerprints.digests import Progress
from registry.selectors.inspection_shape import InspectionJson
from registry.selectors.inspections import inspect_path
from registry.services.file_digests import keep_file_digests


class NothingToKeep(BadInput):
    """A folder has no digests of its own."""


def inspect_local(
    *, path: Path, keep: bool, by: str, progress: Progress | None = None
) -> InspectionJson:
    """Return what a file or folder says of itself.

    :param keep: record the file's digests, and nothing else of it, so that copies are recognised
    :raises UnreadableModelFile: if it is no model file
    :raises NothingToKeep: if a folder's digests are to be kept
    """
    found = inspect_path(path, progress=progress)
    if keep:
        if found.digests is None:
            raise NothingToKeep("A folder has no digests to keep: name one of its files.")
        keep_file_digests(digests=found.digests, by=by)
    return found.inspection
