"""Measure the mirror's write path against COPY and against Django's bulk_create.

    .venv/bin/python -m tests.benchmarks.ingest [--models N] [--repeats R] [--django-models M]

Everything runs in scratch databases of its own on the server of DATABASE_URL (or the embedded
one), which are dropped. What is timed, in models/s, all in one run and interleaved:

full path   raw JSON bytes of models, in pages of a listing -> payload-hash probe -> msgspec ->
            snapshots -> rows in every table with every index, and the verbatim payload compressed;
            one durable transaction a page, the walk's cursor included. The mirror's own code
            (``hub_sync.services.listing``), all of it but the network and cutting a page into
            models. As a first walk does, it renders pages in a second process, whose start and
            end are timed with it.
ceiling     the same rows, rendered before, sent by COPY into logged tables without any index or
            constraint, one COPY a table
bulk_create the same job from the same raw JSON bytes by the same readers, then model objects and
            ``bulk_create(update_conflicts)`` on natural keys in batches of 1,000, one transaction
            a page (``tests.benchmarks.django_writer``)
re-sync     the same listing again, unchanged; rows written are read from ``pg_stat``

Beside them stand what ``bulk_create`` takes where its objects lie ready (no ratio is built on it),
and the CPU time of this process, of the one it starts, and of its database backend. Ratios are
printed by the clock and by CPU time: where other programs use the cores the second tells more; it
knows nothing of what is done at the same time on two of them.

Making up the data is not timed. The default is a walk as long as a hub's, beside which starting and
emptying the two processes' pipeline is short; half a gigabyte of memory holds it.
"""

import argparse
import resource
import sys
from collections.abc import Iterator, Sequence

from django.db import connection, transaction
from django.db.models import Model

from hub_sync.models import HubPayload
from hub_sync.selectors.walks import reads_most_pages
from hub_sync.services.civitai_source import CivitaiSource, listed
from hub_sync.services.listing import read_listing
from hub_sync.services.reading import now, reader_of
from hub_sync.services.run import Run, Scope
from hub_sync.services.sources import ListedPage, PageRead
from hub_sync.services.walks import finish, open_walk
from registry.models import (
    Artifact,
    ArtifactDigest,
    HubModel,
    LicenseClaim,
    LineageEdge,
    ModelFile,
    ModelVersion,
    StateChange,
)
from tests.benchmarks import django_writer
from tests.benchmarks.costs import Samples
from tests.benchmarks.hub_data import PAGE_MODELS, listing_pages
from tests.benchmarks.scratch import migrated_template, scratch

TABLES: Sequence[type[Model]] = (
    HubModel,
    StateChange,
    ModelVersion,
    Artifact,
    ArtifactDigest,
    ModelFile,
    LicenseClaim,
    LineageEdge,
    HubPayload,
)


class _CannedHub(CivitaiSource):
    """Civitai without the network: hands out listing pages made before."""

    batch = PAGE_MODELS

    def __init__(self, pages: Sequence[Sequence[bytes]]) -> None:
        super().__init__(base_url="http://127.0.0.1:9", user_agent="benchmark")
        self._pages = pages

    def listing(self, cursor: str) -> ListedPage:
        number = int(cursor or 0)
        first = number * PAGE_MODELS + 1
        items = tuple(listed(str(first + at), raw) for at, raw in enumerate(self._pages[number]))
        is_last = number + 1 == len(self._pages)
        return ListedPage(items=items, refused=(), next_cursor="" if is_last else str(number + 1))


def main() -> None:
    options = _options()
    sys.stderr.write("making up data ...\n")
    pages = list(listing_pages(options.models))
    few = list(listing_pages(options.django_models))
    samples = Samples()
    with migrated_template() as template:
        for repeat in range(options.repeats):
            sys.stderr.write(f"repeat {repeat + 1} of {options.repeats}\n")
            with scratch(f"{template}_a", template=template):
                _measure_mirror(pages, options.models, samples)
            with scratch(f"{template}_b", template=template):
                _measure_django(few, options.django_models, samples)
    sys.stdout.write(_report(samples, options))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=40_000)
    parser.add_argument("--django-models", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=3)
    return parser.parse_args()


