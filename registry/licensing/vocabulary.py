"""The closed words of the licence records, one enumeration per field.

A word that is not here is a mistake in a record (``BrokenRecord``); a new word is added here
together with the code that understands it. Pure Python: importing this module must never
import Django. Source: facts/license_terms.md section 2 and the records themselves.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What a record describes."""

    LICENCE = "licence"
    SERVICE_TOS = "service_tos"  # terms of a hosted service: there are no weights to have
    FAMILY_TAG = "family_tag"  # a tag that names a family of texts, not one text
    PLACEHOLDER = "placeholder"  # nobody can tell the text
    ADDENDUM = "addendum"  # adds to another licence: Civitai's flags


class LicenseClass(StrEnum):
    """The sort of licence, for lists and filters; no rule reads it."""

    ADDENDUM = "addendum"
    ATTRIBUTION = "attribution"
    COPYLEFT_NETWORK = "copyleft_network"
    COPYLEFT_NETWORK_RAIL = "copyleft_network_rail"
    COPYLEFT_STRONG = "copyleft_strong"
    COPYLEFT_WEAK = "copyleft_weak"
    DATA_RESTRICTED = "data_restricted"
    NO_DERIVATIVES = "no_derivatives"
    NO_GRANT = "no_grant"
    NON_COMMERCIAL = "non_commercial"
    NON_COMMERCIAL_SHARE_ALIKE = "non_commercial_share_alike"
    PERMISSIVE = "permissive"
    PERMISSIVE_CONDITIONAL = "permissive_conditional"
    PUBLIC_DOMAIN = "public_domain"
    RAIL = "rail"
    RAIL_PLUS_RESTRICTIONS = "rail_plus_restrictions"
    RESEARCH_ONLY = "research_only"
    SERVICE_TOS = "service_tos"
    SHARE_ALIKE = "share_alike"
    UNKNOWN = "unknown"
    VENDOR_CONDITIONAL = "vendor_conditional"


class DesignedFor(StrEnum):
    """What the text was written for; a mismatch is a warning, not a verdict."""

    MODEL = "model"
    SOFTWARE = "software"
    CONTENT = "content"
    DATA = "data"
    FONT = "font"


class Relicense(StrEnum):
    """Under which terms a derivative may go out."""

    FREE = "free"
    KEEP_NOTICES = "keep_notices"
    KEEP_USE_RESTRICTIONS = "keep_use_restrictions"
    NONE = "none"
    ORIGINAL_TERMS_PERSIST = "original_terms_persist"
    SAME_LICENCE = "same_licence"
    SAME_LICENCE_FILE = "same_licence_file"
    SAME_LICENCE_LIBRARY = "same_licence_library"
    SAME_OR_MORE_PERMISSIVE = "same_or_more_permissive"
    SAME_OR_MORE_RESTRICTIVE = "same_or_more_restrictive"
    UNKNOWN = "unknown"


class FurtherRestrictions(StrEnum):
    """Whether the text bars terms beyond its own on derivatives."""

    YES = "yes"
    WEAK = "weak"  # for the licensed files only (MPL, EPL)
    NO = "no"


class PassThrough(StrEnum):
    """What happens to the use restrictions downstream."""

    EQUIVALENT_PURPOSE = "equivalent_purpose"
    MUST_COMPLY = "must_comply"
    MUST_INCLUDE_ENFORCEABLE = "must_include_enforceable"
    NONE = "none"
    PERSISTS_ON_DERIVATIVES = "persists_on_derivatives"


class MatureContent(StrEnum):
    """What the text says about sexual content."""

    NOT_ADDRESSED = "not_addressed"
    FORBIDDEN_BY_AUP = "forbidden_by_aup"
    REGULATORY = "regulatory"
    SEXUAL_SOLICITATION_ONLY = "sexual_solicitation_only"
    SEXUALLY_EXPLICIT_FORBIDDEN_EXCEPT_ART_SCIENCE = (
        "sexually_explicit_forbidden_except_art_science"
    )
    UNLAWFUL_AND_NCII_ONLY = "unlawful_and_ncii_only"


