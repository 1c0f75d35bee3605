"""What a hub page said at one moment: the only thing hub_sync hands to the registry.

Text is already free of NUL characters; digests are lower-case hex; references are spelt as
``registry.lineage.references`` says. Snapshots hold no cycles, so the garbage collector is spared
them (``gc=False``): a page of a listing is tens of thousands. Pure Python: importing this module
must never import Django.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from registry.lineage.parents import ParentClaim
from registry.lineage.relations import Grade


class PageState(StrEnum):
    """What a hub says of a page; nothing is ever deleted because of it."""

    LISTED = "listed"
    GATED = "gated"
    ARCHIVED = "archived"
    TAKEN_DOWN = "taken_down"
    DISABLED = "disabled"
    RENAMED = "renamed"
    WITHDRAWN = "withdrawn"  # was public, is private now
    GONE = "gone"  # 404; the reason is unknown


class ClaimSource(StrEnum):
    """Who said something about a licence, and where."""

    CARD = "card"  # the front matter of a model card
    HUB_TAG = "hub_tag"  # a tag computed by the hub
    FLAGS = "flags"  # Civitai's permission flags
    CATALOG = "catalog"  # our licence catalogue's index of official releases
    AUTHOR = "author"
    MODERATOR = "moderator"


class Digest(msgspec.Struct, frozen=True, gc=False):
    """One digest of a file: an ``Algorithm`` of ``registry.fingerprints.digests``, lower hex."""

    algorithm: str
    value: str


class FileSnapshot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One file a version lists."""

    hub_file_id: str  # Civitai file id; path in a Hugging Face repository
    filename: str
    size_bytes: int | None = None  # None: the hub does not say
    kind: str = ""  # the hub's word: Model, VAE, Config, ...
    file_format: str = ""  # SafeTensor, PickleTensor, GGUF, ...
    is_primary: bool = False
    sha256: str = ""  # empty: the hub does not say
    digests: tuple[Digest, ...] = ()  # every other digest
    download_url: str = ""


EdgeSnapshot = ParentClaim  # ``version`` says it was made from ``parent_ref``


class VersionSnapshot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One version of a page (a Civitai version, a Hugging Face revision)."""

    hub_version_id: str
    name: str
    description: str = ""
    base_model: str = ""  # Civitai's base-model label
    published_at: datetime | None = None
    files: tuple[FileSnapshot, ...] = ()
    edges: tuple[EdgeSnapshot, ...] = ()
    has_complete_recipe: bool = False


class ClaimSnapshot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One licence statement, in the words it was made with."""

    source: ClaimSource
    declared: tuple[str, ...] = ()  # licence ids as written; several when the card gives a list
    license_name: str = ""
    license_link: str = ""
    flags: Mapping[str, Any] = {}  # Civitai's four flags, allowCommercialUse as a sorted list
    grade: Grade = Grade.TAG
    source_url: str = ""


class ModelSnapshot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One model page."""

    hub: str
    hub_model_id: str
    name: str
    url: str
    observed_at: datetime
    state: PageState = PageState.LISTED
    moved_to: str = ""  # hub_model_id of the page this one was renamed to
    author: str = ""
    model_type: str = ""  # Checkpoint, LORA, ... or the Hub's library/pipeline word
    description: str = ""
    description_format: str = "html"  # html | markdown
    tags: tuple[str, ...] = ()
    is_nsfw: bool = False
    depicts_person: bool = False  # restricted: Civitai's poi
    depicts_minor: bool = False  # restricted: Civitai's minor
    is_checkpoint: bool = True
    looks_merged: bool = False  # merge in its type, text or tags
    claims: tuple[ClaimSnapshot, ...] = ()
    versions: tuple[VersionSnapshot, ...] = ()
