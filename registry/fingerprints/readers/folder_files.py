"""The files of a folder, without leaving it by a link.

Pure Python: importing this module must never import Django.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from registry.fingerprints.model_file import FileFinding, UnreadableModelFile
from registry.fingerprints.readers.findings import named
from registry.fingerprints.readers.limits import MOST_MEMBERS, MOST_NESTING


@dataclass(slots=True)
class FolderFiles:
    """Files by their name in the folder, ``/`` between folders; each at its true place."""

    files: dict[str, Path] = field(default_factory=dict)
    findings: list[FileFinding] = field(default_factory=list)


def list_folder(path: str | os.PathLike[str]) -> FolderFiles:
    """Return the ordinary files below ``path``; a link that leads out of it is a finding.

    :raises UnreadableModelFile: ``cannot_open``, if there is no folder; ``too_many_members``
    """
    root = _root(path)
    found = FolderFiles()
    leaving: list[str] = []
    for folder, folders, files in os.walk(root, onerror=_refuse):
        inside = Path(folder).relative_to(root)
        if len(inside.parts) >= MOST_NESTING:
            folders.clear()
        linked = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in sorted([*files, *linked]):
            place = _place(root, Path(folder) / name)
            shown = (inside / name).as_posix()
            if place is None:
                leaving.append(shown)
            elif place.is_file():
                found.files[shown] = place
        folders.sort()
        if len(found.files) > MOST_MEMBERS:
            raise UnreadableModelFile(
                "too_many_members", f"The folder has more than {MOST_MEMBERS} files."
            )
    if leaving:
        found.findings.append(
            FileFinding(
                "link_outside_folder",
                f"Links lead out of the folder and were not followed: {named(leaving)}.",
            )
        )
    return found


def _root(path: str | os.PathLike[str]) -> Path:
    try:
        root = Path(path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise UnreadableModelFile("cannot_open", f"There is no folder {str(path)!r}.") from error
    if not root.is_dir():
        raise UnreadableModelFile("cannot_open", f"{str(path)!r} is no folder.")
    return root


def _place(root: Path, path: Path) -> Path | None:
    """Return where a file really is, if that is inside ``root``."""
    try:
        place = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    return place if place.is_relative_to(root) else None


def _refuse(error: OSError) -> None:
    raise UnreadableModelFile(
        "cannot_open", f"A folder cannot be listed: {error.strerror}."
    ) from error
