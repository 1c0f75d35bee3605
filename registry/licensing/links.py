"""Addresses of licence texts.

Pure Python: importing this module must never import Django.
"""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from registry.licensing.catalog import all_terms
from registry.licensing.names import match_name
from registry.licensing.official import identify_official

LONGEST_LINK = 2000  # characters
_TEXT_FILE = re.compile(  # a repository on the Hub, or the licence file in it
    r"huggingface\.co/(?P<repository>[^/]+/[^/]+)(?:/blob/[^/]+/(?:licen[cs]e|copying)[^/]*)?",
)
_NAMED_BY_ADDRESS = (  # sites whose addresses carry the licence's identifier
    re.compile(r"choosealicense\.com/licenses/(?P<name>[^/]+)"),
    re.compile(r"spdx\.org/licenses/(?P<name>[^/]+?)(?:\.html)?"),
    re.compile(r"opensource\.org/licenses?/(?P<name>[^/]+)"),
    re.compile(r"(?P<name>apache)\.org/licenses/license-(?P<version>2\.0)(?:\.txt|\.html)?"),
    re.compile(r"gnu\.org/licenses/(?P<name>[al]?gpl)-(?P<version>\d\.\d)(?:\.\w+)*"),
    re.compile(r"(?P<cc>creativecommons)\.org/licenses/(?P<name>[a-z-]+)/(?P<version>\d\.\d)"),
    re.compile(r"creativecommons\.org/publicdomain/(?P<zero>zero)/(?P<version>1\.0)"),
)
_TRAILING = re.compile(r"/(?:legalcode|deed)(?:\.\w+)?$")


def license_at(address: object) -> str | None:
    """Return the licence id an address is known to show, or ``None``.

    Known are the records' own text addresses, the licence file of an official release, and sites
    whose addresses carry the identifier. An address that shows several texts shows none.
    """
    plain = _plain(address)
    if not plain:
        return None
    if plain in _texts():
        return _texts()[plain]
    if repository := _TEXT_FILE.fullmatch(plain):
        return identify_official(f"huggingface:{repository['repository']}")
    return _named_by(plain)


def _plain(address: object) -> str:
    """Return host and path, folded, without what makes no difference; empty for no web address."""
    if not isinstance(address, str) or len(address) > LONGEST_LINK:
        return ""
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    host = "huggingface.co" if host == "hf.co" else host
    path = re.sub(r"/(?:resolve|raw)/", "/blob/", unquote(parts.path)).rstrip("/")
    return _TRAILING.sub("", (host + path).casefold())


@cache
def _texts() -> Mapping[str, str]:
    shown: dict[str, set[str]] = {}
    for terms in all_terms():
        for address in terms.text_url:
            shown.setdefault(_plain(address), set()).add(terms.id)
    return MappingProxyType({address: min(ids) for address, ids in shown.items() if len(ids) == 1})


def _named_by(plain: str) -> str | None:
    for pattern in _NAMED_BY_ADDRESS:
        if found := pattern.fullmatch(plain):
            words = found.groupdict()
            prefix = "cc-" if "cc" in words else ""
            name = "cc0" if "zero" in words else words["name"]
            version = f"-{words['version']}" if "version" in words else ""
            match = match_name(f"{prefix}{name}{version}")
            return match.ids[0] if match and len(match.ids) == 1 else None
    return None
