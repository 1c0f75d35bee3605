"""The words of a plan: licences, flags, and which of them a bare text is.

Pure Python: importing this module must never import Django.
"""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from registry.licensing.catalog import all_terms, catalog
from registry.licensing.identify import How, Part, identify_claim
from registry.licensing.lineage_view import CivitaiFlags, Reading
from registry.licensing.plan_file import ParentFile, UnreadablePlan

_FLAGS = ("allowCommercialUse", "allowNoCredit", "allowDerivatives", "allowDifferentLicense")
_SHOWN = 60  # characters of somebody's words in a message


def license_parts(text: str, *, key: str) -> tuple[Part, ...]:
    """Return what a licence's id, name or SPDX expression means; every part applies.

    :raises UnreadablePlan: if nobody knows it; ``unknown`` and ``other`` are known words
    """
    if text in catalog().licenses:
        return (Part((text,), Reading.SURE, How.HF_ID),)
    found = identify_claim(declared=[text])
    if text.strip() and found.is_resolved:
        return found.parts
    near = difflib.get_close_matches(text.casefold(), [terms.id for terms in all_terms()], n=3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise UnreadablePlan(
        f"{key}: no licence of the catalogue goes by {text[:_SHOWN]!r}.{hint} Write an id of "
        "/api/v1/licenses/, an SPDX expression, or `unknown`."
    )


def licenses_in(declared: str | Sequence[str], *, key: str) -> tuple[Part, ...]:
    """Return what an author declares; nothing if he declares nothing yet.

    :raises UnreadablePlan: if nobody knows one of the licences
    """
    words = [declared] if isinstance(declared, str) else list(declared)
    return tuple(part for word in words if word for part in license_parts(word, key=key))


def what_in(text: str, path: str) -> ParentFile:
    """Return a parent given as a bare text: a licence if the catalogue knows it, else a model.

    :raises UnreadablePlan: if it is empty
    """
    if not text.strip():
        raise UnreadablePlan(f"{path}: an empty text names no parent.")
    is_license = text in catalog().licenses or identify_claim(declared=[text]).is_resolved
    return ParentFile(license=text) if is_license else ParentFile(model=text)


def flags_in(flags: Mapping[str, Any]) -> CivitaiFlags:
    """Return Civitai's four flags; what is absent stays unsaid.

    :raises UnreadablePlan: naming the flag that is unknown or of another kind
    """
    for name in flags:
        if name not in _FLAGS:
            raise UnreadablePlan(
                f"flags.{name[:_SHOWN]}: no such flag; known: {', '.join(_FLAGS)}."
            )
    return CivitaiFlags(
        no_credit=_switch(flags, "allowNoCredit"),
        commercial=_commercial(flags.get("allowCommercialUse")),
        derivatives=_switch(flags, "allowDerivatives"),
        different_license=_switch(flags, "allowDifferentLicense"),
    )


def _switch(flags: Mapping[str, Any], name: str) -> bool | None:
    value = flags.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise UnreadablePlan(f"flags.{name}: write true or false.")


def _commercial(value: Any) -> frozenset[str] | None:
    """Read a list, one word, or words in braces, as Civitai has sent them over the years."""
    if value is None:
        return None
    words = value.strip("{}").split(",") if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise UnreadablePlan('flags.allowCommercialUse: write a list such as ["Image", "Rent"].')
    return frozenset(word.strip() for word in words if word.strip())
