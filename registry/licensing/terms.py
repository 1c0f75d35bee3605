"""What a licence says: the vocabulary shared by the whole registry.

Pure Python: importing this module must never import Django.

Source: facts/license_terms.md sections 2 and 5; the words are those of the catalogue's records.
"""

from enum import IntEnum, StrEnum


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
