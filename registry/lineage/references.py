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

Pure Python: importing this module must never import Django.
"""

from enum import StrEnum
from typing import NamedTuple


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
