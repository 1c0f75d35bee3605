"""What caps and territories make of an asker's own case.

Pure Python: importing this module must never import Django.
Source: README.md, rules L24 and L25; facts/license_terms.md section 5, rules 6 and 7.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from registry.licensing.codes import ConflictCode
from registry.licensing.findings import Exceeded, Finding
from registry.licensing.interval import (
    ALLOWED,
    CONDITIONAL,
    DOUBTED,
    FORBIDDEN,
    Interval,
    join_all,
)
from registry.licensing.limits import Limits
from registry.licensing.lineage_view import Reading
from registry.licensing.profile import Answer, Profile, Purpose
from registry.licensing.readings import limit_of
from registry.licensing.routes import ACT_OF, Act
from registry.licensing.statements import Bond, Statement
from registry.licensing.terms import Permission, Threshold
from registry.licensing.vocabulary import (
    TerritoryScope,
    ThresholdEffect,
    ThresholdScope,
)

_COMMERCIAL = frozenset(
    {
        Permission.USE_COMMERCIAL,
        Permission.OUTPUTS_COMMERCIAL,
        Permission.HOST_PAID,
        Permission.SELL_WEIGHTS,
    }
)
_OUTPUTS = frozenset({Permission.OUTPUTS_COMMERCIAL, Permission.TRAIN_ON_OUTPUTS})
_BONDS: Mapping[Act, Bond] = {
    Act.RUN: Bond.RUN,
    Act.HAND_ON: Bond.HANDED_ON,
    Act.BUILD_ON: Bond.SHARED,
}
_EFFECTS: Mapping[ThresholdEffect, Interval] = {
    ThresholdEffect.LICENCE_FROM_LICENSOR_NEEDED: FORBIDDEN,
    ThresholdEffect.PAID_LICENCE_NEEDED: FORBIDDEN,
    ThresholdEffect.ENTERPRISE_LICENCE_NEEDED: FORBIDDEN,
    ThresholdEffect.NOT_LICENSED: FORBIDDEN,
    ThresholdEffect.SECURITY_REVIEW: CONDITIONAL,
    ThresholdEffect.DISPLAY_DUTY: ALLOWED,  # a duty, listed with the others
}


class _Hit(NamedTuple):
    """One statement's clause that is met by the asker's case, for the acts of one bond."""

    code: ConflictCode
    because: str
    clause: str
    statement: Statement
    effects: Mapping[Permission, Interval]
    relicense: Interval


def limit_findings(limits: Limits) -> tuple[Finding, ...]:
    """Return what the asker's figures and place come to (rules L24 and L25).

    Nothing if the profile says neither.
    """
    hits = [
        hit
        for act, bond in _BONDS.items()
        for hit in (*_exceeded(limits, act, bond), *_excluded(limits, act, bond))
    ]
    groups: dict[tuple[ConflictCode, str], list[_Hit]] = {}
    for hit in hits:
        groups.setdefault((hit.code, hit.because), []).append(hit)
    return tuple(_finding(groups[key]) for key in sorted(groups))


def _exceeded(limits: Limits, act: Act, bond: Bond) -> Iterator[_Hit]:
    """Yield the caps that the asker's figures are beyond (rule L24)."""
    for statement in limits.said(bond):
        for terms in statement.texts:
            for threshold in terms.thresholds:
                effects = _beyond(threshold, limits.profile)
                if limits.profile.exceeds(threshold) is Exceeded.YES and effects:
                    yield _Hit(
                        ConflictCode.THRESHOLD_EXCEEDED,
                        f"{terms.name}: {limit_of(threshold)}; your own figure is beyond that.",
                        "thresholds",
                        statement,
                        _of_act(effects, act, statement),
                        _relicense(effects, act, statement),
                    )


