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
from registry.rights.prepared import prepared
from registry.rights.recompute import passed, rights_from
from registry.selectors.rights_catalogue import Mirrored, mirrored_of
from registry.selectors.rights_epochs import (
    codebook,
    highest_code,
    is_outdated,
    newest_epoch,
    seen_now,
    stored_chunks,
)
from registry.selectors.rights_listings import artifact_codes, listings_in
from registry.selectors.rights_marks import marks_now
from registry.selectors.rights_tables import Array, read_tables
from registry.services import audit
from registry.services.locks import Lock, hold
from registry.services.rights_files import publish_if_missing, publish_rights
from registry.services.rights_held import Computed, computed_again

Chunks = Mapping[RightsKind, Ints]


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
    on_read: int  # models that it answers for when somebody asks
    distinct_rows: int
    chunks_written: int
    seconds: float  # all of it


class _Memory:
    """What this process holds of the newest epoch that it stored itself."""

    epoch = 0
    held: Computed | None = None


def recompute_if_outdated(*, by: str) -> RecomputeReport | None:
    """Compute all rights anew if anything has changed since the newest epoch.

    If not, see to it that the epoch's files are there. What it was computed from is kept for the
    next time, so that new claims alone are a matter of a second.

    :raises RightsComputedElsewhere: if somebody else did so at the same time
    """
    if is_outdated():
        return recompute_rights(by=by, keep=True)
    publish_if_missing()
    return None


def recompute_rights(*, by: str, keep: bool = False) -> RecomputeReport:
    """Compute the rights of everything mirrored; store the rows and chunks that differ.

    Then write the files that look-ups read (``registry.services.rights_files``). Reads at one
    moment, without holding up who writes. Nothing is stored if it fails.

    :param by: the actor, e.g. ``job:recompute``
    :param keep: hold what it was computed from in memory, and begin with what is held
    :raises RightsComputedElsewhere: if somebody else stored an epoch meanwhile
    """
    begun = time.monotonic()
    before = newest_epoch()
    held = _Memory.held if keep and before is not None and before.pk == _Memory.epoch else None
    _Memory.held = None  # used up, and kept again only once all is stored
    computed = _computed(held)
    epoch = _store(computed, before, held, by)
    publish_rights()
    if keep:
        _Memory.held, _Memory.epoch = computed, epoch.pk
    return RecomputeReport(
        epoch=epoch.pk,
        models=computed.catalogue.models,
        edges=len(computed.catalogue.edges),
        artifacts=len(computed.listings.pks),
        cyclic=computed.cyclic,
        by_objects=computed.by_objects,
        on_read=computed.on_read,
        distinct_rows=len(computed.book.codes),
        chunks_written=epoch.chunks_written,
        seconds=time.monotonic() - begun,
    )


def _computed(held: Computed | None) -> Computed:
    is_ours = not connection.in_atomic_block
    with transaction.atomic():
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        seen = seen_now()
        again = computed_again(held, seen) if held else None
        if again is not None:
            return again
        marks, mirrored = marks_now(), mirrored_of(read_tables())
        known, top = codebook(), highest_code()
    ready = prepared(mirrored.catalogue)
    after = passed(ready)
    rights = rights_from(ready, after)
    listings = listings_in(mirrored)
    of_rows, fresh = known.coded(rights.distinct, after=top)
    codes = of_rows[rights.place]
    top += len(fresh.codes)
    of_bytes, more = artifact_codes(listings, codes, known.joined(fresh), after=top)
    fresh = fresh.joined(more)
    return Computed(
        seen=seen,
        marks=marks,
        mirrored=mirrored,
        ready=ready,
        after=after,
        listings=listings,
        codes=codes,
        chunks=_chunks(mirrored, codes, *of_bytes),
        book=known.joined(fresh),
        fresh=fresh,
        top=top + len(more.codes),
        cyclic=rights.cyclic,
        by_objects=rights.by_objects,
        on_read=rights.on_read,
    )


def _chunks(mirrored: Mirrored, codes: Ints, artifacts: Array, of_bytes: Ints) -> Chunks:
    versions, nodes = mirrored.tables.versions["pk"], mirrored.page_nodes
    pages, is_node = mirrored.tables.pages["pk"], nodes >= len(versions)  # others are a version
    return {
        RightsKind.VERSION: chunked(versions, codes[: len(versions)]),
        RightsKind.PAGE: chunked(pages[is_node], codes[nodes[is_node]]),
        RightsKind.ARTIFACT: chunked(artifacts, of_bytes),
    }


@transaction.atomic
def _store(
    computed: Computed, before: RightsEpoch | None, held: Computed | None, by: str
) -> RightsEpoch:
    hold(Lock.RIGHTS)
    if newest_epoch() != before:
        raise RightsComputedElsewhere("Somebody else computed all rights meanwhile; try again.")
    epoch = RightsEpoch.objects.create(
        layout=layout().name,
        seen=computed.seen,
        computed_at=timezone.now(),
        models_count=computed.catalogue.models,
        cyclic_count=computed.cyclic,
        chunks_written=0,
    )
    _write_rows(computed.fresh)
    for kind, codes in computed.chunks.items():
        stored = held.chunks[kind] if held else stored_chunks(kind)
        epoch.chunks_written += _write_chunks(kind, codes, stored, epoch.pk)
    epoch.save(update_fields=["chunks_written"])
    audit.record(
        event="rights.computed",
        actor=by,
        target=f"epoch:{epoch.pk}",
        models=epoch.models_count,
        chunks_written=epoch.chunks_written,
    )
    return epoch


def _write_rows(fresh: Codebook) -> None:
    words = fresh.rows.astype("<u8")
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY registry_rightsrow (code, layout, words) FROM STDIN") as copy,
    ):
        for code, row in zip(fresh.codes.tolist(), words, strict=True):
            copy.write_row((code, layout().name, row.tobytes()))


def _write_chunks(kind: RightsKind, codes: Ints, stored: Ints, epoch: int) -> int:
    """Write the chunks that differ from what is stored; return how many."""
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
