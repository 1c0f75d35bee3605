"""What is owed along a lineage, and which uses its texts forbid.

Pure Python: importing this module must never import Django. Source: README.md, rule L8.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from registry.licensing.catalog import use_set
from registry.licensing.civitai_flags import credit_duty
from registry.licensing.findings import Duty, UseRestriction
from registry.licensing.grounds import is_overruled, terms_or_unknown
from registry.licensing.lineage_view import Node
from registry.licensing.readings import reads_as_derivative
from registry.licensing.routes import Act, Reach, Routes, weakest_grade
from registry.licensing.terms import LicenseTerms, OwedDuty
from registry.licensing.vocabulary import Trigger
from registry.lineage.graph import NodeId
from registry.lineage.relations import Grade

_ON_RUNNING = {
    Trigger.COMMERCIAL,
    Trigger.COMMERCIAL_ABOVE_THRESHOLD,
    Trigger.DEPLOY,
    Trigger.DISTRIBUTE_OR_HOST,
    Trigger.HOST,
    Trigger.NETWORK_USE,
    Trigger.OUTPUTS,
    Trigger.OUTPUTS_WHERE_LAW_REQUIRES,
    Trigger.PUBLIC_OUTPUTS,
    Trigger.PUBLISH_RESEARCH,
    Trigger.USE,
    Trigger.USE_OR_DISTRIBUTE,
    Trigger.USE_OR_OUTPUTS,
}
_ON_TRAINING = Trigger.DISTRIBUTE_MODEL_TRAINED_OR_IMPROVED_WITH_IT


class _Owed(NamedTuple):
    duty: OwedDuty
    ancestor: NodeId
    grade: Grade
    distance: int


def duties_of(nodes: Sequence[Node], routes: Routes) -> tuple[Duty, ...]:
    """Return everything owed, each (duty, value) once, ordered by name and value."""
    groups: dict[tuple[str, str], list[_Owed]] = {}
    for node in nodes:
        for owed in _owed_to(node, routes):
            groups.setdefault((owed.duty.duty.value, owed.duty.value), []).append(owed)
    return tuple(_joined(groups[key]) for key in sorted(groups))


def use_restrictions_of(nodes: Sequence[Node], routes: Routes) -> tuple[UseRestriction, ...]:
    """Return every forbidden use with the ancestors whose text forbids it, ordered by tag."""
    ancestors: dict[str, set[NodeId]] = {}
    for node in nodes:
        for tag in _forbidden_uses(node, routes):
            ancestors.setdefault(tag, set()).add(node.id)
    return tuple(
        UseRestriction(tag=tag, ancestors=tuple(sorted(ancestors[tag])))
        for tag in sorted(ancestors)
    )


def _forbidden_uses(node: Node, routes: Routes) -> Iterator[str]:
    for terms, _ in _texts(node):
        name = terms.use_restrictions.set
        if name and _binds(terms, routes.reaches[node.place]):
            yield from use_set(name).tags or (f"list:{name}",)


def _owed_to(node: Node, routes: Routes) -> Iterator[_Owed]:
    reaches, distance = routes.reaches[node.place], routes.distance[node.place]
    for terms, grade in _texts(node):
        for duty in terms.duties:
            grades = [reach.grade for reach in reaches if _is_due(duty, terms, reach)]
            if grades:
                best = min(grades, key=lambda grade: grade.value)
                yield _Owed(duty, node.id, weakest_grade(grade, best), distance)
    for claim in node.claims:
        credit = credit_duty(claim.flags) if claim.flags else None
        grades = [reach.grade for reach in reaches if not reach.way.is_distilled]
        if credit is not None and grades:
            best = min(grades, key=lambda grade: grade.value)
            yield _Owed(credit, node.id, weakest_grade(claim.grade, best), distance)


def _texts(node: Node) -> Iterator[tuple[LicenseTerms, Grade]]:
    """Yield every text that binds a model, the texts of a choice and of a doubt included."""
    for claim in node.claims:
        if claim.license_id and not is_overruled(node, claim):
            for license_id in (claim.license_id, *claim.others):
                yield terms_or_unknown(license_id), claim.grade


def _is_due(duty: OwedDuty, terms: LicenseTerms, reach: Reach) -> bool:
    if reach.way.is_distilled and reads_as_derivative(terms) is False:
        return duty.trigger is _ON_TRAINING
    if duty.trigger in _ON_RUNNING:
        return True
    return Act.HAND_ON in reach.way.acts


def _binds(terms: LicenseTerms, reaches: Iterable[Reach]) -> bool:
    return any(
        not reach.way.is_distilled or reads_as_derivative(terms) is not False for reach in reaches
    )


def _joined(owed: Sequence[_Owed]) -> Duty:
    ordered = sorted(owed, key=lambda o: (o.distance, o.ancestor, o.duty.trigger.value))
    nearest = ordered[0]
    return Duty(
        duty=nearest.duty.duty.value,
        value=nearest.duty.value,
        trigger=nearest.duty.trigger.value,
        ancestor=nearest.ancestor,
        grade=min((o.grade for o in ordered), key=lambda grade: grade.value),
        owed=tuple(dict.fromkeys((o.duty.trigger.value, o.ancestor) for o in ordered)),
    )
