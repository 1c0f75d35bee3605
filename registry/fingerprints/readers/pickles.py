"""Read pickled files: torch's format before 2020, numpy dictionaries of DeepFaceLab, any other.

Pure Python: importing this module must never import Django.

Source: ``torch/serialization.py`` (``_legacy_save``), torch 2.13: five pickles - a magic number,
a version, the writer's word sizes, the object, the storages' keys - then each storage as its
element count in eight bytes and its bytes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from registry.fingerprints.model_file import FileFacts, FileFinding, FileFormat, TensorFact
from registry.fingerprints.readers.findings import name_findings, text_findings
from registry.fingerprints.readers.pickle_machine import PickleWalk
from registry.fingerprints.readers.pickle_tensors import Storage, find_tensors, storage_of
from registry.fingerprints.readers.pickle_walk import walk_pickle
from registry.fingerprints.readers.window import Cursor, Window

TORCH_MAGIC = 0x1950A86A20F9469CFC6C
_PARTS_AFTER_MAGIC = 4
_COUNT_BYTES = 8
_MOST_PICKLES = 16
_PROTOCOLS = frozenset(range(2, 6))
_PROTOCOL_CODE = 0x80


@dataclass(frozen=True, slots=True)
class PickleFacts:
    """What pickles in a file hold; ``end`` is the place after the last one that was walked."""

    walks: tuple[PickleWalk, ...]
    tensors: tuple[TensorFact, ...]
    metadata: dict[str, str]
    storages: dict[str, Storage]
    findings: tuple[FileFinding, ...]
    end: int

    @property
    def is_plausible(self) -> bool:
        """Tell whether this was a pickle at all: it ended as one, asked for a call or went on."""
        first = self.walks[0]
        return first.error is None or first.calls > 0 or first.is_too_large


def looks_like_pickle(head: bytes) -> bool:
    """Tell whether a protocol from 2 on is declared; older ones have no magic number."""
    return len(head) > 1 and head[0] == _PROTOCOL_CODE and head[1] in _PROTOCOLS


def read_pickle(window: Window) -> FileFacts:
    """Return what a pickled file holds, without unpickling it; what is wrong is a finding."""
    return facts_of(window, pickle_facts(window, end=window.size))


def facts_of(window: Window, found: PickleFacts) -> FileFacts:
    """Return pickles as the facts of a file."""
    return FileFacts(
        format=FileFormat.PICKLE,
        size_bytes=window.size,
        header_bytes=found.end,
        tensors=found.tensors,
        metadata=found.metadata,
        findings=found.findings,
    )


def pickle_facts(window: Window, *, start: int = 0, end: int | None = None) -> PickleFacts:
    """Walk the pickles from ``start`` on, behind the first one's end too."""
    cursor = Cursor(window, start, end=end)
    walks = [walk_pickle(cursor)]
    is_torch = walks[0].value == TORCH_MAGIC and isinstance(walks[0].value, int)
    if is_torch:
        walks += _walk_on(cursor, count=_PARTS_AFTER_MAGIC)
    tensors = find_tensors(walks[3].value if is_torch and len(walks) > 3 else walks[0].value)  # noqa: PLR2004
    storages = dict(_storages(walks))
    if is_torch:
        rest = list(_storage_findings(walks, storages, cursor.position, end))
    else:
        rest = list(_after_stop(cursor, walks, end))
    found = [
        *(finding for walk in walks for finding in walk.findings),
        *tensors.findings,
        *rest,
        *text_findings(tensors.metadata),
        *name_findings(tensors.tensors),
    ]
    return PickleFacts(
        walks=tuple(walks),
        tensors=tuple(tensors.tensors.values()),
        metadata=tensors.metadata,
        storages=storages,
        findings=tuple(dict.fromkeys(found)),
        end=walks[-1].end,
    )


def _walk_on(cursor: Cursor, *, count: int) -> Iterator[PickleWalk]:
    for _ in range(count):
        walk = walk_pickle(cursor)
        yield walk
        if walk.error is not None:
            return


def _storages(walks: Iterable[PickleWalk]) -> Iterator[tuple[str, Storage]]:
    for walk in walks:
        for value in walk.storages:
            storage = storage_of(value)
            if storage is not None:
                yield storage.key, storage


def _storage_findings(
    walks: list[PickleWalk], storages: dict[str, Storage], position: int, end: int | None
) -> Iterator[FileFinding]:
    """Compare the place where the storages must end with the file's size."""
    keys = walks[-1].value
    if walks[-1].error is not None or not isinstance(keys, list) or end is None:
        return
    names = [str(key) for key in keys if isinstance(key, str | int)]
    if len(set(names)) != len(keys) or set(names) != storages.keys():
        yield FileFinding("storages_disagree", "The storages listed are not those referred to.")
        return
    if not all(storage.item_bytes for storage in storages.values()):
        return
    last = position + sum(
        _COUNT_BYTES + storage.count * storage.item_bytes for storage in storages.values()
    )
    if last > end:
        yield FileFinding("file_truncated", f"The file ends {last - end} bytes too early.")
    elif last < end:
        yield FileFinding("trailing_bytes", f"{end - last} bytes follow the last storage.")


def _after_stop(cursor: Cursor, walks: list[PickleWalk], end: int | None) -> Iterator[FileFinding]:
    """Tell what follows a pickle's end; loaders that read on would carry it out."""
    if walks[0].error is not None or end is None or cursor.position >= end:
        return
    yield FileFinding(
        "bytes_after_stop", f"{end - cursor.position} bytes follow the end of the pickle."
    )
    while cursor.position < end and len(walks) < _MOST_PICKLES:
        walk = walk_pickle(cursor)
        if walk.error is not None and not walk.calls and not walk.globals:
            return
        yield FileFinding("pickle_after_stop", "Another pickle follows the end of the first.")
        walks.append(walk)
        if walk.error is not None:
            return
