"""Read a version's ancestors from the tables, one generation at a time.

The number of queries grows with the generations, never with the ancestors. What a reference
stands for: a version for itself, a Civitai page named without a version for all its versions, a
Hugging Face page for its newest revision, bytes for every version that lists them, a renamed page
for the page it moved to.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from registry.models import Hub, HubModel, LineageEdge, ModelFile, ModelVersion
from registry.snapshots import PageState

MAX_NODES = 500  # per question; what lies beyond counts as unknown
MAX_MOVES = 5  # renames followed one after the other


class KeyKind(StrEnum):
    """What a node of the family is."""

    VERSION = "version"
    PAGE = "page"
    ARTIFACT = "artifact"
    REFERENCE = "reference"  # a base label, or something nobody mirrored


class Key(NamedTuple):
    """One node of the family: its kind and its primary key or reference."""

    kind: KeyKind
    value: int | str


class Statement(NamedTuple):
    """One row of ``LineageEdge``, with what it points at."""

    child: int
    parent_ref: str
    relation: str
    evidence: str
    grade: str
    weight: float | None
    source: str
    is_retracted: bool
    parent: Key


class VersionRow(NamedTuple):
    """One row of ``ModelVersion``."""

    pk: int
    page: int
    hub_version_id: str
    name: str
    base_model: str
    has_complete_recipe: bool


@dataclass(slots=True)
class Family:
    """Everything found above some versions.

    ``members`` says which versions' statements stand for a node; a node that is absent was not
    followed (a reference, or a node beyond ``MAX_NODES``, which ``unfollowed`` names).
    """

    members: dict[Key, tuple[int, ...]] = field(default_factory=dict)
    statements: dict[int, list[Statement]] = field(default_factory=dict)
    versions: dict[int, VersionRow] = field(default_factory=dict)
    unfollowed: set[Key] = field(default_factory=set)


def family_of(*, subjects: Iterable[Key]) -> Family:
    """Return the ancestors of ``subjects`` (versions or pages), ``MAX_NODES`` in all at most."""
    family = Family()
    frontier = list(dict.fromkeys(subjects))
    seen = set(frontier)
    while frontier:
        family.members.update(_members(frontier))
        children = {pk for key in frontier for pk in family.members.get(key, ())}
        _read_statements(family, children - family.statements.keys())
        parents = dict.fromkeys(
            statement.parent
            for key in frontier
            for pk in family.members.get(key, ())
            for statement in family.statements[pk]
            if statement.parent not in seen
        )
        frontier = list(parents)[: max(0, MAX_NODES - len(seen))]
        family.unfollowed.update(list(parents)[len(frontier) :])
        seen.update(parents)
    _read_versions(family)
    return family


def _members(keys: Iterable[Key]) -> dict[Key, tuple[int, ...]]:
    of_kind: dict[KeyKind, list[int]] = {kind: [] for kind in KeyKind}
    for key in keys:
        if isinstance(key.value, int):
            of_kind[key.kind].append(key.value)
    members: dict[Key, tuple[int, ...]] = {
        Key(KeyKind.VERSION, pk): (pk,) for pk in of_kind[KeyKind.VERSION]
    }
    if pages := of_kind[KeyKind.PAGE]:
        members |= {Key(KeyKind.PAGE, pk): () for pk in pages} | _versions_of_pages(pages)
    if artifacts := of_kind[KeyKind.ARTIFACT]:
        members |= {Key(KeyKind.ARTIFACT, pk): () for pk in artifacts}
        members |= _versions_of_artifacts(artifacts)
    return members


def _versions_of_pages(pages: Sequence[int]) -> dict[Key, tuple[int, ...]]:
    """Return all versions of Civitai and sample pages, the newest of Hugging Face pages."""
    rows = (
        ModelVersion.objects.filter(hub_model__in=pages)
        .order_by("hub_model", "-first_seen_at", "-pk")
        .values_list("hub_model", "hub_model__hub", "pk")
    )
    found: dict[Key, tuple[int, ...]] = {}
    for page, hub, pk in rows:
        key = Key(KeyKind.PAGE, page)
        earlier = found.get(key, ())
        if not earlier or hub != Hub.HUGGING_FACE:
            found[key] = (*earlier, pk)
    return found


def _versions_of_artifacts(artifacts: Sequence[int]) -> dict[Key, tuple[int, ...]]:
    """Return every version that lists the bytes; the sample hub's only where no other does."""
    rows = (
        ModelFile.objects.filter(artifact__in=artifacts)
        .order_by("artifact", "version")
        .values_list("artifact", "version", "version__hub_model__hub")
        .distinct()
    )
    mirrored: dict[Key, tuple[int, ...]] = {}
    samples: dict[Key, tuple[int, ...]] = {}
    for artifact, version, hub in rows:
        found = samples if hub == Hub.SAMPLE else mirrored
        key = Key(KeyKind.ARTIFACT, artifact)
        found[key] = (*found.get(key, ()), version)
    return samples | mirrored


