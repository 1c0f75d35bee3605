"""How what a page declares differs from what its lineage says.

Neutral facts, no accusation: each names the declared text, the ancestor's field and the grade.
Pure Python: importing this module must never import Django.
Source: README.md, rules L32 to L35; facts/license_terms.md section 5.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from registry.licensing.codes import DriftCode
from registry.licensing.declared import Declared, Inherited, drift_finding, names, page_finding
from registry.licensing.drift_added import (
    flags_exceeding_base,
    other_versions,
    restrictions_added,
)
from registry.licensing.findings import Finding
from registry.licensing.lineage_view import Reading
from registry.licensing.restrictions import (
    bars_commerce,
    carries_threshold,
    forbidden_uses,
    is_share_alike,
    naming,
    naming_after_training,
)
from registry.licensing.statements import Statement
from registry.licensing.terms import LicenseTerms
from registry.licensing.vocabulary import PassThrough

_NO_TEXT = "Which text binds is not known for sure, so what is declared cannot be checked."


class _Drop(NamedTuple):
    """One thing an ancestor asks for that a declaration may drop."""

    code: DriftCode
    clause: str
    what: str
    drops: Callable[[LicenseTerms, LicenseTerms], bool]  # (declared, ancestor's)


def drift_of(declared: Declared, inherited: Inherited) -> tuple[Finding, ...]:
    """Return how a declaration differs from its lineage, ordered by code (rules L32 to L35).

    Statements that rest on weak evidence accuse nobody: where they would drift, the answer is
    ``UNVERIFIABLE``.
    """
    if not declared.says_anything:
        return ()
    clear = replace(declared, statements=[s for s in declared.statements if _is_clear(s)])
    found = [
        *(_dropped(clear, inherited) if clear.statements else ()),
        *restrictions_added(clear, inherited.shared),
        *flags_exceeding_base(clear, inherited.handed_on),
        *other_versions(clear, inherited.shared),
    ]
    firm = dict.fromkeys(finding for finding in found if finding.is_firm)
    doubted = [node for finding in found if not finding.is_firm for node in finding.ancestors]
    vague = [] if len(clear.statements) == len(declared.statements) else [declared.subject]
    without = sorted({*inherited.unverifiable, *doubted, *vague})
    unverifiable = (
        [page_finding(DriftCode.UNVERIFIABLE, _NO_TEXT, declared, without)] if without else []
    )
    return tuple(sorted((*firm, *unverifiable), key=_place))


def _is_clear(own: Statement) -> bool:
    """Return whether a page's own statement names a text, and names it firmly."""
    return own.grade.is_firm and not any(terms.names_no_text for terms in own.texts)


def _place(finding: Finding) -> tuple[object, ...]:
    return (finding.code.value, finding.because, finding.ancestors)


def _dropped(declared: Declared, inherited: Inherited) -> Iterator[Finding]:
    """Find what ancestors ask for and the declared licence does not carry (rule L33)."""
    for drop, statements in _DROPS:
        for ancestor in statements(inherited):
            is_lost = all(_drops(own, ancestor, drop) for own in declared.statements)
            if is_lost:
                because = (
                    f"Declared {names(declared.statements)}; the text of an ancestor, "
                    f"{names([ancestor])}, {drop.what}; evidence grade {ancestor.grade.value}."
                )
                yield drift_finding(drop.code, because, drop.clause, ancestor)


def _drops(own: Statement, ancestor: Statement, drop: _Drop) -> bool:
    """Return whether one declared statement drops something.

    Whoever may choose may choose the text that drops it; of a doubt the page gets the benefit.
    """
    of_own = any if own.reading is Reading.CHOICE else all
    return of_own(all(drop.drops(terms, other) for other in ancestor.texts) for terms in own.texts)


def _drops_uses(own: LicenseTerms, ancestor: LicenseTerms) -> bool:
    is_passed_on = ancestor.use_restrictions.pass_through is not PassThrough.NONE
    return is_passed_on and bool(forbidden_uses(ancestor) - forbidden_uses(own))


def _drops_share_alike(own: LicenseTerms, ancestor: LicenseTerms) -> bool:
    accepts = {ancestor.id, *ancestor.share_alike.accepts}
    return is_share_alike(ancestor) and own.id not in accepts


def _drops_naming(own: LicenseTerms, ancestor: LicenseTerms) -> bool:
    return bool(naming(ancestor) - naming(own))


def _drops_naming_after_training(own: LicenseTerms, ancestor: LicenseTerms) -> bool:
    return bool(naming_after_training(ancestor) - naming(own))


def _drops_threshold(own: LicenseTerms, ancestor: LicenseTerms) -> bool:
    return any(not carries_threshold(own, threshold) for threshold in ancestor.thresholds)


def _drops_nc(own: LicenseTerms, ancestor: LicenseTerms) -> bool:
    return bars_commerce(ancestor) and not bars_commerce(own)


def _handed_on(inherited: Inherited) -> Sequence[Statement]:
    return inherited.handed_on


def _shared(inherited: Inherited) -> Sequence[Statement]:
    return inherited.shared


def _trained(inherited: Inherited) -> Sequence[Statement]:
    return inherited.trained


_DROPS: tuple[tuple[_Drop, Callable[[Inherited], Sequence[Statement]]], ...] = (
    (
        _Drop(
            DriftCode.DROPPED_NC,
            "permissions.use_commercial",
            "bars commercial use",
            _drops_nc,
        ),
        _handed_on,
    ),
    (
        _Drop(
            DriftCode.DROPPED_USE_RESTRICTIONS,
            "use_restrictions",
            "asks to pass on a list of forbidden uses",
            _drops_uses,
        ),
        _handed_on,
    ),
    (
        _Drop(
            DriftCode.DROPPED_THRESHOLD,
            "thresholds",
            "sets a limit on who may use it",
            _drops_threshold,
        ),
        _handed_on,
    ),
    (
        _Drop(
            DriftCode.DROPPED_SHARE_ALIKE,
            "share_alike.accepts",
            "asks for another licence of derivatives",
            _drops_share_alike,
        ),
        _shared,
    ),
    (
        _Drop(
            DriftCode.DROPPED_NAMING,
            "duties.name_prefix",
            "asks for a name or a line to be shown",
            _drops_naming,
        ),
        _shared,
    ),
    (
        _Drop(
            DriftCode.DROPPED_NAMING,
            "duties.name_prefix",
            "asks for a name or a line to be shown",
            _drops_naming_after_training,
        ),
        _trained,
    ),
)
