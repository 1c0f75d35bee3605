"""The newest epoch's files, mapped into memory: what look-ups read instead of the database.

A process looks at ``current`` before every look-up (one ``stat``) and asks the database for the
newest epoch once a second. Files of an older epoch, and files that are torn or missing, are not
read: the caller falls through to the tables.
"""

import os
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from registry.rights.answers import RowAnswer, is_to_ask, read_row, row_words
from registry.rights.files import ArrayFile, TornFile, open_arrays
from registry.rights.keys import Keys
from registry.rights.layout import layout
from registry.selectors.rights_epochs import newest_epoch

FOLDER = "rights"
CURRENT = "current"
_ASK_SECONDS = 1.0

_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One epoch."""

    epoch: int
    stamp: bytes  # the members of a rendered answer that say which epoch it is of
    keys_path: Path
    keys: Keys
    codes: memoryview  # by the artifact's primary key
    rows: Mapping[int, RowAnswer | None]  # by code; ``None``: the object engine has to be asked
    json: dict[int, bytes] = field(default_factory=dict)  # rendered rows by code, as they are asked

    def code(self, artifact: int) -> int:
        """Return the code of some bytes' row; 0 if the epoch does not know them."""
        return int(self.codes[artifact]) if artifact < len(self.codes) else 0


class _Holder:
    """What this process has open."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.stamp: tuple[str, _Stamp] | None = None
        self.snapshot: Snapshot | None = None
        self.newest = 0
        self.asked_at = -_ASK_SECONDS

    def get(self) -> Snapshot | None:
        current = f"{settings.KEIFU_HOME}/{FOLDER}/{CURRENT}"
        try:
            found = os.stat(current)  # noqa: PTH116 - twenty times faster, and before every look-up
        except OSError:
            return None
        stamp = (current, (found.st_ino, found.st_mtime_ns, found.st_size))
        if stamp != self.stamp:
            with self.lock:
                if stamp != self.stamp:
                    self.snapshot = _opened(Path(current).parent, self.snapshot)
                    self.stamp = stamp
                    self.asked_at = -_ASK_SECONDS
        snapshot = self.snapshot
        return snapshot if snapshot and snapshot.epoch == self._newest() else None

    def _newest(self) -> int:
        now = time.monotonic()
        if now - self.asked_at >= _ASK_SECONDS:
            newest = newest_epoch()
            self.newest = newest.pk if newest else 0
            self.asked_at = now
        return self.newest

    def forget(self) -> None:
        self.stamp = self.snapshot = None
        self.asked_at = -_ASK_SECONDS


_HOLDER = _Holder()


def snapshot() -> Snapshot | None:
    """Return the newest epoch's snapshot; nothing while its files are not there."""
    return _HOLDER.get()


def forget_snapshot() -> None:
    """Open the files anew at the next look-up."""
    _HOLDER.forget()


def published_epoch() -> int:
    """Return the epoch whose files lie ready and whole; 0 for none."""
    found = _opened(Path(settings.KEIFU_HOME) / FOLDER)
    return found.epoch if found else 0


def names_in(about: Mapping[str, Any]) -> Iterable[str]:
    """Return the files that ``current`` names."""
    return str(about["keys"]), str(about["codes"])


def _opened(folder: Path, before: Snapshot | None = None) -> Snapshot | None:
    """Return what ``current`` names; nothing if it is torn, or its layout is not ours.

    :param before: whose keys need not be opened again if they are the same file's
    """
    try:
        about = open_arrays(folder / CURRENT).about
        if about["layout"] != layout().name:
            return None
        path = folder / about["keys"]
        is_same = before is not None and before.keys_path == path
        keys = before.keys if before and is_same else Keys(open_arrays(path).arrays)
        codes = open_arrays(folder / about["codes"])
    except TornFile:
        return None
    if codes.about["epoch"] != about["epoch"] or not keys.is_whole:
        return None
    return Snapshot(
        epoch=about["epoch"],
        stamp=stamp_of(about["epoch"], codes.about["computed_at"]),
        keys_path=path,
        keys=keys,
        codes=codes.arrays["codes"],
        rows=_rows(codes),
    )


def stamp_of(epoch: int, computed_at: str) -> bytes:
    """Render which epoch an answer is of, and when that was computed."""
    return b'"epoch":%d,"computed_at":"%s"' % (epoch, computed_at.encode())


def _rows(codes: ArrayFile) -> Mapping[int, RowAnswer | None]:
    words = np.frombuffer(codes.arrays["rows"], dtype="<u8").reshape(-1, row_words())
    numbers = codes.arrays["row_codes"].tolist()
    return _Rows(dict(zip(numbers, range(len(numbers)), strict=True)), words)


class _Rows(dict[int, RowAnswer | None]):
    """Rows by code, each read when it is first asked for."""

    def __init__(self, places: Mapping[int, int], words: np.ndarray) -> None:
        super().__init__()
        self.places = places
        self.words = words

    def __missing__(self, code: int) -> RowAnswer | None:
        words = self.words[self.places[code]].tolist()
        row = self[code] = None if is_to_ask(words) else read_row(words)
        return row
