"""Close lineage edges: find what their references name among everything mirrored.

The result does not depend on the order in which pages arrive: an edge stands at the version its
reference names once that is mirrored, else at the page, else at the bytes, else it is open. All
edges that can be closed are, so after a batch two sets are enough: the batch's own edges against
everything, and the older open edges against what the batch brought.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from registry.models import Hub
from registry.selectors.arrays import text_array
from registry.selectors.bound import rows_bound
from registry.services.copying import NULL
from registry.services.ingest_sql import Row
from registry.services.keyed_rows import EdgeRow, Ids

# A reference is "kind:value"; a page's kind is its hub, and a repository's value may end in
# "@revision". Should two pages list one Civitai version, the page that came first has it.
# OFFSET 0 keeps the planner from turning the loops of this file round: few newcomers each look
# into an index, however many rows it has and however little the statistics know.
_AT_PAGES = """
SELECT k.reference, p.id, v.id, NULL::bigint
FROM unnest(%s::text[]) k(reference)
CROSS JOIN LATERAL (
    SELECT p.id FROM registry_hubmodel p
    WHERE p.hub = split_part(k.reference, ':', 1)
        AND p.hub_model_id
            = split_part(substr(k.reference, strpos(k.reference, ':') + 1), '@', 1)
    OFFSET 0
) p
LEFT JOIN LATERAL (
    SELECT v.id FROM registry_modelversion v
    WHERE v.hub_model_id = p.id AND v.hub_version_id = split_part(k.reference, '@', 2)
    OFFSET 0
) v ON true
"""
_AT_VERSIONS = """
SELECT k.reference, v.hub_model_id, v.id, NULL::bigint
FROM unnest(%s::text[]) k(reference)
CROSS JOIN LATERAL (
    SELECT v.id, v.hub_model_id
    FROM registry_modelversion v JOIN registry_hubmodel p ON p.id = v.hub_model_id
    WHERE v.hub_version_id = split_part(k.reference, ':', 2) AND p.hub = 'civitai'
    ORDER BY v.id LIMIT 1
) v
"""
_AT_ARTIFACTS = """
SELECT k.reference, NULL::bigint, NULL::bigint, a.id
FROM unnest(%s::text[]) k(reference)
JOIN registry_artifact a ON a.sha256 = split_part(k.reference, ':', 2)
"""
_FINDERS = {
    "civitai": _AT_PAGES,
    "huggingface": _AT_PAGES,
    "sample": _AT_PAGES,
    "civitai-version": _AT_VERSIONS,
    "sha256": _AT_ARTIFACTS,
}

# The planner takes the array of a subquery for ten entries and walks the index, once for all; one
# written out it counts, and might read the whole table while it has no statistics.
_WAITING = """
SELECT o.id, o.parent_ref, o.child_id, o.parent_model_id FROM registry_lineageedge o
WHERE o.parent_ref = ANY(ARRAY(SELECT unnest(%s::text[])))
    AND o.parent_version_id IS NULL AND o.parent_artifact_id IS NULL
"""
_CLOSE = """
UPDATE registry_lineageedge e SET parent_model_id = k.page, parent_version_id = k.version
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) k(id, page, version) WHERE e.id = k.id
"""

# What is new is asked for with two bounds: for a range the planner expects few rows even while it
# has no statistics, and walks the index instead of the table.
_NEW = "BETWEEN %s AND %s"

# In C order "@" is followed by "A": that range holds every revision of one repository.
_CLOSE_AT_REPOSITORIES = f"""
UPDATE registry_lineageedge e SET parent_model_id = ends.page
FROM (
    SELECT p.id AS page, waiting.id
    FROM registry_hubmodel p CROSS JOIN LATERAL (
        SELECT o.id FROM registry_lineageedge o
        WHERE o.parent_ref > p.hub || ':' || p.hub_model_id || '@'
            AND o.parent_ref < p.hub || ':' || p.hub_model_id || 'A'
            AND o.parent_version_id IS NULL AND o.parent_artifact_id IS NULL
            AND o.parent_model_id IS NULL
        OFFSET 0
    ) waiting
    WHERE p.id {_NEW} AND p.hub <> 'civitai'
) ends
WHERE e.id = ends.id
"""  # noqa: S608

# Edges to bytes are rare and every batch brings bytes: so here the edges look for the bytes.
_CLOSE_AT_ARTIFACTS = f"""
UPDATE registry_lineageedge e SET parent_artifact_id = a.id
FROM registry_artifact a
WHERE e.parent_ref > 'sha256:' AND e.parent_ref < 'sha256;'
    AND e.parent_version_id IS NULL AND e.parent_artifact_id IS NULL
    AND a.sha256 = split_part(e.parent_ref, ':', 2) AND a.id {_NEW}
