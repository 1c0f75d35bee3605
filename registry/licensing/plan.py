"""Plan a model before it is published: what it will allow, and what its author may declare.

Pure Python: importing this module must never import Django. Source: README.md, rules L39 to L46.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registry.licensing.catalog import terms_of
from registry.licensing.checklist import Item, checklist
from registry.licensing.copies import Copies
from registry.licensing.identify import Part
from registry.licensing.lineage_view import CivitaiFlags, Lineage, Node, NodeClaim, Reading
from registry.licensing.model_card import model_card, titled
from registry.licensing.notice_file import notice_file
from registry.licensing.outbound import Outbound, outbound_of
from registry.licensing.outbound_candidates import Wish
from registry.licensing.outbound_texts import binding_texts, handed_on
from registry.licensing.planned import PlannedParent, texts_of
from registry.licensing.profile import NOBODY, Profile
from registry.licensing.statements import Bond
from registry.licensing.terms import Basis, LicenseTerms
from registry.licensing.verdict import RightsVerdict, assess
from registry.lineage.graph import NodeId
from registry.lineage.relations import Grade

SUBJECT = NodeId("plan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is known of a model before it is published.

    ``chosen``: the text its card declares, the nearest valid one to the wish or the author's own
    if that is valid; several if only all together carry what the parents ask; none if nothing
    does, and then there is neither ``card`` nor ``notice``.
    """

    name: str
    verdict: RightsVerdict
    outbound: Outbound
    items: tuple[Item, ...]
    chosen: tuple[LicenseTerms, ...]
    card: str
    notice: str
    parents: tuple[PlannedParent, ...]


def plan_of(
    lineage: Lineage,
    *,
    name: str,
    parents: Sequence[PlannedParent],
    wish: Wish,
    profile: Profile = NOBODY,
) -> Plan:
    """Return the plan of the model that ``lineage`` is about.

    :param parents: the direct parents among the nodes of ``lineage``
    :param profile: who asks; it bears on the verdict, not on what may be declared to others
    """
    verdict = assess(lineage, profile)
    outbound = outbound_of(lineage, wish=wish)
    items = _checklist(lineage, verdict)
    chosen = _chosen(lineage.nodes[lineage.subject], outbound)
    title = titled(name, items)
    texts = _handed_on_texts(lineage)
    card = model_card(title, licenses=chosen, parents=parents, items=items)
    notice = notice_file(title, parents=parents, texts=texts, items=items)
    return Plan(
        name=title,
        verdict=verdict,
        outbound=outbound,
        items=items,
        chosen=chosen,
        card=card if chosen else "",
        notice=notice if chosen else "",
        parents=tuple(parents),
    )


def planned_node(
    *,
    name: str,
    declared: Sequence[Part],
    flags: CivitaiFlags | None,
    is_multimodal: bool | None = None,
) -> Node:
    """Return the model that is planned: its author names every parent, so nothing is assumed."""
    claims = [*claims_of_parts(declared, source="declared by its author")]
    if flags is not None:
        claims.append(_flag_claim(flags))
    return Node(
        id=SUBJECT,
        label=name,
        claims=tuple(claims),
        awaits_license=True,
        attested_recipe=True,
        is_multimodal=is_multimodal,
    )


def claims_of_parts(parts: Sequence[Part], *, source: str) -> tuple[NodeClaim, ...]:
    """Return the claims that say that every one of ``parts`` applies."""
    return tuple(
        NodeClaim(
            license_id=part.ids[0],
            others=part.ids[1:],
            reading=part.reading,
            grade=Grade.TAG,
            source=source,
            basis=Basis.TAG,
            declared=" or ".join(part.ids),
        )
        for part in parts
    )


def _flag_claim(flags: CivitaiFlags) -> NodeClaim:
    return NodeClaim(
        license_id="",
        grade=Grade.PLATFORM_FLAG,
        source="the flags its author sets",
        basis=Basis.FLAG,
        flags=flags,
    )


def _checklist(lineage: Lineage, verdict: RightsVerdict) -> tuple[Item, ...]:
    """Return what is owed to others; what the author asks of others is no duty of his."""
    above: dict[NodeId, tuple[LicenseTerms, ...]] = {}
    for node in Copies.of(lineage, None).nodes.values():
        if node.id != lineage.subject:
            above[node.id] = (*above.get(node.id, ()), *texts_of(node))
    return checklist(verdict.duties, above)


def _handed_on_texts(lineage: Lineage) -> Mapping[NodeId, Sequence[LicenseTerms]]:
    found: dict[NodeId, list[LicenseTerms]] = {}
    for statement in binding_texts(handed_on(lineage), Bond.HANDED_ON):
        for ancestor in statement.ancestors:
            found.setdefault(ancestor, []).extend(statement.texts)
    return found


def _chosen(subject: Node, outbound: Outbound) -> tuple[LicenseTerms, ...]:
    valid = [offer.license for offer in outbound.offers]
    declared = [c.license_id for c in subject.claims if c.reading is Reading.SURE and c.license_id]
    if len(declared) == 1 and declared[0] in valid:
        return (terms_of(declared[0]),)
    return tuple(terms_of(license_id) for license_id in valid[:1] or outbound.together)
