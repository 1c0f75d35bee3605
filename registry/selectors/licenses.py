"""The licence catalogue as JSON."""

from typing import TypedDict

from registry.licensing.catalog import all_terms, terms_of
from registry.licensing.terms import LicenseTerms, Permission


class OwedDutyJson(TypedDict):
    """Something a text asks for, and when."""

    duty: str
    trigger: str
    value: str


class ThresholdJson(TypedDict):
    """A limit on who may do something."""

    metric: str
    comparison: str
    value: int
    scope: str
    effect: str
    measured: str


class LicenseSummaryJson(TypedDict):
    """One licence in the list."""

    id: str
    name: str
    kind: str
    license_class: str
    confidence: str  # high | medium | low: how well the text is known
    from_memory: bool  # true: some of it was not read but remembered
    permissions: dict[str, str]  # by permission id: allowed | conditional | silent | ...


class LicenseJson(LicenseSummaryJson):
    """One licence as the catalogue reads it."""

    family: str
    designed_for: str
    as_of: str
    relicense: str
    duties: list[OwedDutyJson]
    thresholds: list[ThresholdJson]
    use_restriction_set: str
    use_restrictions_pass_through: str
    share_alike_accepts: list[str]
    termination: str
    text_urls: list[str]
    sources: list[str]
    ambiguities: list[str]
    note: str


class LicenseListJson(TypedDict):
    """The catalogue."""

    licenses: list[LicenseSummaryJson]


def license_list() -> LicenseListJson:
    """Return every licence of the catalogue, by id."""
    return {"licenses": [_summary(terms) for terms in sorted(all_terms(), key=lambda t: t.id)]}


def license_detail(*, license_id: str) -> LicenseJson:
    """Return one licence.

    :raises UnknownLicense: if the catalogue has none with this id
    """
    terms = terms_of(license_id)
    return {
        **_summary(terms),
        "family": terms.family,
        "designed_for": terms.designed_for.value,
        "as_of": terms.as_of,
        "relicense": terms.relicense.value,
        "duties": [
            {"duty": owed.duty.value, "trigger": owed.trigger.value, "value": owed.value}
            for owed in terms.duties
        ],
        "thresholds": [
            {
                "metric": limit.metric.value,
                "comparison": limit.comparison.value,
                "value": limit.value,
                "scope": limit.scope.value,
                "effect": limit.effect.value,
                "measured": limit.measured.value,
            }
            for limit in terms.thresholds
        ],
        "use_restriction_set": terms.use_restrictions.set,
        "use_restrictions_pass_through": terms.use_restrictions.pass_through.value,
        "share_alike_accepts": [*terms.share_alike.accepts],
        "termination": terms.termination.value,
        "text_urls": [*terms.text_url],
        "sources": [*terms.sources],
        "ambiguities": [*terms.ambiguities],
        "note": terms.note,
    }


def _summary(terms: LicenseTerms) -> LicenseSummaryJson:
    return {
        "id": terms.id,
        "name": terms.name,
        "kind": terms.kind.value,
        "license_class": terms.class_.value,
        "confidence": terms.confidence.value,
        "from_memory": terms.from_memory,
        "permissions": {use.value: terms.grant(use).value for use in Permission},
    }
