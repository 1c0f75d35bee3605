"""Measure look-ups by digest, through the whole Django stack, in one process.

    python -m tests.benchmarks.lookups [--scale 1.0] [--repeats 5]

A made-up catalogue (``tests.benchmarks.hub_graph``) is loaded by COPY into a scratch database and
computed by ``recompute_rights``; then, interleaved, through URL resolving and every middleware:

by-hash   GET of one digest: SHA-256 and BLAKE3 by turns
bare      a Django view that returns the same number of bytes and looks at nothing
plain     a Django REST Framework view with a serializer over the ORM
post      POST of 1,000 digests
joined    one SQL statement that joins artifact, file, version, page and rights, for 1,000 digests

Then the root with most descendants changes its licence, to and fro:

change    a claim is stored; ``recompute_rights`` in a process that holds the graph; until a GET of
          a descendant's digest answers anew
cte       a recursive CTE finds the descendants and an UPDATE joins the same words into their rows
"""

import argparse
import gc
import io
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.utils import timezone
from rest_framework.throttling import SimpleRateThrottle

from registry.models import LicenseClaim, RightsKind
from registry.selectors.rights_epochs import codebook, stored_chunks
from registry.services.recompute import recompute_rights
from tests.benchmarks.hub_graph import HUBS, hub_graph, licenses_of
from tests.benchmarks.hub_rows import blake3_of, load, sha256_of
from tests.benchmarks.rights import say, timed
from tests.benchmarks.scratch import migrated_template

_GETS = 2000  # in one turn
_DIGESTS = 1000  # in one POST

Site = Callable[..., bytes]


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with migrated_template(), tempfile.TemporaryDirectory() as home:
        settings.KEIFU_HOME = Path(home)
        settings.ROOT_URLCONF = "tests.benchmarks.lookup_urls"
        settings.ALLOWED_HOSTS = ["localhost"]
        SimpleRateThrottle.THROTTLE_RATES = {"anon": "1000000000/minute"}
        models = _loaded(options.scale)
        _measure(models, options.repeats)
        _measure_change(options.repeats)


def _loaded(scale: float) -> int:
    graph = hub_graph(HUBS.scaled(scale))
    took = timed(lambda: load(graph, licenses_of(graph.models)))
    say(f"{graph.models:,} models and {len(graph.child):,} edges loaded in {took:.0f} s")
    report = recompute_rights(by="job:benchmark")
    say(f"recompute_rights, reading, writing and publishing: {report.seconds:.1f} s; {report}")
    _write_plain_rights()
    return graph.models


def _write_plain_rights() -> None:
    """Give the SQL that is measured against a table of every artifact's row."""
    book = codebook()
    words = dict(zip(book.codes.tolist(), book.rows.astype("<u8"), strict=True))
    codes = stored_chunks(RightsKind.ARTIFACT).reshape(-1).tolist()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE plain_rights (artifact_id bigint NOT NULL, words bytea NOT NULL)"
        )
        with cursor.copy("COPY plain_rights FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int8", "bytea"])
            for artifact, code in enumerate(codes):
                if code:
                    copy.write_row((artifact, words[code].tobytes()))
        cursor.execute("ALTER TABLE plain_rights ADD PRIMARY KEY (artifact_id)")
        cursor.execute("ANALYZE plain_rights")


def _measure(models: int, repeats: int) -> None:
    site = _site()
    gc.collect()  # as a web process does when it has started (registry.config.wsgi), which never
    gc.freeze()  # recomputes: else collections go over what loading and recomputing left here
    draw = random.Random(3)  # noqa: S311 - a benchmark
    turns: dict[str, list[float]] = {
        name: [] for name in ("by-hash", "bare", "plain", "post", "joined")
    }
    for _ in range(repeats + 1):
        asked = [draw.randrange(models) for _ in range(_GETS)]
        digests = [(sha256_of if at % 2 else blake3_of)(one) for at, one in enumerate(asked)]
        turns["by-hash"].append(_gets(site, "/api/v1/artifacts/by-hash/", digests))
        turns["bare"].append(_gets(site, "/bare/", digests))
        shas = [sha256_of(one) for one in asked]
        turns["plain"].append(_gets(site, "/plain/", shas[:300]))
        turns["post"].append(_posts(site, "/api/v1/artifacts/by-hash/", shas))
        turns["joined"].append(_posts(site, "/joined/", shas))
    median = {name: statistics.median(taken[1:]) for name, taken in turns.items()}
    for name, seconds in median.items():
        say(f"{name:<8} {seconds * 1e6:8.1f} us {'a digest' if 'o' in name else 'a request'}")
    say(f"by-hash GET: {median['bare'] / median['by-hash']:.2f} of a view without a database")
    say(f"by-hash GET: {median['plain'] / median['by-hash']:.1f} times the plain DRF + ORM view")
    say(f"1,000-digest POST: {median['joined'] / median['post']:.1f} times the joined SQL a digest")


