"""Read a version's ancestors from the tables, one generation at a time.

The number of queries grows with the generations, never with the ancestors. What a reference
stands for: a version for itself, a Civitai page named without a version for all its versions, a
Hugging Face page for its newest revision, bytes for every version that lists them, a renamed page
for the page it moved to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, When

from registry.models import EdgeLapse, Hub, LineageEdge, ModelFile, ModelVersion, StateChange
from registry.selectors.as_of import known
from registry.selectors.header_recipes import has_recipe_in_files
from registry.selectors.renames import where_pages_moved
from registry.selectors.statements import Key, KeyKind, Statement
from registry.selectors.told_ancestry import OF_BYTES, references_of_bytes, told_statements
from registry.snapshots import PageState

MAX_NODES = 500  # per question; what lies beyond counts as unknown


class VersionRow(NamedTuple):
    """One row of ``ModelVersion``."""

    pk: int
    page: int
    hub_version_id: str
    name: str
    base_model: str
    has_complete_recipe: bool
    published_at: datetime | None


@dataclass(slots=True)
class Family:
    """Everything found above some versions.

    ``members`` says which versions' statements stand for a node; a node that is absent was not
    followed (a reference, or a node beyond ``MAX_NODES``, which ``unfollowed`` names).
    ``as_of`` is the moment it is told of; ``None`` for now.
    """

    as_of: datetime | None = None
    read_later: dict[Key, str] = field(default_factory=dict)  # the page a reference named since

    members: dict[Key, tuple[int, ...]] = field(default_factory=dict)
    statements: dict[int, list[Statement]] = field(default_factory=dict)
    versions: dict[int, VersionRow] = field(default_factory=dict)
    unfollowed: set[Key] = field(default_factory=set)
    told: dict[Key, list[Statement]] = field(default_factory=dict)  # of bytes nobody mirrored

    def stated_of(self, key: Key) -> list[Statement]:
        """Return what is stated of a node's making."""
        own = [one for pk in self.members.get(key, ()) for one in self.statements[pk]]
        return own + self.told.get(key, [])


def family_of(*, subjects: Iterable[Key], as_of: datetime | None = None) -> Family:
    """Return the ancestors of ``subjects`` (versions or pages), ``MAX_NODES`` in all at most."""
    family = Family(as_of=as_of)
    frontier = list(dict.fromkeys(subjects))
    seen = set(frontier)
    while frontier:
        family.members.update(_members(frontier, as_of))
        children = {pk for key in frontier for pk in family.members.get(key, ())}
        _read_statements(family, children - family.statements.keys())
        _read_told(family, frontier)
        parents = dict.fromkeys(
            statement.parent
            for key in frontier
            for statement in family.stated_of(key)
            if statement.parent not in seen
        )
        frontier = list(parents)[: max(0, MAX_NODES - len(seen))]
        family.unfollowed.update(list(parents)[len(frontier) :])
        seen.update(parents)
    _read_versions(family)
    return family


def _members(keys: Iterable[Key], as_of: datetime | None) -> dict[Key, tuple[int, ...]]:
    of_kind: dict[KeyKind, list[int]] = {kind: [] for kind in KeyKind}
    for key in keys:
        if isinstance(key.value, int):
            of_kind[key.kind].append(key.value)
    members: dict[Key, tuple[int, ...]] = {
        Key(KeyKind.VERSION, pk): (pk,) for pk in of_kind[KeyKind.VERSION]
    }
    if pages := of_kind[KeyKind.PAGE]:
        members |= {Key(KeyKind.PAGE, pk): () for pk in pages} | _versions_of_pages(pages, as_of)
    if artifacts := of_kind[KeyKind.ARTIFACT]:
        members |= {Key(KeyKind.ARTIFACT, pk): () for pk in artifacts}
        members |= _versions_of_artifacts(artifacts, as_of)
    return members


