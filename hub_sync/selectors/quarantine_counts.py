"""How much of the hubs could not be read."""

from typing import TypedDict

from django.db.models import Count

from hub_sync.models import QuarantinedItem


class QuarantineJson(TypedDict):
    """Items that could not be read and are tried again on every run."""

    count: int
    by_hub: dict[str, int]


def quarantine_counts() -> QuarantineJson:
    """Return how many items of each hub are in quarantine."""
    rows = QuarantinedItem.objects.values_list("hub").annotate(Count("pk")).order_by("hub")
    by_hub = dict(rows)
    return {"count": sum(by_hub.values()), "by_hub": by_hub}