"""  # noqa: S608

_OPEN = "\t".join([NULL] * 3)
_CIVITAI = f"{Hub.CIVITAI.value}:"


class _Ends(NamedTuple):
    page: int | None
    version: int | None
    artifact: int | None


def with_ends(edges: Sequence[EdgeRow]) -> list[str]:
    """Return whole rows of edges: with the three columns of their ends, as far as mirrored."""
    ends = _find_ends({edge.reference for edge in edges})
    return [f"{e.child}\t{e.row}\t{_columns(e.child, ends.get(e.reference))}\n" for e in edges]


def _columns(child: int, ends: _Ends | None) -> str:
    """Render the ends of one edge; a version is not its own parent."""
    if ends is None or child == ends.version:
        return _OPEN
    return "\t".join([NULL if end is None else str(end) for end in ends])


def _find_ends(references: Collection[str]) -> dict[str, _Ends]:
    by_finder: dict[str, list[str]] = {}
    for reference in references:
        finder = _FINDERS.get(reference.partition(":")[0])
        if finder:
            by_finder.setdefault(finder, []).append(reference)
    ends: dict[str, _Ends] = {}
    with connection.cursor() as cursor:
        for finder, asked in by_finder.items():
            cursor.execute(finder, [text_array(asked)])
            ends |= {reference: _Ends(*found) for reference, *found in cursor.fetchall()}
    return ends


def close_older_edges(ids: Ids) -> None:
    """Close the edges that waited for what a batch brought."""
    with connection.cursor() as cursor:
        _close_at_newcomers(cursor, _newcomers(ids))
        pages, artifacts = ids.new[Row.PAGE], ids.new[Row.ARTIFACT]
        if pages and any(hub != Hub.CIVITAI for hub, _ in ids.pages):
            cursor.execute(_CLOSE_AT_REPOSITORIES, [min(pages), max(pages)])
        if artifacts:
            cursor.execute(_CLOSE_AT_ARTIFACTS, [min(artifacts), max(artifacts)])


def _newcomers(ids: Ids) -> dict[str, _Ends]:
    """Return a batch's new pages and versions by the references that name them."""
    names = {page: f"{hub}:{name}" for (hub, name), page in ids.pages.items()}
    new_pages, new_versions = ids.new[Row.PAGE], ids.new[Row.VERSION]
    found = {name: _Ends(page, None, None) for page, name in names.items() if page in new_pages}
    for (page, name), version in ids.versions.items():
        if version in new_versions:
            is_civitai = names[page].startswith(_CIVITAI)
            reference = f"civitai-version:{name}" if is_civitai else f"{names[page]}@{name}"
            found.setdefault(reference, _Ends(page, version, None))
    return found


def _close_at_newcomers(cursor: CursorWrapper, newcomers: Mapping[str, _Ends]) -> None:
    """Close the edges whose references newcomers bear; a version is not its own parent."""
    if not newcomers:
        return
    closed = [
        (edge, ends.page, ends.version)
        for edge, reference, child, page in rows_bound(_WAITING, [text_array(newcomers)])
        if (ends := newcomers[reference]).version != child and (ends.version or page is None)
    ]
    if closed:
        cursor.execute(_CLOSE, [list(column) for column in zip(*closed, strict=True)])
