"""What has changed since rights were computed: some pages' claims alone, or more than that."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import connection

from registry.models import HubModel, LicenseClaim
from registry.selectors.rights_tables import (
    Array,
    Columns,
    Tables,
    read_listings,
    read_pages,
    read_statements,
    read_versions,
)

_MOST_PAGES = 10_000  # of which only the claims are read anew; of more, everything is
_MARKS = """
SELECT (SELECT max(id) FROM registry_licenseclaim), (SELECT max(changed_at) FROM registry_hubmodel),
    ARRAY[(SELECT max(id) FROM registry_hubmodel), (SELECT max(id) FROM registry_modelversion),
        (SELECT max(id) FROM registry_modelfile), (SELECT max(id) FROM registry_artifact),
        (SELECT max(id) FROM registry_lineageedge), (SELECT max(id) FROM registry_intervention),
        (SELECT max(id) FROM registry_headerstatement),
        (SELECT max(id) FROM registry_headerinspection)],
    (SELECT max(withdrawn_at) FROM registry_licenseclaim),
    (SELECT max(read_at) FROM registry_headerinspection)
"""


@dataclass(frozen=True, slots=True)
class Marks:
    """How far the tables went."""

    claim: int
    changed_at: datetime | None
    others: tuple[int | None, ...]
    withdrawn_at: datetime | None
    read_at: datetime | None


def marks_now() -> Marks:
    """Return how far the tables go."""
    with connection.cursor() as cursor:
        cursor.execute(_MARKS)
        claim, changed_at, others, *moments = cursor.fetchone()
    return Marks(claim or 0, changed_at, tuple(others), *moments)


def pages_with_new_claims(*, since: Marks, now: Marks, tables: Tables) -> Array | None:
    """Return the pages (sorted keys) that differ from ``tables`` in nothing but their claims.

    Nothing if anything else has changed since, or too much has.
    """
    moments = since.withdrawn_at, since.read_at
    if since.others != now.others or moments != (now.withdrawn_at, now.read_at):
        return None
    claimed = LicenseClaim.objects.filter(pk__gt=since.claim).order_by("hub_model")
    pages: set[int] = set(claimed.values_list("hub_model_id", flat=True).distinct()[:_MOST_PAGES])
    if since.changed_at != now.changed_at and since.changed_at is not None:
        read = HubModel.objects.filter(changed_at__gt=since.changed_at).order_by("pk")
        pages.update(read.values_list("pk", flat=True)[:_MOST_PAGES])
    found = np.array(sorted(pages), dtype=np.int64)
    if len(found) >= _MOST_PAGES or not _are_the_same(tables, found):
        return None
    return found


def _are_the_same(tables: Tables, pages: Array) -> bool:
    """Return whether pages, versions, files and statements are as they were read."""
    versions = tables.versions["pk"][np.isin(tables.versions["page"], pages)]
    return (
        _equal(tables.pages, "pk", pages, read_pages(pages))
        and _equal(tables.versions, "page", pages, read_versions(pages))
        and _equal(tables.statements, "child", versions, read_statements(pages))
        and _equal(tables.listings, "version", versions, read_listings(pages))
    )


def _equal(before: Columns, column: str, keys: Array, now: Columns) -> bool:
    chosen = np.isin(before[column], keys)
    return all(np.array_equal(before[name][chosen], values) for name, values in now.items())
