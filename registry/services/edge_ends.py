"""Close lineage edges: find what a reference names, and the open edges that named a newcomer.

The result does not depend on the order in which pages arrive: an edge stands at the version its
reference names once that is mirrored, else at the page, else at the bytes, else it is open.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from registry.models import Hub
from registry.snapshots import ModelSnapshot

_PAGE_HUBS = frozenset(Hub.values)
_CIVITAI_VERSION = "civitai-version"
_SHA256 = "sha256"


class End(NamedTuple):
    """Primary keys of what a reference names; null where it names no such thing."""

    page: int | None = None
    version: int | None = None
    artifact: int | None = None


OPEN = End()
Ends = Mapping[str, End]

_PAGES = """
SELECT k.ref, p.id, v.id
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) k(ref, hub, page, revision)
JOIN registry_hubmodel p ON p.hub = k.hub AND p.hub_model_id = k.page
LEFT JOIN registry_modelversion v ON v.hub_model_id = p.id AND v.hub_version_id = k.revision
"""

# Should two pages list one version id, the page that came first has it.
_CIVITAI_VERSIONS = """
SELECT DISTINCT ON (v.hub_version_id) 'civitai-version:' || v.hub_version_id, p.id, v.id
FROM registry_modelversion v JOIN registry_hubmodel p ON p.id = v.hub_model_id
WHERE v.hub_version_id = ANY(%s::text[]) AND p.hub = 'civitai'
ORDER BY v.hub_version_id, v.id
"""

_ARTIFACTS = "SELECT 'sha256:' || sha256, id FROM registry_artifact WHERE sha256 = ANY(%s::text[])"

_CLOSE = """
UPDATE registry_lineageedge e SET
    parent_model_id = k.page, parent_version_id = k.version, parent_artifact_id = k.artifact
FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[]) k(ref, page, version, artifact)
WHERE e.parent_ref = k.ref AND e.parent_version_id IS NULL AND e.parent_artifact_id IS NULL
    AND (e.parent_model_id IS NULL OR k.version IS NOT NULL)
    AND e.child_id IS DISTINCT FROM k.version
"""

# In C order "@" is followed by "A": the range holds every revision of one repository.
_CLOSE_AT_PAGE = """
UPDATE registry_lineageedge e SET parent_model_id = k.page
FROM unnest(%s::text[], %s::bigint[]) k(ref, page)
WHERE e.parent_ref >= k.ref || '@' AND e.parent_ref < k.ref || 'A'
    AND e.parent_version_id IS NULL AND e.parent_artifact_id IS NULL AND e.parent_model_id IS NULL
"""


def find_ends(references: Collection[str]) -> Ends:
    """Return what each reference names, as far as it is mirrored."""
    values: dict[str, list[tuple[str, str]]] = {}
    for reference in references:
        kind, _, value = reference.partition(":")
        values.setdefault(kind, []).append((reference, value))
    pages = [(ref, kind, value) for kind in _PAGE_HUBS for ref, value in values.get(kind, ())]
    ends: dict[str, End] = {}
    with connection.cursor() as cursor:
        if pages:
            cursor.execute(_PAGES, _page_columns(pages))
            ends |= {ref: End(page, version) for ref, page, version in cursor.fetchall()}
        if versions := [value for _, value in values.get(_CIVITAI_VERSION, ())]:
            cursor.execute(_CIVITAI_VERSIONS, [versions])
            ends |= {ref: End(page, version) for ref, page, version in cursor.fetchall()}
        if digests := [value for _, value in values.get(_SHA256, ())]:
            cursor.execute(_ARTIFACTS, [digests])
            ends |= {ref: End(artifact=artifact) for ref, artifact in cursor.fetchall()}
    return ends


def _page_columns(pages: Iterable[tuple[str, str, str]]) -> list[list[str]]:
    """Return reference, hub, page id and revision as columns."""
    rows = [(ref, hub, *value.partition("@")[::2]) for ref, hub, value in pages]
    return [list(column) for column in zip(*rows, strict=True)]


def names_of(snapshot: ModelSnapshot, *, page: int, versions: Sequence[tuple[str, int]]) -> Ends:
    """Return every reference that names the page or one of ``versions`` (hub id, primary key)."""
    own = f"{snapshot.hub}:{snapshot.hub_model_id}"
    ends = {own: End(page)}
    for hub_version_id, version in versions:
        ends[f"{own}@{hub_version_id}"] = End(page, version)
        if snapshot.hub == Hub.CIVITAI:
            ends[f"{_CIVITAI_VERSION}:{hub_version_id}"] = End(page, version)
    return ends


def close_edges(newcomers: Ends) -> int:
    """Close the open edges that name a newcomer; return how many rows changed."""
    if not newcomers:
        return 0
    columns = [list(newcomers), *map(list, zip(*newcomers.values(), strict=True))]
    repositories = {ref: end.page for ref, end in newcomers.items() if _may_have_revisions(ref)}
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, columns)
        closed: int = cursor.rowcount
        if repositories:
            cursor.execute(_CLOSE_AT_PAGE, [list(repositories), list(repositories.values())])
            closed += cursor.rowcount
        return closed


def _may_have_revisions(reference: str) -> bool:
    kind, _, value = reference.partition(":")
    return kind in _PAGE_HUBS and kind != Hub.CIVITAI and "@" not in value
