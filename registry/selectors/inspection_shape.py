"""An inspection as JSON: one shape for the command and the API.

Stable: keys are added, never renamed or given another meaning (README.md, "What a file says of
itself").
"""

from typing import TypedDict

from registry.inspection.report import TensorsJson


class DigestJson(TypedDict):
    """One digest of the file, and who made it."""

    value: str
    stated_by: str  # file: made here of its bytes | a hub: as it says, not checked


class KnownListingJson(TypedDict):
    """One version of one page that lists some bytes; of what is withheld only the state."""

    hub: str
    model_id: str
    version_id: str
    name: str
    filename: str
    sha256: str
    url: str
    state: str
    ask: str  # what to ask `check_rights` about it


class KnownJson(TypedDict):
    """What the registry knows of something; ``matched_by``: a kind of digest, or empty."""

    matched_by: str
    exact: bool
    listings: list[KnownListingJson]


class FileParentJson(TypedDict):
    """What a header says something was made from; ``child`` is empty for the file itself."""

    child: str
    parent: str
    relation: str
    weight: float | None
    method: str
    evidence: str
    grade: str  # E1 to E6; E5 and E6 are never firm
    source: str
    known: KnownJson


class FileFindingJson(TypedDict):
    """Something a reader should know; ``code`` is stable."""

    code: str
    because: str


class SharedComponentJson(TypedDict):
    """How much of one component of the file asked about stands in another file."""

    name: str
    tensors: int
    same_bytes: int  # tensors of the same type and bytes
    same_rounded: int  # tensors of the same numbers in F16, those included
    whole_in: str  # bytes, f16, bf16: the strictest form in which all are the same; or empty
    whole_as: str  # the other file's component that is this one; or empty
    theirs: int  # tensors that the other file has in a component of that name


class SharingFileJson(TypedDict):
    """Another file that holds a whole component of this one; a withheld one has no SHA-256."""

    sha256: str
    components: list[SharedComponentJson]
    listings: list[KnownListingJson]


class KnownComponentsJson(TypedDict):
    """Which files hold a whole component (a UNet, a VAE) of this one; ``has_more``: others do."""

    files: list[SharingFileJson]
    has_more: bool


class KnownOfJson(TypedDict):
    """What the registry knows of these bytes, these tensors in other bytes, and parts of them."""

    bytes: KnownJson
    tensors: KnownJson
    components: KnownComponentsJson


class InspectionJson(TypedDict):
    """What a file is, what it claims, what it was made from, and what is known of it."""

    digests: dict[str, DigestJson]
    format: str
    kind: str
    family: str
    role: str
    tensors: TensorsJson
    claims: dict[str, str]
    parents: list[FileParentJson]
    findings: list[FileFindingJson]
    known: KnownOfJson
