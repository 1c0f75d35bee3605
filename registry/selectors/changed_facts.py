"""What was stated, taken back, decided or replaced between two moments."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import TypedDict

from django.db.models import Exists, OuterRef, Q

from registry.errors import BadInput
from registry.licensing.official import official_releases
from registry.models import (
    EdgeLapse,
    Intervention,
    InterventionKind,
    LicenseClaim,
    LineageEdge,
    StateChange,
)
from registry.models.claims import CORRECTING
from registry.selectors.claims import iso_time, license_of
from registry.selectors.node_ids import WITHHELD
from registry.selectors.standing import standing_of


class EmptyWindow(BadInput):
    """Nothing can change between two moments of which the second is not the later one."""


@dataclass(frozen=True, slots=True)
class Window:
    """The time after ``since`` up to ``until``.

    :raises EmptyWindow: if there is none
    """

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        """Refuse a window that holds no moment."""
        if self.since >= self.until:
            raise EmptyWindow("since: it has to be earlier than until.")

    def holds(self, field: str) -> Q:
        """Select rows whose ``field`` is a time in the window."""
        return Q(**{f"{field}__gt": self.since, f"{field}__lte": self.until})

    def knew(self, page: str) -> Q:
        """Select rows whose ``page`` had been read before the window."""
        return Q(**{f"{page}__first_seen_at__lte": self.since})


class FactJson(TypedDict):
    """One thing that changed; ``subject`` is a page, a version's page or bytes."""

    subject: str  # "withheld" for what is not shown
    event: str  # see each list of ``FactsJson``
    what: str
    at: str


class FactsJson(TypedDict):
    """Everything that changed, the earliest first.

    What was read of a page when it was read for the first time is no change.
    """

    claims: list[FactJson]  # stated | withdrawn: source and licence
    edges: list[FactJson]  # stated | retracted: relation, parent and grade
    states: list[FactJson]  # entered: the state
    interventions: list[FactJson]  # made | lifted: the kind
    texts: list[FactJson]  # in_force | replaced: the licence of an official release


class _Fact(TypedDict):
    """A fact with the references that say whether it may be told."""

    names: tuple[str, ...]  # the subject's first
    event: str
    what: str
    at: datetime


def facts_in(window: Window, *, most: int) -> tuple[FactsJson, bool]:
    """Return what changed, ``most`` of each kind, and whether that is all."""
    kinds = [list(islice(_in_order(rows), most + 1)) for rows in (
        _claims(window, most), _edges(window, most), _states(window, most),
        _interventions(window, most), _texts(window),
    )]  # fmt: skip
    hidden = _withheld(name for facts in kinds for fact in facts for name in fact["names"])
    claims, edges, states, interventions, texts = (
        [_told(fact, hidden) for fact in facts[:most]] for facts in kinds
    )
    facts: FactsJson = {
        "claims": claims,
        "edges": edges,
        "states": states,
        "interventions": interventions,
        "texts": texts,
    }
    return facts, all(len(rows) <= most for rows in kinds)


def releases_replaced(window: Window) -> list[str]:
    """Return the official releases whose text changed in the window, as references."""
    return [fact["names"][0] for fact in _texts(window)]


def withheld_among(subjects: Collection[str]) -> frozenset[str]:
    """Return those of ``subjects`` that are not shown now."""
    return standing_of(subjects=subjects).withheld


def _in_order(facts: Iterable[_Fact]) -> Iterable[_Fact]:
    return sorted(facts, key=lambda fact: (fact["at"], fact["names"], fact["event"], fact["what"]))


def _withheld(names: Iterable[str]) -> frozenset[str]:
    return withheld_among(set(names))


def _told(fact: _Fact, hidden: frozenset[str]) -> FactJson:
    is_hidden = not hidden.isdisjoint(fact["names"])
    return {
        "subject": WITHHELD if is_hidden else fact["names"][0],
        "event": fact["event"],
        "what": "" if is_hidden else fact["what"],
        "at": iso_time(fact["at"]),
    }


def _claims(window: Window, most: int) -> Iterator[_Fact]:
    rows = LicenseClaim.objects.select_related("hub_model")
    for event, field in (("stated", "seen_at"), ("withdrawn", "withdrawn_at")):
        stands = window.holds(field) & (window.knew("hub_model") | Q(source__in=CORRECTING))
        for row in rows.filter(stands).order_by(field, "pk")[: most + 1]:
            what = f"{row.source} {license_of(row)}"
            yield _Fact(names=(str(row.hub_model),), event=event, what=what, at=getattr(row, field))


def _edges(window: Window, most: int) -> Iterator[_Fact]:
    some = slice(most + 1)
    edges = LineageEdge.objects.select_related("child__hub_model", "parent_model")
    for event, field in (("stated", "seen_at"), ("retracted", "retracted_at")):
        changed = edges.filter(window.holds(field), window.knew("child__hub_model"))
        for row in changed.order_by(field, "pk")[some]:
            yield _edge(row, event, getattr(row, field))
    lapses = EdgeLapse.objects.select_related("edge__child__hub_model", "edge__parent_model")
    for event, field in (("retracted", "retracted_at"), ("stated", "restated_at")):
        ended = lapses.filter(window.holds(field), window.knew("edge__child__hub_model"))
        for lapse in ended.order_by(field, "pk")[some]:
            yield _edge(lapse.edge, event, getattr(lapse, field))


def _edge(row: LineageEdge, event: str, at: datetime) -> _Fact:
    page = row.parent_ref.partition("@")[0]
    known = (str(row.parent_model),) if row.parent_model else ()
    return {
        "names": (str(row.child.hub_model), row.parent_ref, page, *known),
        "event": event,
        "what": f"{row.relation} of {row.parent_ref} ({row.grade})",
        "at": at,
    }


def _states(window: Window, most: int) -> Iterator[_Fact]:
    changed = window.holds("seen_at") & window.knew("hub_model")
    rows = StateChange.objects.filter(changed).select_related("hub_model")
    for row in rows.order_by("seen_at", "pk")[: most + 1]:
        yield _Fact(names=(str(row.hub_model),), event="entered", what=row.state, at=row.seen_at)


def _interventions(window: Window, most: int) -> Iterator[_Fact]:
    """Yield what operators did; an erasure once, however many names it hides."""
    erase = InterventionKind.ERASE.value
    others = Intervention.objects.filter(
        kind=erase, made_at=OuterRef("made_at"), pk__lt=OuterRef("pk")
    )
    for event, field in (("made", "made_at"), ("lifted", "lifted_at")):
        acts = Intervention.objects.filter(window.holds(field)).order_by(field, "pk")
        rows = acts.exclude(Q(kind=erase) & Exists(others))
        for row in rows[: most + 1]:
            at = getattr(row, field)
            yield _Fact(names=(row.subject,), event=event, what=row.kind, at=at)


def _texts(window: Window) -> Iterator[_Fact]:
    """Yield what the index of official releases says of the window's days (rule L15)."""
    for release in official_releases():
        bounds = (("in_force", release.start, time.min), ("replaced", release.until, time.max))
        for event, day, hour in bounds:
            if day is not None and window.since < (at := _moment(day, hour)) <= window.until:
                yield _Fact(names=(release.reference,), event=event, what=release.license, at=at)


def _moment(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, tzinfo=UTC)
