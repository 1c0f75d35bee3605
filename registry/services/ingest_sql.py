"""SQL of the bulk path: where rows are copied to, and how staged rows are compared and merged.

Each merge writes only what differs and returns the page of each row it wrote, so that a page read
again without a change writes nothing at all. ``carry over`` statements fill in what a reading does
not say (a size, bytes not hashed yet, the text of a page that is not listed any more).
"""

from enum import StrEnum

from registry.lineage.relations import IN_FILES


class Row(StrEnum):
    """What is copied: the name of its table."""

    PAGE = "registry_hubmodel"
    STATE_CHANGE = "registry_statechange"
    VERSION = "registry_modelversion"
    ARTIFACT = "registry_artifact"
    DIGEST = "registry_artifactdigest"
    FILE = "registry_modelfile"
    CLAIM = "registry_licenseclaim"
    EDGE = "registry_lineageedge"


COLUMNS = {
    Row.PAGE: (
        "id, hub, hub_model_id, name, url, author, model_type, description, description_format,"
        " tags, state, moved_to, is_nsfw, depicts_person, depicts_minor, is_checkpoint,"
        " looks_merged, first_seen_at, changed_at"
    ),
    Row.STATE_CHANGE: "hub_model_id, state, moved_to, seen_at",
    Row.VERSION: (
        "id, hub_model_id, hub_version_id, name, description, base_model, published_at,"
        " has_complete_recipe, first_seen_at"
    ),
    Row.ARTIFACT: "id, sha256, size_bytes",
    Row.DIGEST: "artifact_id, algorithm, value",
    Row.FILE: (
        "version_id, hub_file_id, filename, size_bytes, kind, file_format, is_primary,"
        " download_url, artifact_id"
    ),
    Row.CLAIM: (
        "hub_model_id, source, declared, license_name, license_link, flags, grade, source_url,"
        " seen_at"
    ),
    Row.EDGE: (
        "child_id, parent_ref, relation, evidence, grade, weight, detail, source, seen_at,"
        " parent_model_id, parent_version_id, parent_artifact_id"
    ),
}
STAGED = (Row.PAGE, Row.VERSION, Row.FILE, Row.CLAIM, Row.EDGE)

CREATE_STAGING = "".join(
    f"CREATE TEMPORARY TABLE IF NOT EXISTS staged_{row.value} ON COMMIT DELETE ROWS"  # noqa: S608
    f" AS SELECT {COLUMNS[row]} FROM {row.value} WITH NO DATA;"
    f"DELETE FROM staged_{row.value};"
    for row in STAGED
)


def copy_into(row: Row, *, staged: bool) -> str:
    """Return the COPY statement for rows of one kind."""
    prefix = "staged_" if staged else ""
    return f"COPY {prefix}{row.value} ({COLUMNS[row]}) FROM STDIN"


_CARRY_OVER_PAGES = """
UPDATE staged_registry_hubmodel s SET
    description = CASE WHEN s.description = '' THEN p.description ELSE s.description END,
    description_format =
        CASE WHEN s.description = '' THEN p.description_format ELSE s.description_format END,
    author = CASE WHEN s.author = '' THEN p.author ELSE s.author END,
    tags = CASE WHEN s.tags = '{}' THEN p.tags ELSE s.tags END,
    looks_merged = s.looks_merged OR (s.description = '' AND p.looks_merged)
FROM registry_hubmodel p WHERE p.id = s.id AND s.state <> 'listed'
"""

_CARRY_OVER_VERSIONS = """
UPDATE staged_registry_modelversion s SET
    description = CASE WHEN s.description = '' THEN v.description ELSE s.description END,
    base_model = CASE WHEN s.base_model = '' THEN v.base_model ELSE s.base_model END,
    published_at = coalesce(s.published_at, v.published_at),
    has_complete_recipe = s.has_complete_recipe OR v.has_complete_recipe
FROM registry_modelversion v, staged_registry_hubmodel p
WHERE v.id = s.id AND p.id = s.hub_model_id AND p.state <> 'listed'
"""

_CARRY_OVER_FILES = """
UPDATE staged_registry_modelfile s SET artifact_id = f.artifact_id
FROM (
    SELECT DISTINCT ON (f.version_id, f.hub_file_id) f.version_id, f.hub_file_id, f.artifact_id
    FROM registry_modelfile f
    JOIN staged_registry_modelfile USING (version_id, hub_file_id)
    ORDER BY f.version_id, f.hub_file_id, f.id DESC
) f
WHERE f.version_id = s.version_id AND f.hub_file_id = s.hub_file_id AND s.artifact_id IS NULL
"""

