"""The forms a public value may have: each returns the value as it may be shown, or nothing.

A key on the list is not enough: its value has to look like what the key is for, so that a private
text under a public key stays private. Pure Python: importing this module must never import Django.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from registry.licensing.identify import identify_claim
from registry.lineage.addresses import huggingface_reference, is_repo_id
from registry.lineage.references import (
    UnreadableReference,
    clean_words,
    digest_reference,
    path_reference,
)

Form = Callable[[str], str]

LONGEST_VALUE = 200  # characters
LONGEST_LICENSE = 100
_LONGEST_JSON = 4_000_000
_MOST_LISTED = 200

_HASH = re.compile(r"(?:0x)?[0-9a-fA-F]{8,64}", re.ASCII)
_NUMBER = re.compile(r"[-+]?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:e[-+]?[0-9]{1,3})?", re.ASCII)
_FLAG = re.compile(r"true|false|none|null", re.IGNORECASE)
_SIZE = re.compile(r"\(?[0-9]{1,6}\s*(?:[x,]\s*[0-9]{1,6})?\)?", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}", re.ASCII)
_WORDS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}(?:/[A-Za-z0-9._+-]{1,32})?", re.ASCII)
_CALL = re.compile(r"([A-Za-z_][A-Za-z0-9_.]{0,79})(?:\(.*\))?", re.ASCII | re.DOTALL)
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9:.+Z-]{0,32})?", re.ASCII)
_SOURCE = re.compile(
    r"https://github\.com/(?:stability-ai|black-forest-labs|compvis|huggingface)/[\w.-]{1,64}/?",
    re.IGNORECASE | re.ASCII,
)
# Of sd_merge_recipe: hashes, arithmetic and the name of a VAE; names somebody gave are left out.
_RECIPE: Mapping[str, str] = {
    "type": "word",
    "primary_model_hash": "hash",
    "secondary_model_hash": "hash",
    "tertiary_model_hash": "hash",
    "interp_method": "words",
    "merge_mode": "word",
    "multiplier": "number",
    "alpha": "number",
    "save_as_half": "number",
    "is_inpainting": "number",
    "is_instruct_pix2pix": "number",
    "bake_in_vae": "file",
}
_NETWORK_ARGUMENTS = frozenset(
    {"algo", "conv_dim", "conv_alpha", "preset", "dropout", "rank_dropout", "module_dropout"}
    | {"use_tucker", "use_cp", "factor", "dora_wd", "full_matrix", "bypass_mode", "train_norm"}
)


def one_of(pattern: re.Pattern[str], *, group: int = 0) -> Form:
    """Return the form of texts that match ``pattern`` whole; of them, ``group`` is shown."""

    def form(value: str) -> str:
        found = pattern.fullmatch(value.strip()[: LONGEST_VALUE + 1])
        return found[group][:LONGEST_VALUE] if found else ""

    return form


digest = one_of(_HASH)
word = one_of(_WORD)
words = one_of(_WORDS)
size = one_of(_SIZE)
day = one_of(_DAY, group=1)
call = one_of(_CALL, group=1)
source = one_of(_SOURCE)


def number(value: str) -> str:
    """Return a number, or a truth value as Python or JSON spells it."""
    text = value.strip()[:64]
    return text if _NUMBER.fullmatch(text) or _FLAG.fullmatch(text) else ""


def file(value: str) -> str:
    """Return the name at the end of a path, without folders and without a weight file's suffix."""
    try:
        return path_reference(value).value if value.strip().lower() not in _NOTHING else ""
    except UnreadableReference:
        return ""


_NOTHING = {"", "none", "null"}


def repository(value: str) -> str:
    """Return a Hugging Face repository, else the name at the end of a path."""
    found = huggingface_reference(value, bare_names=False)
    if found is not None and is_repo_id(found.value.partition("@")[0]):
        return found.value[:LONGEST_VALUE]
    return file(value)


def license_words(value: str) -> str:
    """Return a licence as written if the catalogue reads it; of any other text only its length."""
    text = clean_words(value[: LONGEST_LICENSE + 1])
    if not text or text.lower() in _NOTHING:
        return ""
    if len(text) <= LONGEST_LICENSE and identify_claim(declared=[text]).is_resolved:
        return text
    return f"(a text of {len(value):,} characters)"


def merge_recipe(value: str) -> str:
    """Return hashes and arithmetic of an ``sd_merge_recipe``, as JSON."""
    given = _object(value)
    shown = {key: one for key in _RECIPE if (one := _of_recipe(given.get(key), _RECIPE[key]))}
    return json.dumps(shown) if shown else ""


def merge_models(value: str) -> str:
    """Return the digests that an ``sd_merge_models`` lists, as JSON."""
    given = list(_object(value))[:_MOST_LISTED]
    digests = [str(found) for key in given if (found := digest_reference(key)) is not None]
    return json.dumps(digests) if digests else ""


def network_arguments(value: str) -> str:
    """Return the known ones of kohya's ``ss_network_args``, as JSON."""
    shown: dict[str, str] = {}
    for key, one in _object(value).items():
        text = _of_recipe(one, "number") or _of_recipe(one, "word")
        if key in _NETWORK_ARGUMENTS and text:
            shown[key] = text
    return json.dumps(shown) if shown else ""


def _of_recipe(value: Any, kind: str) -> str:
    if isinstance(value, bool) or (isinstance(value, int | float) and kind == "number"):
        return number(str(value))
    if not isinstance(value, str):
        return ""
    if kind == "words":
        return _method(value)
    return {"hash": digest, "number": number, "word": word, "file": file}[kind](value)


_METHOD = re.compile(r"[A-Za-z][A-Za-z +-]{0,39}", re.ASCII)


def _method(value: str) -> str:
    found = _METHOD.fullmatch(value.strip())
    return found[0] if found else ""


def _object(value: str) -> dict[str, Any]:
    if len(value) > _LONGEST_JSON:
        return {}
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def cleaned(value: str, *, longest: int) -> str:
    """Return a text in one line without what cannot be seen, cut to ``longest`` characters."""
    try:
        text = clean_words(value[: 2 * longest])
    except UnicodeError:
        return ""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
