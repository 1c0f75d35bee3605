"""The options of commands that name a moment in the past."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from registry.selectors.as_of import FORMS, moment_of, start_of


def add_moment_argument(parser: CommandParser) -> None:
    """Declare ``--as-of``."""
    parser.add_argument(
        "--as-of",
        default="",
        metavar="DATE",
        help=f"answer from what was known then, under the texts in force then: {FORMS}",
    )


def start(options: Mapping[str, Any], name: str) -> datetime | None:
    """Return the time an option names, or the last moment before the day it names.

    :raises UnreadableDate: if it is neither a day nor a time
    :raises FutureDate: if it is in the future
    """
    return start_of(options[name], now=timezone.now(), name=f"--{name.replace('_', '-')}")


def moment(options: Mapping[str, Any], name: str = "as_of") -> datetime | None:
    """Return the moment an option names; nothing where it was not given.

    :raises UnreadableDate: if it is neither a day nor a time
    :raises FutureDate: if it is in the future
    """
    return moment_of(options[name], now=timezone.now(), name=f"--{name.replace('_', '-')}")
