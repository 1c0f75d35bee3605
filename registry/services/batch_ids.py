"""Primary keys of a batch: those that are stored, and blocks reserved for what is new."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection

from registry.selectors.arrays import int_array, text_array, word_array
from registry.services.ingest_sql import Row
from registry.services.keyed_rows import Ids
from registry.services.page_rows import PageRows

_PAGES = """
SELECT p.hub, p.hub_model_id, p.id, p.state, p.moved_to
FROM unnest(%s::text[], %s::text[]) k(hub, hub_model_id)
CROSS JOIN LATERAL (
    SELECT * FROM registry_hubmodel p
    WHERE p.hub = k.hub AND p.hub_model_id = k.hub_model_id
    OFFSET 0
) p
"""
_VERSIONS = """
SELECT hub_model_id, hub_version_id, id FROM registry_modelversion
WHERE hub_model_id = ANY(%s::bigint[])
"""
_ARTIFACTS = "SELECT sha256, id, size_bytes FROM registry_artifact WHERE sha256 = ANY(%s::text[])"
# The whole block at once: nobody else takes numbers under the caller's lock.
_RESERVE = "SELECT setval(k.name, nextval(k.name) + %s) FROM (SELECT %s::regclass AS name) k"

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is stored of a batch's things."""

    states: Mapping[int, tuple[str, str]]  # by page: state and moved_to
    sizes: Mapping[int, int | None]  # by artifact, in bytes


def find_ids(*, pages: Sequence[PageRows], digests: Collection[str]) -> tuple[Ids, Known]:
    """Return the keys of a batch's pages, versions and bytes, reserving those of new ones.

    The caller holds ``Lock.MIRRORED_TABLES``.
    """
    known_pages = _known_pages(pages)
    known_versions = _known_versions([page for page, *_ in known_pages.values()])
    known_artifacts = _known_artifacts(digests)
    keys = {key: page for key, (page, *_) in known_pages.items()}
    new_pages = _reserve(Row.PAGE, [page.key for page in pages if page.key not in keys])
    keys |= new_pages
    named = [(keys[page.key], v.hub_version_id) for page in pages for v in page.versions]
    new_versions = _reserve(Row.VERSION, [own for own in named if own not in known_versions])
    artifacts = {sha256: artifact for sha256, (artifact, _) in known_artifacts.items()}
    new_artifacts = _reserve(Row.ARTIFACT, [sha for sha in digests if sha not in artifacts])
    ids = Ids(
        pages=keys,
        versions=known_versions | new_versions,
        artifacts=artifacts | new_artifacts,
        new={
            Row.PAGE: frozenset(new_pages.values()),
            Row.VERSION: frozenset(new_versions.values()),
            Row.ARTIFACT: frozenset(new_artifacts.values()),
        },
    )
    states = {page: (state, moved_to) for page, state, moved_to in known_pages.values()}
    return ids, Known(states=states, sizes=dict(known_artifacts.values()))


def _known_pages(pages: Sequence[PageRows]) -> dict[tuple[str, str], tuple[int, str, str]]:
    with connection.cursor() as cursor:
        hubs, names = [page.hub for page in pages], [page.hub_model_id for page in pages]
        cursor.execute(_PAGES, [text_array(hubs), text_array(names)])
        return {(hub, name): (page, *state) for hub, name, page, *state in cursor.fetchall()}


def _known_versions(pages: list[int]) -> dict[tuple[int, str], int]:
    if not pages:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [int_array(pages)])
        return {(page, name): version for page, name, version in cursor.fetchall()}


def _known_artifacts(digests: Collection[str]) -> dict[str, tuple[int, int | None]]:
    if not digests:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ARTIFACTS, [word_array(digests)])
        return {sha256: (artifact, size) for sha256, artifact, size in cursor.fetchall()}


def _reserve(row: Row, keys: Sequence[_Key]) -> dict[_Key, int]:
    """Take one primary key of ``row``'s table for each of ``keys``."""
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, [len(keys) - 1, f"{row.value}_id_seq"])
        (last,) = cursor.fetchone()
    return dict(zip(keys, range(last - len(keys) + 1, last + 1), strict=True))
