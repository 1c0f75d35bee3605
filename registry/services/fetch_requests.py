"""The queue of what is to be read at hubs: ask, lease, give back (house.md H7, H13).

Rows are the truth. Whoever leases a request holds it for a while; what he writes back counts only
while the lease is his, so a run that was killed, or was too slow, loses nothing and doubles
nothing. A request that fails is due again later and later, and given up in the end with a reason.

Source: facts/infra.md section 6.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from registry.models import FetchRequest, FetchState, Wanted
from registry.selectors.arrays import text_array

MOST_ATTEMPTS = 6
LEASE = timedelta(minutes=5)
FIRST_BACKOFF = timedelta(minutes=5)
GROWTH = 4  # 5 min, 20 min, 80 min, 5 h, 21 h
MOST_ASKED = 5000  # in one call

# Files that begin with what they say of themselves. Of a model in parts the first part is enough:
# every part has the same header words. Nothing is read for a page that is not listed or that an
# operator withheld, nor of bytes he withheld.
_ASK = """
INSERT INTO registry_fetchrequest (
    artifact_id, wanted, hub, state, requested_at, due_at, attempts, lease_token,
    failure_code, failure
)
SELECT DISTINCT ON (f.artifact_id)
    f.artifact_id, %(wanted)s, p.hub, 'waiting', %(now)s, %(now)s, 0, 0, '', ''
FROM registry_modelfile f
JOIN registry_artifact a ON a.id = f.artifact_id
JOIN registry_modelversion v ON v.id = f.version_id
JOIN registry_hubmodel p ON p.id = v.hub_model_id
WHERE p.hub = ANY(%(hubs)s::text[]) AND p.state = 'listed'
    AND f.filename ~* '[.](safetensors|gguf)$'
    AND f.filename !~* '-(?!00001-of-)[0-9]{5}-of-[0-9]{5}[.][a-z]+$'
    AND NOT EXISTS (
        SELECT FROM registry_fetchrequest r
        WHERE r.artifact_id = f.artifact_id AND r.wanted = %(wanted)s)
    AND NOT EXISTS (
        SELECT FROM registry_intervention i
        WHERE i.lifted_at IS NULL AND i.kind IN ('suppress', 'erase')
            AND i.subject IN (p.hub || ':' || p.hub_model_id, 'sha256:' || a.sha256))
ORDER BY f.artifact_id, p.hub DESC, f.id
LIMIT %(limit)s
ON CONFLICT (artifact_id, wanted) DO NOTHING
"""
# MATERIALIZED: inside a join the planner may run a subquery again, and lease more than the limit.
_LEASE = """
WITH due AS MATERIALIZED (
    SELECT id FROM registry_fetchrequest
    WHERE state = 'waiting' AND hub = %(hub)s AND wanted = %(wanted)s AND due_at <= %(now)s
        AND (leased_until IS NULL OR leased_until < %(now)s) AND attempts < %(most)s
    ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE registry_fetchrequest r SET
    attempts = r.attempts + 1, lease_token = r.lease_token + 1, leased_until = %(until)s
FROM due c, registry_artifact a
WHERE r.id = c.id AND a.id = r.artifact_id
RETURNING r.id, r.artifact_id, a.sha256, r.lease_token, r.attempts
"""


class Lease(NamedTuple):
    """One request that somebody may fulfil until his lease ends."""

    request: int
    artifact: int
    sha256: str
    token: int
    attempts: int


def ask_for_headers(*, hubs: Collection[str], limit: int = MOST_ASKED) -> int:
    """Ask for the header of every listed file that nobody asked for yet; return of how many.

    Requests whose every lease ran out (the reader died on them) are given up.
    """
    now = timezone.now()
    _give_up_exhausted(now)
    parameters: dict[str, str | int | datetime] = {
        "wanted": Wanted.HEADER.value,
        "hubs": text_array(sorted(hubs)),
        "now": now,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ASK, parameters)
        return int(cursor.rowcount)


def _give_up_exhausted(now: datetime) -> None:
    FetchRequest.objects.filter(
        state=FetchState.WAITING, attempts__gte=MOST_ATTEMPTS, leased_until__lt=now
    ).update(
        state=FetchState.FAILED,
        finished_at=now,
        failure_code="reader_ended",
        failure="The reader ended each time before it was done.",
    )


def lease_requests(*, hub: str, limit: int) -> Sequence[Lease]:
    """Take requests of one hub that are due, the longest due first; others skip them meanwhile."""
    now = timezone.now()
    parameters: dict[str, str | int | datetime] = {
        "hub": hub,
        "wanted": Wanted.HEADER.value,
        "now": now,
        "until": now + LEASE,
        "most": MOST_ATTEMPTS,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LEASE, parameters)
        return [Lease._make(row) for row in cursor.fetchall()]


def finish_request(lease: Lease) -> bool:
    """Mark a request done; return false if the lease is not ours any more.

    Call it in the transaction that stores what was found.
    """
    held = FetchRequest.objects.filter(
        pk=lease.request, lease_token=lease.token, state=FetchState.WAITING
    )
    return bool(
        held.update(
            state=FetchState.DONE,
            finished_at=timezone.now(),
            leased_until=None,
            failure_code="",
            failure="",
        )
    )


@transaction.atomic
def give_back(*, lease: Lease, code: str, reason: str, for_good: bool) -> bool:
    """Say why a request could not be fulfilled; it is due again later, unless ``for_good``.

    :param code: lower-case words for machines
    :param reason: a sentence of ours, without words out of the file
    """
    now = timezone.now()
    is_over = for_good or lease.attempts >= MOST_ATTEMPTS
    held = FetchRequest.objects.filter(
        pk=lease.request, lease_token=lease.token, state=FetchState.WAITING
    )
    return bool(
        held.update(
            state=FetchState.FAILED if is_over else FetchState.WAITING,
            finished_at=now if is_over else None,
            due_at=now + FIRST_BACKOFF * GROWTH ** (lease.attempts - 1),
            leased_until=None,
            failure_code=code,
            failure=reason,
        )
    )


def hand_back(leases: Sequence[Lease]) -> None:
    """Let go of requests that were not begun: they are due at once, and the attempt not counted."""
    for lease in leases:
        FetchRequest.objects.filter(pk=lease.request, lease_token=lease.token).update(
            leased_until=None, attempts=lease.attempts - 1
        )
