"""Which licence record a statement means.

Three kinds of statement: what a card declares (``identify_claim``), a Civitai base-model label
(``identify_base_model``), and a reference to an official release (``identify_official``). What
cannot be identified is unknown, and unknown is never allowed (README.md, rules L4 and L13).
Whatever a hub sends, nothing here raises. Pure Python: importing this module must never import
Django.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from registry.licensing.base_labels import BaseModelLicense, identify_base_model
from registry.licensing.catalog import terms_of
from registry.licensing.expressions import read_expression
from registry.licensing.lineage_view import Reading
from registry.licensing.links import license_at
from registry.licensing.names import ANOTHER_TEXT, How, match_name
from registry.licensing.official import identify_official

__all__ = [
    "BaseModelLicense",
    "How",
    "Identified",
    "Part",
    "identify_base_model",
    "identify_claim",
    "identify_official",
]

NOTHING_DECLARED = "none-declared"
MOST_DECLARED = 20  # licences read from one card; a longer list is not a declaration


class Part(NamedTuple):
    """One of several licences that apply together; ``ids`` as ``reading`` says."""

    ids: tuple[str, ...]
    reading: Reading
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """What a declaration means: every part of ``parts`` applies.

    ``license_id`` is a catalogue id where one part with one id (or several in doubt) is meant,
    else an expression over ids for people to read, e.g. ``mit AND apache-2.0``.
    """

    license_id: str
    how: How
    parts: tuple[Part, ...]

    @property
    def is_resolved(self) -> bool:
        """Return whether every part names a text."""
        return self.how is not How.UNRESOLVED


def identify_claim(
    *, declared: Sequence[str], license_name: str = "", license_link: str = ""
) -> Identified:
    """Return the licences a card declares (rule L13).

    Each declared word is a Hugging Face id, another known name, or an SPDX expression; several
    all apply. Where they name no text (``other``, ``cc``, nothing), the name decides, then the
    link. A name or link that names a text the words do not name applies as well.
    """
    words = [declared] if isinstance(declared, str) else list(declared or ())[: MOST_DECLARED + 1]
    if len(words) > MOST_DECLARED:
        return _identified([_unresolved(ANOTHER_TEXT)])
    said = [part for word in words for part in _parts_of(word)]
    named = _named_apart(license_name, license_link)
    known = [part for part in said if part.how is not How.UNRESOLVED]
    vague = [part for part in said if part.how is How.UNRESOLVED]
    ids = {i for part in known for i in part.ids}
    extra = [part for part in named if not ids & set(part.ids)]
    if extra and len(vague) <= 1:
        vague = []  # the one vague word is what the name or the link spells out
    return _identified([*known, *extra, *vague] or [_unresolved(NOTHING_DECLARED)])


def _named_apart(license_name: object, license_link: object) -> list[Part]:
    """Return what the name and the link name; a link settles a name that several texts share."""
    parts = [p for p in _parts_of(license_name, as_name=True) if p.how is not How.UNRESOLVED]
    linked = license_at(license_link)
    if linked is None or terms_of(linked).names_no_text:
        return parts
    link = Part((linked,), Reading.SURE, How.LINK)
    return [link, *(part for part in parts if linked not in part.ids)]


def _parts_of(word: object, *, as_name: bool = False) -> list[Part]:
    match = match_name(word)
    if match is not None:
        return [_part(match.how, match.ids, as_name=as_name)]
    clauses = read_expression(word)
    if clauses:
        return [
            Part(ids, Reading.CHOICE if len(ids) > 1 else Reading.SURE, How.SPDX) for ids in clauses
        ]
    if isinstance(word, str) and not word.strip():
        return []
    return [_unresolved(ANOTHER_TEXT)]


def _part(how: How, ids: tuple[str, ...], *, as_name: bool) -> Part:
    if terms_of(ids[0]).names_no_text:
        return _unresolved(ids[0])
    if how is How.HF_ID and as_name:
        how = How.ALIAS
    return Part(ids, Reading.DOUBT if len(ids) > 1 else Reading.SURE, how)


def _unresolved(license_id: str) -> Part:
    return Part((license_id,), Reading.SURE, How.UNRESOLVED)


def _identified(parts: Sequence[Part]) -> Identified:
    parts = tuple(dict.fromkeys(parts))
    unresolved = any(part.how is How.UNRESOLVED for part in parts)
    return Identified(
        license_id=_expression(parts),
        how=How.UNRESOLVED if unresolved else parts[0].how,
        parts=parts,
    )


def _expression(parts: Sequence[Part]) -> str:
    def spelt(part: Part) -> str:
        if part.reading is not Reading.CHOICE:
            return part.ids[0]
        choice = " OR ".join(part.ids)
        return f"({choice})" if len(parts) > 1 else choice

    return " AND ".join(spelt(part) for part in parts)
