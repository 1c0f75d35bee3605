"""Let every version that lists bytes state what the bytes' header says of their parents.

A header speaks for the bytes, whoever lists them and whenever: its statements are spread over all
versions that list them, as ordinary edges with an evidence of ``IN_FILES``, when the header was
read and when a page that lists them is mirrored. A page takes them back by nothing it says; a
later reading of the header does, with the usual history (``EdgeLapse``).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from registry.lineage.relations import IN_FILES
from registry.models import (
    EdgeLapse,
    HeaderInspection,
    HeaderStatement,
    Hub,
    LineageEdge,
    ModelFile,
)
from registry.services.copying import copy_rows, line, moment, number
from registry.services.edge_ends import with_ends
from registry.services.ingest_sql import Row, copy_into
from registry.services.keyed_rows import EdgeRow

_IN_FILES = sorted(evidence.value for evidence in IN_FILES)


class _Listing(NamedTuple):
    """One version, and one of the artifacts it lists."""

    version: int
    artifact: int
    sha256: str
    first_seen_at: datetime
    hub: str
    hub_model_id: str
    hub_version_id: str


class _Said(NamedTuple):
    """One statement of a header, or an edge that stands for one."""

    parent_ref: str
    relation: str
    evidence: str
    grade: str
    weight: float | None
    detail: str
    source: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what makes it one statement and not another."""
        return self.parent_ref, self.evidence, self.relation


def inspected_among(digests: Iterable[str]) -> list[int]:
    """Return the artifacts, by SHA-256, whose header says something of its parents.

    :param digests: gone through only if any header says something
    """
    stated = HeaderStatement.objects.filter(child_ref="")
    if not stated.exists():
        return []
    named = stated.filter(inspection__artifact__sha256__in=set(digests))
    rows = named.order_by("inspection__artifact")
    return list(rows.values_list("inspection__artifact", flat=True).distinct())


def spread_header_edges(*, artifacts: Collection[int], seen_at: datetime) -> int:
    """Bring the edges of all versions that list ``artifacts`` in line with the headers read.

    The caller holds ``Lock.MIRRORED_TABLES``. Doing it again writes nothing.

    :return: how many edges were written
    """
    listings = _listings(artifacts)
    if not listings:
        return 0
    stated = _stated({listing.artifact for listing in listings})
    wanted = _wanted(listings, stated)
    edges = LineageEdge.objects.filter(
        child__in={listing.version for listing in listings}, evidence__in=_IN_FILES
    )
    known = {(edge.child_id, *_said(edge).key): edge for edge in edges.order_by("pk")}
    seen = {listing.version: listing.first_seen_at for listing in listings}
    missing = [
        (version, said, max(read_at, seen[version]))
        for (version, *_), (said, read_at) in wanted.items()
        if (version, *said.key) not in known
    ]
    written = _add(missing)
    for key, edge in known.items():
        said = wanted.get(key)
        written += _retract(edge, seen_at) if said is None else _renew(edge, said[0], seen_at)
    return written


def _listings(artifacts: Collection[int]) -> list[_Listing]:
    """Return every artifact listed by a version that lists one of ``artifacts``."""
    versions = ModelFile.objects.filter(artifact__in=artifacts).values("version")
    rows = (
        ModelFile.objects.filter(version__in=versions, artifact__isnull=False)
        .order_by("version", "artifact")
        .values_list(
            *("version", "artifact", "artifact__sha256", "version__first_seen_at"),
            *("version__hub_model__hub", "version__hub_model__hub_model_id"),
            "version__hub_version_id",
        )
        .distinct()
    )
    return [_Listing._make(row) for row in rows]


def _stated(artifacts: Collection[int]) -> Mapping[int, list[tuple[_Said, datetime]]]:
    """Return what the newest reading of each header says of its own file."""
    newest = (
        HeaderInspection.objects.filter(artifact__in=artifacts)
        .order_by("artifact", "-reader_version")
        .distinct("artifact")
    )
    rows = (
        HeaderStatement.objects.filter(inspection__in=newest.values("pk"), child_ref="")
        .order_by("inspection__artifact", "grade", "pk")
        .values_list("inspection__artifact", "inspection__read_at", *_Said._fields)
    )
    found: dict[int, list[tuple[_Said, datetime]]] = {}
    for artifact, read_at, *said in rows:
        found.setdefault(artifact, []).append((_Said._make(said), read_at))
    return found


def _wanted(
    listings: Sequence[_Listing], stated: Mapping[int, list[tuple[_Said, datetime]]]
) -> dict[tuple[int, str, str, str], tuple[_Said, datetime]]:
    """Return the edges that versions should have; of several files, the strongest statement."""
    own: dict[int, set[str]] = {}
    for listing in listings:
        own.setdefault(listing.version, set()).update(_names_of(listing))
    wanted: dict[tuple[int, str, str, str], tuple[_Said, datetime]] = {}
    for listing in listings:
        for said, read_at in stated.get(listing.artifact, ()):
            if said.parent_ref in own[listing.version]:
                continue  # a version is not its own parent, nor made from what it lists beside it
            key = (listing.version, *said.key)
            known = wanted.get(key)
            if known is None or said.grade < known[0].grade:
                wanted[key] = (said, read_at)
    return wanted


def _names_of(listing: _Listing) -> Iterable[str]:
    """Return the references by which a version would name itself, its page or its bytes."""
    page = f"{listing.hub}:{listing.hub_model_id}"
    yield f"sha256:{listing.sha256}"
    yield page
    is_civitai = listing.hub == Hub.CIVITAI
    version = listing.hub_version_id
    yield f"civitai-version:{version}" if is_civitai else f"{page}@{version}"


def _said(edge: LineageEdge) -> _Said:
    return _Said(**{name: getattr(edge, name) for name in _Said._fields})


def _add(missing: Sequence[tuple[int, _Said, datetime]]) -> int:
    """Copy edges into the table, closed as far as what they name is mirrored."""
    rows = [
        EdgeRow(
            version,
            line(
                said.parent_ref,
                said.relation,
                said.evidence,
                said.grade,
                number(said.weight),
                said.detail,
                said.source,
                moment(at),
            ),
            said.parent_ref,
        )
        for version, said, at in missing
    ]
    return copy_rows(copy_into(Row.EDGE, staged=False), with_ends(rows))


def _retract(edge: LineageEdge, seen_at: datetime) -> int:
    if edge.retracted_at is not None:
        return 0
    edge.retracted_at = seen_at
    edge.save(update_fields=["retracted_at"])
    return 1


def _renew(edge: LineageEdge, said: _Said, seen_at: datetime) -> int:
    """State an edge again as the header does now, keeping when it was not stated."""
    if edge.retracted_at is None and _said(edge) == said:
        return 0
    if edge.retracted_at is not None:
        EdgeLapse.objects.create(edge=edge, retracted_at=edge.retracted_at, restated_at=seen_at)
        edge.retracted_at = None
    edge.grade, edge.weight = said.grade, said.weight
    edge.detail, edge.source = said.detail, said.source
    edge.save(update_fields=["grade", "weight", "detail", "source", "retracted_at"])
    return 1
