"""The answer to "may I?" as JSON: one shape for the command, the API and the pages.

Stable: keys are added, never renamed or given another meaning. Ids are strings, times are
ISO 8601 in UTC, words are those of ``registry.licensing.terms``. A node of a lineage (``child``,
``parent``, ``ancestor``) is a reference as ``registry.lineage.references`` spells it, or
``withheld:<n>`` for a page that is not shown.
"""

from typing import NotRequired, TypedDict

from registry.selectors.finding_shape import CapJson, FindingJson, TerritoryJson

RightWord = str  # allowed | conditional | unclear | forbidden | not_applicable


class GroundJson(TypedDict):
    """One reason: what one ancestor's licence says."""

    ancestor: str
    license: str
    clause: str
    grade: str  # E1 (text matched) to E6 (inferred)
    basis: str  # text | tag | flag | silence | memory
    source: str
    best: RightWord
    worst: RightWord
    text_url: str  # the licence text, where known
    overruled: bool  # true: shown and binds nothing, the official text says otherwise


class RightJson(TypedDict):
    """The answer for one permission: a word and the interval it stands for."""

    word: RightWord
    best: RightWord
    worst: RightWord
    grounds: list[GroundJson]  # the binding one first


class ClaimJson(TypedDict):
    """What somebody says about a page's licence.

    ``license`` is a catalogue id, or an expression over several, e.g. ``mit AND apache-2.0``.
    """

    license: str  # "civitai-addendum" for the creator's permission flags
    source: str  # where it was read
    grade: str
    seen_at: str
    kind: str  # card | hub_tag | flags | catalog | author | moderator
    declared: str  # in the words it was made with
    flags: dict[str, bool | list[str]]  # Civitai's own four names; empty for other claims
    reason: NotRequired[str]  # of a correction: why
    withdrawn_at: NotRequired[str]  # in a page's history, of a correction that was taken back


class DutyJson(TypedDict):
    """Something owed, when, and to which ancestor."""

    duty: str
    value: str
    trigger: str
    ancestor: str  # the nearest one that asks for it
    owed_to: list[str]  # every ancestor that does


class UseRestrictionJson(TypedDict):
    """One use that the named ancestors' texts forbid."""

    tag: str
    ancestors: list[str]


class EdgeJson(TypedDict):
    """``child`` is said to be made from ``parent``."""

    child: str
    parent: str
    relation: str
    evidence: str
    grade: str
    source: str
    weight: NotRequired[float]  # in [0, 1] where it is stated
    retracted: NotRequired[bool]  # true: the page no longer states it


class AncestorJson(TypedDict):
    """One node of a lineage, so that a reader can name and find it."""

    id: str
    name: str
    url: str  # on its hub; empty where it has none or is withheld
    hub: str  # empty where it is not a page of a mirrored hub
    model_id: str
    version_id: str
    licenses: list[str]  # catalogue ids of its claims
    is_open: bool  # named by somebody, mirrored by nobody


class ListingJson(TypedDict):
    """One page's version that lists the bytes (or is the page asked about)."""

    id: str  # this listing as a node of its lineage
    hub: str
    model_id: str
    version_id: str
    name: str
    version_name: str
    author: str
    url: str
    sha256: str  # the bytes this listing was found by; empty for a question about a page
    filename: str  # as this listing calls the bytes; empty like sha256
    file_kind: str  # the hub's word for the file: Model, VAE, Config, ...; may be empty
    state: str  # a PageState, or "withheld"
    disputed: bool
    lineage_coverage: str  # certified | attested | declared | label_only | none
    claims: list[ClaimJson]
    rights: dict[str, RightJson]  # by permission id
    relicense: RightJson  # may a derivative go out under other terms?
    duties: list[DutyJson]
    use_restrictions: list[UseRestrictionJson]
    caps: list[CapJson]  # the lowest of each metric first
    territory_excluded: list[TerritoryJson]
    conflicts: list[FindingJson]  # terms of ancestors that do not go together
    drift: list[FindingJson]  # where the page and its parents' texts differ; not of withheld pages
    open_edges: list[EdgeJson]
    lineage: list[EdgeJson]
    ancestors: list[AncestorJson]
    notes: list[str]


class CandidateJson(TypedDict):
    """Something the question could mean: a page found by name, or bytes found by a weak digest."""

    kind: str  # page | artifact
    sha256: str  # empty for a page
    hub: str
    model_id: str
    name: str
    author: str
    model_type: str
    url: str
    ask: str  # the question that asks for exactly this: "civitai:85283", a SHA-256


class NotCoveredJson(TypedDict):
    """Something this answer does not speak about."""

    topic: str
    text: str
    prominent: bool  # true: it matters for this model, show it first


class NoticeJson(TypedDict):
    """Something to know before relying on the answer."""

    code: str
    text: str


class Answer(TypedDict):
    """What the registry knows about WHAT."""

    query: str
    as_of: str  # the moment this was known at; empty: now
    matched_by: str  # sha256 | blake3 | autov1 | ... | civitai | civitai-version | ... | name
    exact: bool  # false: candidates; nothing below is known to be about the asker's bytes
    use: str  # the permission asked about; empty: all of them
    profile: list[str]  # what was said of the asker, by field; no value is repeated
    listings: list[ListingJson]
    combined: dict[str, RightJson]  # with the binding grounds only; empty without listings
    lineage_coverage: str  # the weakest of the listings; "none" where there are none
    candidates: list[CandidateJson]
    notices: list[NoticeJson]
    not_covered: list[NotCoveredJson]  # prominent ones first
    contact: str


class StackFileJson(TypedDict):
    """One of several files that are used together."""

    query: str
    id: str  # its node in grounds and findings, of a file nobody mirrored; else see its listings
    found: bool  # false: nobody mirrored it; it counts by its official text, else as unknown
    detail: str  # why it was not found, and what counts
    answer: NotRequired[Answer]  # about this file alone


class StackAnswer(TypedDict):
    """What may be done with several files that run together (rule L37).

    Handing on is a question about each file: ``not_applicable`` here, answered under ``files``.
    """

    query: list[str]
    as_of: str
    use: str
    profile: list[str]
    rights: dict[str, RightJson]  # with the binding grounds only
    decided_by: dict[str, list[str]]  # by permission: the files whose own answer is strictest
    duties: list[DutyJson]
    use_restrictions: list[UseRestrictionJson]
    caps: list[CapJson]
    territory_excluded: list[TerritoryJson]
    conflicts: list[FindingJson]
    lineage_coverage: str  # the weakest of the files
    files: list[StackFileJson]
    notes: list[str]
    notices: list[NoticeJson]
    not_covered: list[NotCoveredJson]
    contact: str


class LineageJson(TypedDict):
    """What was found above a subject, listing by listing."""

    query: str
    as_of: str
    listings: list["LineageListingJson"]
    notices: list[NoticeJson]


class LineageListingJson(TypedDict):
    """The ancestors of one listing."""

    hub: str
    model_id: str
    version_id: str
    state: str
    lineage_coverage: str
    lineage: list[EdgeJson]  # nearest first
    open_edges: list[EdgeJson]
    ancestors: list[AncestorJson]
