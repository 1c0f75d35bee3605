"""Find one page or version by its id on its hub."""

from dataclasses import dataclass

from django.db.models import F, QuerySet

from registry.errors import NotFound
from registry.lineage.references import ReferenceKind
from registry.models import Hub, HubModel, ModelVersion
from registry.selectors.family import MAX_MOVES
from registry.selectors.interventions import erased_subjects
from registry.snapshots import PageState

SHORTEST_REVISION = 7  # characters, as git abbreviates
HUB_OF = {
    ReferenceKind.CIVITAI_MODEL: Hub.CIVITAI,
    ReferenceKind.HUGGING_FACE: Hub.HUGGING_FACE,
    ReferenceKind.SAMPLE: Hub.SAMPLE,
}


class UnknownSubject(NotFound):
    """What was asked about is not mirrored here."""


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page; ``moved_from`` is the id it was asked for by, where the page was renamed since."""

    page: HubModel
    moved_from: str = ""


def page_of(*, hub: str, hub_model_id: str) -> FoundPage:
    """Return a page by its id, following renames; of Hugging Face in any case of letters.

    :raises UnknownSubject: if no such page is mirrored
    """
    page = _page(hub, hub_model_id)
    asked = page
    for _ in range(MAX_MOVES):
        if page.state != PageState.RENAMED or not page.moved_to:
            break
        moved = HubModel.objects.filter(hub=hub, hub_model_id=page.moved_to).first()
        if moved is None:
            break
        page = moved
    return FoundPage(page, asked.hub_model_id if page.pk != asked.pk else "")


def _page(hub: str, hub_model_id: str) -> HubModel:
    pages = HubModel.objects.filter(hub=hub)
    page = pages.filter(hub_model_id=hub_model_id).first()
    if page is None and hub == Hub.HUGGING_FACE:
        found = list(pages.filter(hub_model_id__iexact=hub_model_id).order_by("pk")[:2])
        page = found[0] if len(found) == 1 else None
    if page is None:
        raise UnknownSubject(_advice(hub, hub_model_id))
    return page


def versions_of(page: HubModel) -> QuerySet[ModelVersion]:
    """Return a page's versions, the newest first."""
    newest = ("-first_seen_at", "-pk")
    if page.hub != Hub.HUGGING_FACE:
        return page.versions.order_by(F("published_at").desc(nulls_last=True), *newest)
    return page.versions.order_by(*newest)


def version_of(*, hub: str, hub_version_id: str, page: HubModel | None = None) -> ModelVersion:
    """Return a version by its id; a Hugging Face revision by seven or more of its characters.

    :raises UnknownSubject: if no such version is mirrored
    """
    versions = ModelVersion.objects.filter(hub_model__hub=hub).select_related("hub_model")
    if page is not None:
        versions = versions.filter(hub_model=page)
    found = versions.filter(hub_version_id=hub_version_id).order_by("pk").first()
    if found is None and page is not None and len(hub_version_id) >= SHORTEST_REVISION:
        several = list(
            versions.filter(hub_version_id__startswith=hub_version_id).order_by("pk")[:2]
        )
        found = several[0] if len(several) == 1 else None
    if found is None:
        raise UnknownSubject(_version_advice(hub, hub_version_id, page))
    return found


def _advice(hub: str, hub_model_id: str) -> str:
    label = Hub(hub).label if hub in Hub.values else hub
    subject = f"{hub}:{hub_model_id}"
    if subject in erased_subjects(subjects=[subject]):
        return f"{label} page {hub_model_id!r} was removed from this registry on request."
    if hub == Hub.SAMPLE:
        return f"The sample catalogue has no page {hub_model_id!r}."
    return (
        f"{label} page {hub_model_id!r} is not mirrored here. That says nothing about what may be "
        f"done with it. To mirror it: manage.py mirror {hub} --id {hub_model_id}"
    )


def _version_advice(hub: str, hub_version_id: str, page: HubModel | None) -> str:
    label = Hub(hub).label if hub in Hub.values else hub
    of_page = f" of {page.hub_model_id}" if page is not None else ""
    return (
        f"{label} version {hub_version_id!r}{of_page} is not mirrored here. Ask for its page, or "
        f"mirror that page: manage.py mirror {hub} --id ID"
    )
