"""Read Civitai's JSON into snapshots.

Lenient on what we do not know, strict on what we rely on. Pure Python: importing this module
must never import Django.

Source: facts/civitai.md section 1 (civitai/civitai, ``src/pages/api/v1/models``).
"""

import math
import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from hub_sync.payloads.civitai_flags import flags_of
from hub_sync.payloads.civitai_lineage import edges_of, is_checkpoint
from hub_sync.payloads.contents import PayloadError
from registry.fingerprints.digests import Algorithm
from registry.lineage.descriptions import looks_merged
from registry.lineage.relations import Grade
from registry.snapshots import (
    ClaimSnapshot,
    ClaimSource,
    Digest,
    FileSnapshot,
    ModelSnapshot,
    PageState,
    VersionSnapshot,
)

HUB = "civitai"
_SITE = "https://civitai.com"
_BYTES_PER_KIB = 1024
_LONGEST_WORD = 64  # characters of a type, a kind or a format
_STATES = {"": PageState.LISTED, "Archived": PageState.ARCHIVED, "TakenDown": PageState.TAKEN_DOWN}

# Wire name -> our algorithm and its length in hex digits. AutoV3 is the first 12 digits on the
# wire (458 of 458 files in the 2025 data); a scanner's full value is cut to them.
_DIGESTS = {
    "AutoV1": (Algorithm.AUTOV1, 8),
    "AutoV3": (Algorithm.AUTOV3, 12),
    "BLAKE3": (Algorithm.BLAKE3, 64),
    "CRC32": (Algorithm.CRC32, 8),
}
_HEX = re.compile(r"[0-9a-f]+", re.ASCII)


class CivitaiFile(msgspec.Struct, rename="camel"):
    """One entry of ``files[]``."""

    id: int
    name: str
    size_kib: float | None = msgspec.field(default=None, name="sizeKB")
    type: str | None = None
    metadata: dict[str, Any] | None = None
    hashes: dict[str, str | None] | None = None
    primary: bool | None = None
    download_url: str | None = None


class CivitaiVersion(msgspec.Struct, rename="camel"):
    """One entry of ``modelVersions[]``."""

    id: int
    name: str | None = None
    base_model: str | None = None
    description: str | None = None
    published_at: Any = None
    created_at: Any = None
    files: list[CivitaiFile] | None = None


class CivitaiModel(msgspec.Struct, rename="camel"):
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


class _VersionsModel(msgspec.Struct, rename="camel"):
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
        model_type=_word(model.type, "type"),
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
        files=tuple(_file(file) for file in _last_of_each(version.files or [])),
        edges=edges_of(
            model_id=str(model.id),
            version_id=str(version.id),
            model_type=model.type,
            base_model=version.base_model or "",
            model_description=model.description or "",
            version_description=version.description or "",
        ),
    )


def _last_of_each(files: list[CivitaiFile]) -> list[CivitaiFile]:
    return list({file.id: file for file in files}.values())


def _file(file: CivitaiFile) -> FileSnapshot:
    sha256, digests = _digests(file)
    return FileSnapshot(
        hub_file_id=str(file.id),
        filename=file.name,
        size_bytes=_size_bytes(file),
        kind=_word(file.type or "", "file type"),
        file_format=_word(str((file.metadata or {}).get("format") or ""), "file format"),
        is_primary=bool(file.primary),
        sha256=sha256,
        digests=digests,
        download_url=file.download_url or "",
    )


def _size_bytes(file: CivitaiFile) -> int | None:
    """Return bytes from the float KiB on the wire (1 KiB = 1,024 bytes).

    :raises PayloadError: if it is no size
    """
    if file.size_kib is None:
        return None
    if not (math.isfinite(file.size_kib) and 0 <= file.size_kib < 2**50):
        raise PayloadError(f"file {file.id}: sizeKB is {file.size_kib}")
    return round(file.size_kib * _BYTES_PER_KIB)


def _digests(file: CivitaiFile) -> tuple[str, tuple[Digest, ...]]:
    """Return the SHA-256 and the other digests, lower case.

    AutoV2 is left out: it is the beginning of the SHA-256. Another digest that is not hex of its
    length names nothing and is left out too.

    :raises PayloadError: if the SHA-256, which names the bytes, is not 64 hex digits
    """
    hashes = {name: (value or "").strip().lower() for name, value in (file.hashes or {}).items()}
    sha256 = hashes.get("SHA256", "")
    if sha256 and not (len(sha256) == 64 and _HEX.fullmatch(sha256)):  # noqa: PLR2004
        raise PayloadError(f"file {file.id}: SHA256 is {sha256[:80]!r}")
    found = []
    for name, (algorithm, length) in _DIGESTS.items():
        value = hashes.get(name, "")
        if algorithm is Algorithm.AUTOV3:
            value = value[:length]
        if len(value) == length and _HEX.fullmatch(value):
            found.append(Digest(algorithm=algorithm.value, value=value))
    return sha256, tuple(found)


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


def _word(text: str, what: str) -> str:
    """Return a hub's word for something.

    :raises PayloadError: if it is longer than any word
    """
    if len(text) > _LONGEST_WORD:
        raise PayloadError(f"{what} has {len(text)} characters")
    return text


def _moment(value: Any) -> datetime | None:
    """Return a time; one that cannot be read is unknown, nothing rests on it."""
    try:
        moment = msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
