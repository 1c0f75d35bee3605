"""What may be done with one listing, as JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from registry.licensing.copies import Copies
from registry.licensing.profile import NOBODY, Profile
from registry.licensing.revisions import dated
from registry.licensing.terms import Permission, Word
from registry.licensing.verdict import (
    Ground,
    Lineage,
    Node,
    PermissionVerdict,
    RightsVerdict,
    assess,
)
from registry.lineage.addresses import page_address
from registry.lineage.graph import Edge, NodeId
from registry.models import HubModel
from registry.selectors.answer_shape import (
    AncestorJson,
    DutyJson,
    EdgeJson,
    GroundJson,
    ListingJson,
    RightJson,
    UseRestrictionJson,
)
from registry.selectors.claims import claim_json
from registry.selectors.finding_json import (
    caps_json,
    conflicts_json,
    finding_json,
    left_out,
    owed_to,
    territories_json,
)
from registry.selectors.lineage import Book
from registry.selectors.listings import Listed
from registry.selectors.node_ids import WITHHELD
from registry.selectors.statements import Key, KeyKind


class _Identity(TypedDict):
    """The part of a listing that says which page it is."""

    hub: str
    model_id: str
    version_id: str
    name: str
    version_name: str
    author: str
    url: str
    sha256: str
    filename: str
    file_kind: str
    state: str


_NOBODY: _Identity = {
    "hub": "",
    "model_id": "",
    "version_id": "",
    "name": "",
    "version_name": "",
    "author": "",
    "url": "",
    "sha256": "",
    "filename": "",
    "file_kind": "",
    "state": WITHHELD,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """One listing and the verdict on it."""

    listed: Listed
    page: HubModel
    lineage: Lineage
    verdict: RightsVerdict
    is_official: bool  # the original publisher's page
    json: ListingJson


def key_of(listed: Listed) -> Key:
    """Return the node of a lineage that a listing is."""
    if listed.version:
        return Key(KeyKind.VERSION, listed.version)
    return Key(KeyKind.PAGE, listed.page)


def judge(
    *,
    book: Book,
    listed: Listed,
    use: Permission | None,
    is_disputed: bool = False,
    profile: Profile = NOBODY,
) -> Judged:
    """Return the verdict on a listing over its whole lineage; with ``use``, on that use only.

    ``is_disputed``: the bytes are, whatever is said of the page. ``profile``: who asks; the day
    of his copy is the book's.
    """
    lineage = book.lineage_of(key_of(listed))
    verdict = assess(lineage, replace(profile, obtained_on=book.asked_on))
    return Judged(
        listed=listed,
        page=book.pages[listed.page],
        lineage=lineage,
        verdict=verdict,
        is_official=dated(lineage.nodes[lineage.subject], book.asked_on).is_official_base,
        json=_listing_json(book, listed, lineage, verdict, use, is_disputed),
    )


def _listing_json(
    book: Book,
    listed: Listed,
    lineage: Lineage,
    verdict: RightsVerdict,
    use: Permission | None,
    is_disputed: bool,
) -> ListingJson:
    key = key_of(listed)
    is_shown = key not in book.ids.withheld
    claims = book.claims.get(listed.page, ())
    return {
        "id": book.ids[key],
        **_identity(book, listed, is_shown=is_shown),
        "disputed": is_disputed or key in book.ids.disputed,
        "lineage_coverage": verdict.coverage.value,
        "claims": [claim_json(claim, show_source=is_shown) for claim in claims],
        "rights": rights_json(verdict.rights, use),
        "relicense": right_json(verdict.relicense),
        "duties": duties_json(verdict),
        "use_restrictions": use_restrictions_json(verdict),
        "caps": caps_json(verdict.caps),
        "territory_excluded": territories_json(verdict.territory_excluded),
        "conflicts": conflicts_json(verdict.conflicts),
        "drift": [finding_json(finding) for finding in verdict.drift] if is_shown else [],
        "open_edges": [_edge_json(edge) for edge in verdict.open_edges],
        "lineage": [_edge_json(edge) for edge in verdict.edges],
        "ancestors": _ancestors(book, lineage, verdict.edges),
        "notes": [*verdict.notes, *left_out(verdict.conflicts)],
    }


def duties_json(verdict: RightsVerdict) -> list[DutyJson]:
    """Return what is owed, each duty once."""
    return [
        {
            "duty": duty.duty,
            "value": duty.value,
            "trigger": duty.trigger,
            "ancestor": duty.ancestor,
            "owed_to": owed_to(duty),
        }
        for duty in verdict.duties
    ]


def use_restrictions_json(verdict: RightsVerdict) -> list[UseRestrictionJson]:
    """Return every forbidden use, with the ancestors whose text forbids it."""
    return [
        {"tag": restriction.tag, "ancestors": [*restriction.ancestors]}
        for restriction in verdict.use_restrictions
    ]


def _identity(book: Book, listed: Listed, *, is_shown: bool) -> _Identity:
    page = book.pages[listed.page]
    version = book.family.versions.get(listed.version)
    if not is_shown:
        return {**_NOBODY, "sha256": listed.sha256, "file_kind": listed.file_kind}
    return {
        "hub": page.hub,
        "model_id": page.hub_model_id,
        "version_id": version.hub_version_id if version else "",
        "name": page.name,
        "version_name": version.name if version else "",
        "author": page.author,
        "url": page.url,
        "sha256": listed.sha256,
        "filename": listed.filename,
        "file_kind": listed.file_kind,
        "state": page.state,
    }


def rights_json(
    rights: Mapping[Permission, PermissionVerdict],
    use: Permission | None,
    *,
    only_binding: bool = False,
) -> dict[str, RightJson]:
    """Return the words and grounds of every permission, or of ``use`` alone.

    ``only_binding``: leave out grounds that do not reach the worst case.
    """
    return {
        permission.value: right_json(right, only_binding=only_binding)
        for permission, right in rights.items()
        if use in {None, permission}
    }


def right_json(right: PermissionVerdict, *, only_binding: bool = False) -> RightJson:
    """Return one word with the interval it stands for, and its grounds."""
    return {
        "word": right.word.value,
        "best": right.best.value,
        "worst": right.worst.value,
        "grounds": [
            _ground_json(ground)
            for ground in right.grounds
            if not only_binding or _binds(ground, right)
        ],
    }


def _binds(ground: Ground, right: PermissionVerdict) -> bool:
    reaches = right.worst in {ground.worst.word, Word.NOT_APPLICABLE}
    return reaches and not ground.overruled


def _ground_json(ground: Ground) -> GroundJson:
    return {
        "ancestor": ground.ancestor,
        "license": ground.license,
        "clause": ground.clause,
        "grade": ground.grade.value,
        "basis": ground.basis.value,
        "source": ground.source,
        "best": ground.best.word.value,
        "worst": ground.worst.word.value,
        "text_url": ground.text_url,
        "overruled": ground.overruled,
    }


def _edge_json(edge: Edge) -> EdgeJson:
    shown: EdgeJson = {
        "child": edge.child,
        "parent": edge.parent,
        "relation": edge.relation.value,
        "evidence": edge.evidence.value,
        "grade": edge.grade.value,
        "source": edge.source,
    }
    if edge.weight is not None:
        shown["weight"] = edge.weight
    if edge.retracted:
        shown["retracted"] = True
    return shown


def _ancestors(book: Book, lineage: Lineage, edges: Iterable[Edge]) -> list[AncestorJson]:
    """Return the models above the subject, each with all the texts by which it binds (L36)."""
    named = dict.fromkeys(node for edge in edges for node in (edge.child, edge.parent))
    texts: dict[NodeId, list[Node]] = {}
    for node in Copies.of(lineage, book.asked_on).nodes.values():
        texts.setdefault(node.id, []).append(node)
    return [_ancestor(book, texts[node]) for node in named if node != lineage.subject]


def _ancestor(book: Book, texts: Sequence[Node]) -> AncestorJson:
    node_id = texts[0].id
    claims = [claim for node in texts for claim in node.claims]
    page, version = book.place_of(node_id)
    return {
        "id": node_id,
        "name": texts[0].label,
        "url": page.url if page else page_address(node_id),
        "hub": page.hub if page else "",
        "model_id": page.hub_model_id if page else "",
        "version_id": version.hub_version_id if version else "",
        "licenses": [*dict.fromkeys(claim.license_id for claim in claims if claim.license_id)],
        "is_open": all(node.is_open for node in texts),
    }
