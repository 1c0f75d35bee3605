"""Find the parents that an author names: stated licences, mirrored pages and bytes, open names."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from registry.errors import BadInput, NotFound
from registry.fingerprints.digest_query import UnreadableDigest, parse_digest
from registry.licensing.lineage_view import Lineage, Node
from registry.licensing.plan import SUBJECT, claims_of_parts
from registry.licensing.plan_request import RequestedParent
from registry.licensing.planned import PlannedParent, texts_of
from registry.licensing.revisions import dated
from registry.lineage.addresses import reference_of
from registry.lineage.graph import Edge, NodeId
from registry.lineage.modality import agreed
from registry.lineage.references import Reference, ReferenceKind, UnreadableReference
from registry.lineage.relations import Evidence
from registry.models import Hub
from registry.selectors.interventions import erased_subjects
from registry.selectors.lineage import Book, book_of
from registry.selectors.statements import Key, KeyKind
from registry.selectors.subjects import Subject, subject_of, subject_of_digest
from registry.selectors.unmirrored import unmirrored_node

_SUGGESTED = 5  # pages named where a name fits several
_SHOWN = 80  # characters of somebody's words in a message


class UnclearParent(BadInput):
    """What names a parent fits several things, or none that can be read."""


@dataclass(frozen=True, slots=True)
class Parents:
    """The direct parents, and every model and statement above the planned one."""

    planned: tuple[PlannedParent, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    notes: tuple[str, ...] = ()

    @property
    def are_multimodal(self) -> bool | None:
        """Return whether a model made of them is: if one is, or if none is, as far as known."""
        direct = {parent.node for parent in self.planned}
        said = {node.is_multimodal for node in self.nodes if node.id in direct}
        return True if True in said else None if None in said else agreed(said)


def parents_of(requested: Sequence[RequestedParent]) -> Parents:
    """Return what is known of the parents an author names.

    One that is not mirrored stays open: its licence is unknown, unless it is an official release.
    Takes a few queries for each parent to find it, and a few for each generation above them all.

    :raises UnclearParent: naming the key, if its text fits several models or cannot be read
    """
    keys = {row.path: key for row in requested if (key := _key_of(row)) is not None}
    book = book_of(subjects=list(dict.fromkeys(keys.values()))) if keys else None
    found = [_found(row, keys.get(row.path), book) for row in requested]
    nodes: dict[NodeId, Node] = {}
    planned, edges = [], []
    for row, parent in zip(requested, _with_distinct_ids(found), strict=True):
        nodes.update({node.id: node for node in parent.above})
        nodes[parent.node.id] = parent.node
        edges += [_edge(row, parent.node), *parent.edges]
        planned.append(_planned(row, parent))
    pairs = zip(requested, found, strict=True)
    erased = erased_subjects(subjects={parent.reference for parent in found} - {""})
    notes = tuple(note for row, parent in pairs for note in _notes(row, parent, erased))
    return Parents(tuple(planned), tuple(nodes.values()), tuple(dict.fromkeys(edges)), notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One parent with what lies above it."""

    node: Node
    reference: str = ""
    above: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    is_stated: bool = False  # its terms are the author's statement


def _key_of(row: RequestedParent) -> Key | None:
    """Return the mirrored page, version or bytes that a parent is; nothing if it is none."""
    if row.licenses or not row.what or row.what.startswith(f"{ReferenceKind.NAME.value}:"):
        return None
    try:
        subject = subject_of_digest(row.what) if row.is_digest else subject_of(row.what)
    except NotFound:
        return None
    except BadInput as error:
        raise UnclearParent(f"{row.path}: {error}") from error
    if row.is_recorded and not subject.is_exact:
        return None  # a short hash in a header: a guess at best
    return _key_of_subject(row, subject)


def _key_of_subject(row: RequestedParent, subject: Subject) -> Key:
    if not subject.is_exact:
        pages = ", ".join(candidate["ask"] for candidate in subject.candidates[:_SUGGESTED])
        advice = f"write one of {pages}" if pages else "write the whole SHA-256"
        raise UnclearParent(f"{row.path}: {row.what[:_SHOWN]!r} fits several models; {advice}.")
    if subject.is_bytes:
        return Key(KeyKind.ARTIFACT, subject.artifacts[0].pk)
    listed = subject.listed[0]
    if len(subject.listed) == 1 and listed.version:
        return Key(KeyKind.VERSION, listed.version)
    return Key(KeyKind.PAGE, listed.page)


def _found(row: RequestedParent, key: Key | None, book: Book | None) -> _Found:
    if key is not None and book is not None:
        return _mirrored(row, key, book)
    reference = _reference(row)
    if row.licenses:
        return _stated(row, reference)
    node = unmirrored_node(
        str(reference),
        label=_label(reference) if reference else row.what,
        is_multimodal=row.is_multimodal,
    )
    return _Found(node=node, reference=str(reference))


