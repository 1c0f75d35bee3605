"""Build the lineage that a verdict is made of from what the tables hold."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from registry.licensing.official import is_multimodal_release, is_replaced, official_claim
from registry.licensing.verdict import Lineage, Node, NodeClaim
from registry.lineage.graph import Edge, LineageGraph, NodeId
from registry.lineage.modality import agreed, is_multimodal
from registry.lineage.references import ReferenceKind
from registry.lineage.relations import Evidence, Grade, Relation
from registry.models import HubModel, LicenseClaim
from registry.selectors.as_of import day_of
from registry.selectors.claims import claims_of, label_claim, node_claims
from registry.selectors.family import MAX_NODES, Family, VersionRow, family_of
from registry.selectors.history import pages_at
from registry.selectors.node_ids import WITHHELD, NodeIds, node_ids_of
from registry.selectors.renames import moved_releases
from registry.selectors.statements import Key, KeyKind, Statement
from registry.snapshots import ClaimSource

BEYOND = NodeId(f"name:ancestors beyond the first {MAX_NODES}")
_BASE = f"{ReferenceKind.BASE_LABEL.value}:"
SERVICE = "service"  # HubModel.model_type of what has no weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Everything found above some subjects, read once, told per subject.

    ``asked_on`` is the day asked about, which picks the texts of a model asked about itself;
    ``None`` for a question without a date, which rules L15 and L36 leave to the page's own words.
    """

    family: Family
    pages: dict[int, HubModel]
    claims: dict[int, tuple[LicenseClaim, ...]]
    ids: NodeIds
    keys: dict[NodeId, Key]
    nodes: dict[NodeId, Node]
    graph: LineageGraph
    asked_on: date | None

    @property
    def is_cut_short(self) -> bool:
        """Return whether ancestors lie beyond what was read."""
        return bool(self.family.unfollowed)

    def lineage_of(self, subject: Key) -> Lineage:
        """Return one subject and what was found above it, nearest first."""
        root = self.ids[subject]
        edges = self.graph.ancestry(root)
        reached = dict.fromkeys([root, *(edge.parent for edge in edges)])
        nodes = {node: self.nodes[node] for node in reached}
        return Lineage(subject=root, nodes=nodes, edges=edges)

    def place_of(self, node: NodeId) -> tuple[HubModel | None, VersionRow | None]:
        """Return the page, and the version if it is one, that a node is and that may be shown."""
        key = self.keys.get(node)
        if key is None or key in self.ids.withheld or not isinstance(key.value, int):
            return None, None
        if key.kind is KeyKind.VERSION:
            version = self.family.versions[key.value]
            return self.pages[version.page], version
        return (self.pages[key.value], None) if key.kind is KeyKind.PAGE else (None, None)


def book_of(
    *,
    subjects: Sequence[Key],
    hidden: Collection[Key] = (),
    unlisted: Collection[Key] = (),
    as_of: datetime | None = None,
    obtained_on: date | None = None,
) -> Book:
    """Return what is known above ``subjects``, in a number of queries set by the generations.

    ``hidden`` subjects are withheld, as suppressed ones are; of ``unlisted`` ones so are those
    that lists may not show (house.md H12). ``obtained_on``: the day the asker's copy is of, which
    picks the texts of a subject before the moment asked about does (rules L15 and L36).
    """
    family = family_of(subjects=subjects, as_of=as_of)
    pages = pages_at(pages=_pages_of(family), as_of=as_of)
    claims = claims_of(pages=pages, as_of=as_of)
    keys = [*family.members, *_references(family)]
    flagged = {pk for pk, page in pages.items() if page.depicts_person or page.depicts_minor}
    masked = {key for key in unlisted if _page_of(family, key) in flagged}
    ids = node_ids_of(family=family, keys=keys, pages=pages, hidden=masked.union(hidden))
    moved = moved_releases(as_of=as_of)
    builder = _Builder(family=family, pages=pages, claims=claims, ids=ids, moved=moved)
    nodes = {ids[key]: builder.node(key) for key in keys}
    nodes[BEYOND] = Node(id=BEYOND, label="more ancestors", is_open=True)
    edges: dict[NodeId, list[Edge]] = {}
    for key in family.members:
        edges.setdefault(ids[key], []).extend(builder.edges(key))
    return Book(
        family=family,
        pages=pages,
        claims=claims,
        ids=ids,
        keys={ids[key]: key for key in reversed(keys)},
        nodes=nodes,
        graph=LineageGraph(edges),
        asked_on=obtained_on or (day_of(as_of) if as_of else None),
    )


def _page_of(family: Family, key: Key) -> int | str:
    """Return the page of a subject, which is a version or a page."""
    if key.kind is KeyKind.VERSION and isinstance(key.value, int):
        return family.versions[key.value].page
    return key.value


def _pages_of(family: Family) -> set[int]:
    named = {key.value for key in family.members if key.kind is KeyKind.PAGE}
    pages = {pk for pk in named if isinstance(pk, int)}
    return pages | {version.page for version in family.versions.values()}


