"""Read a hub's JSON whatever it holds, and say which of it matters.

One hostile item must not end a listing: a page that the fast decoder refuses is cut into its
items by brackets alone, and only the bad item is lost. Pure Python: importing this module must
never import Django.
"""

import hashlib
import json
import re
from typing import Any

import msgspec

from registry.errors import BadInput

_TOO_DEEP = "JSON nested too deep"

# What moves every day and says nothing about rights, files or lineage. Left out of the content
# digest, so that an item that only became more popular is unchanged.
_VOLATILE = {
    "civitai": (b'"stats"',),
    "huggingface": (b'"downloads"', b'"downloadsAllTime"', b'"likes"', b'"trendingScore"'),
}
_ITS_VALUE = re.compile(rb"\s*:\s*(?:\{[^{}]*\}|-?[0-9][0-9.eE+-]*|null)(\s*,\s*)?")

_SURROGATE_OR_NUL = re.compile("[\x00\ud800-\udfff]")
_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},]', re.DOTALL)
_KEY = re.compile(rb'\s*("(?:[^"\\]++|\\.)*+")\s*:', re.DOTALL)


class PayloadError(BadInput):
    """A hub answered with something that we do not understand; the text says what."""


def read_json(raw: bytes) -> Any:
    """Return the value of ``raw`` without NUL characters and lone surrogates in its texts.

    :raises PayloadError: if it is not JSON, or nested too deep
    """
    try:
        value = _read_strictly_or_leniently(raw)
        return _clean(value) if may_be_dirty(raw) else value
    except RecursionError as error:
        raise PayloadError(_TOO_DEEP) from error


def may_be_dirty(raw: bytes) -> bool:
    """Return whether a text in some JSON may hold NUL characters or surrogates."""
    if b"\x00" in raw:
        return True
    return b"\\" in raw and b"\\u" in raw and _ESCAPED.search(raw) is not None


def clean_text(text: str) -> str:
    """Return ``text`` without NUL characters and lone surrogates, which PostgreSQL refuses."""
    return _SURROGATE_OR_NUL.sub("", text)


def body_sha256(raw: bytes) -> str:
    """Return the digest of the bytes as they came."""
    return hashlib.sha256(raw).hexdigest()


def content_sha256(raw: bytes, *, hub: str) -> str:
    """Return the digest of some JSON without the members that move every day, at any depth.

    They are cut out of the bytes, nothing is decoded: inside a text their names would stand with
    a backslash before the second quote. The order of members counts.
    """
    for name in _VOLATILE[hub]:
        raw = _without(raw, name)
    return body_sha256(raw)


def cut_items(raw: bytes) -> list[bytes]:
    """Return the elements of a JSON array as they are written.

    :raises PayloadError: if ``raw`` is not an array
    """
    try:
        return [bytes(item) for item in msgspec.json.decode(raw, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _cut(raw, b"[")


def cut_members(raw: bytes) -> dict[str, bytes]:
    """Return the members of a JSON object, their values as they are written; the last wins.

    :raises PayloadError: if ``raw`` is not an object
    """
    try:
        members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        return {name: bytes(value) for name, value in members.items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        cut = [(_KEY.match(member), member) for member in _cut(raw, b"{")]
    return {str(_read_leniently(key[1])): member[key.end() :].strip() for key, member in cut if key}


def _cut(raw: bytes, opening: bytes) -> list[bytes]:
    """Cut a container at the commas of its first level; strings are skipped, not read."""
    text = raw.strip()
    if not text.startswith(opening):
        raise PayloadError(f"JSON that does not begin with {opening.decode()}")
    parts: list[bytes] = []
    depth, start = 0, 1
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in b"[{":
            depth += 1
        elif sign in b"]}":
            depth -= 1
        if (depth == 1 and sign == b",") or depth == 0:
            parts.append(text[start : token.start()].strip())
            start = token.end()
        if depth == 0:
            return [part for part in parts if part]
    raise PayloadError("JSON that ends early")


def _read_strictly_or_leniently(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _read_leniently(raw)


def _read_leniently(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode("utf-8-sig", "replace"))
    except ValueError as error:
        raise PayloadError(f"not JSON: {error}") from error


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {clean_text(key): _clean(item) for key, item in value.items()}
    return value


def _without(raw: bytes, name: bytes) -> bytes:
    """Return some JSON without the members of a name whose values are counters or flat objects."""
    at = raw.find(name)
    if at < 0:
        return raw
    kept: list[bytes] = []
    start = 0
    while at >= 0:
        after = at + len(name)
        value = _ITS_VALUE.match(raw, after)
        before = raw[start : at if value else after]
        is_last = value is not None and value[1] is None
        kept.append(before.rstrip().removesuffix(b",") if is_last else before)
        start = value.end() if value else after
        at = raw.find(name, start)
    kept.append(raw[start:])
    return b"".join(kept)
