"""What was last said about a page's licence, and what it means.

Rows keep the words; which catalogue licence they mean is identified here, on read.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from registry.licensing.identify import (
    Identified,
    Part,
    identify_base_model,
    identify_claim,
)
from registry.licensing.terms import Basis
from registry.licensing.verdict import CivitaiFlags, NodeClaim, Reading
from registry.lineage.relations import Grade
from registry.models import LicenseClaim
from registry.selectors.answer_shape import ClaimJson
from registry.selectors.as_of import known, standing_until
from registry.snapshots import ClaimSource

FLAGS_LICENSE = "civitai-addendum"  # the catalogue's record of what the flags mean
_STATES = {
    ClaimSource.MODERATOR.value: "a moderator states",
    ClaimSource.AUTHOR.value: "the author states",
}
_READ_GRADES = {Grade.TEXT_MATCHED, Grade.TEXT_LINKED}


def claims_of(
    *, pages: Collection[int], as_of: datetime | None = None
) -> dict[int, tuple[LicenseClaim, ...]]:
    """Return the claim of each source that stood, for the pages with these primary keys."""
    stood = known(as_of, "seen_at") & standing_until(as_of, "withdrawn_at")
    rows = (
        LicenseClaim.objects.filter(stood, hub_model__in=pages)
        .order_by("hub_model", "source", "-seen_at", "-pk")
        .distinct("hub_model", "source")
    )
    found: dict[int, tuple[LicenseClaim, ...]] = {}
    for row in rows:
        found[row.hub_model_id] = (*found.get(row.hub_model_id, ()), row)
    return found


def license_of(claim: LicenseClaim) -> str:
    """Return the catalogue id that a claim's words mean, or an expression over several ids."""
    match claim.source:
        case ClaimSource.FLAGS:
            return FLAGS_LICENSE
        case ClaimSource.CATALOG:
            return claim.declared[0] if claim.declared else "unknown"
    return _identified(claim).license_id


def _identified(claim: LicenseClaim) -> Identified:
    return identify_claim(
        declared=claim.declared,
        license_name=claim.license_name,
        license_link=claim.license_link,
    )


def node_claims(claim: LicenseClaim, *, show_source: bool = True) -> tuple[NodeClaim, ...]:
    """Return a claim as the verdict reads it, one for each licence that it says applies.

    Of a withheld page without its words and address.
    """
    base = NodeClaim(
        license_id="",
        grade=Grade(claim.grade),
        source=_evidence_of(claim) if show_source else "",
        basis=_basis(claim),
        declared=words_of(claim) if show_source else "",
    )
    match claim.source:
        case ClaimSource.FLAGS:
            return (replace(base, flags=flags_of(claim.flags)),)
        case ClaimSource.CATALOG:
            return (replace(base, license_id=license_of(claim), is_official=True),)
        case ClaimSource.MODERATOR:  # with the text's address it beats tags: rule L12
            base = replace(base, is_official=bool(claim.source_url))
    return tuple(_part_claim(base, part) for part in _identified(claim).parts)


def _part_claim(base: NodeClaim, part: Part) -> NodeClaim:
    doubt = f"declares {base.declared!r}, which may be {' or '.join(part.ids)}"
    return replace(
        base,
        license_id=part.ids[0],
        others=part.ids[1:],
        reading=part.reading,
        declared=doubt if part.reading is Reading.DOUBT and base.declared else base.declared,
    )


def label_claim(label: str) -> NodeClaim:
    """Return the licence that a Civitai base-model label stands for."""
    base = identify_base_model(label)
    return NodeClaim(
        license_id=base.license_id,
        grade=base.grade,
        source=base.source,
        basis=Basis.TAG,
        declared=base.note or base.label,
        others=base.others,
        reading=Reading.DOUBT if base.others else Reading.SURE,
    )


def _basis(claim: LicenseClaim) -> Basis:
    if claim.source == ClaimSource.FLAGS:
        return Basis.FLAG
    was_read = claim.source == ClaimSource.CATALOG or claim.grade in _READ_GRADES
    return Basis.TEXT if was_read else Basis.TAG


def words_of(claim: LicenseClaim) -> str:
    """Return a claim in the words it was made with."""
    said = [*claim.declared, claim.license_name]
    return ", ".join(dict.fromkeys(word for word in said if word))


def flags_of(flags: Mapping[str, Any]) -> CivitaiFlags:
    """Return Civitai's four flags; what the page does not say stays unsaid."""
    commercial = flags.get("allowCommercialUse")
    return CivitaiFlags(
        no_credit=_said(flags, "allowNoCredit"),
        commercial=None if commercial is None else frozenset(map(str, commercial)),
        derivatives=_said(flags, "allowDerivatives"),
        different_license=_said(flags, "allowDifferentLicense"),
    )


def _said(flags: Mapping[str, Any], name: str) -> bool | None:
    value = flags.get(name)
    return value if isinstance(value, bool) else None


def source_of(claim: LicenseClaim) -> str:
    """Return where a claim was read."""
    unnamed = _STATES.get(claim.source, f"{claim.source.replace('_', ' ')} of the page")
    return claim.source_url or unnamed


def _evidence_of(claim: LicenseClaim) -> str:
    """Return where a claim was read; of a correction who states it, and why."""
    if not claim.reason:
        return source_of(claim)
    address = f" ({claim.source_url})" if claim.source_url else ""
    return f"{_STATES.get(claim.source, claim.source)}: {claim.reason}{address}"


def claim_json(claim: LicenseClaim, *, show_source: bool = True) -> ClaimJson:
    """Return a claim as the answer shows it; of a withheld page without its words and address."""
    shown: ClaimJson = {
        "license": license_of(claim),
        "source": source_of(claim) if show_source else "",
        "grade": claim.grade,
        "seen_at": iso_time(claim.seen_at),
        "kind": claim.source,
        "declared": words_of(claim) if show_source else "",
        "flags": dict(claim.flags),
    }
    if claim.reason and show_source:
        shown["reason"] = claim.reason
    return shown


def past_claim_json(claim: LicenseClaim) -> ClaimJson:
    """Return a claim as a page's history shows it: taken back or not."""
    shown = claim_json(claim)
    if claim.withdrawn_at is not None:
        shown["withdrawn_at"] = iso_time(claim.withdrawn_at)
    return shown


def iso_time(moment: datetime) -> str:
    """Return a time as ISO 8601 in UTC, ending in ``Z``."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
