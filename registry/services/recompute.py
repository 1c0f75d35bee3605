"""Compute the rights of everything mirrored, and keep what differs (house.md H10)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from registry.errors import Conflict
from registry.models import RightsEpoch, RightsKind
from registry.rights.coding import CHUNK, Codebook, chunked
from registry.rights.layout import layout
from registry.rights.order import Ints
from registry.rights.recompute import Rights, rights_of
from registry.selectors.rights_catalogue import Mirrored, mirrored_of, read_tables
from registry.selectors.rights_epochs import (
    codebook,
    highest_code,
    is_outdated,
    newest_epoch,
    seen_now,
    stored_chunks,
)
from registry.selectors.rights_listings import artifact_codes
from registry.services import audit
from registry.services.locks import Lock, hold
from registry.services.rights_files import publish_if_missing, publish_rights


class RightsComputedElsewhere(Conflict):
    """Somebody else stored a newer epoch meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecomputeReport:
    """What one computation found and wrote."""

    epoch: int
    models: int  # versions, pages and references
    edges: int
    artifacts: int
    cyclic: int  # models that are their own ancestors
    by_objects: int  # models that only the object engine could answer for
    distinct_rows: int
    chunks_written: int
    seconds: float  # all of it


@dataclass(frozen=True, slots=True)
class _Computed:
    """Everything one computation is going to store."""

    seen: str
    mirrored: Mirrored
    rights: Rights
    fresh: Codebook  # rows that had no code
    codes: Mapping[RightsKind, Ints]  # by chunk
    known: int  # distinct rows, old and new


def recompute_if_outdated(*, by: str) -> RecomputeReport | None:
    """Compute all rights anew if anything has changed since the newest epoch.

    If not, see to it that the epoch's files are there.

    :raises RightsComputedElsewhere: if somebody else did so at the same time
    """
    if is_outdated():
        return recompute_rights(by=by)
    publish_if_missing()
    return None


def recompute_rights(*, by: str) -> RecomputeReport:
    """Compute the rights of everything mirrored; store the rows and chunks that differ.

    Then write the files that look-ups read (``registry.services.rights_files``).

    Reads at one moment, without holding up who writes. Nothing is stored if it fails.

    :param by: the actor, e.g. ``job:recompute``
    :raises RightsComputedElsewhere: if somebody else stored an epoch meanwhile
    """
    begun = time.monotonic()
    before = newest_epoch()
    computed = _computed()
    epoch, chunks = _store(computed, before, by)
    publish_rights()
    return RecomputeReport(
        epoch=epoch.pk,
        models=len(computed.mirrored.catalogue),
        edges=len(computed.mirrored.catalogue.edges),
        artifacts=int((computed.codes[RightsKind.ARTIFACT] > 0).sum()),
        cyclic=computed.rights.cyclic,
        by_objects=computed.rights.by_objects,
        distinct_rows=computed.known,
        chunks_written=chunks,
        seconds=time.monotonic() - begun,
    )


def _computed() -> _Computed:
    is_ours = not connection.in_atomic_block
    with transaction.atomic():
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        seen, tables = seen_now(), read_tables()
        mirrored = mirrored_of(tables)
        known, top = codebook(), highest_code()
    rights = rights_of(mirrored.catalogue)
    codes, fresh = known.coded(rights.rows, after=top)
    book = known.joined(fresh)
    versions = tables.versions["pk"]
    of_bytes, more = artifact_codes(mirrored, codes, book, after=top + len(fresh.codes))
    is_node = mirrored.page_nodes >= 0
    return _Computed(
        seen=seen,
        mirrored=mirrored,
        rights=rights,
        fresh=fresh.joined(more),
        codes={
            RightsKind.VERSION: chunked(versions, codes[: len(versions)]),
            RightsKind.PAGE: chunked(
                tables.pages["pk"][is_node], codes[mirrored.page_nodes[is_node]]
            ),
            RightsKind.ARTIFACT: chunked(*of_bytes),
        },
        known=len(book.codes) + len(more.codes),
    )


@transaction.atomic
def _store(computed: _Computed, before: RightsEpoch | None, by: str) -> tuple[RightsEpoch, int]:
    hold(Lock.RIGHTS)
    if newest_epoch() != before:
        raise RightsComputedElsewhere("Somebody else computed all rights meanwhile; try again.")
    epoch = RightsEpoch.objects.create(
        layout=layout().name,
        seen=computed.seen,
        computed_at=timezone.now(),
        models_count=len(computed.mirrored.catalogue),
        cyclic_count=computed.rights.cyclic,
        chunks_written=0,
    )
    _write_rows(computed.fresh)
    epoch.chunks_written = sum(
        _write_chunks(kind, codes, epoch.pk) for kind, codes in computed.codes.items()
    )
    epoch.save(update_fields=["chunks_written"])
    audit.record(
        event="rights.computed",
        actor=by,
        target=f"epoch:{epoch.pk}",
        models=epoch.models_count,
        chunks_written=epoch.chunks_written,
    )
    return epoch, epoch.chunks_written


def _write_rows(fresh: Codebook) -> None:
    words = fresh.rows.astype("<u8")
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY registry_rightsrow (code, layout, words) FROM STDIN") as copy,
    ):
        for code, row in zip(fresh.codes.tolist(), words, strict=True):
            copy.write_row((code, layout().name, row.tobytes()))


def _write_chunks(kind: RightsKind, codes: Ints, epoch: int) -> int:
    """Write the chunks that differ from what is stored; return how many."""
    stored = stored_chunks(kind)
    height = max(len(stored), len(codes))
    old, new = (np.zeros((height, CHUNK), dtype="<i4") for _ in range(2))
    old[: len(stored)], new[: len(codes)] = stored, codes
    differing = np.flatnonzero((old != new).any(axis=1))
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE staged_rightschunk (number integer, codes bytea) ON COMMIT DROP"
        )
        with cursor.copy("COPY staged_rightschunk FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int4", "bytea"])
            for number in differing.tolist():
                copy.write_row((number, new[number].tobytes()))
        cursor.execute(_MERGE_CHUNKS, {"kind": kind.value, "epoch": epoch})
        cursor.execute("DROP TABLE staged_rightschunk")
    return len(differing)


_MERGE_CHUNKS = """
INSERT INTO registry_rightschunk (kind, number, codes, epoch)
SELECT %(kind)s, number, codes, %(epoch)s FROM staged_rightschunk
ON CONFLICT (kind, number) DO UPDATE SET codes = excluded.codes, epoch = excluded.epoch
"""
