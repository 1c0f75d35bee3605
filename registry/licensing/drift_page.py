"""What a page says about itself that does not agree with itself, or that nobody can read.

Pure Python: importing this module must never import Django. Source: README.md, rule L35.
"""

from collections.abc import Iterator

from registry.licensing.codes import DriftCode
from registry.licensing.declared import Declared, page_finding
from registry.licensing.findings import Finding
from registry.licensing.lineage_view import Node, NodeClaim
from registry.licensing.terms import Basis
from registry.lineage.relations import Grade

_TEXT = {Grade.TEXT_MATCHED, Grade.TEXT_LINKED}


def page_drift(subject: Node, declared: Declared) -> Iterator[Finding]:
    """Yield what the page's own statements come to (rule L35)."""
    licenses = [claim for claim in subject.claims if claim.license_id]
    texts = [claim for claim in licenses if _is_text(claim)]
    read = {license_id for claim in texts for license_id in _ids(claim)}
    others = [claim for claim in licenses if not read.intersection(_ids(claim))]
    if texts and others:
        tags = ", ".join(sorted({license_id for claim in others for license_id in _ids(claim)}))
        because = f"The label says {tags}; the text is {', '.join(sorted(read))}."
        yield page_finding(DriftCode.LABEL_TEXT_MISMATCH, because, declared)
    if licenses and not texts and not subject.awaits_license:
        because = "Only a tag or a label is declared; no licence text was seen."
        yield page_finding(DriftCode.NO_LICENCE_TEXT, because, declared)


def _is_text(claim: NodeClaim) -> bool:
    return claim.is_official or (claim.grade in _TEXT and claim.basis is Basis.TEXT)


def _ids(claim: NodeClaim) -> set[str]:
    return {claim.license_id, *claim.others}