_NAME_BYTES_OF_FILES = """
UPDATE registry_modelfile f SET artifact_id = s.artifact_id
FROM staged_registry_modelfile s
WHERE f.version_id = s.version_id AND f.hub_file_id = s.hub_file_id
    AND f.artifact_id IS NULL AND s.artifact_id IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM registry_modelfile g
        WHERE (g.version_id, g.hub_file_id, g.artifact_id)
            = (s.version_id, s.hub_file_id, s.artifact_id)
    )
RETURNING (SELECT hub_model_id FROM registry_modelversion v WHERE v.id = f.version_id)
"""

_MERGE_PAGES = """
INSERT INTO registry_hubmodel AS p (
    id, hub, hub_model_id, name, url, author, model_type, description, description_format, tags,
    state, moved_to, is_nsfw, depicts_person, depicts_minor, is_checkpoint, looks_merged,
    first_seen_at, changed_at
)
SELECT s.* FROM staged_registry_hubmodel s JOIN registry_hubmodel p USING (id)
WHERE (s.name, s.url, s.author, s.model_type, s.description, s.description_format, s.tags,
       s.state, s.moved_to, s.is_nsfw, s.depicts_person, s.depicts_minor, s.is_checkpoint,
       s.looks_merged)
    IS DISTINCT FROM
      (p.name, p.url, p.author, p.model_type, p.description, p.description_format, p.tags,
       p.state, p.moved_to, p.is_nsfw, p.depicts_person, p.depicts_minor, p.is_checkpoint,
       p.looks_merged)
ON CONFLICT (hub, hub_model_id) DO UPDATE SET
    name = excluded.name, url = excluded.url, author = excluded.author,
    model_type = excluded.model_type, description = excluded.description,
    description_format = excluded.description_format, tags = excluded.tags,
    state = excluded.state, moved_to = excluded.moved_to, is_nsfw = excluded.is_nsfw,
    depicts_person = excluded.depicts_person, depicts_minor = excluded.depicts_minor,
    is_checkpoint = excluded.is_checkpoint, looks_merged = excluded.looks_merged,
    changed_at = excluded.changed_at
RETURNING p.id
"""

_MERGE_VERSIONS = """
INSERT INTO registry_modelversion AS v (
    id, hub_model_id, hub_version_id, name, description, base_model, published_at,
    has_complete_recipe, first_seen_at
)
SELECT s.* FROM staged_registry_modelversion s JOIN registry_modelversion v USING (id)
WHERE (s.name, s.description, s.base_model, s.published_at, s.has_complete_recipe)
    IS DISTINCT FROM
      (v.name, v.description, v.base_model, v.published_at, v.has_complete_recipe)
ON CONFLICT (hub_model_id, hub_version_id) DO UPDATE SET
    name = excluded.name, description = excluded.description, base_model = excluded.base_model,
    published_at = excluded.published_at, has_complete_recipe = excluded.has_complete_recipe
RETURNING v.hub_model_id
"""

_MERGE_FILES = """
INSERT INTO registry_modelfile AS f (
    version_id, hub_file_id, filename, size_bytes, kind, file_format, is_primary, download_url,
    artifact_id
)
SELECT s.* FROM staged_registry_modelfile s
LEFT JOIN registry_modelfile f
    ON f.version_id = s.version_id AND f.hub_file_id = s.hub_file_id
    AND f.artifact_id IS NOT DISTINCT FROM s.artifact_id
WHERE f.id IS NULL
    OR (s.filename, coalesce(s.size_bytes, f.size_bytes), s.kind, s.file_format, s.is_primary,
        s.download_url)
    IS DISTINCT FROM
       (f.filename, f.size_bytes, f.kind, f.file_format, f.is_primary, f.download_url)
ON CONFLICT (version_id, hub_file_id, artifact_id) DO UPDATE SET
    filename = excluded.filename, size_bytes = coalesce(excluded.size_bytes, f.size_bytes),
    kind = excluded.kind, file_format = excluded.file_format, is_primary = excluded.is_primary,
    download_url = excluded.download_url
RETURNING (SELECT hub_model_id FROM registry_modelversion v WHERE v.id = f.version_id)
"""

