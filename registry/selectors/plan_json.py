"""Show a plan as JSON."""

from collections.abc import Iterable, Iterator

from registry.licensing.checklist import Item
from registry.licensing.findings import Duty, PermissionVerdict, RightsVerdict
from registry.licensing.outbound import Outbound, Rejected
from registry.licensing.plan import Plan
from registry.selectors.finding_json import (
    cap_json,
    conflicts_json,
    finding_json,
    left_out,
    owed_to,
    territories_json,
)
from registry.selectors.plan_shape import (
    PlanDutyJson,
    PlanJson,
    PlanOfferJson,
    PlanParentJson,
    PlanRejectedJson,
    PlanStepJson,
)


def plan_json(plan: Plan, *, notes: Iterable[str] = ()) -> PlanJson:
    """Return a plan as every interface shows it.

    :param notes: what reading the author's words brought to light
    """
    verdict = plan.verdict
    answers = dict(_answers(verdict))
    return {
        "name": plan.name,
        "parents": [_parent(plan, number) for number in range(len(plan.parents))],
        "verdict": {name: answer.word.value for name, answer in answers.items()},
        "intervals": {name: [a.best.value, a.worst.value] for name, a in answers.items()},
        "duties": [_duty(duty) for duty in verdict.duties],
        "caps": [cap_json(cap) for cap in verdict.caps],
        "territory_excluded": territories_json(verdict.territory_excluded),
        "use_restrictions": [
            {"tag": restriction.tag, "from": [*restriction.ancestors]}
            for restriction in verdict.use_restrictions
        ],
        "conflicts": conflicts_json(verdict.conflicts),
        "drift": [finding_json(finding) for finding in verdict.drift],
        "outbound": [offer.license for offer in plan.outbound.offers],
        "offers": _offers(plan.outbound),
        "together": [*plan.outbound.together],
        "finding": plan.outbound.finding,
        "rejected": [_rejected(row) for row in plan.outbound.rejected],
        "chosen": [terms.id for terms in plan.chosen],
        "checklist": [_step(item) for item in plan.items],
        "card": plan.card,
        "notice": plan.notice,
        "coverage": verdict.coverage.value,
        "notes": list(dict.fromkeys([*notes, *verdict.notes, *left_out(verdict.conflicts)])),
    }


def _answers(verdict: RightsVerdict) -> Iterator[tuple[str, PermissionVerdict]]:
    for permission, answer in verdict.rights.items():
        yield permission.value, answer
    yield "relicense", verdict.relicense


def _parent(plan: Plan, number: int) -> PlanParentJson:
    parent = plan.parents[number]
    return {
        "id": parent.node,
        "name": parent.label,
        "relation": parent.relation.value,
        "weight": parent.weight,
        "licenses": [terms.id for terms in parent.texts],
    }


def _duty(duty: Duty) -> PlanDutyJson:
    return {
        "duty": duty.duty,
        "value": duty.value,
        "trigger": duty.trigger,
        "from": owed_to(duty),
    }


def _offers(outbound: Outbound) -> list[PlanOfferJson]:
    return [
        {
            "license": offer.license,
            "name": offer.name,
            "distance": offer.distance,
            "of_a_parent": offer.is_parents,
        }
        for offer in outbound.offers
    ]


def _rejected(row: Rejected) -> PlanRejectedJson:
    return {
        "license": row.license,
        "name": row.name,
        "because": [
            {
                "clause": objection.clause.value,
                "because": objection.because,
                "ancestors": [*objection.ancestors],
            }
            for objection in row.because
        ],
        "more": row.more,
    }


def _step(item: Item) -> PlanStepJson:
    return {
        "do": item.do,
        "when": item.when,
        "to_publish": item.is_to_publish,
        "duty": item.duty.duty,
        "value": item.duty.value,
        "trigger": item.duty.trigger,
        "texts": [
            {"license": asker.license, "name": asker.name, "url": asker.url}
            for asker in item.askers
        ],
        "from": owed_to(item.duty),
    }