def _references(family: Family) -> dict[Key, None]:
    groups = (*family.statements.values(), *family.told.values())
    statements = (statement for group in groups for statement in group)
    return dict.fromkeys(
        statement.parent
        for statement in statements
        if statement.parent.kind is KeyKind.REFERENCE and statement.parent not in family.unfollowed
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    """Turn keys of a family into nodes and edges of a lineage."""

    family: Family
    pages: dict[int, HubModel]
    claims: dict[int, tuple[LicenseClaim, ...]]
    ids: NodeIds
    moved: Mapping[int, tuple[str, ...]]  # former names of official releases, by page

    def pages_of(self, key: Key) -> list[HubModel]:
        """Return the page behind a node; several for bytes, none for a bare reference."""
        if key.kind is KeyKind.PAGE and isinstance(key.value, int):
            return [self.pages[key.value]]
        versions = [self.family.versions[pk] for pk in self.family.members.get(key, ())]
        return [self.pages[pk] for pk in dict.fromkeys(version.page for version in versions)]

    def node(self, key: Key) -> Node:
        pages = self.pages_of(key)
        names = () if self._is_vouched_for(pages) else self._names(key, pages)
        official = _official(names)
        claims = tuple(self._claims(key, pages)) or label_claims_of(str(key.value))
        return Node(
            id=self.ids[key],
            label=self._label(key, pages),
            claims=(*claims, *official),
            is_open=not (pages or claims),
            is_checkpoint=any(page.is_checkpoint for page in pages) or not pages,
            looks_merged=any(page.looks_merged for page in pages),
            is_official_base=bool(official) or self._is_vouched_for(pages),
            is_service=any(page.model_type == SERVICE for page in pages),
            attested_recipe=self._has_recipe(key),
            is_multimodal=self._is_multimodal(key, pages),
            releases=tuple(name for name in names if is_replaced(name)),
        )

    def edges(self, key: Key) -> Iterable[Edge]:
        """Return the statements that stand for a node, each parent and kind of evidence once.

        What only some versions of a page state is uncertain for the page: grade E6.
        """
        members = self.family.members[key]
        groups: dict[tuple[NodeId, str, str], list[Statement]] = {}
        for statement in self.family.stated_of(key):
            parent = self._parent(statement)
            group = (parent, statement.relation, statement.evidence)
            groups.setdefault(group, []).append(statement)
        for (parent, _, _), statements in groups.items():
            if parent != self.ids[key]:
                stated_by = {statement.child for statement in statements}
                by_all = len(stated_by) == max(len(members), 1)
                yield self._edge(key, parent, statements, by_all=by_all)

    def _edge(self, key: Key, parent: NodeId, statements: list[Statement], *, by_all: bool) -> Edge:
        first = min(statements, key=lambda statement: (statement.is_retracted, statement.grade))
        return Edge(
            child=self.ids[key],
            parent=parent,
            relation=Relation(first.relation),
            evidence=Evidence(first.evidence),
            grade=Grade(first.grade) if by_all else Grade.INFERRED,
            source=first.source if self._may_tell(key, parent) else "",
            weight=first.weight,
            retracted=first.is_retracted,
            made_on=min(self._day_of(statement) for statement in statements),
        )

    def _day_of(self, statement: Statement) -> date:
        """Return the day on which a child was made from its parent, at the latest (rule L36)."""
        version = self.family.versions.get(statement.child)  # none: a header told it of bytes
        published_at = version.published_at if version else None
        seen_on = day_of(statement.seen_at)
        return min(seen_on, day_of(published_at)) if published_at else seen_on

    def _may_tell(self, key: Key, parent: NodeId) -> bool:
        """Return whether where an edge was read names nobody who is withheld (a tag does)."""
        return not (key in self.ids.withheld or parent.startswith(f"{WITHHELD}:"))

    def _parent(self, statement: Statement) -> NodeId:
        return BEYOND if statement.parent in self.family.unfollowed else self.ids[statement.parent]

    def _claims(self, key: Key, pages: list[HubModel]) -> Iterable[NodeClaim]:
        for page in pages:
            for claim in self.claims.get(page.pk, ()):
                is_shown = not (key in self.ids.withheld or page.pk in self.ids.withheld_pages)
                yield from node_claims(claim, show_source=is_shown)

    def _is_vouched_for(self, pages: list[HubModel]) -> bool:
        """Return whether our licence catalogue itself states a page's licence."""
        claims = (claim for page in pages for claim in self.claims.get(page.pk, ()))
        return any(claim.source == ClaimSource.CATALOG for claim in claims)

    def _names(self, key: Key, pages: list[HubModel]) -> tuple[str, ...]:
        """Return what a node is called, as the index of official releases may name it."""
        before = (name for page in pages for name in self.moved.get(page.pk, ()))
        return tuple(dict.fromkeys([self.ids.references[key], *map(str, pages), *before]))

    def _label(self, key: Key, pages: list[HubModel]) -> str:
        if key in self.ids.withheld:
            return "a page that is not shown"
        is_one = len(pages) == 1 and pages[0].pk not in self.ids.withheld_pages
        return pages[0].name if is_one else self.ids[key]

    def _is_multimodal(self, key: Key, pages: list[HubModel]) -> bool | None:
        """Return what the pages' words say, else what is known of an official release."""
        said = agreed(is_multimodal((page.model_type, *page.tags)) for page in pages)
        known = agreed(is_multimodal_release(name) for name in self._names(key, pages))
        return known if said is None else said

    def _has_recipe(self, key: Key) -> bool:
        versions = [self.family.versions[pk] for pk in self.family.members.get(key, ())]
        return bool(versions) and all(version.has_complete_recipe for version in versions)


def _official(names: Iterable[str]) -> tuple[NodeClaim, ...]:
    found = (official_claim(name) for name in names)
    return tuple(claim for claim in found if claim is not None)[:1]


def label_claims_of(reference: str) -> tuple[NodeClaim, ...]:
    """Return the licence behind a Civitai base-model label; nothing behind other references."""
    if not reference.startswith(_BASE):
        return ()
    return (label_claim(reference.removeprefix(_BASE)),)
