"""Everything a reader may see of one mirrored page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Prefetch

from registry.models import HubModel, ModelFile, ModelVersion
from registry.selectors.answer_shape import Answer
from registry.selectors.answers import answer
from registry.selectors.page_json import ModelJson, model_json
from registry.selectors.pages import page_of, versions_of

MOST_VERSIONS = 50
MOST_FILES = 200  # in all; a repository may list thousands


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPage:
    """A page with its history, its text and the answer about it.

    ``versions`` are the newest first, with their files, artifacts and digests; the ``hidden_``
    numbers say how many more there are.
    """

    model: ModelJson
    answer: Answer
    text: str  # as the hub gives it: not sanitised
    text_format: str
    versions: Sequence[ModelVersion]
    hidden_versions: int
    hidden_files: int

    @property
    def asks(self) -> tuple[str]:
        """Return the question that asks about exactly this page."""
        return (f"{self.model['hub']}:{self.model['model_id']}",)


def model_page(*, hub: str, hub_model_id: str, as_of: datetime | None = None) -> ModelPage:
    """Return what may be shown of a page, following renames; its rights as known at ``as_of``.

    :raises UnknownSubject: if no such page is mirrored
    :raises NotKnownYet: if it was first read after ``as_of``
    :raises WithheldPage: if an operator withholds it
    """
    model = model_json(hub=hub, hub_model_id=hub_model_id)
    page = page_of(hub=hub, hub_model_id=hub_model_id).page
    files = ModelFile.objects.filter(version__hub_model=page).count()
    return ModelPage(
        model=model,
        answer=answer(what=str(page), as_of=as_of),
        text=page.description,
        text_format=page.description_format,
        versions=tuple(versions_of(page).prefetch_related(_files(page))[:MOST_VERSIONS]),
        hidden_versions=max(0, model["version_count"] - MOST_VERSIONS),
        hidden_files=max(0, files - MOST_FILES),
    )


def _files(page: HubModel) -> "Prefetch[str]":
    """Return the page's files: the primary ones and those with known bytes before the others."""
    shown = (
        ModelFile.objects.filter(version__hub_model=page)
        .order_by("-is_primary", F("artifact").asc(nulls_last=True), "pk")
        .values("pk")[:MOST_FILES]
    )
    files = (
        ModelFile.objects.filter(pk__in=shown)
        .select_related("artifact")
        .prefetch_related("artifact__digests")
        .order_by("-is_primary", "hub_file_id", "pk")
    )
    return Prefetch("files", queryset=files)
