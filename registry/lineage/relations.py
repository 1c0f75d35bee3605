"""How a child came from a parent, how we know, and how far that can be believed.

Pure Python: importing this module must never import Django.

Source: facts/license_terms.md section 4 (edge kinds) and section 5 (evidence grades).
"""

from enum import StrEnum


class Relation(StrEnum):
    """What was done to the parent to get the child."""

    MERGE = "merge"
    FINETUNE = "finetune"
    ADAPTER = "adapter"
    QUANTIZED = "quantized"
    BUNDLE = "bundle"
    RUNTIME = "runtime"
    DISTILL = "distill"
    DATASET = "dataset"


class Grade(StrEnum):
    """How strong a piece of evidence is; ``E1`` is the strongest."""

    TEXT_MATCHED = "E1"
    TEXT_LINKED = "E2"
    TAG = "E3"
    PLATFORM_FLAG = "E4"
    PROSE = "E5"
    INFERRED = "E6"

    @property
    def is_firm(self) -> bool:
        """Return whether a statement of this grade may make a word firm (E1 to E4)."""
        return self not in {Grade.PROSE, Grade.INFERRED}


class Evidence(StrEnum):
    """Where a lineage statement was read."""

    CARD_BASE_MODEL = "card_base_model"
    HUB_TAG = "hub_tag"
    MERGEKIT_CONFIG = "mergekit_config"
    BASE_LABEL = "base_label"
    DESCRIPTION_LINK = "description_link"
    DESCRIPTION_NAME = "description_name"
    HEADER_KOHYA = "header_kohya"
    HEADER_A1111 = "header_a1111"
    HEADER_SDNEXT = "header_sdnext"
    HEADER_NEO = "header_neo"
    HEADER_SUPERMERGER = "header_supermerger"
    HEADER_CHATTIORI = "header_chattiori"
    HEADER_MERGESTUDIO = "header_mergestudio"
    HEADER_MECHA = "header_mecha"
    HEADER_MODELSPEC = "header_modelspec"
    HEADER_GGUF = "header_gguf"
    PEFT_CONFIG = "peft_config"
    COMFY_WORKFLOW = "comfy_workflow"
    CATALOG = "catalog"
    DECLARED = "declared"


# What a file says of itself: it speaks for the bytes, whoever lists them.
IN_FILES = frozenset(
    {evidence for evidence in Evidence if evidence.value.startswith("header_")}
    | {Evidence.PEFT_CONFIG, Evidence.COMFY_WORKFLOW}
)


class Coverage(StrEnum):
    """How much of a model's lineage is known; ``certified`` is the best."""

    CERTIFIED = "certified"
    ATTESTED = "attested"
    DECLARED = "declared"
    LABEL_ONLY = "label_only"
    NONE = "none"
