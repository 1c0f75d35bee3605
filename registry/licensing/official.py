"""The index of official base releases: which text their publisher gave them.

Pure Python: importing this module must never import Django.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType

import msgspec

from registry.licensing.catalog import FOLDER, read_toml, terms_of
from registry.licensing.lineage_view import NodeClaim
from registry.licensing.terms import Basis
from registry.lineage.relations import Grade

_DAY = timedelta(days=1)


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """One release; ``start`` and ``until`` bound the days on which its text was the one given.

    ``multimodal``: whether the model takes or makes more than text; ``None``: nobody noted it.
    """

    reference: str
    license: str
    start: date | None = None
    until: date | None = None
    multimodal: bool | None = None

    def answers_for(self, day: date | None) -> bool:
        """Return whether the text was given on ``day`` (``None``: the question has no date)."""
        if self.start is None and self.until is None:
            return True
        return day is not None and (self.start or date.min) <= day <= (self.until or date.max)


class _Index(msgspec.Struct, forbid_unknown_fields=True):
    releases: tuple[Release, ...]


def identify_official(reference: str, *, on: date | None = None) -> str | None:
    """Return the licence id of an official base release, or ``None`` if it is not indexed.

    :param reference: as ``registry.lineage.references`` spells it, ``huggingface:org/name`` or
        ``civitai:257749``; a Hugging Face revision after ``@`` makes no difference
    :param on: the day asked about; a release whose text was replaced answers for no other (L15)
    """
    found = [r for r in _releases().get(_key(reference), ()) if r.answers_for(on)]
    return found[0].license if len(found) == 1 else None


def official_claim(reference: str, *, on: date | None = None) -> NodeClaim | None:
    """Return what the index says of an official release; nothing of anything else.

    :param on: the day that picks the text, where it was replaced (rule L15)
    """
    license_id = identify_official(reference, on=on)
    if license_id is None:
        return None
    return NodeClaim(
        license_id=license_id,
        grade=Grade.TEXT_LINKED,
        source="the licence catalogue's list of official releases",
        basis=Basis.TEXT,
        declared=license_id,
        is_official=True,
    )


def is_multimodal_release(reference: str) -> bool | None:
    """Return whether an official release is multimodal; ``None``: it is not indexed or not noted.

    :param reference: as for ``identify_official``
    """
    noted = {release.multimodal for release in _releases().get(_key(reference), ())}
    return noted.pop() if len(noted) == 1 else None


def official_releases() -> tuple[Release, ...]:
    """Return every indexed release, in the order of the file."""
    return tuple(release for group in _releases().values() for release in group)


def is_release(reference: str) -> bool:
    """Return whether something is indexed as an official release.

    :param reference: as for ``identify_official``
    """
    return _key(reference) in _releases()


def is_replaced(reference: str) -> bool:
    """Return whether a release's publisher replaced its text: its entries carry dates."""
    return any(one.start or one.until for one in _releases().get(_key(reference), ()))


def days_of_change() -> frozenset[date]:
    """Return the days from which some release is under another text, or under none."""
    starts = {one.start for one in official_releases() if one.start}
    return frozenset(starts | {one.until + _DAY for one in official_releases() if one.until})


def _key(reference: str) -> str:
    kind, _, value = str(reference).partition(":")
    return f"{kind}:{value.partition('@')[0].casefold()}"


@cache
def _releases() -> Mapping[str, tuple[Release, ...]]:
    index = read_toml(FOLDER / "official_releases.toml", lambda raw: msgspec.convert(raw, _Index))
    groups: dict[str, tuple[Release, ...]] = {}
    for release in index.releases:
        terms_of(release.license)
        key = _key(release.reference)
        groups[key] = (*groups.get(key, ()), release)
    return MappingProxyType(groups)