def _read_statements(family: Family, versions: Iterable[int]) -> None:
    pks = list(versions)
    family.statements.update({pk: [] for pk in pks})
    rows = list(
        LineageEdge.objects.filter(child__in=pks)
        .order_by("child", "grade", "parent_ref", "evidence", "relation", "pk")
        .values_list(
            "child",
            "parent_ref",
            "relation",
            "evidence",
            "grade",
            "weight",
            "source",
            "retracted_at",
            "parent_model",
            "parent_version",
            "parent_artifact",
            "parent_model__state",
        )
    )
    moved = where_pages_moved(
        {page for *_, page, _version, _artifact, state in rows if state == PageState.RENAMED}
    )
    for child, ref, relation, evidence, grade, weight, source, retracted_at, *parent, _ in rows:
        family.statements[child].append(
            Statement(
                child=child,
                parent_ref=ref,
                relation=relation,
                evidence=evidence,
                grade=grade,
                weight=weight,
                source=source,
                is_retracted=retracted_at is not None,
                parent=_key_of_parent(ref, *parent, moved=moved),
            )
        )


def _key_of_parent(
    ref: str, page: int | None, version: int | None, artifact: int | None, *, moved: dict[int, int]
) -> Key:
    if version is not None:
        return Key(KeyKind.VERSION, version)
    if page is not None:
        return Key(KeyKind.PAGE, moved.get(page, page))
    if artifact is not None:
        return Key(KeyKind.ARTIFACT, artifact)
    return Key(KeyKind.REFERENCE, ref)


def where_pages_moved(pages: set[int]) -> dict[int, int]:
    """Return where renamed pages lead, following at most ``MAX_MOVES`` renames in a row."""
    target = {page: page for page in pages}
    for _ in range(MAX_MOVES):
        step = _one_move(set(target.values())) if target else {}
        if not step:
            break
        target = {page: step.get(now, now) for page, now in target.items()}
    return target


def _one_move(pages: set[int]) -> dict[int, int]:
    renamed = HubModel.objects.filter(pk__in=pages, state=PageState.RENAMED).exclude(moved_to="")
    moves = {pk: (hub, to) for pk, hub, to in renamed.values_list("pk", "hub", "moved_to")}
    there = HubModel.objects.filter(hub_model_id__in=[to for _, to in moves.values()])
    arrived = {(hub, name): pk for pk, hub, name in there.values_list("pk", "hub", "hub_model_id")}
    return {pk: arrived[to] for pk, to in moves.items() if to in arrived}


def _read_versions(family: Family) -> None:
    pks = {pk for members in family.members.values() for pk in members}
    rows = ModelVersion.objects.filter(pk__in=pks).values_list(
        "pk", "hub_model", "hub_version_id", "name", "base_model", "has_complete_recipe"
    )
    family.versions = {row[0]: VersionRow._make(row) for row in rows}
