"""Take a page's, or some bytes', payload, names, words and URLs out of every table.

What stays: a page row under an alias, so that files keep their bytes and edges their ends; the
platform's own flags and the ends of edges, because they bind whoever built on the page; digests.
Other apps take part through ``settings.KEIFU_ERASERS``: dotted paths of functions
``erase(*, hub: str, hub_model_id: str) -> None``, called inside the same transaction.
"""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.utils.module_loading import import_string

from registry.lineage.hub_tags import parent_named_in
from registry.lineage.references import Reference, ReferenceKind
from registry.lineage.relations import IN_FILES
from registry.models import (
    Artifact,
    Hub,
    HubModel,
    LicenseClaim,
    LineageEdge,
    ModelFile,
    ModelVersion,
    StateChange,
)
from registry.selectors.aliases import Aliases
from registry.services.header_erasure import (
    artifacts_only_on,
    erase_headers_of_bytes,
    hide_in_headers,
    naming,
)


def erase_subject(*, reference: Reference, aliases: Aliases) -> Sequence[str]:
    """Erase what ``reference`` names; return the aliases of everything that went with it."""
    if reference.kind == ReferenceKind.SHA256:
        _erase_names_of_bytes(reference.value, aliases)
        return ()
    hub, hub_model_id = reference.kind.value, reference.value
    _run_erasers([(hub, hub_model_id)])
    _hide_among_others(reference, aliases)
    if reference.kind is ReferenceKind.HUGGING_FACE:
        _hide_in_tags(reference)
    page = HubModel.objects.filter(hub=hub, hub_model_id=hub_model_id).first()
    hide_in_headers(reference, aliases, also=_versions_of(page) if page else ())
    if page is None:
        return ()
    erase_headers_of_bytes(artifacts_only_on(page))
    names = _erase_versions(page, aliases)
    _erase_statements(page)
    _erase_page(page, alias=aliases.of_reference(str(reference)).partition(":")[2])
    return names


def _run_erasers(pages: Iterable[tuple[str, str]]) -> None:
    """Let other apps remove what they keep about ``pages`` (hub, hub_model_id)."""
    for path in settings.KEIFU_ERASERS:
        eraser = import_string(path)
        for hub, hub_model_id in pages:
            eraser(hub=hub, hub_model_id=hub_model_id)


def _erase_names_of_bytes(sha256: str, aliases: Aliases) -> None:
    files = ModelFile.objects.filter(artifact__sha256=sha256).select_related("version__hub_model")
    _erase_headers(sha256, files)
    listings = list(files.order_by("pk"))
    _run_erasers(dict.fromkeys(_page_of(file) for file in listings))
    _hide_files(listings, aliases)


def _erase_headers(sha256: str, files: QuerySet[ModelFile]) -> None:
    """Empty the header of bytes, and the edges in which pages repeat its words."""
    erase_headers_of_bytes(Artifact.objects.filter(sha256=sha256).values_list("pk", flat=True))
    edges = LineageEdge.objects.filter(
        child__in=files.values("version"), evidence__in=[one.value for one in IN_FILES]
    )
    _drop_words(edges)


def _drop_words(edges: QuerySet[LineageEdge]) -> None:
    """Take the words out of edges; a parent named in prose is only words."""
    edges.filter(parent_ref__startswith=f"{ReferenceKind.NAME.value}:").delete()
    edges.update(source="", detail="")


def _page_of(file: ModelFile) -> tuple[str, str]:
    page = file.version.hub_model
    return page.hub, page.hub_model_id


def _hide_files(files: Sequence[ModelFile], aliases: Aliases) -> None:
    for file in files:
        file.hub_file_id = aliases.of(f"file:{file.hub_file_id}", unless=file.hub_file_id)
        file.filename = file.download_url = ""
    ModelFile.objects.bulk_update(
        files, ["hub_file_id", "filename", "download_url"], batch_size=1000
    )


def _hide_among_others(reference: Reference, aliases: Aliases) -> None:
    """Let other pages' edges and renames point at the tombstone instead of the name."""
    linked = Q(detail=str(reference))  # a link to a version, which names its page
    _hide_references(naming(reference, field="parent_ref") | linked, aliases)
    alias = aliases.of_reference(str(reference)).partition(":")[2]
    renamed = {"moved_to__iexact": reference.value}
    HubModel.objects.filter(hub=reference.kind.value, **renamed).update(moved_to=alias)
    StateChange.objects.filter(hub_model__hub=reference.kind.value, **renamed).update(
        moved_to=alias
    )


def _hide_in_tags(reference: Reference) -> None:
    """Take the tags away in which the Hub names a repository as other pages' parent."""
    words = Func(F("tags"), Value("\n"), function="array_to_string", output_field=TextField())
    pages = HubModel.objects.filter(hub=Hub.HUGGING_FACE).annotate(words=words)
    named = list(pages.filter(words__icontains=f":{reference.value}").order_by("pk"))
    for page in named:
        page.tags = [tag for tag in page.tags if not _is_named(reference, parent_named_in(tag))]
    HubModel.objects.bulk_update(named, ["tags"], batch_size=1000)


def _is_named(reference: Reference, parent: str) -> bool:
    """Return whether ``parent`` is this repository, in any case of letters, at any revision."""
    return parent.partition("@")[0].casefold() == str(reference).casefold()


def _hide_references(naming: Q, aliases: Aliases) -> None:
    """Respell the edges that ``naming`` selects; their words may spell the name, so they go."""
    edges = LineageEdge.objects.filter(naming)
    for spelling in edges.order_by("parent_ref").values_list("parent_ref", flat=True).distinct():
        LineageEdge.objects.filter(naming, parent_ref=spelling).update(
            parent_ref=aliases.of_reference(spelling), detail="", source=""
        )


def _erase_versions(page: HubModel, aliases: Aliases) -> Sequence[str]:
    """Hide versions and files; return the references by which others may name a version."""
    versions = list(page.versions.order_by("pk"))
    names = _versions_of(page)
    _hide_references(Q(parent_ref__in=names), aliases)
    for version in versions:
        version.hub_version_id = aliases.of_version(
            hub=page.hub, hub_version_id=version.hub_version_id
        )
        version.name = version.description = ""
    ModelVersion.objects.bulk_update(versions, ["hub_version_id", "name", "description"])
    _hide_files(list(ModelFile.objects.filter(version__in=versions).order_by("pk")), aliases)
    return [aliases.of_reference(name) for name in names]


def _versions_of(page: HubModel) -> Sequence[str]:
    """Return the references by which others may name a page's versions without the page."""
    if page.hub != Hub.CIVITAI:
        return ()
    ids = page.versions.order_by("pk").values_list("hub_version_id", flat=True)
    return [f"{ReferenceKind.CIVITAI_VERSION.value}:{one}" for one in ids]


def _erase_statements(page: HubModel) -> None:
    """Take the words out of the page's claims and edges; a parent named in prose is only words."""
    LicenseClaim.objects.filter(hub_model=page).update(
        declared=[], license_name="", license_link="", source_url="", reason=""
    )
    _drop_words(LineageEdge.objects.filter(child__hub_model=page))
    StateChange.objects.filter(hub_model=page).update(moved_to="")


def _erase_page(page: HubModel, *, alias: str) -> None:
    page.hub_model_id = alias
    page.name = page.url = page.author = page.description = page.moved_to = ""
    page.tags = []
    page.save()