def _beyond(threshold: Threshold, profile: Profile) -> Mapping[Permission, Interval]:
    """Return what being beyond a threshold makes of each permission, by its scope (rule L24)."""
    effect = _EFFECTS[threshold.effect]
    if effect == ALLOWED:
        return {}
    scope = threshold.scope
    if scope is ThresholdScope.ANY:
        return dict.fromkeys(Permission, effect)
    if scope is ThresholdScope.MODEL_HOSTING_OPERATORS:
        return {Permission.HOST_PAID: effect}
    if scope is ThresholdScope.IMAGE_GENERATION_CORE_BUSINESS:
        said = _BUSINESS[profile.image_generation_business]
        return dict.fromkeys(_COMMERCIAL, said) if said != ALLOWED else {}
    commercial = dict.fromkeys(_COMMERCIAL, effect)
    if scope is ThresholdScope.ANY_EXCEPT_NON_COMMERCIAL:
        others = set(Permission) - _COMMERCIAL - {Permission.USE_PRIVATE}
        return {**dict.fromkeys(others, _PURPOSE[profile.purpose]), **commercial}
    return commercial


_BUSINESS: Mapping[Answer, Interval] = {
    Answer.YES: FORBIDDEN,
    Answer.NO: ALLOWED,
    Answer.UNKNOWN: DOUBTED,
}
_PURPOSE: Mapping[Purpose, Interval] = {
    Purpose.COMMERCIAL: FORBIDDEN,
    Purpose.NON_COMMERCIAL: ALLOWED,
    Purpose.UNKNOWN: DOUBTED,
}


def _excluded(limits: Limits, act: Act, bond: Bond) -> Iterator[_Hit]:
    """Yield the territories left out in which the asker is (rule L25)."""
    for exclusion in limits.exclusions(bond):
        regions = limits.profile.regions.intersection(exclusion.territory.regions)
        if regions:
            scope = exclusion.territory.scope
            with_outputs = scope is TerritoryScope.WEIGHTS_DERIVATIVES_AND_OUTPUTS
            reached = set(Permission) if with_outputs else set(Permission) - _OUTPUTS
            effect = FORBIDDEN if exclusion.is_certain else DOUBTED
            effects = dict.fromkeys(reached, effect)
            yield _Hit(
                ConflictCode.TERRITORY_EXCLUDED,
                f"{exclusion.terms.name} grants nothing in {'/'.join(sorted(regions))} "
                f"({scope.value.replace('_', ' ')}).",
                "territory_excluded",
                exclusion.statement,
                _of_act(effects, act, exclusion.statement),
                _relicense(effects, act, exclusion.statement),
            )


def _of_act(
    effects: Mapping[Permission, Interval], act: Act, statement: Statement
) -> Mapping[Permission, Interval]:
    return {
        permission: _as_firm_as(statement, interval)
        for permission, interval in effects.items()
        if ACT_OF[permission] is act
    }


def _relicense(effects: Mapping[Permission, Interval], act: Act, statement: Statement) -> Interval:
    """Return what follows for other terms: what follows for sharing derivatives."""
    shared = effects.get(Permission.SHARE_DERIVATIVES, ALLOWED)
    return _as_firm_as(statement, shared) if act is Act.BUILD_ON else ALLOWED


def _as_firm_as(statement: Statement, interval: Interval) -> Interval:
    """Return an effect as far as the statement carries it: a choice or a doubt only widens."""
    is_sure = statement.reading is Reading.SURE and statement.is_firm
    return interval if is_sure else interval.weakened()


def _finding(hits: list[_Hit]) -> Finding:
    permissions = sorted({permission for hit in hits for permission in hit.effects})
    effects = tuple(
        (p, join_all(hit.effects[p] for hit in hits if p in hit.effects)) for p in permissions
    )
    firmest = min((hit.statement for hit in hits), key=lambda s: (not s.is_firm, s.grade.value))
    return Finding(
        code=hits[0].code,
        because=hits[0].because,
        clause=hits[0].clause,
        ancestors=tuple(sorted({node for hit in hits for node in hit.statement.ancestors})),
        licenses=tuple(sorted({t.id for hit in hits for t in hit.statement.texts})),
        grade=firmest.grade,
        is_firm=any(interval.best > 0 for _, interval in effects),
        effects=effects,
        relicense=join_all(hit.relicense for hit in hits),
    )
