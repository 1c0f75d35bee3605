"""What a page that lists some bytes says of them, as values a header is compared with."""

from collections.abc import Iterable

from registry.inspection.page_words import PageWords
from registry.lineage.relations import Evidence
from registry.models import Artifact, HubModel, LicenseClaim, LineageEdge, ModelVersion
from registry.selectors.listings import Bytes, Listed, listings_of
from registry.selectors.standing import standing_of
from registry.snapshots import ClaimSource

_OF_CARDS = (ClaimSource.CARD.value, ClaimSource.HUB_TAG.value)
_OF_RECIPES = (Evidence.CARD_BASE_MODEL.value, Evidence.MERGEKIT_CONFIG.value)
NO_WORDS = PageWords()


def words_about(sha256: str) -> PageWords:
    """Return the words of the page that published bytes first; nothing if none may be shown."""
    row = Artifact.objects.filter(sha256=sha256).values_list("pk", "sha256").first()
    listed = listings_of([Bytes._make(row)])[:1] if row else ()
    return _words(listed[0]) if listed else NO_WORDS


def _words(listed: Listed) -> PageWords:
    page = HubModel.objects.get(pk=listed.page)
    if standing_of(subjects={str(page), f"sha256:{listed.sha256}"}).withheld:
        return NO_WORDS
    version = ModelVersion.objects.get(pk=listed.version)
    claim = (
        LicenseClaim.objects.filter(hub_model=page, source__in=_OF_CARDS)
        .order_by("-seen_at", "-pk")
        .first()
    )
    return PageWords(
        parents=tuple(_parents(version)),
        base_label=version.base_model,
        licenses=tuple(claim.declared) if claim else (),
        license_name=claim.license_name if claim else "",
        license_link=claim.license_link if claim else "",
        filename=listed.filename,
    )


def _parents(version: ModelVersion) -> Iterable[str]:
    rows = LineageEdge.objects.filter(
        child=version, evidence__in=_OF_RECIPES, retracted_at__isnull=True
    ).order_by("parent_ref")
    return (reference.partition(":")[2] for reference in rows.values_list("parent_ref", flat=True))
