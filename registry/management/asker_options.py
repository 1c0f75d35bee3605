"""The options of commands that take who asks into account."""

from argparse import SUPPRESS
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser

from registry.licensing.profile import Profile
from registry.licensing.profile_fields import DESCRIPTIONS, FIELDS
from registry.selectors.asker import asker_of


def add_asker_arguments(parser: CommandParser) -> None:
    """Declare an option for every field of a profile."""
    group = parser.add_argument_group(
        "who asks", "Your own case: nothing of it is kept. What is not given changes no answer."
    )
    for field in FIELDS:
        text = DESCRIPTIONS.get(field, SUPPRESS)
        group.add_argument(f"--{_option(field)}", default="", metavar="VALUE", help=text)


def asker(options: Mapping[str, Any], *, as_of: datetime | None) -> Profile:
    """Return who asks, as the options say.

    :raises BadProfile: naming the field, if one makes no sense
    :raises InTheFuture: if a copy was obtained on a day to come, or after ``as_of``
    """
    said = {field: options[field] for field in FIELDS if options.get(field)}
    return asker_of(said, as_of=as_of)


def _option(field: str) -> str:
    return field.replace("_", "-")
