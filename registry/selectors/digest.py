"""One digest over everything mirrored: equal exactly where two mirrors hold the same facts.

Rows are taken in the order of their natural keys, in C collation, without surrogate keys, times
seen, runs, cursors and epochs; the sample hub is left out. A history (states, claims) counts by its
order, not by its times. What was worked out from a listed file's bytes counts as well: it is a
fact about them, the same on every machine. Other apps take part through a class attribute of a
model of theirs::

    content_digest_columns = ("hub", "external_id", "content_sha256")

which names the columns that are digested, in the order in which the rows are sorted.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import LiteralString

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Field, Model
from psycopg import sql

ATTRIBUTE = "content_digest_columns"

# COPY's text keeps values apart whatever they hold; COLLATE "C" gives one order on every server.
_TABLES: Mapping[str, LiteralString] = {
    "hub_model": """
        SELECT p.hub, p.hub_model_id, p.name, p.url, p.author, p.model_type, p.description,
            p.description_format, p.tags, p.state, p.moved_to, p.is_nsfw, p.depicts_person,
            p.depicts_minor, p.is_checkpoint, p.looks_merged
        FROM registry_hubmodel p WHERE p.hub <> 'sample'
        ORDER BY p.hub COLLATE "C", p.hub_model_id COLLATE "C"
    """,
    "state_change": """
        SELECT p.hub, p.hub_model_id, s.state, s.moved_to
        FROM registry_statechange s JOIN registry_hubmodel p ON p.id = s.hub_model_id
        WHERE p.hub <> 'sample'
        ORDER BY p.hub COLLATE "C", p.hub_model_id COLLATE "C", s.seen_at, s.id
    """,
    "version": """
        SELECT p.hub, p.hub_model_id, v.hub_version_id, v.name, v.description, v.base_model,
            extract(epoch FROM v.published_at), v.has_complete_recipe
        FROM registry_modelversion v JOIN registry_hubmodel p ON p.id = v.hub_model_id
        WHERE p.hub <> 'sample'
        ORDER BY p.hub COLLATE "C", p.hub_model_id COLLATE "C", v.hub_version_id COLLATE "C"
    """,
    "artifact": """
        SELECT a.sha256, a.size_bytes
        FROM registry_artifact a
        WHERE EXISTS (
            SELECT FROM registry_modelfile f
            JOIN registry_modelversion v ON v.id = f.version_id
            JOIN registry_hubmodel p ON p.id = v.hub_model_id
            WHERE f.artifact_id = a.id AND p.hub <> 'sample')
        ORDER BY a.sha256
    """,
    "artifact_digest": """
        SELECT a.sha256, d.algorithm, d.value
        FROM registry_artifactdigest d JOIN registry_artifact a ON a.id = d.artifact_id
        WHERE EXISTS (
            SELECT FROM registry_modelfile f
            JOIN registry_modelversion v ON v.id = f.version_id
            JOIN registry_hubmodel p ON p.id = v.hub_model_id
            WHERE f.artifact_id = a.id AND p.hub <> 'sample')
        ORDER BY a.sha256, d.algorithm COLLATE "C", d.value
    """,
    "file": """
        SELECT p.hub, p.hub_model_id, v.hub_version_id, f.hub_file_id, a.sha256, f.filename,
            f.size_bytes, f.kind, f.file_format, f.is_primary, f.download_url
        FROM registry_modelfile f
        JOIN registry_modelversion v ON v.id = f.version_id
        JOIN registry_hubmodel p ON p.id = v.hub_model_id
        LEFT JOIN registry_artifact a ON a.id = f.artifact_id
        WHERE p.hub <> 'sample'
        ORDER BY p.hub COLLATE "C", p.hub_model_id COLLATE "C", v.hub_version_id COLLATE "C",
            f.hub_file_id COLLATE "C", a.sha256
    """,
    "license_claim": """
        SELECT p.hub, p.hub_model_id, c.source, c.declared, c.license_name, c.license_link, c.flags,
            c.grade, c.source_url, c.reason, c.withdrawn_at IS NOT NULL
        FROM registry_licenseclaim c JOIN registry_hubmodel p ON p.id = c.hub_model_id
        WHERE p.hub <> 'sample'
        ORDER BY p.hub COLLATE "C", p.hub_model_id COLLATE "C", c.source COLLATE "C",
            c.seen_at, c.id
    """,
    "lineage_edge": """
        SELECT p.hub, p.hub_model_id, v.hub_version_id, e.parent_ref, e.evidence, e.relation,
            e.grade, e.weight, e.detail, e.source, e.retracted_at IS NOT NULL,
            pp.hub, pp.hub_model_id, pv.hub_version_id, pa.sha256
        FROM registry_lineageedge e
        JOIN registry_modelversion v ON v.id = e.child_id
        JOIN registry_hubmodel p ON p.id = v.hub_model_id
        LEFT JOIN registry_hubmodel pp ON pp.id = e.parent_model_id
        LEFT JOIN registry_modelversion pv ON pv.id = e.parent_version_id
        LEFT JOIN registry_artifact pa ON pa.id = e.parent_artifact_id
        WHERE p.hub <> 'sample'
        ORDER BY p.hub COLLATE "C", p.hub_model_id COLLATE "C", v.hub_version_id COLLATE "C",
            e.parent_ref, e.evidence COLLATE "C", e.relation COLLATE "C"
    """,
    "artifact_tensors": """
        SELECT a.sha256, t.definition, t.components, t.tensor_counts, t.roots, t.leaves,
            t.leaves_f16
        FROM registry_artifacttensors t JOIN registry_artifact a ON a.id = t.artifact_id
        WHERE EXISTS (
            SELECT FROM registry_modelfile f
            JOIN registry_modelversion v ON v.id = f.version_id
            JOIN registry_hubmodel p ON p.id = v.hub_model_id
            WHERE f.artifact_id = a.id AND p.hub <> 'sample')
        ORDER BY a.sha256, t.definition
    """,
    "header_inspection": """
        SELECT a.sha256, h.reader_version, h.file_format, h.kind, h.family, h.role, h.tensors,
            h.claims, h.findings, h.has_complete_recipe, h.header_sha256
        FROM registry_headerinspection h JOIN registry_artifact a ON a.id = h.artifact_id
        WHERE EXISTS (
            SELECT FROM registry_modelfile f
            JOIN registry_modelversion v ON v.id = f.version_id
            JOIN registry_hubmodel p ON p.id = v.hub_model_id
            WHERE f.artifact_id = a.id AND p.hub <> 'sample')
        ORDER BY a.sha256, h.reader_version
    """,
    "header_statement": """
        SELECT a.sha256, h.reader_version, s.child_ref, s.parent_ref, s.evidence, s.relation,
            s.grade, s.weight, s.detail, s.source
        FROM registry_headerstatement s
        JOIN registry_headerinspection h ON h.id = s.inspection_id
        JOIN registry_artifact a ON a.id = h.artifact_id
        WHERE EXISTS (
            SELECT FROM registry_modelfile f
            JOIN registry_modelversion v ON v.id = f.version_id
            JOIN registry_hubmodel p ON p.id = v.hub_model_id
            WHERE f.artifact_id = a.id AND p.hub <> 'sample')
        ORDER BY a.sha256, h.reader_version, s.child_ref, s.parent_ref, s.evidence COLLATE "C",
            s.relation COLLATE "C"
    """,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDigest:
    """The rows of one table: how many, and the SHA-256 over them."""

    table: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentDigest:
    """Everything mirrored at one moment."""

    tables: tuple[TableDigest, ...]  # ours first, then other apps' by label

    @property
    def sha256(self) -> str:
        """Return the digest of the tables' digests."""
        lines = [f"{table.table} {table.sha256}\n" for table in self.tables]
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def content_digest() -> ContentDigest:
    """Return the digest of everything mirrored.

    All of it is seen at one moment, unless the caller is inside a transaction of his own. Rows
    are streamed by COPY: memory stays flat however many there are.
    """
    queries: dict[str, sql.Composable] = {name: sql.SQL(text) for name, text in _TABLES.items()}
    queries |= {model._meta.label_lower: _query_of(model) for model in _other_models()}
    is_ours = not connection.in_atomic_block
    with transaction.atomic():
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return ContentDigest(tables=tuple(_digest_of(*item) for item in queries.items()))


def _digest_of(name: str, query: sql.Composable) -> TableDigest:
    digest, rows = hashlib.sha256(), 0
    statement = sql.SQL("COPY ({}) TO STDOUT").format(query)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            digest.update(block)
            rows += bytes(block).count(b"\n")  # COPY escapes a line feed inside a value
    return TableDigest(table=name, rows=rows, sha256=digest.hexdigest())


def _other_models() -> Iterator[type[Model]]:
    """Return the models of other apps that name columns to digest, by label."""
    for model in sorted(apps.get_models(), key=lambda model: model._meta.label_lower):
        if hasattr(model, ATTRIBUTE):
            yield model


def _query_of(model: type[Model]) -> sql.Composable:
    fields = [model._meta.get_field(name) for name in getattr(model, ATTRIBUTE)]
    columns = [
        sql.Identifier(field.column)
        for field in fields
        if isinstance(field, Field) and field.column
    ]
    order = [sql.SQL('{}::text COLLATE "C"').format(column) for column in columns]
    return sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        sql.SQL(", ").join(columns),
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(order),
    )
