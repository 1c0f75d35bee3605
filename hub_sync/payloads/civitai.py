"""Read Civitai's JSON into snapshots.

Lenient on what we do not know, strict on what we rely on. Pure Python: importing this module
must never import Django.

Source: facts/civitai.md section 1 (civitai/civitai, ``src/pages/api/v1/models``).
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

from hub_sync.payloads.civitai_files import CivitaiFile, files_of, word
from hub_sync.payloads.civitai_flags import flags_of
from hub_sync.payloads.civitai_lineage import edges_of, is_checkpoint
from hub_sync.payloads.contents import PayloadError
from registry.lineage.descriptions import looks_merged
from registry.lineage.relations import Grade
from registry.snapshots import (
    ClaimSnapshot,
    ClaimSource,
    ModelSnapshot,
    PageState,
    VersionSnapshot,
)

HUB = "civitai"
_SITE = "https://civitai.com"
_STATES = {"": PageState.LISTED, "Archived": PageState.ARCHIVED, "TakenDown": PageState.TAKEN_DOWN}


class CivitaiVersion(msgspec.Struct, rename="camel", gc=False):
    """One entry of ``modelVersions[]``."""

    id: int
    name: str | None = None
    base_model: str | None = None
    description: str | None = None
    published_at: Any = None
    created_at: Any = None
    files: list[CivitaiFile] | None = None


class CivitaiModel(msgspec.Struct, rename="camel", gc=False):
    """A model page; the licence flags are read from the raw mapping (``civitai_flags``)."""

    id: int
    name: str
    type: str
    model_versions: list[CivitaiVersion]
    description: str | None = None
    nsfw: bool | None = None
    poi: bool | None = None
    minor: bool | None = None
    mode: str | None = None
    availability: str | None = None
    tags: list[Any] | None = None
    creator: dict[str, Any] | None = None


class _ModelId(msgspec.Struct):
    id: int


class _VersionsModel(msgspec.Struct, rename="camel", gc=False):
    model_id: int


def model_id_of(raw: bytes) -> str:
    """Return the id of a model object, reading as little of it as possible.

    :raises PayloadError: if it has none
    """
    try:
        return str(msgspec.json.decode(raw, type=_ModelId).id)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PayloadError(f"no model id: {error}") from error


def model_id_in(value: Any) -> str:
    """Return the id of a decoded model object.

    :raises PayloadError: if it has none
    """
    try:
        return str(msgspec.convert(value, _ModelId).id)
    except msgspec.ValidationError as error:
        raise PayloadError(f"no model id: {error}") from error


def page_of_version(value: Any) -> str:
    """Return the id of the model page a version object belongs to.

    :raises PayloadError: if it names none
    """
    try:
        return str(msgspec.convert(value, _VersionsModel).model_id)
    except msgspec.ValidationError as error:
        raise PayloadError(f"model version: {error}") from error


def is_private(value: Any) -> bool:
    """Return whether only an operator's token sees this page: then it is not kept."""
    return isinstance(value, dict) and value.get("availability") == "Private"


def read_model(value: Any, *, observed_at: datetime) -> ModelSnapshot:
    """Return the snapshot of a model object.

    :param value: what ``contents.read_json`` gave for it
    :param observed_at: when it was received, time-zone aware
    :raises PayloadError: if a field that we rely on is missing or of another type
    """
    try:
        model = msgspec.convert(value, CivitaiModel)
    except msgspec.ValidationError as error:
        raise PayloadError(f"model: {error}") from error
    url = f"{_SITE}/models/{model.id}"
    tags = _tags(model.tags)
    return ModelSnapshot(
        hub=HUB,
        hub_model_id=str(model.id),
        name=model.name,
        url=url,
        observed_at=observed_at,
        state=_state(model.mode),
        author=_author(model.creator),
        model_type=word(model.type, "type"),
        description=model.description or "",
        description_format="html",
        tags=tags,
        is_nsfw=bool(model.nsfw),
        depicts_person=bool(model.poi),
        depicts_minor=bool(model.minor),
        is_checkpoint=is_checkpoint(model.type),
        looks_merged=looks_merged(
            model_type=model.type, name=model.name, tags=tags, texts=_texts(model)
        ),
        claims=_claims(value, url),
        versions=tuple(_version(version, model) for version in model.model_versions),
    )


def moved_page(model_id: str, *, moved_to: str, seen_at: datetime) -> ModelSnapshot:
    """Return the snapshot of a page that only says where it went."""
    return ModelSnapshot(
        hub=HUB,
        hub_model_id=model_id,
        name=model_id,
        url=f"{_SITE}/models/{model_id}",
        observed_at=seen_at,
        state=PageState.RENAMED,
        moved_to=moved_to,
        is_checkpoint=False,
    )


def _claims(value: dict[str, Any], url: str) -> tuple[ClaimSnapshot, ...]:
    """Return the page's flags as a claim; a page that states none of them claims nothing."""
    flags = flags_of(value)
    if not flags:
        return ()
    return (
        ClaimSnapshot(
            source=ClaimSource.FLAGS, flags=flags, grade=Grade.PLATFORM_FLAG, source_url=url
        ),
    )


def _version(version: CivitaiVersion, model: CivitaiModel) -> VersionSnapshot:
    return VersionSnapshot(
        hub_version_id=str(version.id),
        name=version.name or "",
        description=version.description or "",
        base_model=(version.base_model or "")[:255],
        published_at=_moment(version.published_at) or _moment(version.created_at),
        files=files_of(version.files or []),
        edges=edges_of(
            model_id=str(model.id),
            version_id=str(version.id),
            model_type=model.type,
            base_model=version.base_model or "",
            model_description=model.description or "",
            version_description=version.description or "",
        ),
    )


def _state(mode: str | None) -> PageState:
    """Return what ``mode`` says.

    :raises PayloadError: if it says something new: better asked than shown as listed
    """
    state = _STATES.get(mode or "")
    if state is None:
        raise PayloadError(f"mode is {str(mode)[:80]!r}")
    return state


def _author(creator: dict[str, Any] | None) -> str:
    name = (creator or {}).get("username")
    return name if isinstance(name, str) else ""


def _tags(tags: list[Any] | None) -> tuple[str, ...]:
    """Return tag names; older answers hold objects with a name."""
    names = [tag.get("name") if isinstance(tag, dict) else tag for tag in tags or []]
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name))


def _texts(model: CivitaiModel) -> tuple[str, ...]:
    versions = [text for v in model.model_versions for text in (v.name, v.description) if text]
    return (model.description or "", *versions)


def _moment(value: Any) -> datetime | None:
    """Return a time; one that cannot be read is unknown, nothing rests on it."""
    try:
        moment = msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