class TrainingRule(StrEnum):
    """What the text says about models trained on outputs."""

    DERIVATIVE = "derivative"
    NAME_AND_DISPLAY = "name_and_display"
    NO_COMPETING_MODELS = "no_competing_models"
    NO_FOUNDATION_MODELS_EXCEPT_OWN = "no_foundation_models_except_own"
    NO_OTHER_AI_MODELS = "no_other_ai_models"
    NO_OTHER_AI_MODELS_EXCEPT_NON_COMMERCIAL = "no_other_ai_models_except_non_commercial"
    NO_OTHER_LLM = "no_other_llm"
    NO_OTHER_MODELS = "no_other_models"
    NO_OTHER_TEXT_TO_IMAGE = "no_other_text_to_image"
    OWN_FAMILY_ONLY = "own_family_only"
    RESEARCH_ONLY = "research_only"
    UNKNOWN = "unknown"
    UNRESTRICTED = "unrestricted"


class DutyName(StrEnum):
    """Something owed in return for a permission."""

    ACKNOWLEDGE_IN_PUBLICATION = "acknowledge_in_publication"
    ATTRIBUTION_NOTICE = "attribution_notice"
    BIND_RECIPIENTS = "bind_recipients"
    BIND_USERS_TO_USE_RESTRICTIONS = "bind_users_to_use_restrictions"
    COMMERCIAL_LICENCE_CONTACT = "commercial_licence_contact"
    CONTENT_FILTER_OR_REVIEW = "content_filter_or_review"
    DERIVATIVE_IMPACT_REPORT = "derivative_impact_report"
    DISCLOSE_AI_GENERATED = "disclose_ai_generated"
    DISPLAY_TEXT = "display_text"
    DISPLAY_TEXT_ENCOURAGED = "display_text_encouraged"
    IDENTIFY_MODIFIED_VERSION = "identify_modified_version"
    INCLUDE_LICENCE_COPY = "include_licence_copy"
    INFORM_OF_LICENCE = "inform_of_licence"
    KEEP_AND_EXTEND_MODEL_DOCUMENTATION = "keep_and_extend_model_documentation"
    KEEP_GUARDRAILS = "keep_guardrails"
    KEEP_PROVENANCE_FEATURES = "keep_provenance_features"
    LINK_OR_COPY_LICENCE = "link_or_copy_licence"
    NAME_PREFIX = "name_prefix"
    NOTICE_FILE_WITH_PRESCRIBED_TEXT = "notice_file_with_prescribed_text"
    NOTICE_ON_PRODUCED_WORKS = "notice_on_produced_works"
    NOTIFY_TRANSFEREE_OF_PAID_THRESHOLD = "notify_transferee_of_paid_threshold"
    PASS_THROUGH_USE_RESTRICTIONS = "pass_through_use_restrictions"  # noqa: S105
    PROPAGATE_NOTICE_FILE_IF_ANY = "propagate_NOTICE_file_if_any"
    PUBLISH_DERIVATIVE_WEIGHTS = "publish_derivative_weights"
    PUBLISH_MERGE_RECIPE_AND_PROMPTS = "publish_merge_recipe_and_prompts"
    RECIPIENT_RIGHTS_COME_FROM_LICENSOR = "recipient_rights_come_from_licensor"
    REGISTRATION = "registration"
    RENAME_OR_PUBLISH_MODIFIED_VERSION = "rename_or_publish_modified_version"
    RETAIN_NOTICES = "retain_notices"
    RUNTIME_CONTROL_ACCEPT = "runtime_control_accept"
    SOURCE_DISCLOSURE = "source_disclosure"
    STATE_CHANGES = "state_changes"
    STATE_LAST_UPDATE_DATE = "state_last_update_date"
    STATE_MODEL_NAME_AND_LINK = "state_model_name_and_link"
    CREDIT_CREATOR = "credit_creator"  # Civitai's allowNoCredit=false, not a word of the records


