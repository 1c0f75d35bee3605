"""Load a made-up catalogue into the registry's tables by COPY.

Every model is a Hugging Face page with one version, one file of its own and two digests of it; a
tenth of the time goes into making up the SHA-256s. Foreign keys are not checked while loading, and
secondary indexes are made afterwards (the one for searching names is left out: nothing here
searches), so 2.5 million models load in minutes. The connected user must be a superuser.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date

import numpy as np
from django.db import connection

from registry.lineage.relations import Grade, Relation
from tests.benchmarks.hub_graph import LICENSES, Array, HubGraph

SEEN = "2026-01-01 00:00:00+00"
_TABLES = (
    *("hubmodel", "modelversion", "licenseclaim", "lineageedge"),
    *("artifact", "modelfile", "artifactdigest"),
)
_LINES = 20_000  # sent at once


def sha256_of(model: int) -> str:
    """Return the SHA-256 of a model's file."""
    return hashlib.sha256(b"%d" % model).hexdigest()


def blake3_of(model: int) -> str:
    """Return what passes for the BLAKE3 of a model's file."""
    return hashlib.sha256(b"b%d" % model).hexdigest()


def load(graph: HubGraph, licenses: Array) -> None:
    """Fill the empty tables; model ``i`` has primary key ``i + 1`` in each."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        indexes = _drop_indexes()
        _copy("hubmodel", _PAGE_COLUMNS, _pages(graph.models))
        _copy("modelversion", _VERSION_COLUMNS, _versions(graph.models))
        _copy("licenseclaim", _CLAIM_COLUMNS, _claims(licenses))
        _copy("lineageedge", _EDGE_COLUMNS, _edges(graph))
        _copy("artifact", "id, sha256, size_bytes", _artifacts(graph.models))
        _copy("modelfile", _FILE_COLUMNS, _files(graph.models))
        _copy("artifactdigest", "artifact_id, algorithm, value", _digests(graph.models))
        for definition in indexes:
            if "gin" not in definition:
                cursor.execute(definition)
        for table in _TABLES:
            cursor.execute(f"ANALYZE registry_{table}")
        for table in _TABLES[:-1]:
            name = f"registry_{table}"
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), 10000000)", [name])
        cursor.execute("SET session_replication_role = DEFAULT; SET synchronous_commit = on")


def _drop_indexes() -> list[str]:
    """Drop the indexes that stand for no constraint; return how to make them again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname"
            " NOT IN (SELECT conname FROM pg_constraint)",
            [[f"registry_{table}" for table in _TABLES]],
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _, definition in found]


def _copy(table: str, columns: str, lines: Iterator[str]) -> None:
    statement = f"COPY registry_{table} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in _blocks(lines):
            copy.write("".join(block).encode())


def _blocks(lines: Iterator[str]) -> Iterable[list[str]]:
    block: list[str] = []
    for line in lines:
        block.append(line)
        if len(block) == _LINES:
            yield block
            block = []
    yield block


_PAGE_COLUMNS = (
    "id, hub, hub_model_id, name, url, author, model_type, description, description_format, tags,"
    " state, moved_to, is_nsfw, depicts_person, depicts_minor, is_checkpoint, looks_merged,"
    " first_seen_at, changed_at"
)


def _pages(models: int) -> Iterator[str]:
    for i in range(models):
        yield (
            f"{i + 1}\thuggingface\torg/model-{i}\tmodel-{i}\thttps://hub.example/org/model-{i}\torg"
            f"\tmodel\t\tmarkdown\t{{}}\tlisted\t\tf\tf\tf\tt\tf\t{SEEN}\t{SEEN}\n"
        )


_VERSION_COLUMNS = (
    "id, hub_model_id, hub_version_id, name, description, base_model, published_at,"
    " has_complete_recipe, first_seen_at"
)


def _versions(models: int) -> Iterator[str]:
    for i in range(models):
        yield f"{i + 1}\t{i + 1}\t{i:040x}\tmain\t\t\t\\N\tf\t{SEEN}\n"


_CLAIM_COLUMNS = (
    "id, hub_model_id, source, declared, license_name, license_link, flags, grade, source_url,"
    " seen_at"
)


def _claims(licenses: Array) -> Iterator[str]:
    for i in np.flatnonzero(licenses >= 0).tolist():
        declared = LICENSES[licenses[i]][0]
        yield f'{i + 1}\t{i + 1}\tcard\t{{"{declared}"}}\t\t\t{{}}\tE3\t\t{SEEN}\n'


_EDGE_COLUMNS = (
    "id, child_id, parent_ref, parent_model_id, relation, evidence, grade, detail, source, seen_at,"
    " retracted_at"
)


def _edges(graph: HubGraph) -> Iterator[str]:
    relations, grades = [r.value for r in Relation], [g.value for g in Grade]
    columns = (graph.child, graph.parent, graph.relation, graph.grade, graph.retracted, graph.day)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    days = {day: date.fromordinal(day).isoformat() for day in np.unique(graph.day).tolist()}
    for at, (child, parent, relation, grade, retracted, day) in enumerate(rows, start=1):
        yield (
            f"{at}\t{child + 1}\thuggingface:org/model-{parent}\t{parent + 1}"
            f"\t{relations[relation]}\tcard_base_model\t{grades[grade]}\t\tREADME.md: base_model"
            f"\t{days[day]}\t{SEEN if retracted else chr(92) + 'N'}\n"
        )


def _artifacts(models: int) -> Iterator[str]:
    for i in range(models):
        yield f"{i + 1}\t{sha256_of(i)}\t1000\n"


_FILE_COLUMNS = (
    "id, version_id, hub_file_id, filename, size_bytes, kind, file_format, is_primary,"
    " download_url, artifact_id"
)


def _files(models: int) -> Iterator[str]:
    for i in range(models):
        yield f"{i + 1}\t{i + 1}\tmodel.safetensors\tmodel.safetensors\t1000\t\t\tt\t\t{i + 1}\n"


def _digests(models: int) -> Iterator[str]:
    for i in range(models):
        yield f"{i + 1}\tblake3\t{blake3_of(i)}\n"
