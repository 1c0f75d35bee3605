"""What one licence text makes of one permission.

Pure Python: importing this module must never import Django. Source: README.md, rules L2, L4, L7.
"""

from collections.abc import Iterator, Mapping

from registry.licensing.interval import ALLOWED, CONDITIONAL, FORBIDDEN, UNKNOWN, Interval
from registry.licensing.terms import Grant, Level, LicenseTerms, Permission, Threshold
from registry.licensing.vocabulary import Comparison, Kind, Relicense, TrainingRule

_STATED: Mapping[Grant, Interval] = {
    Grant.ALLOWED: ALLOWED,
    Grant.CONDITIONAL: CONDITIONAL,
    Grant.UNKNOWN: UNKNOWN,
    Grant.FORBIDDEN: FORBIDDEN,
}
_BINDING_DERIVATIVES = {
    Relicense.SAME_LICENCE,
    Relicense.SAME_LICENCE_FILE,
    Relicense.SAME_LICENCE_LIBRARY,
    Relicense.SAME_OR_MORE_PERMISSIVE,
    Relicense.SAME_OR_MORE_RESTRICTIVE,
}
_SIGN = {Comparison.GT: "above", Comparison.GTE: "from"}


def interval_of(terms: LicenseTerms, permission: Permission) -> Interval:
    """Return what a text makes of a permission.

    Silence grants what a text of its kind leaves open (rule L2); a text nobody identified is
    unknown (rule L4); a reading nobody could verify is firm about nothing (rule L7).
    """
    if terms.names_no_text:
        return UNKNOWN
    grant = terms.grant(permission)
    stated = _silence(terms, permission) if grant is Grant.SILENT else _STATED[grant]
    if terms.is_unverified:
        return Interval(min(stated.best, Level.CONDITIONAL), Level.FORBIDDEN)
    return stated


def clause_of(terms: LicenseTerms, permission: Permission) -> str:
    """Return what the record says about a permission, e.g. ``use_commercial: forbidden``.

    After a semicolon: what makes it conditional, what its silence is taken for, or that nobody
    has verified it.
    """
    grant = terms.grant(permission)
    said = [f"{permission.value}: {grant.value}"]
    if terms.names_no_text:
        said = [f"{permission.value}: unknown", "no text is named"]
    elif grant is Grant.SILENT:
        said.append(_meaning_of_silence(terms, permission))
    elif grant is Grant.CONDITIONAL and (limits := ", ".join(_limits(terms, permission))):
        said.append(limits)
    if terms.is_unverified and not terms.names_no_text:
        said.append("terms not verified" if terms.kind is Kind.SERVICE_TOS else "text not verified")
    return "; ".join(said)


def reads_as_derivative(terms: LicenseTerms) -> bool | None:
    """Return whether a model trained on outputs counts as a derivative; ``None``: nobody knows."""
    if terms.training_rule.output_trained_model_counts_as_derivative:
        return True
    is_unknown = terms.training_rule.rule is TrainingRule.UNKNOWN or terms.names_no_text
    return None if is_unknown else False


def _silence(terms: LicenseTerms, permission: Permission) -> Interval:
    commercial = terms.permissions.use_commercial
    if permission is Permission.SELL_WEIGHTS:
        return _STATED.get(commercial, UNKNOWN)
    if permission is Permission.OUTPUTS_COMMERCIAL and commercial is Grant.FORBIDDEN:
        return UNKNOWN
    return ALLOWED


def _meaning_of_silence(terms: LicenseTerms, permission: Permission) -> str:
    if permission is Permission.SELL_WEIGHTS:
        return f"follows use_commercial ({terms.permissions.use_commercial.value})"
    if _silence(terms, permission) is UNKNOWN:
        return "not settled for weights that are non-commercial"
    return "presumed allowed"


def _limits(terms: LicenseTerms, permission: Permission) -> Iterator[str]:
    if terms.use_restrictions.set:
        yield f"use list {terms.use_restrictions.set}"
    yield from (limit_of(threshold) for threshold in terms.thresholds)
    for territory in terms.territory_excluded:
        yield f"not in {'/'.join(territory.regions)} ({territory.scope.value.replace('_', ' ')})"
    shares = permission in {Permission.SHARE_DERIVATIVES, Permission.REDISTRIBUTE}
    if shares and terms.relicense in _BINDING_DERIVATIVES:
        yield f"derivatives under {terms.relicense.value.replace('_', ' ')}"


def limit_of(threshold: Threshold) -> str:
    """Return a threshold in words, e.g. ``mau above 700,000,000: licence needed``."""
    what = threshold.metric.value.replace("_", " ")
    effect = threshold.effect.value.replace("_", " ")
    if threshold.comparison is Comparison.IS:
        return f"{what}: {effect}"
    return f"{what} {_SIGN[threshold.comparison]} {threshold.value:,}: {effect}"