# An empty claim says that the page states nothing now: worth a row only after it stated something.
_MERGE_CLAIMS = """
INSERT INTO registry_licenseclaim (
    hub_model_id, source, declared, license_name, license_link, flags, grade, source_url, seen_at
)
SELECT s.* FROM staged_registry_licenseclaim s
LEFT JOIN LATERAL (
    SELECT c.* FROM registry_licenseclaim c
    WHERE c.hub_model_id = s.hub_model_id AND c.source = s.source
    ORDER BY c.seen_at DESC, c.id DESC LIMIT 1
) latest ON true
WHERE (s.declared, s.license_name, s.license_link, s.flags, s.grade, s.source_url)
    IS DISTINCT FROM
      (latest.declared, latest.license_name, latest.license_link, latest.flags, latest.grade,
       latest.source_url)
    AND (latest.id IS NOT NULL
         OR (s.declared, s.license_name, s.license_link, s.flags) <> ('{}', '', '', '{}'))
RETURNING hub_model_id
"""

_MERGE_EDGES = """
INSERT INTO registry_lineageedge AS e (
    child_id, parent_ref, relation, evidence, grade, weight, detail, source, seen_at,
    parent_model_id, parent_version_id, parent_artifact_id
)
SELECT s.* FROM staged_registry_lineageedge s
LEFT JOIN registry_lineageedge e USING (child_id, parent_ref, evidence, relation)
WHERE e.id IS NULL OR e.retracted_at IS NOT NULL
    OR (s.grade, s.weight, s.detail, s.source) IS DISTINCT FROM
       (e.grade, e.weight, e.detail, e.source)
ON CONFLICT (child_id, parent_ref, evidence, relation) DO UPDATE SET
    grade = excluded.grade, weight = excluded.weight, detail = excluded.detail,
    source = excluded.source, retracted_at = NULL
RETURNING (SELECT hub_model_id FROM registry_modelversion v WHERE v.id = e.child_id)
"""

# Between its retraction and this reading the page did not state the edge: that is history.
KEEP_LAPSES = """
INSERT INTO registry_edgelapse (edge_id, retracted_at, restated_at)
SELECT e.id, e.retracted_at, s.seen_at
FROM staged_registry_lineageedge s
JOIN registry_lineageedge e USING (child_id, parent_ref, evidence, relation)
WHERE e.retracted_at IS NOT NULL
"""

# A page that is not listed hides its text: what it does not say any more is not taken back.
# What an author, our catalogue or a file itself said was never the page's to take back.
_NOT_OF_PAGES = ", ".join(f"'{word}'" for word in ("declared", "catalog", *sorted(IN_FILES)))
_RETRACT_EDGES = f"""
UPDATE registry_lineageedge e SET retracted_at = p.changed_at
FROM staged_registry_modelversion v JOIN staged_registry_hubmodel p ON p.id = v.hub_model_id
WHERE e.child_id = v.id AND p.state = 'listed' AND e.retracted_at IS NULL
    AND e.evidence NOT IN ({_NOT_OF_PAGES})
    AND NOT EXISTS (
        SELECT FROM staged_registry_lineageedge s
        WHERE (s.child_id, s.parent_ref, s.evidence, s.relation)
            = (e.child_id, e.parent_ref, e.evidence, e.relation)
    )
RETURNING (SELECT hub_model_id FROM registry_modelversion v WHERE v.id = e.child_id)
"""  # noqa: S608  words of ours

CARRY_OVERS = (_CARRY_OVER_PAGES, _CARRY_OVER_VERSIONS, _CARRY_OVER_FILES)
MERGE_PAGES = _MERGE_PAGES
MERGE_PARTS = (
    _MERGE_CLAIMS,
    _MERGE_VERSIONS,
    _NAME_BYTES_OF_FILES,
    _MERGE_FILES,
    _MERGE_EDGES,
    _RETRACT_EDGES,
)

ADD_DIGESTS = """
INSERT INTO registry_artifactdigest (artifact_id, algorithm, value)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[])
ON CONFLICT DO NOTHING
"""

TOUCH_PAGES = """
UPDATE registry_hubmodel p SET changed_at = k.seen_at
FROM unnest(%s::bigint[], %s::timestamptz[]) k(id, seen_at) WHERE p.id = k.id
"""

RAISE_SIZES = """
UPDATE registry_artifact a SET size_bytes = k.size_bytes
FROM unnest(%s::bigint[], %s::bigint[]) k(id, size_bytes) WHERE a.id = k.id
"""