class Trigger(StrEnum):
    """The act that makes a duty due."""

    COMMERCIAL = "commercial"
    COMMERCIAL_ABOVE_THRESHOLD = "commercial_above_threshold"
    COSMOS_MODELS_ONLY = "cosmos_models_only"
    DEPLOY = "deploy"
    DISTRIBUTE = "distribute"
    DISTRIBUTE_EXCEPT_HOSTED = "distribute_except_hosted"
    DISTRIBUTE_MODEL_TRAINED_OR_IMPROVED_WITH_IT = "distribute_model_trained_or_improved_with_it"
    DISTRIBUTE_OR_HOST = "distribute_or_host"
    DISTRIBUTE_SOURCE = "distribute_source"
    HOST = "host"
    MODIFIED_MODEL = "modified_model"
    NETWORK_USE = "network_use"
    OUTPUTS = "outputs"
    OUTPUTS_WHERE_LAW_REQUIRES = "outputs_where_law_requires"
    PUBLIC_OUTPUTS = "public_outputs"
    PUBLIC_STATEMENT_ABOUT_DERIVATIVE = "public_statement_about_derivative"
    PUBLISH_RESEARCH = "publish_research"
    REDISTRIBUTE_UNMODIFIED_WHOLE = "redistribute_unmodified_whole"
    USE = "use"
    USE_OR_DISTRIBUTE = "use_or_distribute"
    USE_OR_OUTPUTS = "use_or_outputs"


class Metric(StrEnum):
    """What a threshold counts."""

    ANNUAL_REVENUE_CNY = "annual_revenue_cny"
    ANNUAL_REVENUE_USD = "annual_revenue_usd"
    COMPETES_WITH_LICENSOR = "competes_with_licensor"
    DAU = "dau"
    MAU = "mau"
    MONTHLY_REVENUE_USD = "monthly_revenue_usd"
    MONTHLY_UNIQUE_USERS = "monthly_unique_users"
    MONTHLY_VISITS = "monthly_visits"
    OUTPUT_TOKENS_PER_MONTH = "output_tokens_per_month"
    TEAM_SIZE = "team_size"


class Comparison(StrEnum):
    """How a threshold compares."""

    GT = "gt"
    GTE = "gte"
    IS = "is"  # a yes-or-no question, without a value


class ThresholdScope(StrEnum):
    """Which uses a threshold limits."""

    ANY = "any"
    ANY_EXCEPT_NON_COMMERCIAL = "any_except_non_commercial"
    COMMERCIAL = "commercial"
    IMAGE_GENERATION_CORE_BUSINESS = "image_generation_core_business"
    MODEL_HOSTING_OPERATORS = "model_hosting_operators"


class ThresholdEffect(StrEnum):
    """What follows above a threshold."""

    LICENCE_FROM_LICENSOR_NEEDED = "licence_from_licensor_needed"
    PAID_LICENCE_NEEDED = "paid_licence_needed"
    ENTERPRISE_LICENCE_NEEDED = "enterprise_licence_needed"
    NOT_LICENSED = "not_licensed"
    SECURITY_REVIEW = "security_review"
    DISPLAY_DUTY = "display_duty"


class Measured(StrEnum):
    """When a threshold is measured."""

    CURRENT = "current"
    CURRENT_COMPANY_WIDE = "current_company_wide"
    CURRENT_GROUP_WIDE = "current_group_wide"
    MONTH_BEFORE_VERSION_RELEASE = "month_before_version_release"
    PREVIOUS_MONTH = "previous_month"
    PREVIOUS_YEAR = "previous_year"
    ROLLING = "rolling"


class TerritoryScope(StrEnum):
    """What a territorial exclusion reaches."""

    WEIGHTS = "weights"
    WEIGHTS_DERIVATIVES_AND_OUTPUTS = "weights_derivatives_and_outputs"
    MULTIMODAL_MODELS_ONLY = "multimodal_models_only"


class PatentGrant(StrEnum):
    """Whether the text grants patents."""

    EXPRESS = "express"
    WITHHELD = "withheld"
    SILENT = "silent"


class Termination(StrEnum):
    """How a grant ends."""

    IRREVOCABLE = "irrevocable"
    IRREVOCABLE_WITH_30_DAY_CURE = "irrevocable_with_30_day_cure"
    ON_BREACH = "on_breach"
    ON_BREACH_WITH_CURE = "on_breach_with_cure"
    ON_PATENT_SUIT = "on_patent_suit"
    PERPETUAL_TERMINATES_ON_PATENT_SUIT = "perpetual_terminates_on_patent_suit"
    REVOCABLE = "revocable"
    REVOCABLE_AT_WILL = "revocable_at_will"
    REVOCABLE_ON_BREACH = "revocable_on_breach"
    SILENT = "silent"


class Confidence(StrEnum):
    """How sure the reading of a text is; ``low`` widens the answer (rule L7)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
