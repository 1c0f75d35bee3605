"""What stands against declaring a licence on a derivative: rule 12, one function a clause.

Pure Python: importing this module must never import Django. Source: README.md, rules L39 to L41;
facts/license_terms.md section 5, rules 8 to 12.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from registry.licensing.interval import Interval
from registry.licensing.lineage_view import Reading
from registry.licensing.osadl import Compatibility, compatibility, is_software
from registry.licensing.outbound_texts import TermSet
from registry.licensing.restrictions import forbidden_uses
from registry.licensing.statements import Statement
from registry.licensing.terms import Level, LicenseTerms, Permission
from registry.licensing.vocabulary import (
    DutyName,
    FurtherRestrictions,
    PassThrough,
    Relicense,
)
from registry.lineage.graph import NodeId

_SHOWN = 3  # forbidden uses named in a reason
_SHARE_ALIKE = {
    Relicense.SAME_LICENCE,
    Relicense.SAME_LICENCE_FILE,
    Relicense.SAME_LICENCE_LIBRARY,
    Relicense.SAME_OR_MORE_PERMISSIVE,
}


class Clause(StrEnum):
    """What a licence breaks that may not be declared."""

    SHARE_ALIKE = "share_alike"
    ORIGINAL_TERMS = "original_terms"
    MORE_RESTRICTIVE = "same_or_more_restrictive"
    NO_DERIVATIVES = "no_derivatives"
    UNKNOWN_TERMS = "unknown_terms"
    USE_RESTRICTIONS = "use_restrictions"
    THRESHOLD = "threshold"
    TERRITORY = "territory"
    NAMING = "naming"
    NOTICES = "notices"
    SOFTWARE = "software"
    FURTHER_RESTRICTIONS = "further_restrictions"
    PERMISSION = "permission"
    DRIFT = "drift"
    NOT_YOURS = "not_yours"
    NOT_VERIFIED = "not_verified"
    NOT_SHAREABLE = "not_shareable"


class Objection(NamedTuple):
    """One reason why a licence may not be declared; ``ancestors`` whose terms it breaks."""

    clause: Clause
    because: str
    ancestors: tuple[NodeId, ...] = ()


def objections_to(
    declared: TermSet, binding: Sequence[Statement], above: Mapping[Permission, Interval]
) -> Iterator[Objection]:
    """Yield every reason against declaring ``declared``; none means that it is valid (rule L39).

    :param binding: what the ancestors say that binds the licence of a derivative
    :param above: the join of what the ancestors grant
    """
    for statement in binding:
        yield from _of_statement(declared, statement)
    yield from _grants_too_much(declared, above)


def accepted_by(terms: LicenseTerms) -> frozenset[str]:
    """Return the ids under which a share-alike text lets derivatives go out (rule L40)."""
    return frozenset({terms.id, *terms.share_alike.accepts})


def _of_statement(declared: TermSet, statement: Statement) -> Iterator[Objection]:
    against = {text.id: list(_of_text(declared, text, statement)) for text in statement.texts}
    if statement.reading is Reading.CHOICE and not all(against.values()):
        return  # the licensee chooses a text that nothing stands against
    for found in against.values():
        yield from found


def _of_text(declared: TermSet, text: LicenseTerms, said: Statement) -> Iterator[Objection]:
    for check in _CHECKS:
        found = check(declared, text)
        if found is not None:
            clause, because = found
            yield Objection(clause, f"{text.name}: {because}", said.ancestors)


_Found = tuple[Clause, str] | None


def _relicense(declared: TermSet, text: LicenseTerms) -> _Found:
    if text.relicense in _SHARE_ALIKE:
        accepted = accepted_by(text)
        if declared.ids.isdisjoint(accepted):
            wanted = " or ".join(sorted(accepted))
            return Clause.SHARE_ALIKE, f"derivatives go out under {wanted}"
        return None
    if text.relicense is Relicense.NONE:
        return Clause.NO_DERIVATIVES, "derivatives may not be shared"
    if text.names_no_text:
        return Clause.UNKNOWN_TERMS, "nobody knows which text applies"
    if text.id in declared.ids:
        return None
    return _replaced(declared, text)


def _replaced(declared: TermSet, text: LicenseTerms) -> _Found:
    """Return what a text says of another licence in its place."""
    match text.relicense:
        case Relicense.ORIGINAL_TERMS_PERSIST:
            return Clause.ORIGINAL_TERMS, "its own terms stay on every derivative"
        case Relicense.UNKNOWN:
            return Clause.UNKNOWN_TERMS, "it is not known which licences it lets derivatives have"
        case Relicense.SAME_OR_MORE_RESTRICTIVE:
            own = TermSet((text,))
            laxer = [p for p in Permission if _is_laxer(declared.interval(p), own.interval(p))]
            if laxer:
                words = ", ".join(laxer)
                return Clause.MORE_RESTRICTIVE, f"derivatives allow no more than it does ({words})"
    return None


def _is_laxer(mine: Interval, theirs: Interval) -> bool:
    return mine.join(theirs) != mine


def _use_restrictions(declared: TermSet, text: LicenseTerms) -> _Found:
    if text.use_restrictions.pass_through is PassThrough.NONE:
        return None
    missing = sorted(forbidden_uses(text) - declared.use_tags)
    if not missing:
        return None
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    shown = f"{', '.join(missing[:_SHOWN])}{more}"
    return Clause.USE_RESTRICTIONS, f"its forbidden uses must be passed on: {shown}"


def _thresholds(declared: TermSet, text: LicenseTerms) -> _Found:
    dropped = [
        threshold.metric.value for threshold in text.thresholds if not declared.keeps(threshold)
    ]
    if not dropped:
        return None
    return Clause.THRESHOLD, f"its limit on {', '.join(dict.fromkeys(dropped))} must be kept"


def _territory(declared: TermSet, text: LicenseTerms) -> _Found:
    kept = {region for territory in declared.territories for region in territory.regions}
    lost = {r for territory in text.territory_excluded for r in territory.regions} - kept
    if not lost:
        return None
    return Clause.TERRITORY, f"it grants nothing in {', '.join(sorted(lost))}"


def _naming(declared: TermSet, text: LicenseTerms) -> _Found:
    kept = {duty.value for duty in declared.duties if duty.duty is DutyName.NAME_PREFIX}
    lost = {d.value for d in text.duties if d.duty is DutyName.NAME_PREFIX} - kept
    if not lost:
        return None
    return Clause.NAMING, f"names of derivatives begin with {', '.join(sorted(lost))}"


def _software(declared: TermSet, text: LicenseTerms) -> _Found:
    """Object where OSADL's matrix says that software of one licence may not go into another."""
    barred = sorted(
        own.id
        for own in declared.texts
        if is_software(own)
        and is_software(text)
        and compatibility(outbound=own, inbound=text) is Compatibility.NO
    )
    if not barred:
        return None
    return Clause.SOFTWARE, f"OSADL's matrix finds it incompatible with {', '.join(barred)}"


