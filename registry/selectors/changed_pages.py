"""Pages whose own facts changed between two moments, and those made from them.

Pages read first in the window have no earlier answer: they are only counted, and those who named
them before they were here are among the descendants.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from registry.models import (
    EdgeLapse,
    HubModel,
    Intervention,
    LicenseClaim,
    LineageEdge,
    ModelVersion,
    StateChange,
)
from registry.selectors.changed_facts import Window, releases_replaced
from registry.snapshots import PageState

_BATCH = 1000  # pages of which one query asks who was made from them


def count_of_new_pages(window: Window) -> int:
    """Return how many pages were first read in the window."""
    return HubModel.objects.filter(window.holds("first_seen_at")).count()


def changed_pages(window: Window, *, most: int) -> list[int]:
    """Return pages known before of which a fact changed, ``most`` at most, by primary key."""
    pages: set[int] = set()
    for field, query in _changes(window):
        known = query.filter(**{f"{field}__first_seen_at__lte": window.since})
        rows = known.order_by(field).values_list(f"{field}_id", flat=True).distinct()
        pages.update(rows[:most].iterator())
    named = HubModel.objects.filter(_named(window), first_seen_at__lte=window.since)
    pages.update(named.order_by("pk").values_list("pk", flat=True)[:most])
    return sorted(pages)[:most]


def descendants_of(window: Window, pages: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield pages made from ``pages``, or from pages new in the window, each once.

    The nearest come first, each with the page it was reached from. Every edge is followed that was
    stated at some time up to the window's end. One generation is in memory at a time.
    """
    seen = set(pages)
    found = dict(_of_newcomers(window)) | dict(_children(window, pages))
    while found:
        level = {child: found[child] for child in sorted(found.keys() - seen)}
        yield from level.items()
        seen.update(level)
        found = dict(_children(window, list(level)))


def _changes(window: Window) -> Iterable[tuple[str, QuerySet[Any]]]:
    """Return what changed, with the field that leads to its page."""
    claims, edges, lapses = LicenseClaim.objects, LineageEdge.objects, EdgeLapse.objects
    return (
        ("hub_model", claims.filter(window.holds("seen_at") | window.holds("withdrawn_at"))),
        ("hub_model", StateChange.objects.filter(window.holds("seen_at"))),
        ("hub_model", ModelVersion.objects.filter(window.holds("first_seen_at"))),
        (
            "child__hub_model",
            edges.filter(window.holds("seen_at") | window.holds("retracted_at")),
        ),
        (
            "edge__child__hub_model",
            lapses.filter(window.holds("retracted_at") | window.holds("restated_at")),
        ),
    )


def _named(window: Window) -> Q:
    """Select pages of which something changed that names them by a reference."""
    acts = Intervention.objects.filter(window.holds("made_at") | window.holds("lifted_at"))
    names: dict[str, set[str]] = {}
    for subject in acts.values_list("subject", flat=True):
        hub, _, name = subject.partition(":")
        names.setdefault(hub, set()).add(name)
    chosen = Q(pk__in=())
    for hub, ids in names.items():
        chosen |= Q(hub=hub, hub_model_id__in=ids)
    for release in releases_replaced(window):
        hub, _, name = release.partition(":")
        chosen |= Q(hub=hub, hub_model_id__iexact=name)
    return chosen


def _of_newcomers(window: Window) -> Iterator[tuple[int, int]]:
    """Yield pages known before that name a page, a version or bytes first read in the window."""
    edges = _edges(window)
    yield from _ends(edges.filter(window.holds("parent_model__first_seen_at")), "parent_model")
    yield from _ends(edges.filter(window.holds("parent_version__first_seen_at")), "parent_model")
    listing = "parent_artifact__listings__version"
    listed = edges.filter(window.holds(f"{listing}__first_seen_at"))
    yield from _ends(listed, f"{listing}__hub_model")


def _children(window: Window, pages: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield pages known before that were made from ``pages``, or were renamed to one of them."""
    listing = "parent_artifact__listings__version__hub_model"
    for start in range(0, len(pages), _BATCH):
        some = pages[start : start + _BATCH]
        yield from _ends(_edges(window).filter(parent_model__in=some), "parent_model")
        yield from _ends(_edges(window).filter(**{f"{listing}__in": some}), listing)
        yield from _renamed_to(window, some)


def _edges(window: Window) -> QuerySet[LineageEdge]:
    return LineageEdge.objects.filter(
        seen_at__lte=window.until, child__hub_model__first_seen_at__lte=window.since
    )


def _ends(edges: QuerySet[LineageEdge], parent: str) -> Iterator[tuple[int, int]]:
    ends = edges.order_by().values_list("child__hub_model", parent).distinct()
    yield from ends.iterator()


def _renamed_to(window: Window, pages: Sequence[int]) -> Iterator[tuple[int, int]]:
    names = HubModel.objects.filter(pk__in=pages).values_list("hub", "hub_model_id", "pk")
    new = {(hub, name): pk for hub, name, pk in names}
    renamed = StateChange.objects.filter(
        state=PageState.RENAMED,
        moved_to__in={name for _, name in new},
        seen_at__lte=window.until,
        hub_model__first_seen_at__lte=window.since,
    ).order_by("pk")
    for old, hub, name in renamed.values_list("hub_model_id", "hub_model__hub", "moved_to"):
        if (hub, name) in new:
            yield old, new[hub, name]
