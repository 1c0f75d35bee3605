"""Drop what the mirror keeps about a page that is erased (``settings.KEIFU_ERASERS``)."""

from django.db import connection
from django.db.models import Q

from hub_sync.models import Absence, HubPayload, QuarantinedItem
from registry.models import LineageEdge

# A walk notes ids and references; those of a repository in any case of letters.
_FORGET_SEEN = """
UPDATE hub_sync_walkpage page SET seen = ARRAY(
    SELECT one FROM unnest(page.seen) WITH ORDINALITY AS s(one, number)
    WHERE NOT lower(one) = ANY(%(names)s) ORDER BY number)
FROM hub_sync_walk walk
WHERE walk.id = page.walk_id AND walk.hub = %(hub)s
    AND EXISTS (SELECT FROM unnest(page.seen) AS s(one) WHERE lower(one) = ANY(%(names)s))
"""


def erase_page(*, hub: str, hub_model_id: str) -> None:
    """Delete payloads, quarantine reasons, absences and walk marks, in the caller's transaction.

    Ids are compared in any case of letters, as the Hub compares a repository's.
    """
    HubPayload.objects.filter(hub=hub, external_id=hub_model_id).delete()
    QuarantinedItem.objects.filter(hub=hub, external_id__iexact=hub_model_id).delete()
    reference = f"{hub}:{hub_model_id}"
    naming = Q(reference__iexact=reference) | Q(reference__istartswith=f"{reference}@")
    naming |= Q(hub=hub, moved_to__iexact=hub_model_id)
    linked = LineageEdge.objects.filter(detail=reference)  # to a version, which names its page
    Absence.objects.filter(naming | Q(reference__in=linked.values("parent_ref"))).delete()
    names = [hub_model_id.lower(), reference.lower()]
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_SEEN, {"names": names, "hub": hub})
