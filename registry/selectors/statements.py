"""The nodes of a family, and what is stated of them."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class KeyKind(StrEnum):
    """What a node of the family is."""

    VERSION = "version"
    PAGE = "page"
    ARTIFACT = "artifact"
    REFERENCE = "reference"  # a base label, or something nobody mirrored


class Key(NamedTuple):
    """One node of the family: its kind and its primary key or reference."""

    kind: KeyKind
    value: int | str


class Statement(NamedTuple):
    """One row of ``LineageEdge``, with what it points at."""

    child: int
    parent_ref: str
    relation: str
    evidence: str
    grade: str
    weight: float | None
    source: str
    is_retracted: bool
    parent: Key
    seen_at: datetime
