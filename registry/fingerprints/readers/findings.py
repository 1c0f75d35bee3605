"""Findings about hostile text, and how a sentence may quote it.

Pure Python: importing this module must never import Django.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from registry.fingerprints.model_file import FileFinding
from registry.fingerprints.readers.limits import HUGE_TEXT_BYTES

LONGEST_QUOTE = 120
_MOST_NAMED = 5

_KINDS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "nul_character": (re.compile("\0"), "has a NUL character"),
    "control_character": (re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"), "has control codes"),
    "bidi_character": (
        re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"),
        "has marks that change the direction in which it is shown",
    ),
    "markup": (
        re.compile(
            r"<(?:script|img|iframe|svg|a|object|embed|style|link|meta|form|html|base|video)[\s/>]"
            r"|javascript:",
            re.I,
        ),
        "has HTML",
    ),
}


def quoted(text: str) -> str:
    """Return ``text`` as a sentence may show it: ASCII, on one line, at most 120 characters."""
    shown = ascii(text[: LONGEST_QUOTE + 1])
    if len(shown) <= LONGEST_QUOTE:
        return shown
    return f"{shown[: LONGEST_QUOTE - 4]}...{shown[0]}"


def named(names: Iterable[str]) -> str:
    """Return the first few ``names``, quoted, and how many there are besides."""
    every = list(names)
    shown = ", ".join(quoted(name) for name in every[:_MOST_NAMED])
    rest = len(every) - _MOST_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown


def text_findings(metadata: Mapping[str, str]) -> Iterator[FileFinding]:
    """Yield what about the keys and values of a header needs care before it is stored or shown.

    Codes: ``nul_character`` (PostgreSQL refuses it), ``control_character``, ``bidi_character``,
    ``markup``, ``huge_value``. Source: facts/huggingface.md section 5.
    """
    for code, (pattern, what) in _KINDS.items():
        keys = [key for key, value in metadata.items() if _is_in(pattern, key, value)]
        if keys:
            yield FileFinding(code, f"The metadata {what}: {named(keys)}.")
    huge = [key for key, value in metadata.items() if len(value) > HUGE_TEXT_BYTES]
    if huge:
        yield FileFinding("huge_value", f"Metadata longer than 1 MiB: {named(huge)}.")


def name_findings(names: Iterable[str], *, what: str = "A tensor's name") -> Iterator[FileFinding]:
    """Yield the same of names, which are shown and compared."""
    every = list(names)
    for code in ("nul_character", "control_character", "bidi_character"):
        pattern, has = _KINDS[code]
        found = [name for name in every if pattern.search(name)]
        if found:
            yield FileFinding(code, f"{what} {has}: {named(found)}.")


def repeated_keys(
    overridden: Iterable[tuple[str, str]], metadata: Mapping[str, str]
) -> Iterator[FileFinding]:
    """Yield ``repeated_metadata_key`` with both values, where a later pair hides an earlier one.

    A licence can stand twice, and loaders see the last only: Trail of Bits TOB-SFTN-7.
    """
    hidden = [*overridden]
    if hidden:
        last = [f"{key}={metadata[key]}" for key in dict.fromkeys(key for key, _ in hidden)]
        yield FileFinding(
            "repeated_metadata_key",
            "Metadata keys stand more than once: "
            f"{named(f'{key}={value}' for key, value in hidden)}; loaders take the last value: "
            f"{named(last)}.",
        )


def _is_in(pattern: re.Pattern[str], key: str, value: str) -> bool:
    return pattern.search(key) is not None or pattern.search(value) is not None
