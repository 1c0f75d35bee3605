"""``manage.py plan_license FILE|-`` says under which licence a model may go out."""

import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandParser

from registry.errors import BadInput, NotFound
from registry.management.plan_text import PlanText
from registry.selectors.plans import LARGEST_PLAN, plan

_STDIN = "-"


class NoSuchFile(NotFound):
    """There is no file to read a plan from."""


class UnreadableFile(BadInput):
    """A file is no text, or too large."""


class Command(BaseCommand):
    """Plan a model before it is published."""

    help = (
        "Plan a model before it is published: what its parents let it allow, which licences it may "
        "go out under, what is owed, and the card and NOTICE to publish it with. FILE holds a plan "
        '({"parents": [{"license": "mit"}, {"model": "org/name", "weight": 0.3}]}), a scenario, a '
        "mergekit configuration, or the metadata of a file (of an A1111 merge, a kohya LoRA, ...); "
        "- reads standard input."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", metavar="FILE|-", help="JSON or YAML; - for standard input")
        parser.add_argument("--json", action="store_true", help="print the plan as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, plan, print."""
        told = plan(_read(options["file"]))
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(PlanText(told, style=self.style).text())


def _read(name: str) -> str:
    """Return the text of a file or of standard input.

    :raises NoSuchFile: if there is no such file
    :raises UnreadableFile: if it cannot be read, is no UTF-8, or is larger than we read
    """
    if name == _STDIN:
        return _text(sys.stdin.buffer, name)
    try:
        with Path(name).open("rb") as file:
            return _text(file, name)
    except FileNotFoundError as error:
        advice = "Name a file, or - to read it from standard input."
        raise NoSuchFile(f"There is no file {name!r}. {advice}") from error
    except (OSError, ValueError) as error:  # a folder, no permission, NUL in the name
        why = getattr(error, "strerror", None) or error
        raise UnreadableFile(f"{name!r} cannot be read: {why}.") from error


def _text(file: BinaryIO, name: str) -> str:
    data = file.read(LARGEST_PLAN + 1)
    if len(data) > LARGEST_PLAN:
        raise UnreadableFile(f"{name!r} is larger than {LARGEST_PLAN:,} bytes; a plan is not.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{name!r} is not text in UTF-8.") from error
