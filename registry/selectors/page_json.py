"""Pages, versions and cards as JSON."""

from typing import NotRequired, TypedDict

from registry.errors import NotFound
from registry.lineage.hub_tags import parent_named_in
from registry.models import HubModel, ModelFile, ModelVersion
from registry.selectors.answer_shape import ClaimJson
from registry.selectors.claims import claim_json, claims_of, iso_time, past_claim_json
from registry.selectors.pages import page_of, version_of, versions_of
from registry.selectors.standing import standing_of

MOST_FILES = 500  # of one version; a repository may list thousands
MOST_VERSIONS = 100


class FileJson(TypedDict):
    """One file a version lists."""

    filename: str
    size_bytes: NotRequired[int]  # absent: the hub does not say
    kind: str
    file_format: str
    is_primary: bool
    sha256: str  # empty: the hub does not say
    digests: dict[str, list[str]]  # by algorithm; two values: one listing errs
    download_url: str


class VersionSummaryJson(TypedDict):
    """One version of a page."""

    version_id: str
    name: str
    base_model: str  # Civitai's label; empty on other hubs
    published_at: str  # empty: the hub does not say
    first_seen_at: str


class StateJson(TypedDict):
    """A state a page entered, and when that was seen."""

    state: str
    moved_to: str
    seen_at: str


class ModelJson(TypedDict):
    """One page with its history."""

    hub: str
    model_id: str
    moved_from: str  # the id asked for, where the page was renamed since
    name: str
    author: str
    model_type: str
    tags: list[str]
    url: str
    state: str
    disputed: bool
    is_nsfw: bool
    first_seen_at: str
    changed_at: str
    claims: list[ClaimJson]  # all that were ever seen, the newest first
    states: list[StateJson]  # the newest first
    versions: list[VersionSummaryJson]  # the newest first, at most 100
    version_count: int


class VersionJson(VersionSummaryJson):
    """One version with its files."""

    hub: str
    model_id: str
    model_name: str
    description: str  # as the hub gives it: not sanitised
    has_complete_recipe: bool
    files: list[FileJson]  # the primary ones first, at most 500
    file_count: int


class CardJson(TypedDict):
    """A page's own text, as the hub gives it: not sanitised."""

    hub: str
    model_id: str
    format: str  # html | markdown
    text: str
    claims: list[ClaimJson]  # what stands now


class WithheldPage(NotFound):
    """A page is mirrored and not shown."""


def model_json(*, hub: str, hub_model_id: str) -> ModelJson:
    """Return a page, following renames.

    :raises UnknownSubject: if no such page is mirrored
    :raises WithheldPage: if an operator withholds it
    """
    found = page_of(hub=hub, hub_model_id=hub_model_id)
    page = found.page
    is_disputed = _check_shown(page)
    versions = versions_of(page)
    return {
        "hub": page.hub,
        "model_id": page.hub_model_id,
        "moved_from": found.moved_from,
        "name": page.name,
        "author": page.author,
        "model_type": page.model_type,
        "tags": _tags(page),
        "url": page.url,
        "state": page.state,
        "disputed": is_disputed,
        "is_nsfw": page.is_nsfw,
        "first_seen_at": iso_time(page.first_seen_at),
        "changed_at": iso_time(page.changed_at),
        "claims": [past_claim_json(claim) for claim in page.claims.order_by("-seen_at", "-pk")],
        "states": [
            {"state": row.state, "moved_to": row.moved_to, "seen_at": iso_time(row.seen_at)}
            for row in page.state_changes.order_by("-seen_at", "-pk")
        ],
        "versions": [_version_summary(version) for version in versions[:MOST_VERSIONS]],
        "version_count": versions.count(),
    }


def _tags(page: HubModel) -> list[str]:
    """Return a page's tags but those that spell the name of a parent that is not shown."""
    parents = {tag: parent_named_in(tag) for tag in page.tags}
    named = {parent for parent in parents.values() if parent}
    withheld = standing_of(subjects=named).withheld if named else frozenset()
    return [tag for tag in page.tags if parents[tag] not in withheld]


def version_json(*, hub: str, hub_model_id: str, hub_version_id: str) -> VersionJson:
    """Return a version; ``hub_model_id`` may be empty on Civitai, whose version ids are unique.

    :raises UnknownSubject: if no such version is mirrored
    :raises WithheldPage: if an operator withholds its page
    """
    page = page_of(hub=hub, hub_model_id=hub_model_id).page if hub_model_id else None
    version = version_of(hub=hub, hub_version_id=hub_version_id, page=page)
    _check_shown(version.hub_model)
    files = version.files.order_by("-is_primary", "hub_file_id", "pk")
    shown = files.select_related("artifact").prefetch_related("artifact__digests")[:MOST_FILES]
    return {
        **_version_summary(version),
        "hub": version.hub_model.hub,
        "model_id": version.hub_model.hub_model_id,
        "model_name": version.hub_model.name,
        "description": version.description,
        "has_complete_recipe": version.has_complete_recipe,
        "files": [_file(file) for file in shown],
        "file_count": files.count(),
    }


def card_json(*, hub: str, hub_model_id: str) -> CardJson:
    """Return a page's own text and what it says about its licence now.

    :raises UnknownSubject: if no such page is mirrored
    :raises WithheldPage: if an operator withholds it
    """
    page = page_of(hub=hub, hub_model_id=hub_model_id).page
    _check_shown(page)
    return {
        "hub": page.hub,
        "model_id": page.hub_model_id,
        "format": page.description_format,
        "text": page.description,
        "claims": [claim_json(claim) for claim in claims_of(pages=[page.pk]).get(page.pk, ())],
    }


def _check_shown(page: HubModel) -> bool:
    """Return whether a page is disputed.

    :raises WithheldPage: if an operator withholds it
    """
    subject = str(page)
    standing = standing_of(subjects=[subject])
    if subject in standing.withheld:
        raise WithheldPage("This page is not shown here. Its rights can still be asked for.")
    return subject in standing.disputed


def _version_summary(version: ModelVersion) -> VersionSummaryJson:
    return {
        "version_id": version.hub_version_id,
        "name": version.name,
        "base_model": version.base_model,
        "published_at": iso_time(version.published_at) if version.published_at else "",
        "first_seen_at": iso_time(version.first_seen_at),
    }


def _file(file: ModelFile) -> FileJson:
    artifact = file.artifact
    digests: dict[str, list[str]] = {}
    for digest in artifact.digests.all() if artifact else ():
        digests.setdefault(digest.algorithm, []).append(digest.value)
    shown: FileJson = {
        "filename": file.filename,
        "kind": file.kind,
        "file_format": file.file_format,
        "is_primary": file.is_primary,
        "sha256": artifact.sha256 if artifact else "",
        "digests": {name: sorted(values) for name, values in sorted(digests.items())},
        "download_url": file.download_url,
    }
    if file.size_bytes is not None:
        shown["size_bytes"] = file.size_bytes
    return shown
