"""What of a file's header may be shown to whom (house.md H12).

Headers leak user names, folders of somebody's machine, names of data sets and of private persons.
So the public sees a list of keys, each with a form its value must have (``disclosure_forms``),
paths cut to the name at their end. Free text, data sets and tag frequencies are for the author and
moderators (``whole_claims``). What is shown is short, in one line, without characters that cannot
be seen. Pure Python: importing this module must never import Django.

Sources: facts/huggingface.md section 5 (kohya's ``ss_*`` keys, ModelSpec 1.0.1, A1111).
"""

import re
from collections.abc import Collection, Iterable, Mapping

from registry.fingerprints.model_file import FileFinding
from registry.inspection import disclosure_forms as forms
from registry.inspection.disclosure_forms import Form, cleaned

MOST_CLAIMS = 200
LONGEST_KEY = 80  # characters
LONGEST_WHOLE = 2000  # characters of a value that its author sees
LONGEST_SENTENCE = 300
NOT_SHOWN = "(not shown)"
# A quote ends where it is closed, or where the sentence was cut; an apostrophe opens none.
_QUOTED = re.compile(
    r"(?<!\w)'(?:[^'\\]|\\.)*(?:'|\Z)|\"[^\"]*(?:\"|\Z)|`[^`]*(?:`|\Z)|\u201c[^\u201d]*(?:\u201d|\Z)"
)
_FILE_NAME = re.compile(r'file name "[^"]*"?')  # to its end, or to where the text was cut
SHORTEST_SECRET = 3  # characters; shorter texts are in every sentence

_NUMBERS = (
    "ss_v2 ss_clip_skip ss_network_dim ss_network_alpha ss_network_dropout ss_epoch ss_num_epochs"
    " ss_steps ss_max_train_steps ss_num_train_images ss_num_reg_images ss_learning_rate"
    " ss_unet_lr ss_text_encoder_lr ss_full_fp16 ss_noise_offset ss_min_snr_gamma"
    " ss_max_token_length ss_gradient_checkpointing ss_gradient_accumulation_steps"
    " ss_zero_terminal_snr ss_prior_loss_weight ss_lr_warmup_steps modelspec.encoder_layer"
    " modelspec.is_negative_embedding general.file_type general.quantization_version"
    " general.alignment general.base_model.count r lora_alpha"
)
_WORDS = (
    "ss_base_model_version ss_mixed_precision ss_lr_scheduler ss_sd_scripts_commit_hash format"
    " modelspec.sai_model_spec modelspec.prediction_type modelspec.predict_key"
    " modelspec.data_format modelspec.format_type modelspec.unet_dtype modelspec.vae_dtype"
    " modelspec.preprocessor modelspec.implementation_version general.architecture general.type"
    " general.size_label peft_type task_type producer_version"
)
_HASHES = (
    "ss_sd_model_hash ss_new_sd_model_hash ss_vae_hash ss_new_vae_hash sshs_model_hash"
    " sshs_legacy_hash modelspec.hash_sha256"
)
_FILES = "ss_sd_model_name ss_vae_name"
_LISTED: Mapping[str, Form] = {
    **dict.fromkeys(_NUMBERS.split(), forms.number),
    **dict.fromkeys(_WORDS.split(), forms.word),
    **dict.fromkeys(_HASHES.split(), forms.digest),
    **dict.fromkeys(_FILES.split(), forms.file),
    "ss_network_module": forms.call,
    "ss_network_args": forms.network_arguments,
    "ss_optimizer": forms.call,
    "ss_resolution": forms.size,
    "modelspec.resolution": forms.size,
    "modelspec.timestep_range": forms.size,
    "modelspec.architecture": forms.words,
    "modelspec.implementation": forms.source,
    "modelspec.date": forms.day,
    "modelspec.license": forms.license_words,
    "general.license": forms.license_words,
    "sd_merge_recipe": forms.merge_recipe,
    "sd_merge_models": forms.merge_models,
    "base_model_name_or_path": forms.repository,
}
_NUMBERED: tuple[tuple[re.Pattern[str], Form], ...] = (
    (re.compile(r"general\.base_model\.[0-9]{1,3}\.(?:repo_url)", re.ASCII), forms.repository),
    (re.compile(r"general\.base_model\.[0-9]{1,3}\.version", re.ASCII), forms.word),
    (
        re.compile(
            r"[a-z0-9_-]{1,32}\.(?:block_count|context_length|embedding_length|expert_count"
            r"|expert_used_count|feed_forward_length|attention\.head_count(?:_kv)?)",
            re.ASCII,
        ),
        forms.number,
    ),
)


def public_claims(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return what anybody may see of a header: listed keys, values of the form they have to have.

    Never raises, whatever the header holds.
    """
    shown: dict[str, str] = {}
    for key in sorted(metadata):
        form = _form_of(key)
        value = metadata[key]
        if form is None or not isinstance(value, str):
            continue
        if text := form(value):
            shown[key] = text
        if len(shown) == MOST_CLAIMS:
            break
    return shown


def public_method(detail: str) -> str:
    """Return how a parent was used, without the name somebody's file had."""
    return "; ".join(
        cleaned(words, longest=LONGEST_KEY)
        for words in _FILE_NAME.sub("", detail).split("; ")
        if words and not _QUOTED.search(words)
    )


def whole_claims(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return what the file's author and moderators see: everything, cleaned and cut."""
    shown: dict[str, str] = {}
    for key in sorted(metadata)[:MOST_CLAIMS]:
        name = cleaned(key, longest=LONGEST_KEY)
        if name:
            shown[name] = cleaned(str(metadata[key]), longest=LONGEST_WHOLE)
    return shown


def public_findings(
    findings: Iterable[FileFinding], *, metadata: Mapping[str, str]
) -> list[FileFinding]:
    """Return findings without what they quote of the header and is not public.

    A code is always ours; a sentence may hold a value or a key of the header.
    """
    shown = public_claims(metadata)
    public = {*shown, *shown.values()}
    hidden = {cleaned(metadata[key], longest=LONGEST_WHOLE) for key in metadata if key not in shown}
    secrets = {text for text in hidden if len(text) >= SHORTEST_SECRET}
    return [
        FileFinding(code=one.code, because=_public_sentence(one, public=public, secrets=secrets))
        for one in findings
    ]


def _public_sentence(
    finding: FileFinding, *, public: Collection[str], secrets: Collection[str]
) -> str:
    def shown(quote: re.Match[str]) -> str:
        return quote[0] if quote[0][1:-1] in public else NOT_SHOWN

    text = _QUOTED.sub(shown, cleaned(finding.because, longest=LONGEST_SENTENCE))
    if any(secret in text for secret in secrets):
        return f"{finding.code.replace('_', ' ')} {NOT_SHOWN}"
    return text


def whole_findings(findings: Iterable[FileFinding]) -> list[FileFinding]:
    """Return findings for the file's author and moderators: cleaned and cut."""
    return [
        FileFinding(code=finding.code, because=cleaned(finding.because, longest=LONGEST_SENTENCE))
        for finding in findings
    ]


def _form_of(key: str) -> Form | None:
    if key in _LISTED:
        return _LISTED[key]
    return next((form for pattern, form in _NUMBERED if pattern.fullmatch(key)), None)
