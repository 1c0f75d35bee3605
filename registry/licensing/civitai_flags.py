"""What Civitai's four permission flags restrict.

Flags are added to the base licence and only restrict (rule L17): nothing here is ever a grant.
No flag speaks of ``use_commercial``. Pure Python: importing this module must never import Django.
Source: facts/license_terms.md section 3 (civitai/civitai @ebed661).
"""

from collections.abc import Mapping
from typing import NamedTuple

from registry.licensing.interval import DOUBTED, FORBIDDEN, Interval
from registry.licensing.lineage_view import CivitaiFlags
from registry.licensing.routes import Way
from registry.licensing.terms import OwedDuty, Permission
from registry.licensing.vocabulary import DutyName, Trigger

ADDENDUM = "civitai-addendum"  # the record of what the flags mean
_NEEDED: Mapping[Permission, str] = {
    Permission.OUTPUTS_COMMERCIAL: "Image",
    Permission.HOST_PAID: "Rent",
    Permission.SELL_WEIGHTS: "Sell",
}
_IMPLIED: Mapping[str, frozenset[str]] = {
    "Sell": frozenset({"Rent", "RentCivit"}),
    "Rent": frozenset({"RentCivit"}),
}
_SHARING = frozenset(
    {Permission.SHARE_DERIVATIVES, Permission.REDISTRIBUTE, Permission.SELL_WEIGHTS}
)
_HOSTING = frozenset({Permission.HOST_FREE, Permission.HOST_PAID})


class FlagFinding(NamedTuple):
    """What the flags make of one permission, and which flag does."""

    interval: Interval
    clause: str


def says_something(flags: CivitaiFlags) -> bool:
    """Return whether the page gives any flag at all."""
    return flags != CivitaiFlags()


def granted(commercial: frozenset[str]) -> frozenset[str]:
    """Return the commercial rights left open: what is listed and what that implies.

    ``None`` is the empty set; a value nobody knows (``SellMerge``) opens nothing else.
    """
    implied = (_IMPLIED.get(value, frozenset()) for value in commercial)
    return commercial.union(*implied) - {"None"}


def restriction(flags: CivitaiFlags, permission: Permission, way: Way) -> FlagFinding | None:
    """Return what ``flags``, found along ``way``, make of a permission; ``None`` if nothing."""
    found = [
        finding
        for finding in (
            _commercial(flags, permission, way),
            _derivatives(flags, permission, way),
        )
        if finding is not None
    ]
    if not found:
        return None
    binding = max(found, key=lambda finding: (finding.interval.worst, finding.interval.best))
    return FlagFinding(
        found[0].interval.join(found[-1].interval), f"{permission.value}: {binding.clause}"
    )


def credit_duty(flags: CivitaiFlags) -> OwedDuty | None:
    """Return the duty to credit the creator; a page that does not say is owed it as well."""
    if flags.no_credit is True or not says_something(flags):
        return None
    return OwedDuty(
        duty=DutyName.CREDIT_CREATOR,
        trigger=Trigger.USE_OR_DISTRIBUTE,
        value="model name and link, creator and link, licence page link",
    )


def is_barred_from_civitai(flags: CivitaiFlags) -> bool:
    """Return whether the model may not run on Civitai's own generator; that platform only."""
    return flags.commercial is not None and "RentCivit" not in granted(flags.commercial)


def _commercial(flags: CivitaiFlags, permission: Permission, way: Way) -> FlagFinding | None:
    needed = _NEEDED.get(permission)
    if needed is None:
        return None
    if flags.commercial is None:
        return FlagFinding(DOUBTED, "allowCommercialUse is not said")
    if needed in granted(flags.commercial):
        return None
    clause = f"forbidden, allowCommercialUse lacks {needed}"
    if way.is_derived and flags.derivatives and flags.different_license:
        return FlagFinding(DOUBTED, f"{clause}; derivatives may set other permissions")
    return FlagFinding(FORBIDDEN, clause)


def _derivatives(flags: CivitaiFlags, permission: Permission, way: Way) -> FlagFinding | None:
    bound = _SHARING | _HOSTING if way.is_merged else _SHARING
    if permission not in (bound if way.is_derived else {Permission.SHARE_DERIVATIVES}):
        return None
    if flags.derivatives is None:
        return FlagFinding(DOUBTED, "allowDerivatives is not said")
    if flags.derivatives:
        return None
    if way.is_derived and not way.is_merged:
        return FlagFinding(DOUBTED, "allowDerivatives is off; fine-tunes are not named")
    return FlagFinding(FORBIDDEN, "forbidden, allowDerivatives is off (merges)")
