"""Close lineage edges: find what their references name among everything mirrored.

The result does not depend on the order in which pages arrive: an edge stands at the version its
reference names once that is mirrored, else at the page, else at the bytes, else it is open. All
edges that can be closed are, so after a batch two sets are enough: the batch's own edges against
everything, and the older open edges against what the batch brought.
"""

from dataclasses import asdict, dataclass

from django.db import connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The largest primary keys before a batch; what it brings lies above them."""

    page: int
    version: int
    artifact: int
    edge: int


_MARKS = """
SELECT (SELECT coalesce(max(id), 0) FROM registry_hubmodel),
    (SELECT coalesce(max(id), 0) FROM registry_modelversion),
    (SELECT coalesce(max(id), 0) FROM registry_artifact),
    (SELECT coalesce(max(id), 0) FROM registry_lineageedge)
"""

# What is new is asked for with two bounds: for a range the planner expects few rows even while it
# has no statistics, and walks the index instead of the table.
_NEW = "BETWEEN %({0})s + 1 AND 9223372036854775807"

# A reference is "kind:value"; a page's kind is its hub, and a repository's value may end in
# "@revision". Should two pages list one Civitai version, the page that came first has it.
_CLOSE_NEW_EDGES = f"""
UPDATE registry_lineageedge e SET
    parent_model_id = ends.page, parent_version_id = ends.version,
    parent_artifact_id = ends.artifact
FROM (
    SELECT e.id, p.id AS page, v.id AS version, NULL::bigint AS artifact
    FROM registry_lineageedge e
    JOIN registry_hubmodel p ON p.hub = split_part(e.parent_ref, ':', 1)
        AND p.hub_model_id
            = split_part(substr(e.parent_ref, strpos(e.parent_ref, ':') + 1), '@', 1)
    LEFT JOIN registry_modelversion v ON v.hub_model_id = p.id
        AND v.hub_version_id = split_part(e.parent_ref, '@', 2)
    WHERE e.id {_NEW.format("edge")} AND e.parent_ref ~ '^(civitai|huggingface|sample):'
    UNION ALL
    SELECT e.id, v.hub_model_id, v.id, NULL
    FROM registry_lineageedge e
    CROSS JOIN LATERAL (
        SELECT v.id, v.hub_model_id
        FROM registry_modelversion v JOIN registry_hubmodel p ON p.id = v.hub_model_id
        WHERE v.hub_version_id = split_part(e.parent_ref, ':', 2) AND p.hub = 'civitai'
        ORDER BY v.id LIMIT 1
    ) v
    WHERE e.id {_NEW.format("edge")} AND starts_with(e.parent_ref, 'civitai-version:')
    UNION ALL
    SELECT e.id, NULL, NULL, a.id
    FROM registry_lineageedge e
    JOIN registry_artifact a ON a.sha256 = split_part(e.parent_ref, ':', 2)
    WHERE e.id {_NEW.format("edge")} AND starts_with(e.parent_ref, 'sha256:')
) ends
WHERE e.id = ends.id AND e.child_id IS DISTINCT FROM ends.version
"""  # noqa: S608

# OFFSET 0 keeps the planner from turning the loop round: few newcomers each look into the index
# of open edges, however many edges there are.
_CLOSE_AT_PAGES = f"""
UPDATE registry_lineageedge e SET parent_model_id = ends.page
FROM (
    SELECT p.id AS page, waiting.id
    FROM registry_hubmodel p CROSS JOIN LATERAL (
        SELECT o.id FROM registry_lineageedge o
        WHERE o.parent_ref = p.hub || ':' || p.hub_model_id
            AND o.parent_version_id IS NULL AND o.parent_artifact_id IS NULL
            AND o.parent_model_id IS NULL
        OFFSET 0
    ) waiting
    WHERE p.id {_NEW.format("page")}
) ends
WHERE e.id = ends.id
"""  # noqa: S608

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
    WHERE p.id {_NEW.format("page")} AND p.hub <> 'civitai'
) ends
WHERE e.id = ends.id
"""  # noqa: S608

_CLOSE_AT_VERSIONS = f"""
UPDATE registry_lineageedge e SET
    parent_model_id = ends.page, parent_version_id = ends.version
FROM (
    SELECT v.id AS version, p.id AS page, waiting.id
    FROM registry_modelversion v
    JOIN registry_hubmodel p ON p.id = v.hub_model_id
    CROSS JOIN LATERAL (
        SELECT o.id FROM registry_lineageedge o
        WHERE o.parent_ref = CASE p.hub
                WHEN 'civitai' THEN 'civitai-version:' || v.hub_version_id
                ELSE p.hub || ':' || p.hub_model_id || '@' || v.hub_version_id END
            AND o.parent_version_id IS NULL AND o.parent_artifact_id IS NULL
            AND o.child_id <> v.id
        OFFSET 0
    ) waiting
    WHERE v.id {_NEW.format("version")}
) ends
WHERE e.id = ends.id
"""  # noqa: S608

# Edges to bytes are rare and every batch brings bytes: so here the edges look for the bytes.
_CLOSE_AT_ARTIFACTS = f"""
UPDATE registry_lineageedge e SET parent_artifact_id = a.id
FROM registry_artifact a
WHERE e.parent_ref > 'sha256:' AND e.parent_ref < 'sha256;'
    AND e.parent_version_id IS NULL AND e.parent_artifact_id IS NULL
    AND a.sha256 = split_part(e.parent_ref, ':', 2) AND a.id {_NEW.format("artifact")}
"""  # noqa: S608

_CLOSE_OLD_EDGES = (
    _CLOSE_AT_PAGES,
    _CLOSE_AT_REPOSITORIES,
    _CLOSE_AT_VERSIONS,
    _CLOSE_AT_ARTIFACTS,
)


def read_marks() -> Marks:
    """Return how far the tables go; the caller holds ``Lock.MIRRORED_TABLES``."""
    with connection.cursor() as cursor:
        cursor.execute(_MARKS)
        page, version, artifact, edge = cursor.fetchone()
    return Marks(page=page, version=version, artifact=artifact, edge=edge)


def close_edges(marks: Marks) -> None:
    """Close every edge that the rows above ``marks`` state or were waited for by."""
    statements = _CLOSE_OLD_EDGES if marks.edge else ()
    with connection.cursor() as cursor:
        for statement in (_CLOSE_NEW_EDGES, *statements):
            cursor.execute(statement, asdict(marks))
