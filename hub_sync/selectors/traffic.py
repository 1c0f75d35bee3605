"""How much of a hub's files was read today, and whom somebody waits for."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count

from hub_sync.models import HubTraffic
from registry.models import FetchRequest, FetchState
from registry.selectors.as_of import day_of


def bytes_read_on(*, hub: str, now: datetime) -> int:
    """Return how many bytes of a hub's files were read on the day of ``now`` in UTC."""
    rows = HubTraffic.objects.filter(hub=hub, day=day_of(now)).values_list("bytes_read", flat=True)
    return rows.first() or 0


def hubs_with_work(*, hubs: Collection[str], now: datetime) -> list[str]:
    """Return those of ``hubs`` of which something is due to be read, and leased by nobody."""
    due = FetchRequest.objects.filter(
        hub__in=hubs, state=FetchState.WAITING, due_at__lte=now
    ).exclude(leased_until__gt=now)
    return sorted(set(due.order_by("hub").values_list("hub", flat=True).distinct()))


def failures_by_code(*, hub: str) -> dict[str, int]:
    """Return how many requests of one hub were given up, or wait after a failure, by its code."""
    rows = (
        FetchRequest.objects.filter(hub=hub)
        .exclude(failure_code="")
        .order_by("failure_code")
        .values_list("failure_code")
        .annotate(number=Count("pk"))
    )
    return dict(rows)
