"""A model that nobody mirrored: known by its official release, or not at all."""

from registry.licensing.official import is_multimodal_release, is_replaced, official_claim
from registry.licensing.verdict import Node
from registry.lineage.graph import NodeId


def unmirrored_node(
    reference: str,
    *,
    label: str,
    is_multimodal: bool | None = None,
) -> Node:
    """Return the node of what ``reference`` names: an official release under its text, else open.

    Of a release whose text was replaced the day picks it (``licensing.revisions.dated``).
    """
    official = official_claim(reference) if reference else None
    return Node(
        id=NodeId(reference),
        label=label,
        claims=(official,) if official else (),
        is_open=official is None,
        is_official_base=official is not None,
        is_multimodal=is_multimodal_release(reference) if is_multimodal is None else is_multimodal,
        releases=(reference,) if is_replaced(reference) else (),
    )
