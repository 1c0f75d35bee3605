"""Who asks, as an interface was told: read for one question, kept nowhere and never logged."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from django.utils import timezone

from registry.errors import BadInput
from registry.licensing.profile import NOBODY, Answer, Profile, Purpose
from registry.licensing.profile_fields import read_profile
from registry.selectors.answer_shape import NoticeJson
from registry.selectors.as_of import day_of

_ACADEMIC: NoticeJson = {
    "code": "academic_decides_nothing",
    "text": "You say whether you are academic: no text of the catalogue turns on it; what counts "
    "is the purpose.",
}


class InTheFuture(BadInput):
    """Something is said to have happened on a day to come."""


def asker_of(
    said: Mapping[str, object], *, as_of: datetime | None = None, where: str = ""
) -> Profile:
    """Return who asks; an empty mapping is nobody in particular.

    :param as_of: the moment that is asked about, before which a copy must have been obtained
    :param where: what ``said`` is called where it was given, for messages
    :raises BadProfile: naming the field, if it is unknown or makes no sense
    :raises InTheFuture: naming the field, if a copy was obtained on a day to come
    """
    profile = read_profile(said, where=where) if said else NOBODY
    refuse_the_future(profile.obtained_on, where="obtained_on")
    if as_of and profile.obtained_on and profile.obtained_on > day_of(as_of):
        raise InTheFuture(f"obtained_on: {profile.obtained_on} lies after the day asked about.")
    return profile


def refuse_the_future(day: date | None, *, where: str) -> None:
    """Refuse a day to come.

    :raises InTheFuture: naming ``where`` it was given
    """
    if day is not None and day > timezone.now().date():
        raise InTheFuture(f"{where}: {day} lies in the future.")


def fields_said(profile: Profile) -> list[str]:
    """Return what the asker said of himself, by the names of the fields; no value is repeated."""
    return [*_said(profile)]


def asker_notices(profile: Profile) -> list[NoticeJson]:
    """Return what somebody who gave a profile should know."""
    return [] if profile.academic is Answer.UNKNOWN else [_ACADEMIC]


def _said(profile: Profile) -> Iterator[str]:
    yield from _named(metric.value for metric in profile.figures)
    yield from _named(f"{metric.value}_at_release" for metric in profile.figures_at_release)
    if profile.region:
        yield "region"
    if profile.obtained_on:
        yield "obtained_on"
    if profile.obtained_from:
        yield "obtained_from"
    if profile.purpose is not Purpose.UNKNOWN:
        yield "purpose"
    for question in ("academic", "image_generation_business", "competes_with_licensor"):
        if getattr(profile, question) is not Answer.UNKNOWN:
            yield question


def _named(names: Iterable[str]) -> list[str]:
    return sorted(names)
