"""``manage.py check_rights WHAT`` says what may be done with it."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registry.errors import BadInput
from registry.licensing.terms import Permission
from registry.management.answer_text import AnswerText
from registry.management.asker_options import add_asker_arguments, asker
from registry.management.asking import ask, ask_together
from registry.management.moments import add_moment_argument, moment
from registry.management.stack_text import StackText
from registry.selectors.answer_shape import Answer, RightJson, StackAnswer
from registry.selectors.gates import Gate, stopped_by
from registry.selectors.subjects import FORMS
from registry.selectors.told import Asked

STOPPED = 6  # exit code of --fail-on


class UnknownUse(BadInput):
    """A use is none of the catalogue's permissions."""


class Command(BaseCommand):
    """Say what may be done with a model file, page or version, and why."""

    help = (
        f"Say what may be done with a model, and why. WHAT is a file's path, {FORMS}. Several are "
        "asked about as files that are used together: a base, its adapters, a post-processor."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("what", nargs="+", metavar="WHAT", help=f"a file's path, {FORMS}")
        parser.add_argument(
            "--use",
            default="",
            metavar="USE",
            help=f"answer for one use only: {', '.join(Permission)}",
        )
        add_moment_argument(parser)
        add_asker_arguments(parser)
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
        :raises BadProfile: naming the option about the asker that makes no sense
        :raises UnreadableFile: if WHAT looks like a path and there is no such file
        """
        as_of = moment(options)
        asked = Asked(use=_use(options["use"]), as_of=as_of, profile=asker(options, as_of=as_of))
        if len(options["what"]) == 1:
            rights = self._show_one(ask(options["what"][0], asked=asked), as_json=options["json"])
        else:
            told = ask_together(options["what"], asked=asked)
            rights = self._show_stack(told, as_json=options["json"])
        gate = options["fail_on"]
        if gate and (stopped := stopped_by(rights, gate=Gate(gate))):
            self.stderr.write(f"Stopped by --fail-on {gate}: {', '.join(stopped)}")
            sys.exit(STOPPED)

    def _show_one(self, told: Answer, *, as_json: bool) -> dict[str, RightJson]:
        self._write(told if as_json else AnswerText(told, style=self.style).text())
        return told["combined"]

    def _show_stack(self, told: StackAnswer, *, as_json: bool) -> dict[str, RightJson]:
        self._write(told if as_json else StackText(told, style=self.style).text())
        return told["rights"]

    def _write(self, shown: Answer | StackAnswer | str) -> None:
        text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False, indent=2)
        self.stdout.write(text)


def _use(name: str) -> Permission | None:
    if not name:
        return None
    try:
        return Permission(name)
    except ValueError as error:
        known = ", ".join(Permission)
        raise UnknownUse(f"{name!r} is no use we answer for. Known are: {known}.") from error
