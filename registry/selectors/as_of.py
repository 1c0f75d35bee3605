"""Which moment a question is about: now, or a day in the past.

What is kept carries its dates: claims and edges when they were seen and taken back, versions and
pages when they were first seen, states and interventions when they began. ``as_of`` is ``None``
for now. Names, kinds and texts of pages, and which files a version lists, have no history: they
are as they are now. Licences are read by today's catalogue, which has a row for every revision of a
text.
"""

from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q

from registry.errors import BadInput

FORMS = "a day (2026-01-31: its end in UTC) or a time (2026-01-31T12:00:00Z)"


class UnreadableDate(BadInput):
    """A text is neither a day nor a time."""


class FutureDate(BadInput):
    """What will be known is not known."""


def moment_of(text: str, *, now: datetime, name: str = "as_of") -> datetime | None:
    """Return the moment a text names: a day stands for its end in UTC; an empty text for now.

    :param name: what the text is called where it was given, for the error
    :raises UnreadableDate: if it is neither a day nor a time
    :raises FutureDate: if it lies after ``now``
    """
    given = text.strip()
    if not given:
        return None
    moment = _day(given) or _time(given)
    if moment is None:
        raise UnreadableDate(f"{name}: {given[:40]!r} is not {FORMS}.")
    begins = moment.replace(hour=0, minute=0, second=0, microsecond=0) if _day(given) else moment
    if begins > now:
        today = now.astimezone(UTC).date().isoformat()
        raise FutureDate(f"{name}: {given[:40]} is in the future (today is {today} in UTC).")
    return moment


def start_of(text: str, *, now: datetime, name: str) -> datetime | None:
    """Return the last moment before a day, or the time that a text names.

    :param name: what the text is called where it was given, for the error
    :raises UnreadableDate: if it is neither a day nor a time
    :raises FutureDate: if it lies after ``now``
    """
    moment = moment_of(text, now=now, name=name)
    return moment - timedelta(days=1) if moment and _day(text.strip()) else moment


def known(as_of: datetime | None, field: str) -> Q:
    """Select rows whose ``field`` is a time not after ``as_of``; all rows for now."""
    return Q() if as_of is None else Q(**{f"{field}__lte": as_of})


def standing_until(as_of: datetime | None, field: str) -> Q:
    """Select rows that had not ended yet; ``field`` is the time of their end, or null."""
    stands = Q(**{f"{field}__isnull": True})
    return stands if as_of is None else stands | Q(**{f"{field}__gt": as_of})


def day_of(moment: datetime) -> date:
    """Return a moment's day in UTC."""
    return moment.astimezone(UTC).date()


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time.max, tzinfo=UTC)
    except ValueError:
        return None


def _time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
