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
from hub_sync.payloads.contents import PayloadError, may_be_dirty, read_json
from registry.lineage.descriptions import looks_merged, may_name_parents
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
_PRIVATE = "Private"
_NOT_PUBLIC = "only an operator's token sees this page"
_STATES = {"": PageState.LISTED, "Archived": PageState.ARCHIVED, "TakenDown": PageState.TAKEN_DOWN}


class PrivatePage(PayloadError):
    """Only an operator's token sees a page: then it is not kept."""


class CivitaiVersion(msgspec.Struct, rename="camel", gc=False):
    """One entry of ``modelVersions[]``."""

    id: int
    name: str | None = None
    base_model: str | None = None
    description: str | None = None
    published_at: Any = None
    created_at: Any = None
    files: list[CivitaiFile] | None = None


class CivitaiCreator(msgspec.Struct, gc=False):
    """The uploader."""

    username: Any = None


class CivitaiModel(msgspec.Struct, rename="camel", gc=False):
    """A model page. What came in several forms over the years is ``Any``."""

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
    creator: CivitaiCreator | None = None
    allow_no_credit: Any = None
    allow_derivatives: Any = None
    allow_different_license: Any = None
    allow_commercial_use: Any = None


class _ModelId(msgspec.Struct):
    id: int


class _VersionsModel(msgspec.Struct, rename="camel", gc=False):
    model_id: int


_MODEL = msgspec.json.Decoder(CivitaiModel)
_MODEL_ID = msgspec.json.Decoder(_ModelId)


def model_id_of(raw: bytes) -> str:
    """Return the id of a model object, reading as little of it as possible.

    :raises PayloadError: if it has none
    """
    try:
        return str(_MODEL_ID.decode(raw).id)
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


def decode_model(raw: bytes) -> CivitaiModel:
    """Return the typed part of a model object, its texts free of what no database takes.

    Decoded in one go where the bytes are clean, else read leniently first; both say the same.

    :raises PrivatePage: if only an operator's token sees the page
    :raises PayloadError: if a field that we rely on is missing or of another type
    """
    if not may_be_dirty(raw):
        try:
            model = _MODEL.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # read leniently, or refused with a reason, below
        else:
            return _public(model)
    return model_in(read_json(raw))


def model_in(value: Any) -> CivitaiModel:
    """Return the typed part of what ``contents.read_json`` gave for a model object.

    :raises PrivatePage: if only an operator's token sees the page
    :raises PayloadError: if a field that we rely on is missing or of another type
    """
    if isinstance(value, dict) and value.get("availability") == _PRIVATE:
        raise PrivatePage(_NOT_PUBLIC)
    try:
        return msgspec.convert(value, CivitaiModel)
    except msgspec.ValidationError as error:
        raise PayloadError(f"model: {error}") from error


def _public(model: CivitaiModel) -> CivitaiModel:
    if model.availability == _PRIVATE:
        raise PrivatePage(_NOT_PUBLIC)
    return model


def read_model(model: CivitaiModel, *, observed_at: datetime) -> ModelSnapshot:
    """Return the snapshot of a model object.

    :param observed_at: when it was received, time-zone aware
    :raises PayloadError: if a value cannot be what it should be
    """
    url = f"{_SITE}/models/{model.id}"
    tags = _tags(model.tags)
    texts = _texts(model)
    speaks = may_name_parents(texts)
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
        is_nsfw=model.nsfw is True,
        depicts_person=model.poi is True,
        depicts_minor=model.minor is True,
        is_checkpoint=is_checkpoint(model.type),
        looks_merged=looks_merged(
            model_type=model.type, name=model.name, tags=tags, texts=texts if speaks else ()
        ),
        claims=_claims(model, url),
        versions=tuple([_version(v, model, speaks=speaks) for v in model.model_versions]),
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


def _claims(model: CivitaiModel, url: str) -> tuple[ClaimSnapshot, ...]:
    """Return the page's flags as a claim; a page that states none of them claims nothing."""
    flags = flags_of(
        {
            "allowNoCredit": model.allow_no_credit,
            "allowDerivatives": model.allow_derivatives,
            "allowDifferentLicense": model.allow_different_license,
            "allowCommercialUse": model.allow_commercial_use,
        }
    )
    if not flags:
        return ()
    return (
        ClaimSnapshot(
            source=ClaimSource.FLAGS, flags=flags, grade=Grade.PLATFORM_FLAG, source_url=url
        ),
    )


def _version(version: CivitaiVersion, model: CivitaiModel, *, speaks: bool) -> VersionSnapshot:
    """Return a version's snapshot.

    :param speaks: whether any text of the page may name a parent
    """
    base_model = version.base_model or ""
    description = version.description or ""
    return VersionSnapshot(
        hub_version_id=str(version.id),
        name=version.name or "",
        description=description,
        base_model=base_model[:255],
        published_at=_moment(version.published_at) or _moment(version.created_at),
        files=files_of(version.files) if version.files else (),
        edges=edges_of(
            model_id=str(model.id),
            version_id=str(version.id),
            model_type=model.type,
            base_model=base_model,
            model_description=(model.description or "") if speaks else "",
            version_description=description if speaks else "",
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


def _author(creator: CivitaiCreator | None) -> str:
    name = None if creator is None else creator.username
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
    if value is None:
        return None
    try:
        moment = msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
