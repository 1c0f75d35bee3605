"""Find one page or version by its id on its hub."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet

from registry.errors import NotFound
from registry.lineage.references import ReferenceKind
from registry.models import Hub, HubModel, ModelVersion
from registry.selectors.as_of import known
from registry.selectors.history import put_back
from registry.selectors.interventions import erased_subjects
from registry.selectors.renames import MAX_MOVES
from registry.snapshots import PageState

SHORTEST_REVISION = 7  # characters, as git abbreviates
HUB_OF = {
    ReferenceKind.CIVITAI_MODEL: Hub.CIVITAI,
    ReferenceKind.HUGGING_FACE: Hub.HUGGING_FACE,
    ReferenceKind.SAMPLE: Hub.SAMPLE,
}


class UnknownSubject(NotFound):
    """What was asked about is not mirrored here."""


class NotKnownYet(UnknownSubject):
    """What was asked about had not been read at the moment asked about."""


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page; ``moved_from`` is the id it was asked for by, where the page was renamed since."""

    page: HubModel
    moved_from: str = ""


def page_of(*, hub: str, hub_model_id: str, as_of: datetime | None = None) -> FoundPage:
    """Return a page by its id, following renames; of Hugging Face in any case of letters.

    :raises UnknownSubject: if no such page is mirrored
    :raises NotKnownYet: if it was first read after ``as_of``
    """
    page = _page(hub, hub_model_id)
    _check_known(page.first_seen_at, as_of, "page")
    _put_back(page, as_of)
    asked = page
    for _ in range(MAX_MOVES):
        if page.state != PageState.RENAMED or not page.moved_to:
            break
        moved = HubModel.objects.filter(hub=hub, hub_model_id=page.moved_to).first()
        if moved is None or (as_of is not None and moved.first_seen_at > as_of):
            break
        page = moved
        _put_back(page, as_of)
    return FoundPage(page, asked.hub_model_id if page.pk != asked.pk else "")


def _put_back(page: HubModel, as_of: datetime | None) -> None:
    if as_of is not None:
        put_back(pages={page.pk: page}, as_of=as_of)


def _check_known(first_seen_at: datetime, as_of: datetime | None, what: str) -> None:
    if as_of is not None and first_seen_at > as_of:
        raise NotKnownYet(not_known_then(first_seen_at, what))


def not_known_then(first_seen_at: datetime, what: str) -> str:
    """Return the sentence that nothing was known of ``what`` at an earlier moment."""
    return (
        f"Nothing was known of this {what} then: it was first read on {first_seen_at:%Y-%m-%d} "
        f"at {first_seen_at:%H:%M} UTC. That says nothing about what could be done with it."
    )


def _page(hub: str, hub_model_id: str) -> HubModel:
    if hub not in Hub.values:
        raise UnknownSubject(f"Nothing is mirrored of a hub called {hub!r}.")
    if not hub_model_id or "\x00" in hub_model_id:  # PostgreSQL cannot be asked for NUL
        raise UnknownSubject(f"{Hub(hub).label} has no page {hub_model_id!r}.")
    pages = HubModel.objects.filter(hub=hub)
    page = pages.filter(hub_model_id=hub_model_id).first()
    if page is None and hub == Hub.HUGGING_FACE:
        found = list(pages.filter(hub_model_id__iexact=hub_model_id).order_by("pk")[:2])
        page = found[0] if len(found) == 1 else None
    if page is None:
        raise UnknownSubject(_advice(hub, hub_model_id))
    return page


def versions_of(page: HubModel, *, as_of: datetime | None = None) -> QuerySet[ModelVersion]:
    """Return a page's versions, the newest first."""
    newest = ("-first_seen_at", "-pk")
    versions = page.versions.filter(known(as_of, "first_seen_at"))
    if page.hub != Hub.HUGGING_FACE:
        return versions.order_by(F("published_at").desc(nulls_last=True), *newest)
    return versions.order_by(*newest)


def version_of(
    *,
    hub: str,
    hub_version_id: str,
    page: HubModel | None = None,
    as_of: datetime | None = None,
) -> ModelVersion:
    """Return a version by its id; a Hugging Face revision by seven or more of its characters.

    One that moved to another page is that page's, as far as it was known at ``as_of``.

    :raises UnknownSubject: if no such version is mirrored
    :raises NotKnownYet: if it was first read after ``as_of``
    """
    versions = ModelVersion.objects.filter(hub_model__hub=hub).select_related("hub_model")
    if page is not None:
        versions = versions.filter(hub_model=page)
    named = versions.filter(hub_version_id=hub_version_id).order_by("-pk")
    found = named.filter(known(as_of, "first_seen_at")).first() or named.first()
    if found is None and page is not None and len(hub_version_id) >= SHORTEST_REVISION:
        several = list(
            versions.filter(hub_version_id__startswith=hub_version_id).order_by("pk")[:2]
        )
        found = several[0] if len(several) == 1 else None
    if found is None:
        raise UnknownSubject(_version_advice(hub, hub_version_id, page))
    _check_known(found.first_seen_at, as_of, "version")
    return found


def _advice(hub: str, hub_model_id: str) -> str:
    label = Hub(hub).label
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
