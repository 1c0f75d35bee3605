"""Countries and the regions that licence texts name.

Pure Python: importing this module must never import Django. Source: ``regions.toml``.
"""

from collections.abc import Mapping
from functools import cache

import msgspec

from registry.licensing.catalog import FOLDER, read_toml


class _Regions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    countries: frozenset[str]
    members: Mapping[str, frozenset[str]]


def regions_of(code: str) -> frozenset[str]:
    """Return every region a country or region code lies in, as licence records name them.

    ``DE`` lies in ``DE`` and ``EU``; ``GB`` and ``UK`` are one; of a code nobody knows: none.
    """
    known = _regions()
    code = code.strip().upper()
    if code not in known.countries and code not in known.members:
        return frozenset()
    return frozenset(
        {code, *(region for region, inside in known.members.items() if code in inside)}
    )


@cache
def _regions() -> _Regions:
    return read_toml(FOLDER / "regions.toml", lambda raw: msgspec.convert(raw, _Regions))
