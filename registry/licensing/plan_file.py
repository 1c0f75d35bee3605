"""The JSON an author describes a model with before it is published: its shape, checked.

Pure Python: importing this module must never import Django. Documented in README.md, "Plan before
you publish".
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from registry.errors import BadInput
from registry.licensing.terms import Permission
from registry.lineage.relations import Relation

MOST_PARENTS = 200
LONGEST_NAME = 96  # characters; the Hub's limit for a repository's name
_T = TypeVar("_T")
_HINTS = {
    "relation": f"one of {', '.join(Relation)}",
    "allow": f"a list of {', '.join(Permission)}",
    "forbid": f"a list of {', '.join(Permission)}",
    "weight": "a number, the parent's share",
    "date": "a day like 2025-01-31, when the copy was obtained",
    "parents": 'a list such as [{"license": "mit"}, {"model": "org/name", "relation": "merge"}]',
}


class UnreadablePlan(BadInput):
    """A plan has another shape than the documented one; the text names the key."""


class ParentFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One parent: a ``license``, a ``model`` (page, repository, id) or a ``digest``.

    ``license`` together with another says its terms; the other then only names the parent.
    """

    license: str = ""
    model: str = ""
    digest: str = ""
    relation: Relation = Relation.MERGE
    weight: float | None = None
    multimodal: bool | None = None
    certain: bool = True  # False: a guess, which widens the answer and never makes it firm
    date: dt.date | None = None  # when the author's copy was obtained: picks its text (L36)


class WishFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the author wants to allow; absent: everything."""

    allow: list[Permission] | None = None
    forbid: list[Permission] = []


class PlanFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole plan; the parents as a list, a mergekit configuration or a file's metadata."""

    name: str = ""
    parents: list[str | ParentFile] = []
    mergekit: str = ""
    metadata: dict[str, Any] = {}
    wish: WishFile = WishFile()
    profile: dict[str, Any] = {}
    declared: str | list[str] = ""
    flags: dict[str, Any] | None = None


def converted(value: Mapping[str, Any], shape: type[_T]) -> _T:
    """Return ``value`` in a shape above.

    :raises UnreadablePlan: naming the key that is wrong, and what to write there
    """
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        key = path.strip("`.")
        hint = _hint(key or reason)
        raise UnreadablePlan(f"{key or 'plan'}: {reason}.{hint}") from error


def _hint(text: str) -> str:
    found = next((key for key in _HINTS if text.rstrip("[]0123456789.`").endswith(key)), "")
    return f" Write {_HINTS[found]}." if found else ""
