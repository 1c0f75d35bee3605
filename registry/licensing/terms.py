"""What a licence says: the vocabulary shared by the whole registry.

Pure Python: importing this module must never import Django.

Source: facts/license_terms.md sections 2 and 5; the words are those of the catalogue's records.
"""

import datetime as dt
from enum import IntEnum, StrEnum
from typing import Annotated

import msgspec

from registry.licensing.vocabulary import (
    Comparison,
    Confidence,
    DesignedFor,
    DutyName,
    FurtherRestrictions,
    Kind,
    LicenseClass,
    MatureContent,
    Measured,
    Metric,
    PassThrough,
    PatentGrant,
    Relicense,
    Termination,
    TerritoryScope,
    ThresholdEffect,
    ThresholdScope,
    TrainingRule,
    Trigger,
)

Clause = Annotated[str, msgspec.Meta(max_length=60)]
"""Where a text says something, in its own numbering (``section 3(b)``); never its words."""


class Permission(StrEnum):
    """Something a person may want to do with a model."""

    USE_PRIVATE = "use_private"
    USE_COMMERCIAL = "use_commercial"
    OUTPUTS_COMMERCIAL = "outputs_commercial"
    HOST_FREE = "host_free"
    HOST_PAID = "host_paid"
    REDISTRIBUTE = "redistribute"
    SELL_WEIGHTS = "sell_weights"
    CREATE_DERIVATIVES = "create_derivatives"
    SHARE_DERIVATIVES = "share_derivatives"
    TRAIN_ON_OUTPUTS = "train_on_outputs"
    SUBLICENSE = "sublicense"


class Grant(StrEnum):
    """What one licence text says about one permission."""

    ALLOWED = "allowed"
    CONDITIONAL = "conditional"
    SILENT = "silent"
    UNKNOWN = "unknown"
    FORBIDDEN = "forbidden"


class Level(IntEnum):
    """An end of an interval; the higher binds (rule L1)."""

    ALLOWED = 0
    CONDITIONAL = 1
    UNCLEAR = 2
    FORBIDDEN = 3

    @property
    def word(self) -> "Word":
        """Return the word shown for this level."""
        return Word(self.name.lower())


class Word(StrEnum):
    """What we answer."""

    ALLOWED = "allowed"
    CONDITIONAL = "conditional"
    UNCLEAR = "unclear"
    FORBIDDEN = "forbidden"
    NOT_APPLICABLE = "not_applicable"


class Basis(StrEnum):
    """What a ground rests on; everything but ``text`` says so to the reader."""

    TEXT = "text"
    TAG = "tag"
    FLAG = "flag"
    SILENCE = "silence"
    MEMORY = "memory"


class Identifiers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every name a text goes by."""

    hf_id: str = ""  # Hugging Face's `license`
    hf_license_names: tuple[str, ...] = ()  # Hugging Face's free `license_name`
    shared_names: tuple[str, ...] = ()  # names that other texts go by as well
    spdx: str = ""
    scancode_key: str = ""
    civitai_license_ids: tuple[int, ...] = ()
    aliases: tuple[str, ...] = ()


class Permissions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a text says about each permission; all are required."""

    use_private: Grant
    use_commercial: Grant
    outputs_commercial: Grant
    host_free: Grant
    host_paid: Grant
    redistribute: Grant
    sell_weights: Grant
    create_derivatives: Grant
    share_derivatives: Grant
    train_on_outputs: Grant
    sublicense: Grant


