"""``manage.py check_rights WHAT`` says what may be done with it."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registry.errors import BadInput
from registry.licensing.terms import Permission
from registry.management.answer_text import AnswerText
from registry.management.asking import ask
from registry.management.moments import add_moment_argument, moment
from registry.selectors.gates import Gate, stopped_by
from registry.selectors.subjects import FORMS

STOPPED = 6  # exit code of --fail-on


class UnknownUse(BadInput):
    """A use is none of the catalogue's permissions."""


class Command(BaseCommand):
    """Say what may be done with a model file, page or version, and why."""

    help = f"Say what may be done with a model, and why. WHAT is a file's path, {FORMS}."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("what", metavar="WHAT", help=f"a file's path, {FORMS}")
        parser.add_argument(
            "--use",
            default="",
            metavar="USE",
            help=f"answer for one use only: {', '.join(Permission)}",
        )
        add_moment_argument(parser)
        parser.add_argument("--json", action="store_true", help="print the answer as JSON")
        parser.add_argument(
            "--fail-on",
            choices=[gate.value for gate in Gate],
            help="exit with 6 if the answer for USE (without --use: for any use) is unclear or "
            "forbidden, or is forbidden; candidates count as unclear",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Parse, ask, print.

        :raises UnknownUse: if ``--use`` names no permission
        :raises UnreadableDate: if ``--as-of`` is neither a day nor a time
        :raises FutureDate: if it is in the future
        :raises UnreadableFile: if WHAT looks like a path and there is no such file
        """
        use = _use(options["use"])
        told = ask(options["what"], use=use, as_of=moment(options))
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(AnswerText(told, style=self.style).text())
        gate = options["fail_on"]
        if gate and (stopped := stopped_by(told, gate=Gate(gate))):
            self.stderr.write(f"Stopped by --fail-on {gate}: {', '.join(stopped)}")
            sys.exit(STOPPED)


def _use(name: str) -> Permission | None:
    if not name:
        return None
    try:
        return Permission(name)
    except ValueError as error:
        known = ", ".join(Permission)
        raise UnknownUse(f"{name!r} is no use we answer for. Known are: {known}.") from error
