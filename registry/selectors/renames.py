"""Where renamed pages lead."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Upper

from registry.licensing.official import is_release, official_releases
from registry.models import Hub, HubModel, StateChange
from registry.selectors.history import states_at
from registry.snapshots import PageState

MAX_MOVES = 5  # renames followed one after the other


def where_pages_moved(pages: Collection[int], *, as_of: datetime | None = None) -> dict[int, int]:
    """Return where renamed pages lead, following at most ``MAX_MOVES`` renames in a row."""
    target = {page: page for page in pages}
    for _ in range(MAX_MOVES):
        step = _one_move(set(target.values()), as_of) if target else {}
        if not step:
            break
        target = {page: step.get(now, now) for page, now in target.items()}
    return target


def moved_releases(*, as_of: datetime | None = None) -> Mapping[int, tuple[str, ...]]:
    """Return what renamed official releases were called, by the page that each is now.

    Only who owns a repository renames it, so it is the publisher's under its new name too.
    """
    renames = StateChange.objects.filter(hub_model=OuterRef("pk"), state=PageState.RENAMED)
    called = {row.pk: str(row) for row in release_pages().filter(Exists(renames))}
    found: dict[int, tuple[str, ...]] = {}
    for old, now in where_pages_moved(called.keys(), as_of=as_of).items():
        if now != old and is_release(called[old]):
            found[now] = (*found.get(now, ()), called[old])
    return found


def release_pages() -> QuerySet[HubModel]:
    """Return the pages that bear the id of an official release, in any case of letters."""
    names = {release.reference.partition(":")[2].upper() for release in official_releases()}
    rows = HubModel.objects.annotate(upper=Upper("hub_model_id")).filter(upper__in=names)
    return rows.order_by("pk").only("hub", "hub_model_id")


def names_of(subject: str) -> list[str]:
    """Return a page's reference, first, then those of its former names.

    Bytes and a page that was never renamed have one. At most ``MAX_MOVES`` renames are followed.
    """
    hub, _, name = subject.partition(":")
    if hub not in Hub.values:
        return [subject]
    renamed = HubModel.objects.filter(hub=hub, state=PageState.RENAMED.value)
    found, last = [name], {name}
    for _ in range(MAX_MOVES):
        last = set(renamed.filter(moved_to__in=last).values_list("hub_model_id", flat=True))
        last -= set(found)
        if not last:
            break
        found += sorted(last)
    return [f"{hub}:{one}" for one in found]


def _one_move(pages: set[int], as_of: datetime | None) -> dict[int, int]:
    moves = _moves(pages, as_of)
    there = HubModel.objects.filter(hub_model_id__in={to for _, to in moves.values()})
    rows = there.values_list("pk", "hub", "hub_model_id", "first_seen_at")
    arrived = {
        (hub, name): pk for pk, hub, name, seen_at in rows if as_of is None or seen_at <= as_of
    }
    return {pk: arrived[to] for pk, to in moves.items() if to in arrived}


def _moves(pages: set[int], as_of: datetime | None) -> dict[int, tuple[str, str]]:
    """Return the hub and the new id of those of ``pages`` that are renamed."""
    rows = HubModel.objects.filter(pk__in=pages).values_list("pk", "hub", "state", "moved_to")
    found = {pk: (hub, (state, to)) for pk, hub, state, to in rows}
    states = states_at(pages=pages, as_of=as_of) if as_of is not None else {}
    now = {pk: (hub, states.get(pk, state)) for pk, (hub, state) in found.items()}
    return {
        pk: (hub, to) for pk, (hub, (state, to)) in now.items() if state == PageState.RENAMED and to
    }