class ShareAlike(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a text demands of the licence of derivatives."""

    accepts: tuple[str, ...] = ()  # licence ids a derivative may go out under
    forbids_further_restrictions: FurtherRestrictions = FurtherRestrictions.NO
    tolerates_use_sets: tuple[str, ...] = ()  # use sets that are no further restriction


class UseRestrictions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which uses a text forbids; ``set`` names a list in ``use_sets.toml``, empty for none."""

    set: str = ""
    pass_through: PassThrough = PassThrough.NONE
    mature_content: MatureContent = MatureContent.NOT_ADDRESSED


class Training(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a text says about models trained on outputs, and about other families."""

    rule: TrainingRule
    output_trained_model_counts_as_derivative: bool
    exclusive_family: bool


class OwedDuty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something a text asks for, when, and the short value it asks for (a prefix, a line)."""

    duty: DutyName
    trigger: Trigger
    value: str = ""
    clause: Clause = ""


class Threshold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A limit on who may do something; ``value`` is 0 for a yes-or-no question."""

    metric: Metric
    comparison: Comparison
    scope: ThresholdScope
    effect: ThresholdEffect
    measured: Measured
    value: int = 0
    clause: Clause = ""


class Territory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Regions a text leaves out."""

    regions: tuple[str, ...]
    scope: TerritoryScope
    note: str = ""
    clause: Clause = ""


class Patent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether patents are granted, and whether suing ends the grant."""

    grant: PatentGrant
    litigation_terminates: bool


class TextRead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The copy of the text that was read: one of the two hashes says which bytes it has."""

    source: str  # key of sources.toml
    file: str
    read_on: dt.date
    sha256: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$")] = ""  # of the file's bytes
    commit: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{40})?$")] = ""  # Git's, with the file


class Clauses(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the text that was read says what the record says; empty where nobody noted it."""

    use_private: Clause = ""
    use_commercial: Clause = ""
    outputs_commercial: Clause = ""
    host_free: Clause = ""
    host_paid: Clause = ""
    redistribute: Clause = ""
    sell_weights: Clause = ""
    create_derivatives: Clause = ""
    share_derivatives: Clause = ""
    train_on_outputs: Clause = ""
    sublicense: Clause = ""
    relicense: Clause = ""
    use_restrictions: Clause = ""
    patent: Clause = ""
    termination: Clause = ""


class LicenseTerms(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"class_": "class"},
):
    """One licence text as read: a record of ``records/``."""

    id: str
    name: str
    kind: Kind
    class_: LicenseClass
    family: str
    designed_for: DesignedFor
    relicense: Relicense
    termination: Termination
    confidence: Confidence
    from_memory: bool  # some of it was not read but remembered
    sources: tuple[str, ...]  # keys of sources.toml
    permissions: Permissions
    training_rule: Training
    patent: Patent
    as_of: str = ""  # year, month or day of the text; empty where the record does not say
    text_url: tuple[str, ...] = ()
    note: str = ""
    ambiguities: tuple[str, ...] = ()
    identifiers: Identifiers = Identifiers()
    share_alike: ShareAlike = ShareAlike()
    use_restrictions: UseRestrictions = UseRestrictions()
    duties: tuple[OwedDuty, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    territory_excluded: tuple[Territory, ...] = ()
    text_read: TextRead | None = None  # None: nobody noted the copy, or nobody read one
    clauses: Clauses = Clauses()

    def grant(self, permission: Permission) -> Grant:
        """Return what the text says about ``permission``."""
        return Grant(getattr(self.permissions, permission.value))

    def clause(self, permission: Permission) -> str:
        """Return where the text speaks of ``permission``, empty where nobody noted it."""
        return str(getattr(self.clauses, permission.value))

    @property
    def names_no_text(self) -> bool:
        """Return whether nobody can tell which text applies (rule L4).

        True of placeholders (``other``, ``unknown``) and of family tags that stand for texts
        that differ (``cc``, ``openrail``, ``gpl``, ``lgpl``, ``bsd``: their confidence is low).
        """
        return (self.kind is Kind.PLACEHOLDER and self.class_ is LicenseClass.UNKNOWN) or (
            self.kind is Kind.FAMILY_TAG and self.confidence is Confidence.LOW
        )

    @property
    def is_unverified(self) -> bool:
        """Return whether the reading is too weak to make any word firm (rules L7 and L14)."""
        return self.confidence is Confidence.LOW or (
            self.kind is Kind.SERVICE_TOS and self.from_memory
        )

    @property
    def rests_on_memory(self) -> bool:
        """Return whether nobody read the text, in whole or in part."""
        return self.from_memory or self.confidence is Confidence.LOW
