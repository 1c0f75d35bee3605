"""Read which file of a hub somebody means: a URL, an id, or ``owner/name:path``.

Pure Python: importing this module must never import Django.

Sources: facts/huggingface.md section 1 (``resolve``, ``blob``), facts/civitai.md section 1.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from registry.errors import BadInput
from registry.lineage.addresses import LONGEST_ADDRESS, civitai_reference, is_repo_id
from registry.lineage.references import ReferenceKind

FORMS = (
    "a path, a Civitai page, version or download URL (or civitai:ID), a Hugging Face file's URL "
    "(.../resolve/... or .../blob/...), or OWNER/NAME:PATH[@REVISION]"
)
_REPO_FILE = re.compile(
    r"([\w.-]{1,96}/[\w.-]{1,96}):([^:@]{1,1000})(?:@([\w./-]{1,200}))?", re.ASCII
)
_IN_REPO = re.compile(r"/([^/]+/[^/]+)/(?:resolve|blob|raw)/([^/]+)/(.+)")
_CIVITAI = re.compile(r"/(?:api/download/|api/v1/)?(?:models|model-versions)/")
_CIVITAI_ID = re.compile(r"civitai(?:-version)?:", re.ASCII)


class UnreadableFileAddress(BadInput):
    """A text names no file of a hub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryFile:
    """A file of a Hugging Face repository at a revision."""

    repo_id: str
    revision: str
    path: str

    @property
    def download_path(self) -> str:
        """Return where it is downloaded, under the Hub's base URL."""
        return f"/{self.repo_id}/resolve/{quote(self.revision, safe='')}/{quote(self.path)}"

    @property
    def filename(self) -> str:
        """Return its name without folders."""
        return PurePosixPath(self.path).name


@dataclass(frozen=True, slots=True)
class CivitaiFile:
    """The primary file of a Civitai page or version, by its reference."""

    reference: str


def file_address(text: str, *, base_url: str = "") -> RepositoryFile | CivitaiFile:
    """Return the file of a hub that ``text`` names.

    :param base_url: another address of a hub that the operator gave; URLs below it count too
    :raises UnreadableFileAddress: if it names none
    """
    address = text.strip()
    if len(address) > LONGEST_ADDRESS or "\x00" in address:
        raise UnreadableFileAddress(f"That is no file. Give {FORMS}.")
    if base_url and address.startswith(f"{base_url.rstrip('/')}/"):
        return _under_base(address[len(base_url.rstrip("/")) :])
    found = _repository_file(address) or _civitai_file(address)
    if found is None:
        raise UnreadableFileAddress(f"{address[:200]!r} names no file of a hub. Give {FORMS}.")
    return found


def _under_base(path: str) -> RepositoryFile | CivitaiFile:
    if _CIVITAI.match(path):
        return file_address(f"https://civitai.com{path}")
    return file_address(f"https://huggingface.co{path}")


def _civitai_file(address: str) -> CivitaiFile | None:
    is_theirs = "://" in address or address.startswith("urn:air:") or _CIVITAI_ID.match(address)
    if not is_theirs:
        return None
    found = civitai_reference(address)
    if found is None and _CIVITAI_ID.match(address):
        kind, _, value = address.partition(":")
        if value.isascii() and value.isdigit():
            return CivitaiFile(f"{ReferenceKind(kind)}:{value}")
    return CivitaiFile(str(found)) if found is not None else None


def _repository_file(address: str) -> RepositoryFile | None:
    found = _REPO_FILE.fullmatch(address)
    if found is not None:
        return _checked(found[1], found[3] or "main", found[2])
    try:
        url = urlsplit(address)
        host = (url.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if url.scheme not in {"http", "https"} or host not in {"huggingface.co", "hf.co"}:
        return None
    within = _IN_REPO.fullmatch(url.path)
    if within is None:
        raise UnreadableFileAddress(f"That page is no file: give OWNER/NAME:PATH, or {FORMS}.")
    return _checked(unquote(within[1]), unquote(within[2]), unquote(within[3]))


def _checked(repo_id: str, revision: str, path: str) -> RepositoryFile | None:
    parts = path.split("/")
    is_path = all(parts) and not {".", ".."} & set(parts) and not path.startswith("/")
    if not is_repo_id(repo_id) or not is_path or ".." in revision:
        return None
    return RepositoryFile(repo_id=repo_id, revision=revision, path=path)