def _notices(declared: TermSet, text: LicenseTerms) -> _Found:
    """Object to a text that asks for nothing over one whose notices must stay."""
    if text.relicense is not Relicense.KEEP_NOTICES:
        return None
    if any(own.relicense is not Relicense.FREE for own in declared.texts):
        return None
    return Clause.NOTICES, "its notices must be kept, and a text without conditions drops them"


def _further_restrictions(declared: TermSet, text: LicenseTerms) -> _Found:
    """Object to terms beside the accepted ones; what a text accepts by name adds nothing barred."""
    if text.share_alike.forbids_further_restrictions is not FurtherRestrictions.YES:
        return None
    added = declared.ids - accepted_by(text)
    if not added or declared.ids.isdisjoint(accepted_by(text)):
        return None
    return Clause.FURTHER_RESTRICTIONS, f"it bars the further terms of {', '.join(sorted(added))}"


_CHECKS: tuple[Callable[[TermSet, LicenseTerms], _Found], ...] = (
    _relicense,
    _use_restrictions,
    _thresholds,
    _territory,
    _naming,
    _notices,
    _software,
    _further_restrictions,
)


def _grants_too_much(
    declared: TermSet, above: Mapping[Permission, Interval]
) -> Iterator[Objection]:
    """Yield what a licence grants that the ancestors forbid, or leave unclear (rule L41)."""
    for permission, interval in above.items():
        if (
            interval.worst is Level.FORBIDDEN
            and declared.interval(permission).worst < interval.worst
        ):
            why = "forbid" if interval.best is Level.FORBIDDEN else "leave unclear"
            because = f"it grants {permission.value}, which the parents {why}"
            yield Objection(Clause.PERMISSION, because)