def _mirror(source: CivitaiSource) -> None:
    """Walk a listing to its end, in a walk of its own."""
    run = Run(source=source, by="job:benchmark", scope=Scope())
    walk = open_walk(hub=source.hub, base_url=source.base_url, full=False, started_at=now())
    with reader_of(source, many=reads_most_pages(walk)) as reader:
        read_listing(walk, reader, run)
    finish(walk, finished_at=now())


def _measure_mirror(pages: Sequence[Sequence[bytes]], models: int, samples: Samples) -> None:
    source = _CannedHub(pages)
    samples.time("full path", models, lambda: _mirror(source))
    _check(models)
    before = _rows_written()
    samples.time("re-sync", models, lambda: _mirror(source))
    samples.rows_rewritten += _rows_written() - before
    rendered = [_export(model) for model in TABLES]
    for model in TABLES:
        _execute(
            f"CREATE TABLE plain_{model._meta.db_table} AS TABLE {model._meta.db_table} LIMIT 0"
        )
    _execute("CHECKPOINT")
    samples.time("ceiling", models, lambda: _copy_all(rendered))


def _check(models: int) -> None:
    """Refuse to report on rows that are not there."""
    stored = HubModel.objects.count(), HubPayload.objects.count()
    if stored != (models, models):
        raise SystemExit(f"{models} models were made up, {stored} stored")


def _rows_written() -> int:
    names = [model._meta.db_table for model in TABLES]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
            " WHERE relname = ANY(%s)",
            [names],
        )
        return int(cursor.fetchone()[0])


def _export(model: type[Model]) -> bytes:
    statement = f"COPY {model._meta.db_table} TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join(bytes(block) for block in copy)


def _copy_all(rendered: Sequence[bytes]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for model, rows in zip(TABLES, rendered, strict=True):
            with cursor.copy(f"COPY plain_{model._meta.db_table} FROM STDIN") as copy:
                for start in range(0, len(rows), 1 << 20):
                    copy.write(rows[start : start + (1 << 20)])


def _measure_django(pages: Sequence[Sequence[bytes]], models: int, samples: Samples) -> None:
    source = _CannedHub(pages)
    samples.time("bulk_create", models, lambda: _write_by_django(source, len(pages)))
    _check(models)
    _execute(f"TRUNCATE {', '.join(model._meta.db_table for model in TABLES)} CASCADE")
    ready = list(_built(source, len(pages)))
    samples.time("objects ready", models, lambda: [django_writer.write(each) for each in ready])
    _check(models)


def _write_by_django(source: CivitaiSource, pages: int) -> None:
    for objects in _built(source, pages):
        django_writer.write(objects)


def _built(source: CivitaiSource, pages: int) -> Iterator[django_writer.Objects]:
    """Read a listing and give its model objects page by page."""
    with reader_of(source) as reader:
        for number in range(pages):
            at = now()
            readings = reader.read(source.listing(str(number)).items, observed_at=at)
            yield django_writer.build([r for r in readings if isinstance(r, PageRead)], at=at)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _report(samples: Samples, options: argparse.Namespace) -> str:
    ceiling, path = samples.median("ceiling"), samples.median("full path")
    again, peak = samples.median("re-sync"), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = [f"{options.models} models, {options.repeats} repeats, medians"]
    lines += [
        samples.line(name)
        for name in ("ceiling", "full path", "re-sync", "bulk_create", "objects ready")
    ]
    by_cpu = {name: samples.median_cpu(name) for name in samples.costs}
    lines += [
        f"full path / ceiling      {path / ceiling:8.3f}   (at least 0.22)"
        f"   by CPU {by_cpu['ceiling'] / by_cpu['full path']:.3f}",
        f"full path / bulk_create  {path / samples.median('bulk_create'):8.1f}   (at least 6)"
        f"      by CPU {by_cpu['bulk_create'] / by_cpu['full path']:.1f}",
        f"re-sync / ceiling        {again / ceiling:8.1f}   (at least 5)"
        f"      by CPU {by_cpu['ceiling'] / by_cpu['re-sync']:.1f}",
        f"rows written by re-sync  {samples.rows_rewritten:8d}   (none)",
        f"peak memory              {peak / 1024:8,.0f} MiB, the data and its rows included",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
