"""Everything a reader may see of one mirrored page."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from registry.models import HubModel, LicenseClaim, ModelFile, ModelVersion, StateChange
from registry.selectors.answer_shape import Answer, ClaimJson
from registry.selectors.answers import answer
from registry.selectors.claims import claim_json
from registry.selectors.pages import page_of, versions_of
from registry.selectors.standing import standing_of

MOST_VERSIONS = 50
MOST_FILES = 200  # in all; a repository may list thousands


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPage:
    """A page with its history; of a withheld page, nothing but the answer.

    ``claims`` and ``states`` are the newest first. ``versions`` come with their files, artifacts
    and digests; ``hidden_files`` says how many more there are.
    """

    page: HubModel
    answer: Answer
    is_withheld: bool
    moved_from: str = ""
    states: Sequence[StateChange] = ()
    claims: Sequence[ClaimJson] = ()
    versions: Sequence[ModelVersion] = ()
    hidden_versions: int = 0
    hidden_files: int = 0


def model_page(*, hub: str, hub_model_id: str) -> ModelPage:
    """Return what may be shown of a page, following renames.

    :raises UnknownSubject: if no such page is mirrored
    """
    found = page_of(hub=hub, hub_model_id=hub_model_id)
    page = found.page
    reference = str(page)
    told = answer(what=reference)
    if reference in standing_of(subjects=[reference]).withheld:
        return ModelPage(page=page, answer=told, is_withheld=True)
    versions = versions_of(page)
    files = ModelFile.objects.filter(version__hub_model=page)
    return ModelPage(
        page=page,
        answer=told,
        is_withheld=False,
        moved_from=found.moved_from,
        states=tuple(page.state_changes.order_by("-seen_at", "-pk")),
        claims=tuple(claim_json(claim, show_source=True) for claim in _claims(page)),
        versions=tuple(versions.prefetch_related(_files(page))[:MOST_VERSIONS]),
        hidden_versions=max(0, versions.count() - MOST_VERSIONS),
        hidden_files=max(0, files.count() - MOST_FILES),
    )


def _claims(page: HubModel) -> Sequence[LicenseClaim]:
    return tuple(page.claims.order_by("-seen_at", "-pk"))


def _files(page: HubModel) -> "Prefetch[str]":
    """Return the page's files: the primary ones first, ``MOST_FILES`` at most."""
    shown = (
        ModelFile.objects.filter(version__hub_model=page)
        .order_by("-is_primary", "artifact__isnull", "hub_file_id", "pk")
        .values("pk")[:MOST_FILES]
    )
    files = (
        ModelFile.objects.filter(pk__in=shown)
        .select_related("artifact")
        .prefetch_related("artifact__digests")
        .order_by("-is_primary", "hub_file_id", "pk")
    )
    return Prefetch("files", queryset=files)