_CTE = """
WITH RECURSIVE below(id) AS (
    SELECT 1::bigint
    UNION SELECT e.child_id FROM registry_lineageedge e JOIN below b ON e.parent_model_id = b.id
)
UPDATE words SET w0 = w0 | %(word)s, w1 = w1 | %(word)s, w2 = w2 | %(word)s, w3 = w3 | %(word)s
FROM below WHERE words.id = below.id
"""


def _measure_change(repeats: int) -> None:
    site = _site()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE words WITH (fillfactor = 70) AS SELECT artifact_id AS id,"
            " 0::bigint AS w0, 0::bigint AS w1, 0::bigint AS w2, 0::bigint AS w3 FROM plain_rights"
        )
        cursor.execute("ALTER TABLE words ADD PRIMARY KEY (id)")
        cursor.execute("ANALYZE words")
        cursor.execute("SELECT min(child_id) FROM registry_lineageedge WHERE parent_model_id = 1")
        descendant = cursor.fetchone()[0] - 1
    recompute_rights(by="job:benchmark", keep=True)
    ours, theirs, reports = [], [], []
    for turn in range(repeats):
        declared = ("cc-by-nc-nd-4.0", "mit")[turn % 2]
        ours.append(timed(lambda: reports.append(_change(site, descendant, declared))))  # noqa: B023
        theirs.append(timed(lambda: _update(1 << turn)))  # noqa: B023
    say(f"change   {statistics.median(ours):.2f} s  ({', '.join(f'{one:.2f}' for one in ours)})")
    say(f"cte      {statistics.median(theirs):.2f} s  ({', '.join(f'{t:.2f}' for t in theirs)})")
    say(f"a root changes its licence: {statistics.median(ours) / statistics.median(theirs):.2f} of")
    say(f"the CTE and UPDATE; chunks written: {reports}")


def _change(site: Site, descendant: int, declared: str) -> int:
    """Let the root declare something else; return how many chunks were written.

    :raises AssertionError: if a descendant's answer is the old one
    """
    address = f"/api/v1/artifacts/by-hash/{sha256_of(descendant)}/"
    before = site(address)
    LicenseClaim.objects.create(
        hub_model_id=1, source="card", declared=[declared], grade="E3", seen_at=timezone.now()
    )
    report = recompute_rights(by="job:benchmark", keep=True)
    if site(address) == before:
        raise AssertionError("the answer is the old one")
    return report.chunks_written


def _update(word: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_CTE, {"word": word})


def _gets(site: Site, address: str, digests: list[str]) -> float:
    """Return the seconds a request takes."""
    begun = time.perf_counter()
    for digest in digests:
        site(f"{address}{digest}/")
    return (time.perf_counter() - begun) / len(digests)


def _posts(site: Site, address: str, digests: list[str]) -> float:
    """Return the seconds a digest takes."""
    lots = [digests[at : at + _DIGESTS] for at in range(0, len(digests), _DIGESTS)]
    bodies = [msgspec.json.encode({"digests": lot}) for lot in lots]
    begun = time.perf_counter()
    for body in bodies:
        site(address, body)
    return (time.perf_counter() - begun) / len(digests)


def _site() -> Site:
    """Return a function that asks the whole site and returns the answer's body."""
    handler = WSGIHandler()

    def ask(address: str, body: bytes = b"") -> bytes:
        said: list[str] = []
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST" if body else "GET",
            "PATH_INFO": address,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
        }

        def start(status: str, _headers: list[tuple[str, str]], _error: Any = None) -> Any:
            said.append(status)

        response = handler(environ, start)
        answer = b"".join(response)
        response.close()
        if not said[0].startswith("200"):
            raise AssertionError(f"{address}: {said[0]} {answer[:200]!r}")
        return answer

    return ask


if __name__ == "__main__":
    main()
