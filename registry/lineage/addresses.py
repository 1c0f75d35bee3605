"""Addresses on the hubs: URLs, ids, AIR names and cache paths, read as references.

Pure Python: importing this module must never import Django.

Sources: facts/civitai.md section 1 (URLs, ``urn:air``); facts/huggingface.md sections 1 and 3
(``blob``, ``tree``, ``resolve``; cache paths); the Hub's repository id rule as huggingface_hub
states it (``utils/_validators.py``).
"""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from registry.lineage.references import (
    Reference,
    ReferenceKind,
    UnreadableReference,
    digest_reference,
    is_weight_file,
    name_reference,
    parse_reference,
    path_reference,
)

LONGEST_ADDRESS = 2000  # characters
LARGEST_CIVITAI_ID = 2**31 - 1  # Civitai's ids are int4

_CIVITAI_HOSTS = {"civitai.com", "civitai.red"}
_HUGGING_FACE_HOSTS = {"huggingface.co", "hf.co"}
_REPO_PART = re.compile(r"\b[\w.-]{1,96}\b", re.ASCII)
_REVISION = re.compile(r"[\w.][\w./-]{0,199}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)
# What most links to a model are; every other address takes the long way.
_PLAIN_MODEL = re.compile(r"https?://(?:www\.)?civitai\.(?:com|red)/models/([0-9]{1,10})", re.ASCII)
_DRIVE = re.compile(r"[A-Za-z]:", re.ASCII)
_WITHIN_REPO = {"blob", "tree", "resolve", "raw", "commit", "commits", "edit", "blame"}
_NOT_AN_OWNER = {  # first path segments of huggingface.co that own no model
    "api", "blog", "chat", "collections", "datasets", "docs", "join", "learn", "login", "models",
    "new", "organizations", "papers", "posts", "pricing", "search", "settings", "spaces", "tasks",
}  # fmt: skip


class CivitaiIds(NamedTuple):
    """What a Civitai address names; either may be empty, never both."""

    model_id: str
    version_id: str


def is_repo_id(text: str) -> bool:
    """Return whether the Hub would accept ``text`` as ``name`` or ``owner/name``."""
    parts = text.split("/")
    return (
        len(parts) <= 2  # noqa: PLR2004  owner and name
        and all(_REPO_PART.fullmatch(part) for part in parts)
        and ".." not in text
        and "--" not in text
        and not text.endswith(".git")
        and not (len(parts) > 1 and parts[0].lower() in _NOT_AN_OWNER)
    )


def is_local_path(text: str) -> bool:
    r"""Return whether ``text`` is a path on somebody's machine: ``./x``, ``C:\x``, ``a/b/c``."""
    return (
        text.startswith(("/", ".", "~", "file:"))
        or "\\" in text
        or _DRIVE.match(text) is not None
        or text.count("/") > 1
        or is_weight_file(text)
    )


def huggingface_reference(text: str, *, bare_names: bool = True) -> Reference | None:
    """Return the repository that an id, a URL or a path in the Hub's cache names; else nothing.

    ``bare_names``: whether ``gpt2``, a name without an owner, is a repository too.
    """
    address = text[:LONGEST_ADDRESS].strip()
    url = _url(address)
    if url is not None and url.hostname in _HUGGING_FACE_HOSTS:
        return _repository_of_segments([unquote(s) for s in url.path.split("/") if s])
    if "models--" in address:
        return _repository_of_cache_path(address)
    if address.startswith("hf://"):
        return _repository_of_segments(address.removeprefix("hf://").split("/"))
    if is_local_path(address):
        return None
    return _repository(address, bare_names=bare_names)


@lru_cache(maxsize=64)  # a link is asked for its ids and for its reference
def civitai_ids(text: str) -> CivitaiIds | None:
    """Return what a Civitai URL or an AIR name of a Civitai model names; else nothing."""
    address = text[:LONGEST_ADDRESS].strip()
    plain = _PLAIN_MODEL.fullmatch(address)
    if plain is not None:
        return _checked_ids(plain[1], "")
    url = _url(address)
    if url is not None and url.hostname in _CIVITAI_HOSTS:
        return _civitai_ids_of_url(url)
    air = re.fullmatch(r"urn:air:[^:]*:[^:]*:civitai:([0-9]+)(?:@([0-9]+))?(?:[:.].*)?", address)
    short = re.fullmatch(r"civitai:([0-9]+)@([0-9]+)", address)
    found = air or short
    return _checked_ids(found.group(1), found.group(2) or "") if found else None


def civitai_reference(text: str) -> Reference | None:
    """Return the version, else the model, that a Civitai URL or AIR name names; else nothing."""
    ids = civitai_ids(text)
    if ids is None:
        return None
    if ids.version_id:
        return Reference(ReferenceKind.CIVITAI_VERSION, ids.version_id)
    return Reference(ReferenceKind.CIVITAI_MODEL, ids.model_id)


def link_reference(url: str) -> Reference | None:
    """Return the model on either hub that a link leads to; else nothing."""
    return civitai_reference(url) or (
        huggingface_reference(url, bare_names=False) if _url(url.strip()) is not None else None
    )


def names_a_model(text: str) -> bool:
    """Return whether ``text`` is a reference, or a model's address with or without ``https://``."""
    return _stored_reference(text.strip()) is not None or link_reference(text) is not None


def reference_of(text: str) -> Reference:
    """Return the reference that a text spells in any of the ways above; else a name.

    A plain number is a Civitai model id. ``owner/name`` is a repository; a word without an
    owner is a name.

    :raises UnreadableReference: if ``text`` is empty
    """
    address = text[:LONGEST_ADDRESS].strip()
    return (
        _stored_reference(address)
        or civitai_reference(address)
        or _air_repository(address)
        or _plain_number(address)
        or huggingface_reference(address, bare_names=False)
        or (path_reference(address) if is_local_path(address) else name_reference(address))
    )


def _url(text: str) -> SplitResult | None:
    """Return ``text`` split as a web address with the host in lower case, without ``www.``."""
    spelt = text if "://" in text[:10] else f"https://{text.removeprefix('//')}"
    try:
        url = urlsplit(spelt)
        host = (url.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if url.scheme not in {"http", "https"} or host not in _CIVITAI_HOSTS | _HUGGING_FACE_HOSTS:
        return None
    return url._replace(netloc=host)


def _civitai_ids_of_url(url: SplitResult) -> CivitaiIds | None:
    try:
        query = parse_qs(url.query, max_num_fields=50)
    except ValueError:
        query = {}
    version_id = query.get("modelVersionId", [""])[0].strip()
    match [part for part in url.path.split("/") if part]:
        case ["api", "download", "models", number, *_]:
            return _checked_ids("", number)
        case ["model-versions", number, *_] | ["api", "v1", "model-versions", number, *_]:
            return _checked_ids("", number)
        case ["models", number, *_] | ["api", "v1", "models", number, *_]:
            return _checked_ids(number, version_id)
    return None


def _checked_ids(model_id: str, version_id: str) -> CivitaiIds | None:
    ids = CivitaiIds(_civitai_id(model_id), _civitai_id(version_id))
    return ids if ids.model_id or ids.version_id else None


def _civitai_id(text: str) -> str:
    """Return ``text`` as Civitai spells an id; empty if it is none."""
    if not _NUMBER.fullmatch(text) or not 0 < int(text) <= LARGEST_CIVITAI_ID:
        return ""
    return str(int(text))


def _repository(text: str, *, bare_names: bool) -> Reference | None:
    repo_id, _, revision = text.partition("@")
    if not is_repo_id(repo_id) or ("/" not in repo_id and not bare_names):
        return None
    if not revision or revision == "main":
        return Reference(ReferenceKind.HUGGING_FACE, repo_id)
    if not _REVISION.fullmatch(revision) or ".." in revision:
        return None
    return Reference(ReferenceKind.HUGGING_FACE, f"{repo_id}@{revision}")


def _repository_of_segments(segments: list[str]) -> Reference | None:
    """Read the path of a web or API address: ``owner/name[/tree/revision[/path]]``."""
    match segments:
        case ["api", "models", *rest]:
            return _repository_of_segments(rest)
        case [owner, name, "revision", revision, *_] if name not in _WITHIN_REPO:
            return _repository(f"{owner}/{name}@{revision}", bare_names=False)
        case [owner, name, place, revision, *_] if place in _WITHIN_REPO:
            return _repository(f"{owner}/{name}@{revision}", bare_names=False)
        case [name, place, revision, *_] if place in _WITHIN_REPO:
            return _repository(f"{name}@{revision}", bare_names=True)
        case [owner, name, *_]:
            return _repository(f"{owner}/{name}", bare_names=False)
    return None


def _repository_of_cache_path(path: str) -> Reference | None:
    r"""Read ``...models--owner--name\snapshots\<commit>...``; the owner may be missing.

    Source: facts/huggingface.md section 3, "Seen in real files".
    """
    parts = re.split(r"[\\/]+", path)
    at = next((n for n, part in enumerate(parts) if part.startswith("models--")), None)
    if at is None:
        return None
    repo_id = parts[at].removeprefix("models--").replace("--", "/")
    match parts[at + 1 :]:
        case ["snapshots", revision, *_] if revision:
            return _repository(f"{repo_id}@{revision}", bare_names=True)
    return _repository(repo_id, bare_names=True)


def _stored_reference(text: str) -> Reference | None:
    """Return ``text`` if it is a reference in its stored spelling, with a value of its kind."""
    try:
        kind, value = parse_reference(text)
    except ValueError:
        return None
    match kind:
        case ReferenceKind.CIVITAI_MODEL | ReferenceKind.CIVITAI_VERSION:
            number = _civitai_id(value)
            return Reference(kind, number) if number else None
        case ReferenceKind.HUGGING_FACE:
            return _repository(value, bare_names=True)
        case ReferenceKind.SHA256 | ReferenceKind.AUTOV1:
            found = digest_reference(value)
            return found if found is not None and found.kind is kind else None
    try:
        return Reference(kind, name_reference(value).value)
    except UnreadableReference:
        return None


def _air_repository(text: str) -> Reference | None:
    air = re.fullmatch(r"urn:air:[^:]*:[^:]*:huggingface:([^:]+)", text)
    return _repository(air.group(1), bare_names=True) if air else None


def _plain_number(text: str) -> Reference | None:
    number = _civitai_id(text)
    return Reference(ReferenceKind.CIVITAI_MODEL, number) if number else None


def page_address(reference: str) -> str:
    """Return where what ``reference`` names is on its hub; empty for what has no page."""
    kind, _, value = reference.partition(":")
    if kind == ReferenceKind.CIVITAI_MODEL:
        return f"https://civitai.com/models/{value}"
    if kind == ReferenceKind.CIVITAI_VERSION:
        return f"https://civitai.com/model-versions/{value}"
    if kind == ReferenceKind.HUGGING_FACE:
        return f"https://huggingface.co/{value.replace('@', '/tree/', 1)}"
    return ""
