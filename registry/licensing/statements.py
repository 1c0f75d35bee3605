"""What a model's ancestors say, grouped by text: the values that findings are made from.

Conflicts and drift depend on which texts bind, how, and how firmly, never on the shape of the
lineage. Pure Python: importing this module must never import Django.
Source: README.md, rules L5, L9, L11 and L23.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from registry.licensing.grounds import is_overruled, terms_or_unknown
from registry.licensing.lineage_view import Node, NodeClaim, Reading
from registry.licensing.readings import reads_as_derivative
from registry.licensing.routes import Act, Reach, Routes, weakest_grade
from registry.licensing.terms import LicenseTerms
from registry.lineage.graph import NodeId
from registry.lineage.relations import Grade


class Bond(StrEnum):
    """How an ancestor's terms bind."""

    RUN = "run"  # whoever runs the model
    HANDED_ON = "handed_on"  # whoever hands it on, bundled parts included
    SHARED = "shared"  # the licence of the derivative itself
    TRAINED = "trained"  # it was trained on outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One licence statement, with every model that makes it.

    ``texts`` has several members where the licensee chooses or nobody says which applies.
    """

    texts: tuple[LicenseTerms, ...]
    reading: Reading = Reading.SURE
    ancestors: tuple[NodeId, ...] = ()
    grade: Grade = Grade.TAG  # the best link from the question to the text

    @property
    def is_firm(self) -> bool:
        """Return whether it may make a word firm (rules L5 to L7)."""
        return self.grade.is_firm and not any(
            terms.is_unverified or terms.names_no_text for terms in self.texts
        )


def statements_of(
    nodes: Iterable[Node], routes: Routes, bond: Bond, *, of_subject: bool = False
) -> tuple[Statement, ...]:
    """Return what binds as ``bond`` says, each text once, ordered by licence id.

    :param of_subject: whether the subject's own statements count as well
    """
    found: dict[tuple[tuple[str, ...], Reading], list[tuple[Grade, NodeId]]] = {}
    for node in nodes:
        if node.id == routes.subject and not of_subject:
            continue
        for claim in _binding(node):
            key = _key(claim)
            for grade in _grades(key[0], routes.reaches[node.place], bond):
                found.setdefault(key, []).append((weakest_grade(grade, claim.grade), node.id))
    return tuple(_statement(ids, reading, found[ids, reading]) for ids, reading in sorted(found))


def own_statements(subject: Node) -> tuple[Statement, ...]:
    """Return what the page itself declares, in the order of its claims."""
    return tuple(
        Statement(
            texts=tuple(terms_or_unknown(license_id) for license_id in _key(claim)[0]),
            reading=claim.reading,
            ancestors=(subject.id,),
            grade=claim.grade,
        )
        for claim in _binding(subject)
    )


def _binding(node: Node) -> Iterator[NodeClaim]:
    for claim in node.claims:
        if claim.license_id and not is_overruled(node, claim):
            yield claim


def _key(claim: NodeClaim) -> tuple[tuple[str, ...], Reading]:
    ids = tuple(sorted({claim.license_id, *claim.others}))
    return ids, claim.reading if len(ids) > 1 else Reading.SURE


def _grades(ids: Sequence[str], reaches: Iterable[Reach], bond: Bond) -> Iterator[Grade]:
    derived = [reads_as_derivative(terms_or_unknown(license_id)) for license_id in ids]
    for reach in reaches:
        if not _binds(reach, bond):
            continue
        if not reach.way.is_distilled or bond is Bond.TRAINED or all(derived):
            yield reach.grade
        elif any(known is not False for known in derived):
            yield Grade.INFERRED


def _binds(reach: Reach, bond: Bond) -> bool:
    way = reach.way
    if bond is Bond.TRAINED:
        return way.is_distilled and Act.BUILD_ON in way.acts
    if bond is Bond.SHARED:
        return Act.BUILD_ON in way.acts
    return (Act.HAND_ON if bond is Bond.HANDED_ON else Act.RUN) in way.acts


def _statement(
    ids: Sequence[str], reading: Reading, said: Sequence[tuple[Grade, NodeId]]
) -> Statement:
    return Statement(
        texts=tuple(terms_or_unknown(license_id) for license_id in ids),
        reading=reading,
        ancestors=tuple(sorted({node for _, node in said})),
        grade=min((grade for grade, _ in said), key=lambda grade: grade.value),
    )
