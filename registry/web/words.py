"""The words pages use for what the registry stores: one neutral text per value.

A value nobody has a text for (a duty or use tag new in the licence records) is shown as it is
written, with spaces for underscores.
"""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Sign(NamedTuple):
    """A word with a sign beside it, so that colour is never the only difference."""

    sign: str
    text: Text
    meaning: Text


WORDS: Mapping[str, Sign] = {
    "allowed": Sign("✓", _("allowed"), _("Every text that binds here allows it.")),
    "conditional": Sign("◐", _("conditional"), _("Allowed within limits: see the reasons.")),
    "unclear": Sign("?", _("unclear"), _("What is known does not settle it.")),
    "forbidden": Sign("✕", _("forbidden"), _("A text or statement that binds here forbids it.")),
    "not_applicable": Sign("—", _("not applicable"), _("The act makes no sense here.")),
}

PERMISSIONS: Mapping[str, Text] = {
    "use_private": _("Use it privately"),
    "use_commercial": _("Use it in a business"),
    "outputs_commercial": _("Sell or use its outputs commercially"),
    "host_free": _("Let others generate with it, free of charge"),
    "host_paid": _("Let others generate with it, for money or with ads"),
    "redistribute": _("Pass on copies"),
    "sell_weights": _("Sell the model or a merge of it"),
    "create_derivatives": _("Fine-tune or merge it"),
    "share_derivatives": _("Publish a fine-tune or merge of it"),
    "train_on_outputs": _("Train other models on its outputs"),
    "sublicense": _("Grant rights in it yourself"),
    "relicense": _("Publish a derivative under other terms"),
}

STATES: Mapping[str, Text] = {
    "listed": _("listed"),
    "gated": _("gated: the hub asks visitors to accept terms first"),
    "archived": _("archived: the page stays, its files are no longer listed"),
    "taken_down": _("taken down by the hub or its author; the reason is unknown here"),
    "disabled": _("disabled by the hub; the reason is unknown here"),
    "renamed": _("renamed"),
    "withdrawn": _("withdrawn: it was public and is no longer"),
    "gone": _("gone from the hub; the reason is unknown here"),
    "withheld": _("withheld: not shown here at somebody's request or by decision"),
}

COVERAGE: Mapping[str, Sign] = {
    "certified": Sign("5/5", _("certified"), _("The weights themselves were compared.")),
    "attested": Sign(
        "4/5",
        _("attested"),
        _("An official base release, or a complete recipe that names every parent."),
    ),
    "declared": Sign(
        "3/5",
        _("declared"),
        _("The page names parents. Whether these are all of them, nobody has checked."),
    ),
    "label_only": Sign(
        "2/5",
        _("label only"),
        _("Only a base-model label is known: the family, not what was mixed in."),
    ),
    "none": Sign("1/5", _("none"), _("Nothing is known of what it was made from.")),
}

RELATIONS: Mapping[str, Text] = {
    "merge": _("merged from"),
    "finetune": _("fine-tuned from"),
    "adapter": _("adapter for"),
    "quantized": _("other format or copy of"),
    "bundle": _("contains"),
    "runtime": _("needs at run time"),
    "distill": _("trained on outputs of"),
    "dataset": _("trained on data from"),
}

EVIDENCE: Mapping[str, Text] = {
    "card_base_model": _("base model in the card's metadata"),
    "hub_tag": _("tag set by the hub"),
    "mergekit_config": _("mergekit configuration"),
    "base_label": _("base-model label of the page"),
    "description_link": _("link in the description"),
    "description_name": _("name in the description"),
    "header_kohya": _("file header written by kohya"),
    "header_a1111": _("file header written by a merge tool"),
    "header_sdnext": _("file header written by SD.Next"),
    "header_neo": _("file header written by Forge Neo"),
    "header_supermerger": _("file header written by supermerger"),
    "header_chattiori": _("file header written by Chattiori's merger"),
    "header_mergestudio": _("file header written by MergeStudio"),
    "header_mecha": _("file header written by sd-mecha"),
    "header_modelspec": _("ModelSpec entry of a file header"),
    "header_gguf": _("GGUF file header"),
    "peft_config": _("PEFT adapter configuration"),
    "comfy_workflow": _("ComfyUI workflow in a file header"),
    "catalog": _("our licence catalogue"),
    "declared": _("statement of the page"),
}

GRADES: Mapping[str, Text] = {
    "E1": _("licence text found in the repository"),
    "E2": _("licence text linked"),
    "E3": _("tag or metadata"),
    "E4": _("platform flag or base label"),
    "E5": _("prose, or a third party"),
    "E6": _("inferred"),
}

BASES: Mapping[str, Text] = {
    "text": _("rests on the licence's text"),
    "tag": _("rests on a bare tag: nobody compared a text"),
    "flag": _("rests on the page's permission flags"),
    "silence": _("rests on what is left unsaid"),
    "memory": _("terms not verified: nobody here has read this text"),
}

ASKER: Mapping[str, Text] = {
    "academic": _("whether you are academic"),
    "annual_revenue_usd": _("revenue of a year"),
    "mau": _("monthly active users"),
    "obtained_from": _("where your copy is from"),
    "obtained_on": _("the day of your copy"),
    "purpose": _("what it is for"),
    "region": _("where you are"),
    "team_size": _("size of your team"),
}

CAP_SIGNS: Mapping[str, Text] = {"gt": _("above"), "gte": _("from"), "is": ""}

CAP_STATES: Mapping[str, Text] = {
    "yes": _("your own figure is beyond it"),
    "no": _("your own figure is within it"),
    "unknown": "",
}

CLAIM_KINDS: Mapping[str, Text] = {
    "card": _("model card"),
    "hub_tag": _("tag set by the hub"),
    "flags": _("permission flags"),
    "catalog": _("our licence catalogue"),
    "author": _("author"),
    "moderator": _("moderator"),
}

HUBS: Mapping[str, Text] = {
    "civitai": "Civitai",
    "huggingface": "Hugging Face",
    "sample": _("sample catalogue"),
}

MATCHES: Mapping[str, Text] = {
    "sha256_prefix": _("the beginning of a SHA-256"),
    "civitai": _("its Civitai id"),
    "civitai-version": _("its Civitai version id"),
    "huggingface": _("its Hugging Face repository"),
    "sample": _("its id in the sample catalogue"),
    "name": _("name"),
    "tensors1": _("the digest of a file's tensors"),
    "canonical1-f16": _("the digest of a file's tensors, rounded to F16"),
    "canonical1-bf16": _("the digest of a file's tensors, rounded to BF16"),
}

UNNAMED_LICENSES: Mapping[str, Text] = {
    "unknown": _("an unknown licence"),
    "other": _("a licence nobody could identify"),
    "none-declared": _("no licence declared"),
}

DIGESTS: Mapping[str, str] = {
    "sha256": "SHA-256",
    "autov1": "AutoV1",
    "autov2": "AutoV2",
    "autov3": "AutoV3",
    "blake3": "BLAKE3",
    "crc32": "CRC32",
}

GRANTS: Mapping[str, Sign] = {
    "allowed": WORDS["allowed"],
    "conditional": WORDS["conditional"],
    "forbidden": WORDS["forbidden"],
    "silent": Sign("·", _("silent"), _("The text does not speak of it.")),
    "unknown": Sign("?", _("unknown"), _("Not read, not found, or it contradicts itself.")),
}


def plain(value: str) -> str:
    """Return a stored word as a reader sees it when it has no text of its own."""
    return value.replace("_", " ")
