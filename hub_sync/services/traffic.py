"""Count what is read of hubs' files against the daily budget."""

from datetime import datetime

from django.db import connection

from registry.selectors.as_of import day_of

_ADD = """
INSERT INTO hub_sync_hubtraffic (hub, day, requests, bytes_read) VALUES (%s, %s, %s, %s)
ON CONFLICT (hub, day) DO UPDATE SET
    requests = hub_sync_hubtraffic.requests + excluded.requests,
    bytes_read = hub_sync_hubtraffic.bytes_read + excluded.bytes_read
"""


def count_traffic(*, hub: str, requests: int, bytes_read: int, now: datetime) -> None:
    """Add what was read just now to the day of ``now`` in UTC."""
    if requests or bytes_read:
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [hub, day_of(now), requests, bytes_read])
