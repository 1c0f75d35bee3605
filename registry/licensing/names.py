"""Names of licences: how a name is normalised, and which record it stands for.

Pure Python: importing this module must never import Django.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from registry.licensing.catalog import all_terms
from registry.licensing.terms import LicenseTerms
from registry.licensing.vocabulary import Kind

LONGEST_NAME = 300  # characters; whatever is longer is a text, not a name
ANOTHER_TEXT = "other"  # the placeholder for a text nobody identified


class How(StrEnum):
    """By what a licence was recognised."""

    HF_ID = "hf_id"
    LICENSE_NAME = "license_name"
    SPDX = "spdx"
    ALIAS = "alias"
    LINK = "link"
    UNRESOLVED = "unresolved"


class Match(NamedTuple):
    """The records a name stands for: one, or several of which one applies."""

    how: How
    ids: tuple[str, ...]


def normal_name(text: object) -> str:
    """Return ``text`` in the spelling names are compared in; empty if it cannot be a name.

    Case, spaces, underscores and characters that cannot be seen make no difference.
    """
    if not isinstance(text, str) or len(text) > LONGEST_NAME:
        return ""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(c if c.isspace() or unicodedata.category(c)[0] != "C" else "" for c in folded)
    return re.sub(r"[\s_-]+", "-", words).strip("-")


def match_name(text: object) -> Match | None:
    """Return what a licence's name, id or SPDX identifier stands for, if anything.

    A name that several texts go by stands for all of them. Placeholders that Hugging Face does
    not list (``none-declared``) and addenda are nobody's licence and match nothing.
    """
    return _names().get(normal_name(text))


@cache
def _names() -> Mapping[str, Match]:
    found: dict[str, Match] = {}
    newest_first = sorted(all_terms(), key=lambda terms: terms.as_of, reverse=True)
    for how in (How.HF_ID, How.LICENSE_NAME, How.SPDX, How.ALIAS):
        layer: dict[str, list[str]] = {}
        for terms in newest_first:
            for name in filter(None, map(normal_name, _names_of(terms, how))):
                layer.setdefault(name, []).append(terms.id)
        for terms in all_terms() if how is How.LICENSE_NAME else ():
            for name in map(normal_name, terms.identifiers.shared_names):
                layer.setdefault(name, []).extend([terms.id, ANOTHER_TEXT])
        for name, ids in layer.items():
            found.setdefault(name, Match(how, tuple(dict.fromkeys(ids))))
    return MappingProxyType(found)


def _names_of(terms: LicenseTerms, how: How) -> Iterator[str]:
    known = terms.identifiers
    if how is How.HF_ID:
        yield known.hf_id
    elif terms.kind in (Kind.PLACEHOLDER, Kind.ADDENDUM):
        return
    elif how is How.LICENSE_NAME:
        yield from known.hf_license_names
    elif how is How.SPDX:
        yield known.spdx
        yield known.spdx.removesuffix("-only")
    else:
        yield from (terms.id, terms.name, known.scancode_key, *known.aliases)
