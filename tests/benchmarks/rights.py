"""Measure the pass over the whole catalogue against the same bits propagated in SQL.

    python -m tests.benchmarks.rights [--scale 1.0] [--shape hubs|deep] [--repeats 3]
                                      [--sql-scale 0.1] [--way sql|levels]

In one run, interleaved, medians; scratch databases of its own, dropped in the end:

pass      from kept arrays: every distinct set of claims is read, all rights are passed down, every
          model's row is made
whole     the same by a new process: what is kept is made too, the texts of days, the order, the
          levels, the coverage of lineages; claims and conflicts between texts are compiled anew
sql       the same bits inside PostgreSQL, round by round from parents to children, until none grows
levels    the same, the levels being given: one statement for each level and kind of edge

All words of all models are compared between the two. Where SQL would take too long, ``--way`` runs
one of its two ways alone, and ``--sql-scale`` gives it a smaller catalogue, on which the pass is
measured once more; 0 leaves SQL out. The pass runs in one thread, SQL with its parallel workers.
"""

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from registry.licensing.identify import identify_claim
from registry.licensing.terms import Basis
from registry.licensing.verdict import NodeClaim
from registry.lineage.relations import Grade
from registry.rights import clashes, recompute
from registry.rights.blocks import crossings
from registry.rights.catalogue import Catalogue, Edges, Trait, are_firm
from registry.rights.layout import Words
from registry.rights.prepared import Prepared, prepared
from tests.benchmarks import hub_graph
from tests.benchmarks.hub_graph import LICENSES, HubGraph, licenses_of
from tests.benchmarks.scratch import migrated_template
from tests.benchmarks.sql_way import SqlWay

_WAYS = ("sql", "levels")
_QUICK_ONES = 3  # of what takes seconds, for each of what takes minutes
_SHAPES = {"hubs": hub_graph.HUBS, "deep": hub_graph.DEEP}


def catalogue_of(graph: HubGraph) -> Catalogue:
    """Return a made-up catalogue as arrays."""
    sets = [(), *(_claims(license_id) for license_id, _ in LICENSES)]
    return Catalogue(
        claim_sets=sets,
        said=(licenses_of(graph.models) + 1).astype(np.int32),
        traits=np.full(graph.models, int(Trait.CHECKPOINT), dtype=np.uint8),
        edges=Edges(
            child=graph.child,
            parent=graph.parent,
            relation=graph.relation,
            is_firm=are_firm(graph.grade, graph.retracted),
            is_label=np.zeros(len(graph.child), dtype=np.bool_),
            day=graph.day,
        ),
    )


def _claims(declared: str) -> tuple[NodeClaim, ...]:
    parts = identify_claim(declared=[declared]).parts
    return tuple(
        NodeClaim(
            license_id=part.ids[0],
            others=part.ids[1:],
            reading=part.reading,
            grade=Grade.TAG,
            source="",
            basis=Basis.TAG,
        )
        for part in parts
    )


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def timed(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes, in seconds."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--shape", choices=sorted(_SHAPES), default="hubs")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--sql-scale", type=float, help="default: that of --scale; 0: no SQL")
    parser.add_argument("--way", choices=_WAYS, help="of SQL; default: both")
    options = parser.parse_args()
    shape, repeats = _SHAPES[options.shape], options.repeats
    ways = (options.way,) if options.way else _WAYS
    sql_scale = options.scale if options.sql_scale is None else options.sql_scale
    if sql_scale != options.scale:
        _measure(shape.scaled(options.scale), repeats, ())
    if sql_scale:
        _measure(shape.scaled(sql_scale), repeats, ways)


def _measure(shape: hub_graph.Shape, repeats: int, ways: Sequence[str]) -> None:
    graph = hub_graph.hub_graph(shape)
    catalogue = catalogue_of(graph)
    begun = time.perf_counter()
    ready = prepared(catalogue)
    prepared_in = time.perf_counter() - begun
    say(
        f"{graph.models:,} models, {len(graph.child):,} edges, {ready.lineages.order.depth} levels,"
        f" root 0 has {graph.descendants(0):,} descendants; {ready.shape.words} words a model"
    )
    begun = time.perf_counter()
    found = _computed(ready)
    say(f"the first time: prepared {prepared_in:.1f} s, pass {time.perf_counter() - begun:.1f} s")
    say(
        f"{len(ready.catalogue.copies):,} copies under another day's text; {len(found.distinct):,}"
        f" distinct rows; {found.by_objects + found.on_read:,} models need the object engine"
    )
    del found
    say(f"memory after a whole recompute: {_memory()} MB (what makes up the data included)")
    times: dict[str, list[float]] = {"pass": [], "whole": []}
    if ways:
        with migrated_template():
            _measure_with_sql(times, catalogue, ready, repeats, ways)
    else:
        for _ in range(repeats):
            _measure_pass(times, catalogue, ready)
        say(f"memory in the end: {_memory()} MB")
    _say_medians(times)


def _measure_pass(times: dict[str, list[float]], catalogue: Catalogue, ready: Prepared) -> None:
    times["pass"].append(timed(lambda: _computed(ready)))
    times["whole"].append(timed(lambda: _from_nothing(catalogue)))


def _measure_with_sql(
    times: dict[str, list[float]],
    catalogue: Catalogue,
    ready: Prepared,
    repeats: int,
    ways: Sequence[str],
) -> None:
    tables, kinds = SqlWay(ready.shape.words), crossings(ready.shape)
    run = {"sql": tables.run, "levels": tables.run_by_levels}
    tables.load(*_for_sql(ready))
    times |= {way: [] for way in ways}
    for _ in range(repeats):
        for _ in range(_QUICK_ONES):
            _measure_pass(times, catalogue, ready)
        for way in ways:
            times[way].append(timed(partial(run[way], kinds)))
            say(f"{way} {times[way][-1]:.1f} s")
            _compare(tables.rows(), ready)
    say("equal: every word of every model, in all runs")


def _say_medians(times: dict[str, list[float]]) -> None:
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    for name, median in medians.items():
        shown = ", ".join(f"{one:.2f}" for one in times[name])
        ways = [way for way in _WAYS if way in medians]
        against = "".join(f"   1/{medians[way] / median:.0f} of {way}" for way in ways)
        say(f"{name:<6} {median:8.2f} s{against}   ({shown})")


def _computed(ready: Prepared) -> recompute.Rights:
    return recompute.rights_from(ready, recompute.passed(ready))


def _from_nothing(catalogue: Catalogue) -> recompute.Rights:
    """Compute everything as a new process does."""
    recompute.own_row.cache_clear()
    clashes.clashing_of.cache_clear()
    return recompute.rights_of(catalogue)


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _for_sql(ready: Prepared) -> tuple[Words, tuple[np.ndarray, ...]]:
    edges = ready.lineages.edges
    level = ready.lineages.order.level[edges.child]
    rows, own = recompute.own_rows(ready)
    kinds = ready.lineages.kinds
    return rows[own[: len(ready.catalogue)]], (edges.child, edges.parent, kinds, level)


def _compare(found: Words, ready: Prepared) -> None:
    """Check that SQL has the same rows for every model.

    :raises AssertionError: if not
    """
    after = recompute.passed(ready)
    rows = after.rows(after.place[: len(found)])
    if not np.array_equal(found, rows):
        raise AssertionError("SQL and the pass differ")


if __name__ == "__main__":
    main()