def _mirrored(row: RequestedParent, key: Key, book: Book) -> _Found:
    lineage = book.lineage_of(key)
    node = lineage.nodes[lineage.subject]
    if row.is_multimodal is not None:
        node = replace(node, is_multimodal=row.is_multimodal)
    return _Found(
        node=node,
        reference="" if key in book.ids.withheld else _page_of(key, book),
        above=tuple(other for other in lineage.nodes.values() if other.id != node.id),
        edges=lineage.edges,
    )


def _page_of(key: Key, book: Book) -> str:
    """Return the page to name as the parent: a shown one, the Hub's own where it lists bytes."""
    if key.kind is KeyKind.PAGE and isinstance(key.value, int):
        return str(book.pages[key.value])
    versions = [book.family.versions[pk] for pk in book.family.members.get(key, ())]
    shown = {version.page for version in versions} - book.ids.withheld_pages
    pages = [book.pages[version.page] for version in versions if version.page in shown]
    pages.sort(key=lambda page: page.hub != Hub.HUGGING_FACE)
    return str(pages[0]) if pages else ""


def _stated(row: RequestedParent, reference: Reference | None) -> _Found:
    ids = " AND ".join(" OR ".join(part.ids) for part in row.licenses)
    node = Node(
        id=NodeId(str(reference) if reference else f"license:{ids}"),
        label=_label(reference) if reference else ids,
        claims=claims_of_parts(row.licenses, source=f"the plan, {row.path}"),
        is_official_base=True,  # a beginning: its terms are stated, nothing above it is assumed
        is_multimodal=row.is_multimodal,
    )
    return _Found(node=node, reference=str(reference) if reference else "", is_stated=True)


def _reference(row: RequestedParent) -> Reference | None:
    if not row.what:
        return None
    try:
        if row.is_digest:
            parse_digest(row.what)
        return reference_of(row.what)
    except (UnreadableDigest, UnreadableReference) as error:
        raise UnclearParent(f"{row.path}: {error}") from error


def _notes(row: RequestedParent, parent: _Found, erased: Collection[str]) -> Iterator[str]:
    if parent.is_stated:
        yield from _other_text(row, parent)
    if not dated(parent.node, row.obtained_on).is_open:
        return
    what = f"{row.path}: {row.what[:_SHOWN]!r}"
    if parent.reference in erased:
        yield (
            f"{what} was removed from this registry on request, so its licence is unknown. "
            "Write its `license`."
        )
    else:
        yield (
            f"{what} is not mirrored here, so its licence is unknown. "
            "Mirror it (manage.py mirror), or write its `license`."
        )


def _other_text(row: RequestedParent, parent: _Found) -> Iterator[str]:
    """Say so where an author states other terms than those of the official release he names."""
    release = dated(unmirrored_node(parent.reference, label=""), row.obtained_on)
    known, stated = texts_of(release), texts_of(parent.node)
    if known and set(known).isdisjoint(stated):
        ids = ", ".join(terms.id for terms in known)
        yield (
            f"{row.path}: {row.what[:_SHOWN]!r} is known here under {ids}. The plan goes by what "
            "you state instead: make sure that it was granted to you."
        )


def _label(reference: Reference) -> str:
    is_plain = reference.kind in {ReferenceKind.HUGGING_FACE, ReferenceKind.NAME}
    return reference.value if is_plain else str(reference)


def _with_distinct_ids(found: Iterable[_Found]) -> Iterator[_Found]:
    """Give stated parents that would be one node a number each."""
    seen: dict[NodeId, int] = {}
    for parent in found:
        seen[parent.node.id] = count = seen.get(parent.node.id, 0) + 1
        if count == 1 or not parent.is_stated:
            yield parent
        else:
            node = replace(parent.node, id=NodeId(f"{parent.node.id}#{count}"))
            yield replace(parent, node=node)


def _edge(row: RequestedParent, node: Node) -> Edge:
    return Edge(
        child=SUBJECT,
        parent=node.id,
        relation=row.relation,
        evidence=Evidence.DECLARED,
        grade=row.grade,
        source=f"the plan, {row.path}",
        weight=row.weight,
        made_on=row.obtained_on,
    )


def _planned(row: RequestedParent, parent: _Found) -> PlannedParent:
    own = texts_of(dated(parent.node, row.obtained_on))
    above = tuple(terms for node in parent.above for terms in texts_of(node))
    return PlannedParent(
        node=parent.node.id,
        label=parent.node.label,
        relation=row.relation,
        reference=parent.reference,
        weight=row.weight,
        texts=tuple(dict.fromkeys(own or above)),
    )


def lineage_of_plan(subject: Node, parents: Parents) -> Lineage:
    """Return the lineage of the planned model."""
    nodes = {node.id: node for node in (subject, *parents.nodes)}
    return Lineage(subject=subject.id, nodes=nodes, edges=parents.edges)
