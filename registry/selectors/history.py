"""Pages as they stood at a moment (``registry.selectors.as_of``)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from registry.models import HubModel, StateChange
from registry.selectors.as_of import known
from registry.snapshots import PageState


def pages_at(*, pages: Collection[int], as_of: datetime | None) -> dict[int, HubModel]:
    """Return pages by primary key without their text, in the state they were in."""
    found = HubModel.objects.defer("description").in_bulk(pages)
    if as_of is not None:
        put_back(pages=found, as_of=as_of)
    return found


def put_back(*, pages: Mapping[int, HubModel], as_of: datetime) -> None:
    """Let ``pages`` (by primary key, never saved) tell the state they were in."""
    states = states_at(pages=pages, as_of=as_of)
    for pk, page in pages.items():
        page.state, page.moved_to = states.get(pk, (PageState.LISTED.value, ""))


def states_at(*, pages: Collection[int], as_of: datetime) -> dict[int, tuple[str, str]]:
    """Return the state of pages and where they had moved to; a page not read by then is absent."""
    rows = (
        StateChange.objects.filter(known(as_of, "seen_at"), hub_model__in=pages)
        .order_by("hub_model", "-seen_at", "-pk")
        .distinct("hub_model")
        .values_list("hub_model_id", "state", "moved_to")
    )
    return {pk: (state, moved_to) for pk, state, moved_to in rows}
