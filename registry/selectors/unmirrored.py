"""A model that nobody mirrored: known by its official release, or not at all."""

from datetime import date

from registry.licensing.official import is_multimodal_release
from registry.licensing.verdict import Node
from registry.lineage.graph import NodeId
from registry.selectors.claims import official_claim


def unmirrored_node(
    reference: str,
    *,
    label: str,
    is_multimodal: bool | None = None,
    on: date | None = None,
) -> Node:
    """Return the node of what ``reference`` names: an official release under its text, else open.

    :param on: the day whose text counts, of a release whose text was replaced
    """
    official = official_claim(reference, on=on) if reference else None
    return Node(
        id=NodeId(reference),
        label=label,
        claims=(official,) if official else (),
        is_open=official is None,
        is_official_base=official is not None,
        is_multimodal=is_multimodal_release(reference) if is_multimodal is None else is_multimodal,
    )