def _versions_of_pages(pages: Sequence[int], as_of: datetime | None) -> dict[Key, tuple[int, ...]]:
    """Return all versions of Civitai and sample pages, the newest of Hugging Face pages."""
    rows = (
        ModelVersion.objects.filter(known(as_of, "first_seen_at"), hub_model__in=pages)
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


def _versions_of_artifacts(
    artifacts: Sequence[int], as_of: datetime | None
) -> dict[Key, tuple[int, ...]]:
    """Return every version that lists the bytes; the sample hub's only where no other does."""
    rows = (
        ModelFile.objects.filter(known(as_of, "version__first_seen_at"), artifact__in=artifacts)
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
        LineageEdge.objects.filter(known(family.as_of, "seen_at"), child__in=pks)
        .annotate(
            is_retracted=_is_retracted(family.as_of), parent_moves=_parent_moves(family.as_of)
        )
        .order_by("child", "grade", "parent_ref", "evidence", "relation", "pk")
        .values(
            *("child", "parent_ref", "relation", "evidence", "grade", "weight", "source"),
            *("is_retracted", "seen_at", "parent_model", "parent_version", "parent_artifact"),
            *("parent_model__first_seen_at", "parent_version__first_seen_at"),
            *("parent_moves", "parent_model__hub", "parent_model__hub_model_id"),
        )
    )
    moving = {row["parent_model"] for row in rows if row["parent_moves"]}
    moved = where_pages_moved(moving, as_of=family.as_of)
    for row in rows:
        statement = Statement(
            parent=_key_of_parent(row, moved=moved, as_of=family.as_of),
            **{name: row[name] for name in Statement._fields if name != "parent"},
        )
        family.statements[statement.child].append(statement)
        if statement.parent.kind is KeyKind.REFERENCE and row["parent_model"] is not None:
            page = f"{row['parent_model__hub']}:{row['parent_model__hub_model_id']}"
            family.read_later[statement.parent] = page


def _read_told(family: Family, frontier: Iterable[Key]) -> None:
    """Read what headers tell of bytes that no page lists, as far as anybody names them."""
    unlisted = {
        key: str(key.value)
        for key in frontier
        if key.kind is KeyKind.REFERENCE and str(key.value).startswith(OF_BYTES)
    }
    bare = [key for key in frontier if key.kind is KeyKind.ARTIFACT and not family.members[key]]
    unlisted |= references_of_bytes(bare)
    told = told_statements(unlisted.values(), versions=family.statements.keys(), as_of=family.as_of)
    for key, reference in unlisted.items():
        if reference in told:
            family.told[key] = told[reference]
            family.members.setdefault(key, ())


def _is_retracted(as_of: datetime | None) -> Case:
    """Return whether the page had taken a statement back, or was silent about it just then."""
    if as_of is None:
        gone = Q(retracted_at__isnull=False)
    else:
        lapses = EdgeLapse.objects.filter(
            edge=OuterRef("pk"), retracted_at__lte=as_of, restated_at__gt=as_of
        )
        gone = Q(retracted_at__lte=as_of) | Q(Exists(lapses))
    return Case(When(gone, then=True), default=False, output_field=BooleanField())


def _parent_moves(as_of: datetime | None) -> Case | Exists:
    """Return whether an edge's page is renamed; of the past, whether it ever was."""
    if as_of is None:
        renamed = Q(parent_model__state=PageState.RENAMED)
        return Case(When(renamed, then=True), default=False, output_field=BooleanField())
    moves = StateChange.objects.filter(hub_model=OuterRef("parent_model"), state=PageState.RENAMED)
    return Exists(moves)


def _key_of_parent(
    row: Mapping[str, Any], *, moved: Mapping[int, int], as_of: datetime | None
) -> Key:
    """Return what an edge pointed at: what nobody had read by then, it left open."""

    def is_there(end: str) -> bool:
        return row[end] is not None and (as_of is None or row[f"{end}__first_seen_at"] <= as_of)

    if is_there("parent_version"):
        return Key(KeyKind.VERSION, row["parent_version"])
    if is_there("parent_model"):
        return Key(KeyKind.PAGE, moved.get(row["parent_model"], row["parent_model"]))
    if row["parent_artifact"] is not None:
        return Key(KeyKind.ARTIFACT, row["parent_artifact"])
    return Key(KeyKind.REFERENCE, row["parent_ref"])


def _read_versions(family: Family) -> None:
    pks = {pk for members in family.members.values() for pk in members}
    rows = (
        ModelVersion.objects.filter(pk__in=pks)
        .annotate(has_recipe=Q(has_complete_recipe=True) | has_recipe_in_files(family.as_of))
        .values_list(
            "pk",
            "hub_model",
            "hub_version_id",
            "name",
            "base_model",
            "has_recipe",
            "published_at",
        )
    )
    family.versions = {row[0]: VersionRow._make(row) for row in rows}
