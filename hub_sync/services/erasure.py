"""Drop what the mirror keeps about a page that is erased (``settings.KEIFU_ERASERS``)."""

from django.db.models import F, Func, Q, Value

from hub_sync.models import Absence, HubPayload, QuarantinedItem, WalkPage


def erase_page(*, hub: str, hub_model_id: str) -> None:
    """Delete payloads, quarantine reasons, absences and walk marks, in the caller's transaction."""
    HubPayload.objects.filter(hub=hub, external_id=hub_model_id).delete()
    QuarantinedItem.objects.filter(hub=hub, external_id=hub_model_id).delete()
    reference = f"{hub}:{hub_model_id}"
    naming = Q(reference=reference) | Q(reference__startswith=f"{reference}@")
    Absence.objects.filter(naming | Q(hub=hub, moved_to=hub_model_id)).delete()
    without = Func(F("seen"), Value(hub_model_id), function="array_remove")
    WalkPage.objects.filter(walk__hub=hub, seen__contains=[hub_model_id]).update(seen=without)
