"""Read a Hugging Face Hub's JSON, card and merge recipe into snapshots.

Lenient on what we do not know, strict on what we rely on. Pure Python: importing this module
must never import Django.

Source: facts/huggingface.md sections 1 and 2 (huggingface_hub 2.4.0, ``hf_api.py``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from hub_sync.payloads.contents import PayloadError, clean_text
from hub_sync.payloads.huggingface_files import Sibling, files_of
from hub_sync.payloads.huggingface_tags import tag_claim, tag_edges
from registry.lineage.cards import Card, declared_license, metadata_parents, read_card
from registry.lineage.descriptions import looks_merged
from registry.lineage.parents import ParentClaim
from registry.lineage.recipes.mergekit import read_mergekit
from registry.lineage.recipes.recipe import EMPTY
from registry.lineage.relations import Evidence, Grade, Relation
from registry.snapshots import (
    ClaimSnapshot,
    ClaimSource,
    ModelSnapshot,
    PageState,
    VersionSnapshot,
)

HUB = "huggingface"
CARD_PATH = "README.md"
MERGEKIT_PATH = "mergekit_config.yml"
_SITE = "https://huggingface.co"
_LONGEST_WORD = 64
_REVISION_NAME = 12  # digits of a commit shown as a version's name
_REPO_ID = re.compile(r"[A-Za-z0-9_.-]{1,96}(?:/[A-Za-z0-9_.-]{1,96})?")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PARTS = frozenset(
    {"adapter", "controlnet", "ip-adapter", "lora", "peft", "t2i-adapter", "textual_inversion"}
)


class Repository(msgspec.Struct, rename="camel"):
    """What a list item and a model info have in common."""

    id: str
    sha: str | None = None
    author: str | None = None
    private: bool = False
    gated: bool | str | None = None
    disabled: bool | None = None
    tags: list[Any] | None = None
    pipeline_tag: str | None = msgspec.field(default=None, name="pipeline_tag")
    library_name: str | None = msgspec.field(default=None, name="library_name")
    card_data: Any = None
    created_at: Any = None
    last_modified: Any = None
    siblings: list[Sibling] | None = None

    @property
    def tag_names(self) -> tuple[str, ...]:
        """Return the tags that are text, each once."""
        return tuple(dict.fromkeys(tag for tag in self.tags or [] if isinstance(tag, str) and tag))

    @property
    def metadata(self) -> dict[str, Any]:
        """Return the card's front matter as the Hub read it."""
        return self.card_data if isinstance(self.card_data, dict) else {}

    @property
    def paths(self) -> frozenset[str]:
        """Return the paths of all files."""
        return frozenset(sibling.rfilename for sibling in self.siblings or [])


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Small files of a repository at its revision; empty where it has none we may read."""

    card: str = ""
    has_card: bool = False
    older_card: str = ""  # an earlier revision's, where this one's may not be read
    mergekit: str = ""


@dataclass(frozen=True, slots=True)
class _Said:
    """What a repository's texts say, put together."""

    card: Card
    edges: tuple[ParentClaim, ...]
    has_complete_recipe: bool


def repo_id_of(value: Any) -> str:
    """Return a repository's id.

    :raises PayloadError: if it has none, or one that cannot stand in a URL
    """
    repo_id = value.get("id") if isinstance(value, dict) else None
    if not isinstance(repo_id, str) or not _REPO_ID.fullmatch(repo_id):
        raise PayloadError(f"repository id is {str(repo_id)[:200]!r}")
    if {".", ".."} & set(repo_id.split("/")):
        raise PayloadError(f"repository id is {repo_id!r}")
    return repo_id


def read_repository(value: Any) -> Repository:
    """Return the typed part of a list item or a model info.

    :raises PayloadError: if a field that we rely on is missing or of another type
    """
    repo_id_of(value)
    try:
        repository = msgspec.convert(value, Repository)
    except msgspec.ValidationError as error:
        raise PayloadError(f"repository: {error}") from error
    if repository.sha and not _COMMIT.fullmatch(repository.sha):
        raise PayloadError(f"sha is {repository.sha[:80]!r}")
    return repository


def read_page(
    item: Repository, *, info: Repository, texts: Texts, observed_at: datetime
) -> ModelSnapshot:
    """Return the snapshot of a repository.

    :param item: the newest word on its state and tags
    :param info: its files with their digests, and the revision they belong to
    :param texts: its card and merge recipe at that revision
    :param observed_at: when ``item`` was received, time-zone aware
    :raises PayloadError: if a file or a name cannot be what it should be
    """
    said = _read_texts(item, texts)
    tags = item.tag_names
    return ModelSnapshot(
        hub=HUB,
        hub_model_id=item.id,
        name=item.id.rpartition("/")[2],
        url=f"{_SITE}/{item.id}",
        observed_at=observed_at,
        state=_state(item),
        author=item.author or item.id.rpartition("/")[0],
        model_type=_word(item.pipeline_tag or item.library_name or ""),
        description=said.card.body,
        description_format="markdown",
        tags=tags,
        is_nsfw="not-for-all-audiences" in tags,
        is_checkpoint=_is_checkpoint(item, said.edges),
        looks_merged=_looks_merged(item, said),
        claims=_claims(item, said.card.metadata),
        versions=(_version(info, said),) if info.sha else (),
    )


