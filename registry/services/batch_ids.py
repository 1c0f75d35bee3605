"""Primary keys of a batch: those that are stored, and blocks reserved for what is new."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from registry.selectors.arrays import int_array, text_array, word_array
from registry.selectors.bound import rows_bound
from registry.services.ingest_sql import Row
from registry.services.keyed_rows import Ids
from registry.services.page_rows import PageRows

# The planner takes the array of a subquery for ten entries and walks the index, once for all; one
# written out it counts, and might read the whole table while it has no statistics.
_PAGES = """
SELECT hub_model_id, id, state, moved_to FROM registry_hubmodel
WHERE hub = %s AND hub_model_id = ANY(ARRAY(SELECT unnest(%s::text[])))
"""
_VERSIONS = """
SELECT hub_model_id, hub_version_id, id FROM registry_modelversion
WHERE hub_model_id = ANY(%s::bigint[])
"""
_ARTIFACTS = "SELECT sha256, id, size_bytes FROM registry_artifact WHERE sha256 = ANY(%s::text[])"
# The whole block at once: nobody else takes numbers under the caller's lock.
_RESERVE = (
    "(SELECT setval(k.name, nextval(k.name) + k.more - 1)"
    " FROM (SELECT %s::regclass AS name, %s AS more) k)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is stored of a batch's things."""

    states: Mapping[int, tuple[str, str]]  # by page: state and moved_to
    artifacts: Mapping[str, tuple[int, int | None]]  # by SHA-256: key and size in bytes


def find_ids(*, pages: Sequence[PageRows], digests: Collection[str]) -> tuple[Ids, Known]:
    """Return the keys of a batch's pages, versions and bytes, reserving those of new ones.

    The caller holds ``Lock.MIRRORED_TABLES``.
    """
    known_pages = _known_pages(pages)
    known_versions = _known_versions([page for page, *_ in known_pages.values()])
    known_artifacts = _known_artifacts(digests)
    artifacts = {sha256: artifact for sha256, (artifact, _) in known_artifacts.items()}
    keys = {key: page for key, (page, *_) in known_pages.items()}
    names = [(page.key, version.hub_version_id) for page in pages for version in page.versions]
    new_pages = [page.key for page in pages if page.key not in keys]
    new_versions = [
        (page, name) for page, name in names if (keys.get(page, 0), name) not in known_versions
    ]
    new_artifacts = [sha256 for sha256 in digests if sha256 not in artifacts]
    new = _reserve(
        {
            Row.PAGE: len(new_pages),
            Row.VERSION: len(new_versions),
            Row.ARTIFACT: len(new_artifacts),
        }
    )
    keys |= zip(new_pages, new[Row.PAGE], strict=True)
    versions = zip(new_versions, new[Row.VERSION], strict=True)
    known_versions |= {(keys[page], name): version for (page, name), version in versions}
    artifacts |= zip(new_artifacts, new[Row.ARTIFACT], strict=True)
    ids = Ids(pages=keys, versions=known_versions, artifacts=artifacts, new=new)
    states = {page: (state, moved_to) for page, state, moved_to in known_pages.values()}
    return ids, Known(states=states, artifacts=known_artifacts)


def _known_pages(pages: Sequence[PageRows]) -> dict[tuple[str, str], tuple[int, str, str]]:
    names: dict[str, list[str]] = {}
    for page in pages:
        names.setdefault(page.hub, []).append(page.hub_model_id)
    known: dict[tuple[str, str], tuple[int, str, str]] = {}
    for hub, asked in names.items():
        rows = rows_bound(_PAGES, [hub, text_array(asked)])
        known |= {(hub, name): (page, *state) for name, page, *state in rows}
    return known


def _known_versions(pages: list[int]) -> dict[tuple[int, str], int]:
    if not pages:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [int_array(pages)])
        return {(page, name): version for page, name, version in cursor.fetchall()}


def _known_artifacts(digests: Collection[str]) -> dict[str, tuple[int, int | None]]:
    if not digests:
        return {}
    rows = rows_bound(_ARTIFACTS, [word_array(digests)])
    return {sha256: (artifact, size) for sha256, artifact, size in rows}


def _reserve(counts: Mapping[Row, int]) -> Mapping[Row, range]:
    """Take so many primary keys of each table."""
    asked = [row for row, count in counts.items() if count]
    reserved = dict.fromkeys(counts, range(0))
    if not asked:
        return reserved
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join([_RESERVE] * len(asked))}",
            [value for row in asked for value in (f"{row.value}_id_seq", counts[row])],
        )
        for row, last in zip(asked, cursor.fetchone(), strict=True):
            reserved[row] = range(last - counts[row] + 1, last + 1)
    return reserved
