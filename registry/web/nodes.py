"""Name the nodes of a lineage for a reader, the asked-about model among them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.utils.translation import gettext

from registry.licensing.stacks import STACK
from registry.lineage.references import ReferenceKind
from registry.selectors.answer_shape import (
    AncestorJson,
    Answer,
    EdgeJson,
    ListingJson,
    StackAnswer,
    UseRestrictionJson,
)
from registry.selectors.combined import OTHERS

Nodes = Mapping[str, "NamedNode"]
_LABEL = f"{ReferenceKind.BASE_LABEL.value}:"


class NamedNode(NamedTuple):
    """One node by its reference: a name, and our page for it where there is one."""

    name: str
    hub: str = ""
    model_id: str = ""
    url: str = ""  # on its hub
    is_open: bool = False
    is_label: bool = False
    is_subject: bool = False


def nodes_of(listing: ListingJson) -> Nodes:
    """Return a listing's ancestors and the listing itself, by every reference it goes by."""
    return {**_ancestors([listing]), **dict.fromkeys(_own(listing), _subject(listing))}


def all_nodes_of(answer: Answer) -> Nodes:
    """Return the nodes of all listings; a listing is a page like the others here."""
    listings = answer["listings"]
    own = {
        reference: NamedNode(listing["name"], listing["hub"], listing["model_id"])
        for listing in listings
        for reference in _own(listing)
    }
    others = NamedNode(gettext("others that the question may be about"))
    return {OTHERS: others, **_ancestors(listings), **own}


def nodes_of_stack(stack: StackAnswer) -> Nodes:
    """Return the nodes of every file of a stack, the files themselves among them."""
    named = {
        reference: node
        for file in stack["files"]
        if "answer" in file
        for reference, node in all_nodes_of(file["answer"]).items()
    }
    unmirrored = {
        file["id"]: NamedNode(file["query"], is_open=True) for file in stack["files"] if file["id"]
    }
    return {STACK: NamedNode(gettext("these files together")), **unmirrored, **named}


def by_ancestors(
    restrictions: Iterable[UseRestrictionJson],
) -> list[tuple[tuple[str, ...], list[str]]]:
    """Return the ruled-out uses together that the same ancestors rule out."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for one in restrictions:
        groups.setdefault(tuple(one["ancestors"]), []).append(one["tag"])
    return list(groups.items())


def each_parent_once(edges: Iterable[EdgeJson]) -> list[EdgeJson]:
    """Return the first statement about each parent."""
    first: dict[str, EdgeJson] = {}
    for edge in edges:
        first.setdefault(edge["parent"], edge)
    return list(first.values())


def _ancestors(listings: Iterable[ListingJson]) -> dict[str, NamedNode]:
    return {one["id"]: _named(one) for listing in listings for one in listing["ancestors"]}


def _named(ancestor: AncestorJson) -> NamedNode:
    is_label = ancestor["id"].startswith(_LABEL)
    return NamedNode(
        name=ancestor["name"].removeprefix(_LABEL) or ancestor["id"],
        hub=ancestor["hub"],
        model_id=ancestor["model_id"],
        url=ancestor["url"],
        is_open=ancestor["is_open"],
        is_label=is_label,
    )


def _own(listing: ListingJson) -> tuple[str, ...]:
    return (listing["id"], f"{listing['hub']}:{listing['model_id']}")


def _subject(listing: ListingJson) -> NamedNode:
    return NamedNode(listing["name"], is_subject=True)