def moved_page(repo_id: str, *, moved_to: str, seen_at: datetime) -> ModelSnapshot:
    """Return the snapshot of a page that only says where it went."""
    return ModelSnapshot(
        hub=HUB,
        hub_model_id=repo_id,
        name=repo_id.rpartition("/")[2],
        url=f"{_SITE}/{repo_id}",
        observed_at=seen_at,
        state=PageState.RENAMED,
        moved_to=moved_to,
        author=repo_id.rpartition("/")[0],
        is_checkpoint=False,
    )


def _read_texts(item: Repository, texts: Texts) -> _Said:
    """Put together what the card, the recipe and the hub's tags say.

    The card's own text counts before the Hub's reading of it; that stands in where the text may
    not be read (a gated repository), and for front matter that only the Hub could make sense of.
    """
    card = read_card(clean_text(texts.card)) if texts.has_card else Card()
    if texts.older_card:
        card = Card(body=read_card(clean_text(texts.older_card)).body)
    if not card.metadata and item.metadata:
        edges = (*metadata_parents(item.metadata, source="cardData"), *card.edges)
        card = Card(
            metadata=item.metadata,
            body=card.body,
            edges=edges,
            has_complete_recipe=card.has_complete_recipe,
        )
    recipe = EMPTY
    if texts.mergekit:
        recipe = read_mergekit(clean_text(texts.mergekit), source=MERGEKIT_PATH)
    claims = [*recipe.edges, *card.edges]
    claims += tag_edges(item.tag_names, known={claim.parent_ref for claim in claims})
    return _Said(
        card=card,
        edges=_distinct(claims, own=item.id),
        has_complete_recipe=recipe.complete or card.has_complete_recipe,
    )


def _distinct(claims: list[ParentClaim], *, own: str) -> tuple[ParentClaim, ...]:
    found: dict[tuple[str, Evidence, Relation], ParentClaim] = {}
    for claim in claims:
        if claim.parent_ref.partition("@")[0] != f"{HUB}:{own}":
            found.setdefault((claim.parent_ref, claim.evidence, claim.relation), claim)
    return tuple(found.values())


def _claims(item: Repository, metadata: Mapping[str, Any]) -> tuple[ClaimSnapshot, ...]:
    """Return the card's licence, and the Hub's tag where it says something else."""
    said = declared_license(metadata)
    claims = []
    if said.declared or said.name or said.link:
        claims.append(
            ClaimSnapshot(
                source=ClaimSource.CARD,
                declared=said.declared,
                license_name=said.name,
                license_link=said.link,
                grade=Grade.TAG,
                source_url=f"{_SITE}/{item.id}/blob/main/{CARD_PATH}",
            )
        )
    tagged = tag_claim(item.tag_names, said=said.declared, url=f"{_SITE}/{item.id}")
    return (*claims, *tagged)


def _version(info: Repository, said: _Said) -> VersionSnapshot:
    revision = info.sha or ""
    return VersionSnapshot(
        hub_version_id=revision,
        name=revision[:_REVISION_NAME],
        published_at=_moment(info.last_modified) or _moment(info.created_at),
        files=files_of(info.siblings or [], address=f"{_SITE}/{info.id}/resolve/{revision}"),
        edges=said.edges,
        has_complete_recipe=said.has_complete_recipe,
    )


def _state(item: Repository) -> PageState:
    """Return what the Hub says of the page; ``gated`` is false, "auto" or "manual"."""
    if item.disabled:
        return PageState.DISABLED
    return PageState.GATED if item.gated else PageState.LISTED


def _is_checkpoint(item: Repository, edges: tuple[ParentClaim, ...]) -> bool:
    """Return whether the repository holds a whole model rather than a part for another."""
    words = {tag.lower() for tag in item.tag_names} | {(item.library_name or "").lower()}
    return not (words & _PARTS) and not any(e.relation is Relation.ADAPTER for e in edges)


def _looks_merged(item: Repository, said: _Said) -> bool:
    if any(edge.evidence is Evidence.MERGEKIT_CONFIG for edge in said.edges):
        return True
    return looks_merged(
        model_type=item.pipeline_tag or "",
        name=item.id,
        tags=item.tag_names,
        texts=(said.card.body,),
    )


def _word(text: str) -> str:
    """Return a hub's word for something.

    :raises PayloadError: if it is longer than any word
    """
    if len(text) > _LONGEST_WORD:
        raise PayloadError(f"a word of {len(text)} characters")
    return text


def _moment(value: Any) -> datetime | None:
    """Return a time; one that cannot be read is unknown, nothing rests on it."""
    try:
        moment = msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
