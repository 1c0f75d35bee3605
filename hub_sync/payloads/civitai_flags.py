"""Read Civitai's four licence flags in every form they were ever sent in.

Pure Python: importing this module must never import Django.

Source: facts/civitai.md section 1 (wire forms) and facts/license_terms.md section 3 (the scalar of
2023 is one step of a ladder None < Image < Rent < Sell, migrated in 2024-02 to the cumulative set).
"""

from collections.abc import Mapping
from typing import Any

from hub_sync.payloads.contents import PayloadError

SWITCHES = ("allowNoCredit", "allowDerivatives", "allowDifferentLicense")
COMMERCIAL = "allowCommercialUse"

_LADDER = {
    "None": (),
    "Image": ("Image",),
    "RentCivit": ("Image", "RentCivit"),
    "Rent": ("Image", "Rent", "RentCivit"),
    "Sell": ("Image", "Rent", "RentCivit", "Sell"),
}


def flags_of(model: Mapping[str, Any]) -> dict[str, bool | list[str]]:
    """Return the flags a page states, under Civitai's names; one it does not state is absent.

    ``allowCommercialUse`` is a sorted list whatever its form was; values that we do not know
    (``SellMerge`` of 2026-09) are kept.

    :raises PayloadError: if a flag is stated in a form that nobody knows
    """
    flags: dict[str, bool | list[str]] = {}
    for name in SWITCHES:
        value = model.get(name)
        if isinstance(value, bool):
            flags[name] = value
        elif value is not None:
            raise PayloadError(f"{name} is {str(value)[:80]!r}")
    stated = model.get(COMMERCIAL)
    if stated is not None:
        flags[COMMERCIAL] = commercial_uses(stated)
    return flags


def commercial_uses(value: object) -> list[str]:
    """Return the commercial uses that are allowed, sorted, each once.

    ``["Image", "Rent"]`` and ``"{Image,Rent}"`` are sets; a bare word is a step of the ladder.

    :raises PayloadError: if ``value`` is none of the three forms
    """
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        return _set(value[1:-1].replace('"', "").split(","))
    if isinstance(value, str):
        return sorted(_LADDER.get(value.strip(), (value.strip(),) if value.strip() else ()))
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return _set(value)
    raise PayloadError(f"{COMMERCIAL} is {str(value)[:80]!r}")


def _set(items: list[str]) -> list[str]:
    return sorted({item.strip() for item in items} - {"", "None"})
