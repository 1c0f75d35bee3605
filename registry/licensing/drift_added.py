"""What a page adds to its lineage, exceeds or names wrongly: the drift that drops nothing.

Pure Python: importing this module must never import Django.
Source: README.md, rules L34 and L35.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from registry.licensing.civitai_flags import granted
from registry.licensing.codes import DriftCode
from registry.licensing.declared import Declared, drift_finding, names
from registry.licensing.findings import Finding
from registry.licensing.interval import FORBIDDEN
from registry.licensing.lineage_view import CivitaiFlags
from registry.licensing.readings import interval_of
from registry.licensing.restrictions import bars_further_restrictions, further_restrictions
from registry.licensing.statements import Statement
from registry.licensing.terms import LicenseTerms, Permission

_GUARDED: Mapping[Permission, str] = {  # the flag value that gives what a base may forbid
    Permission.OUTPUTS_COMMERCIAL: "Image",
    Permission.HOST_PAID: "Rent",
    Permission.SELL_WEIGHTS: "Sell",
}
_VERSION = re.compile(r"(-?\d+(\.\d+)*)+$")


def restrictions_added(declared: Declared, shared: Sequence[Statement]) -> Iterator[Finding]:
    """Find what a page adds to a text that bars further restrictions (rule L34)."""
    for over in shared:
        if not all(map(bars_further_restrictions, over.texts)):
            continue
        added = [
            *(f"the flag {flag} is off" for flag in _restricting(declared.flags, over)),
            *(what for own in declared.statements for what in _imposed(over, own)),
        ]
        if added:
            because = (
                f"The page adds: {', '.join(dict.fromkeys(added))}; the text of an ancestor, "
                f"{names([over])}, bars further restrictions; evidence grade "
                f"{over.grade.value}. The stricter answer is kept."
            )
            clause = "share_alike.forbids_further_restrictions"
            yield drift_finding(DriftCode.ADDED_RESTRICTION_ON_SA, because, clause, over)


def _imposed(over: Statement, own: Statement) -> list[str]:
    """Return what a declared statement certainly adds, whichever of its texts applies."""
    found = [
        [i.what for i in further_restrictions(first, terms) if i.is_certain]
        for terms in own.texts
        for first in over.texts
    ]
    return [what for each in found for what in each] if all(found) else []


def _restricting(flags: Sequence[CivitaiFlags], over: Statement) -> Iterator[str]:
    for said in flags:
        if said.commercial is not None:
            for permission, flag in _GUARDED.items():
                if flag not in granted(said.commercial) and not _is_barred(over, permission):
                    yield flag
        if said.derivatives is False:
            yield "allowDerivatives"


def flags_exceeding_base(declared: Declared, handed_on: Sequence[Statement]) -> Iterator[Finding]:
    """Find flags that give what a base forbids (rule L34)."""
    for base in handed_on:
        given = [
            flag
            for said in declared.flags
            for permission, flag in _GUARDED.items()
            if flag in granted(said.commercial or frozenset()) and _is_barred(base, permission)
        ]
        if given:
            because = (
                f"The page's flags give {', '.join(dict.fromkeys(given))}; the text of an "
                f"ancestor, {names([base])}, forbids it; evidence grade {base.grade.value}."
            )
            code, clause = DriftCode.PLATFORM_FLAG_EXCEEDS_BASE, "permissions"
            yield drift_finding(code, because, clause, base)


def _is_barred(statement: Statement, permission: Permission) -> bool:
    return all(interval_of(terms, permission) == FORBIDDEN for terms in statement.texts)


def other_versions(declared: Declared, shared: Sequence[Statement]) -> Iterator[Finding]:
    """Find that another version of an ancestor's text is declared (rule L35)."""
    for own in declared.statements:
        for ancestor in shared:
            if len(own.texts) == len(ancestor.texts) == 1 and _is_other_version(
                own.texts[0], ancestor.texts[0]
            ):
                because = (
                    f"Declared {names([own])}; an ancestor is under another version, "
                    f"{names([ancestor])}; evidence grade {ancestor.grade.value}."
                )
                yield drift_finding(DriftCode.VERSION_MISMATCH, because, "id", ancestor)


def _is_other_version(own: LicenseTerms, ancestor: LicenseTerms) -> bool:
    is_same_line = own.family == ancestor.family and _line(own.id) == _line(ancestor.id)
    return is_same_line and own.id not in {ancestor.id, *ancestor.share_alike.accepts}


def _line(license_id: str) -> str:
    """Return a licence id without its version, e.g. ``llama`` for ``llama3.1``."""
    return _VERSION.sub("", license_id).strip("-")
