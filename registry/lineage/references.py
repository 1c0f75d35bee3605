"""References to a parent: text that names something on a hub or some bytes.

A reference is ``<kind>:<value>``, normalised so that equal things are spelt alike:

==========================  ==============================================================
``civitai:5301``            a Civitai model page
``civitai-version:90648``   a Civitai model version
``huggingface:org/name``    a Hugging Face repository (the current revision)
``huggingface:org/name@r``  a Hugging Face repository at a revision
``sample:slug``             a page of the built-in sample catalogue
``base:SD 1.5``             a Civitai base-model label
``sha256:<64 hex>``         bytes
``autov1:<8 hex>``          bytes, by a hash that collides: a candidate only
``name:<words>``            a name in prose or a local path: a search, never a match
==========================  ==============================================================

``reference_of`` reads whatever somebody typed; hub addresses are read by
``registry.lineage.addresses``. Pure Python: importing this module must never import Django.
"""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from registry.errors import BadInput

LONGEST_NAME = 200  # characters; longer names are prose
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # control, format, surrogate, unassigned


class UnreadableReference(BadInput):
    """A text names nothing."""


class ReferenceKind(StrEnum):
    """What a reference points at."""

    CIVITAI_MODEL = "civitai"
    CIVITAI_VERSION = "civitai-version"
    HUGGING_FACE = "huggingface"
    SAMPLE = "sample"
    BASE_LABEL = "base"
    SHA256 = "sha256"
    AUTOV1 = "autov1"
    NAME = "name"


class Reference(NamedTuple):
    """One normalised reference."""

    kind: ReferenceKind
    value: str

    def __str__(self) -> str:
        """Return the stored spelling, ``kind:value``."""
        return f"{self.kind.value}:{self.value}"


def parse_reference(text: str) -> Reference:
    """Return the parts of a stored reference.

    :raises ValueError: if ``text`` has no known kind or no value
    """
    kind, _, value = text.partition(":")
    if not value:
        raise ValueError(f"a reference is kind:value, not {text!r}")
    return Reference(ReferenceKind(kind), value)


def clean_words(text: str) -> str:
    """Return ``text`` in one line, composed (NFC), without characters that cannot be seen.

    NUL, bidirectional marks and lone surrogates arrive in names; PostgreSQL refuses some of them.
    """
    composed = unicodedata.normalize("NFC", text)
    seen = "".join(
        character
        for character in composed
        if character.isspace() or unicodedata.category(character) not in _UNSEEN
    )
    return " ".join(seen.split())


def name_reference(text: str) -> Reference:
    """Return the reference of a name in prose, cut to ``LONGEST_NAME`` characters.

    :raises UnreadableReference: if no character of it can be seen
    """
    words = clean_words(text[: 8 * LONGEST_NAME])[:LONGEST_NAME].strip()
    if not words:
        raise UnreadableReference("An empty text names nothing.")
    return Reference(ReferenceKind.NAME, words)


@lru_cache(maxsize=256)  # a hub has about a hundred labels
def base_label_reference(label: str) -> Reference:
    """Return the reference of a Civitai base-model label such as ``SD 1.5``.

    :raises UnreadableReference: if no character of it can be seen
    """
    return Reference(ReferenceKind.BASE_LABEL, name_reference(label).value)


_WEIGHT_FILE = re.compile(r"\.(?:safetensors|ckpt|pt|pth|bin|gguf|onnx)$", re.IGNORECASE)


def path_reference(path: str) -> Reference:
    r"""Return the name at the end of a local path, without a weight file's suffix.

    The folders before it tell about somebody's machine (``C:\Users\...``), not about the model.

    :raises UnreadableReference: if the path names nothing
    """
    parts = [part for part in re.split(r"[\\/]+", path[: 8 * LONGEST_NAME].strip()) if part]
    last = parts[-1] if parts else ""
    return name_reference(_WEIGHT_FILE.sub("", last) or last)


def is_weight_file(text: str) -> bool:
    """Return whether ``text`` ends like the name of a file of weights."""
    return _WEIGHT_FILE.search(text) is not None


def digest_reference(digest: str) -> Reference | None:
    """Return the reference of a SHA-256 (64 digits) or an AutoV1 (8 digits); else nothing."""
    digits = digest.strip().lower().removeprefix("0x")
    if re.fullmatch(r"[0-9a-f]{64}", digits):
        return Reference(ReferenceKind.SHA256, digits)
    if re.fullmatch(r"[0-9a-f]{8}", digits):
        return Reference(ReferenceKind.AUTOV1, digits)
    return None
