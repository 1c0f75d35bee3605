"""What an evidence pack holds beside the answer, as JSON.

Other apps hand in what they hold verbatim through ``settings.KEIFU_EVIDENCE``: dotted paths of
functions ``(*, pages: Collection[tuple[str, str]]) -> Iterable[PayloadEvidence]``, where a page is
its hub and its id there.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypedDict

from registry.selectors.answer_shape import ClaimJson


class PayloadEvidence(NamedTuple):
    """One answer of a hub about a page; ``read`` returns its bytes as they came.

    They are empty where only their digest may be kept: they spell what was erased.
    """

    hub: str
    hub_model_id: str
    kind: str
    sha256: str  # of the bytes
    revision: str
    received_at: datetime
    read: Callable[[], bytes]


class PageEvidenceJson(TypedDict):
    """A page of the lineage; of one that is not shown only its states and claims."""

    page: str  # a reference, or "withheld:<n>"
    url: str
    first_seen_at: str
    states: list[dict[str, str]]  # state and seen_at, the earliest first
    claims: list[ClaimJson]  # those that stood


class EdgeEvidenceJson(TypedDict):
    """One row of the lineage as it stood."""

    child: str  # the page, and behind "@" its version; "withheld"
    parent: str
    relation: str
    evidence: str
    grade: str
    source: str
    seen_at: str
    retracted: bool


class PayloadJson(TypedDict):
    """One answer of a hub: what it was, never what it said."""

    page: str
    kind: str
    sha256: str
    revision: str
    received_at: str
    member: str  # where its bytes lie in the pack; empty: they were left out


class RecordJson(TypedDict):
    """One licence record that a ground of the answer names."""

    id: str
    member: str
    sha256: str  # of the record
    text_urls: list[str]
    texts: list[dict[str, str]]  # what the record says of texts that were read: tables with sha256


class RulesJson(TypedDict):
    """By which rules and which catalogue the answer was worked out."""

    software_version: str
    rules_sha256: str  # of the numbered rules, registry/licensing/README.md
    engine_sha256: str  # of the code that applies them
    catalogue_sha256: str  # of every file of the catalogue
    records: list[RecordJson]
