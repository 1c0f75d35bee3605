"""Read what a Hugging Face Hub computed into a repository's tags.

Pure Python: importing this module must never import Django.

Source: facts/huggingface.md section 1: ``license:<id>``, ``base_model:<id>`` and
``base_model:<relation>:<id>`` for every parent.
"""

from collections.abc import Collection, Sequence

from registry.lineage.addresses import huggingface_reference
from registry.lineage.parents import ParentClaim
from registry.lineage.relations import Evidence, Grade, Relation
from registry.snapshots import ClaimSnapshot, ClaimSource

_RELATIONS = {
    "adapter": Relation.ADAPTER,
    "finetune": Relation.FINETUNE,
    "merge": Relation.MERGE,
    "quantized": Relation.QUANTIZED,
}


def tag_claim(tags: Sequence[str], *, said: Collection[str], url: str) -> tuple[ClaimSnapshot, ...]:
    """Return the licence of the tags where the card does not say the same."""
    tagged = tuple(
        dict.fromkeys(tag.removeprefix("license:") for tag in tags if tag.startswith("license:"))
    )
    if not tagged or {word.lower() for word in tagged} == {word.lower() for word in said}:
        return ()
    return (
        ClaimSnapshot(source=ClaimSource.HUB_TAG, declared=tagged, grade=Grade.TAG, source_url=url),
    )


def tag_edges(tags: Sequence[str], *, known: Collection[str]) -> list[ParentClaim]:
    """Return the parents of the tags that nothing else names.

    The relation is the Hub's guess where the card states none, so it is a claim of low trust; the
    parent itself is what the author typed.
    """
    edges = []
    for tag in tags:
        head, _, rest = tag.partition(":")
        relation, _, parent = rest.partition(":")
        if head != "base_model" or relation not in _RELATIONS:
            continue
        reference = huggingface_reference(parent)
        if reference is not None and str(reference) not in known:
            edges.append(
                ParentClaim(
                    parent_ref=str(reference),
                    relation=_RELATIONS[relation],
                    evidence=Evidence.HUB_TAG,
                    grade=Grade.TAG,
                    source=f"tag {tag}",
                )
            )
    return edges
