"""A model that is not published yet, as its author describes it: values.

Pure Python: importing this module must never import Django.
"""

from dataclasses import dataclass

from registry.licensing.grounds import is_overruled, terms_or_unknown
from registry.licensing.lineage_view import Lineage, Node
from registry.licensing.revisions import dated
from registry.licensing.terms import LicenseTerms
from registry.lineage.addresses import page_address, reference_of
from registry.lineage.graph import Edge, NodeId
from registry.lineage.references import (
    LONGEST_NAME,
    ReferenceKind,
    UnreadableReference,
    clean_words,
)
from registry.lineage.relations import Relation

_ON_HUGGING_FACE = f"{ReferenceKind.HUGGING_FACE.value}:"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedParent:
    """One direct parent, and the texts that apply to it as far as they are known.

    ``reference`` is spelt as ``registry.lineage.references`` says; empty if only a licence is
    known. ``weight``: the share in a merge, as the author gives it.
    """

    node: NodeId
    label: str
    relation: Relation
    reference: str = ""
    weight: float | None = None
    texts: tuple[LicenseTerms, ...] = ()

    @property
    def repository(self) -> str:
        """Return the Hugging Face repository, without its revision; empty if it is none."""
        if not self.reference.startswith(_ON_HUGGING_FACE):
            return ""
        return self.reference.removeprefix(_ON_HUGGING_FACE).partition("@")[0]

    @property
    def work(self) -> str:
        """Return what a notice calls the work: by its repository, or its name and its page."""
        if self.repository:
            return self.repository
        is_named = bool(self.reference) and self.reference != self.label
        return f"{self.label} ({self.reference})" if is_named else self.label

    @property
    def address(self) -> str:
        """Return where the work stands on its hub; empty where no hub is known."""
        return page_address(self.reference)

    @property
    def how(self) -> str:
        """Return what was done with the parent, in words: ``merge, weight 0.3``."""
        weight = "" if self.weight is None else f", weight {self.weight:g}"
        return f"{self.relation.value}{weight}"


def texts_of(node: Node) -> tuple[LicenseTerms, ...]:
    """Return the texts that a model's own statements name; of a choice and a doubt all."""
    texts = (
        terms_or_unknown(license_id)
        for claim in node.claims
        if claim.license_id and not is_overruled(node, claim)
        for license_id in (claim.license_id, *claim.others)
    )
    return tuple(dict.fromkeys(terms for terms in texts if not terms.names_no_text))


def stated_parents(lineage: Lineage) -> tuple[PlannedParent, ...]:
    """Return the direct parents of a lineage that says everything itself, as a scenario does."""
    direct = [edge for edge in lineage.edges if edge.child == lineage.subject]
    return tuple(_stated(edge, dated(lineage.nodes[edge.parent], edge.made_on)) for edge in direct)


def _stated(edge: Edge, node: Node) -> PlannedParent:
    words = clean_words(node.label[: 2 * LONGEST_NAME])[:LONGEST_NAME]
    reference = _reference(words)
    texts = texts_of(node)
    ids = " and ".join(terms.id for terms in texts) or "a work without a known licence"
    return PlannedParent(
        node=node.id,
        label=words if reference else f"{words}: {ids}",
        relation=edge.relation,
        reference=reference,
        weight=edge.weight,
        texts=texts,
    )


def _reference(label: str) -> str:
    try:
        found = reference_of(label)
    except UnreadableReference:
        return ""
    return "" if found.kind is ReferenceKind.NAME else str(found)
