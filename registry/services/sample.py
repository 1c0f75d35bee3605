"""Load the sample catalogue: well-known models as facts of ours, for a first look around.

The facts lie in ``registry/sample/*.toml``, in the shape the hubs give them. What is not known (a
hash, a flag) is not there. Pages marked fictional are made up and say so in their name, their text
and their tags. The catalogue belongs to the hub ``sample`` and counts in no digest or statistic.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import msgspec

from registry.licensing.identify import identify_official
from registry.lineage.references import ReferenceKind, base_label_reference, parse_reference
from registry.lineage.relations import Evidence, Grade, Relation
from registry.services.ingest import IngestReport, ingest_snapshots
from registry.snapshots import (
    ClaimSnapshot,
    ClaimSource,
    EdgeSnapshot,
    ModelSnapshot,
    VersionSnapshot,
)

FOLDER = Path(__file__).resolve().parents[1] / "sample"
WRITTEN_AT = datetime(2026, 11, 22, tzinfo=UTC)  # the facts' date: loading again changes nothing
_VERSION = "main"
_DISCLAIMER = (
    "*Sample page: facts written by the makers of this software, not read from the hub just now.*"
)
_FICTION = "*Fictional example: this page exists on no hub.*"


class _Claim(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A licence statement as the page makes it."""

    source: ClaimSource
    declared: tuple[str, ...] = ()
    name: str = ""
    link: str = ""
    flags: Mapping[str, bool | list[str]] = {}
    grade: Grade = Grade.TAG


class _Parent(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Something the page was made from."""

    of: str
    relation: Relation
    evidence: Evidence
    grade: Grade
    source: str
    detail: str = ""


class _Page(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One page of the sample catalogue."""

    slug: str
    name: str
    type: str
    about: str
    repository: str = ""  # where the real model is, as registry.lineage.references spells it
    url: str = ""  # only where there is no repository, or another address says more
    author: str = ""
    base_model: str = ""
    checkpoint: bool = True
    merged: bool = False
    fictional: bool = False
    tags: tuple[str, ...] = ()
    claims: tuple[_Claim, ...] = ()
    parents: tuple[_Parent, ...] = ()


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One file of ``registry/sample``."""

    page: tuple[_Page, ...]


def load_sample(*, by: str) -> IngestReport:
    """Write the sample catalogue; a second time changes nothing."""
    return ingest_snapshots(snapshots=sample_snapshots(), by=by)


@cache
def sample_snapshots() -> tuple[ModelSnapshot, ...]:
    """Return the sample catalogue as hub pages, in the order of its files."""
    return tuple(
        _snapshot(page)
        for path in sorted(FOLDER.glob("*.toml"))
        for page in msgspec.toml.decode(path.read_bytes(), type=_File).page
    )


def _snapshot(page: _Page) -> ModelSnapshot:
    """Return one page as a hub would have given it."""
    return ModelSnapshot(
        hub="sample",
        hub_model_id=page.slug,
        name=page.name,
        url=page.url or _url(page.repository),
        observed_at=WRITTEN_AT,
        author=page.author,
        model_type=page.type,
        description=f"{page.about}\n\n{_FICTION if page.fictional else _DISCLAIMER}",
        description_format="markdown",
        tags=page.tags,
        is_checkpoint=page.checkpoint,
        looks_merged=page.merged,
        claims=(*(_claim(page, claim) for claim in page.claims), *_official(page)),
        versions=(
            VersionSnapshot(
                hub_version_id=_VERSION,
                name=_VERSION,
                base_model=page.base_model,
                edges=(*(_edge(parent) for parent in page.parents), *_label(page)),
            ),
        ),
    )


def _claim(page: _Page, claim: _Claim) -> ClaimSnapshot:
    """Return a licence statement with the address of the page it stands on."""
    return ClaimSnapshot(
        source=claim.source,
        declared=claim.declared,
        license_name=claim.name,
        license_link=claim.link,
        flags=claim.flags,
        grade=claim.grade,
        source_url=page.url or _url(page.repository),
    )


def _official(page: _Page) -> tuple[ClaimSnapshot, ...]:
    """Return the licence catalogue's own statement about an official release, if it has one."""
    license_id = identify_official(page.repository) if page.repository else None
    if license_id is None:
        return ()
    return (
        ClaimSnapshot(
            source=ClaimSource.CATALOG,
            declared=(license_id,),
            grade=Grade.TEXT_LINKED,
            source_url=_url(page.repository),
        ),
    )


def _edge(parent: _Parent) -> EdgeSnapshot:
    """Return a lineage statement."""
    return EdgeSnapshot(
        parent_ref=parent.of,
        relation=parent.relation,
        evidence=parent.evidence,
        grade=parent.grade,
        source=parent.source,
        detail=parent.detail,
    )


def _label(page: _Page) -> tuple[EdgeSnapshot, ...]:
    """Return what a base-model label says: made from that base, or made for it."""
    if not page.base_model:
        return ()
    return (
        EdgeSnapshot(
            parent_ref=str(base_label_reference(page.base_model)),
            relation=Relation.FINETUNE if page.checkpoint else Relation.ADAPTER,
            evidence=Evidence.BASE_LABEL,
            grade=Grade.PLATFORM_FLAG,
            source="base-model label",
        ),
    )


def _url(repository: str) -> str:
    """Return the address of a repository; empty where the page names none."""
    if not repository:
        return ""
    reference = parse_reference(repository)
    if reference.kind is ReferenceKind.CIVITAI_MODEL:
        return f"https://civitai.com/models/{reference.value}"
    return f"https://huggingface.co/{reference.value}"
