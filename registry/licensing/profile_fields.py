"""Read an asker's profile from decoded JSON or query parameters.

Pure Python: importing this module must never import Django. Source: README.md, rule L24.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from registry.licensing.profile import Answer, BadProfile, Profile, Purpose
from registry.licensing.vocabulary import Metric

_T = TypeVar("_T")
_AT_RELEASE = "_at_release"
_METRICS: Mapping[str, Metric] = {
    **{m.value: m for m in Metric if m is not Metric.COMPETES_WITH_LICENSOR},
    "monthly_active_users": Metric.MAU,
}
_ANSWERS = {True: Answer.YES, False: Answer.NO, "true": Answer.YES, "false": Answer.NO}
_QUESTIONS = ("academic", "image_generation_business", "competes_with_licensor")
FIELDS: tuple[str, ...] = (
    *_METRICS,
    *(f"{metric}{_AT_RELEASE}" for metric in _METRICS),
    "region",
    "country",
    "obtained_on",
    "obtained_from",
    "purpose",
    *_QUESTIONS,
)
DESCRIPTIONS: Mapping[str, str] = {
    "obtained_on": "the day the copy was obtained, e.g. 2025-01-31: picks the texts in force then",
    "obtained_from": "the listing it was obtained from, e.g. civitai:85283 or org/repository",
    "region": "where you are: an ISO 3166 country code (DE), or EU, UK, US, KR",
    "purpose": " or ".join(word.value for word in Purpose if word is not Purpose.UNKNOWN),
    "annual_revenue_usd": "revenue of a year, US dollars",
    "annual_revenue_cny": "revenue of a year, yuan",
    "monthly_revenue_usd": "revenue of a month, US dollars",
    "mau": "monthly active users",
    "mau_at_release": "the same in the month before the model's version was released; every "
    "figure may be given so, with _at_release behind its name",
    "dau": "daily active users",
    "monthly_unique_users": "unique users of a month",
    "monthly_visits": "visits of a month",
    "output_tokens_per_month": "tokens generated in a month",
    "team_size": "persons in your team",
    "academic": "true or false; no text of the catalogue turns on it",
    "image_generation_business": "true or false: is generating images your core business?",
    "competes_with_licensor": "true or false: do you compete with the licensor?",
}


def read_profile(raw: object, *, where: str = "profile") -> Profile:
    """Return the profile that decoded JSON, or a mapping of texts, describes.

    A field that is absent, null or empty is unknown. Figures are whole numbers that are not
    negative, in the unit their name ends with.

    :param where: what the object is called where it was given; empty: its fields stand alone
    :raises BadProfile: naming the field, if it is unknown or makes no sense
    """
    if not isinstance(raw, Mapping):
        raise BadProfile(f"{where}: an object is expected.")
    for key in raw:
        if key not in FIELDS:
            unknown = f"{where}: unknown key" if where else "unknown field"
            raise BadProfile(f"{unknown} {_advice(str(key))}")
    said = {key: value for key, value in raw.items() if value is not None and value != ""}
    if "region" in said and "country" in said:
        raise BadProfile(f"{where}: give region or country, not both.")
    answers = {key: _answer(said, key, where) for key in _QUESTIONS}
    return Profile(
        figures=_figures(said, "", where),
        figures_at_release=_figures(said, _AT_RELEASE, where),
        region=_text(said, "region", where) or _text(said, "country", where),
        obtained_on=_read(said, "obtained_on", where, date.fromisoformat),
        obtained_from=_text(said, "obtained_from", where),
        academic=answers["academic"],
        purpose=_read(said, "purpose", where, Purpose) or Purpose.UNKNOWN,
        image_generation_business=answers["image_generation_business"],
        competes_with_licensor=answers["competes_with_licensor"],
    )


def _at(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _advice(key: str) -> str:
    """Return a key nobody knows with what to write instead: its name with a unit, where one is."""
    units = [name for name in _METRICS if len(key) >= _SHORTEST and key in name]
    if units:
        return f"{key[:60]!r}: say it with its unit: {' or '.join(sorted(units))}."
    return f"{key[:60]!r}; known: {', '.join(sorted(FIELDS))}."


def _figures(said: Mapping[str, object], suffix: str, where: str) -> Mapping[Metric, int]:
    return {
        metric: _figure(said[name + suffix], _at(where, f"{name}{suffix}"))
        for name, metric in _METRICS.items()
        if name + suffix in said
    }


def _figure(raw: object, where: str) -> int:
    if isinstance(raw, str) and _WHOLE.fullmatch(raw):
        raw = int(raw)
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise BadProfile(f"{where}: a whole number is expected.")
    if raw < 0:
        raise BadProfile(f"{where}: a figure cannot be negative.")
    return raw


_WHOLE = re.compile(r"-?[0-9]{1,30}")
_SHORTEST = 3  # characters of a name that is taken for the beginning of another


def _text(said: Mapping[str, object], key: str, where: str) -> str:
    value = said.get(key, "")
    if not isinstance(value, str):
        raise BadProfile(f"{_at(where, key)}: a text is expected.")
    return value


def _answer(said: Mapping[str, object], key: str, where: str) -> Answer:
    value = said.get(key)
    if value is None:
        return Answer.UNKNOWN
    if not isinstance(value, bool | str) or value not in _ANSWERS:
        raise BadProfile(f"{_at(where, key)}: true or false is expected.")
    return _ANSWERS[value]


def _read(
    said: Mapping[str, object], key: str, where: str, shape: Callable[[str], _T]
) -> _T | None:
    if key not in said:
        return None
    try:
        return shape(str(said[key]))
    except ValueError as error:
        raise BadProfile(f"{_at(where, key)}: {str(said[key])[:40]!r} makes no sense.") from error
