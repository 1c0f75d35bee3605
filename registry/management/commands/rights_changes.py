"""``manage.py rights_changes --since DATE`` says what changed, and whose answers with it."""

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from registry.errors import BadInput
from registry.lineage.references import clean_words
from registry.management.moments import moment, start
from registry.selectors.as_of import FORMS
from registry.selectors.changed_facts import FactJson
from registry.selectors.rights_changes import (
    MOST,
    PageChangeJson,
    RightsChangesJson,
    rights_changes,
)

_LARGEST = 1_000_000


class UnusableLimit(BadInput):
    """A limit is no number of pages."""


class NoStart(BadInput):
    """``--since`` is empty."""


class Command(BaseCommand):
    """Say what changed between two days, and whose answers changed with it."""

    help = (
        "Say which licence statements, edges, states, interventions and official texts changed "
        "between two days, and which pages' and descendants' answers changed with them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        forms = "a day (2026-01-31, in UTC, which counts) or a time (2026-01-31T12:00:00Z)"
        parser.add_argument("--since", required=True, metavar="DATE", help=forms)
        parser.add_argument("--until", default="", metavar="DATE", help=f"{forms}; default: now")
        parser.add_argument(
            "--limit",
            type=int,
            default=MOST,
            metavar="N",
            help="pages compared, and facts of each kind told; says when it stops "
            "(default: %(default)s)",
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Parse, ask, print.

        :raises NoStart: if ``--since`` is empty
        :raises UnusableLimit: if ``--limit`` is not from 1 to a million
        :raises UnreadableDate: if a date is neither a day nor a time
        :raises FutureDate: if one is in the future
        :raises EmptyWindow: if ``--until`` is not later than ``--since``
        """
        since = start(options, "since")
        if since is None:
            raise NoStart(f"--since: give {FORMS}.")
        if not 1 <= options["limit"] <= _LARGEST:
            raise UnusableLimit(f"--limit: it has to be from 1 to {_LARGEST}.")
        until = moment(options, "until") or timezone.now()
        told = rights_changes(since=since, until=until, most=options["limit"])
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(_lines(told)))


def _lines(told: RightsChangesJson) -> Iterator[str]:
    yield f"After {told['since']} up to {told['until']}"
    yield from _facts("Licence statements", told["claims"])
    yield from _facts("Lineage", told["edges"])
    yield from _facts("States", told["states"])
    yield from _facts("Interventions", told["interventions"])
    yield from _facts("Official texts", told["texts"])
    yield from _pages("Pages that changed", told["pages"])
    yield from _pages("Descendants whose answers changed", told["descendants"])
    yield f"{told['pages_new']} pages were read for the first time; " + (
        f"{told['pages_compared']} known ones were compared."
    )
    if told["stopped"]:
        yield told["stopped"]


def _facts(title: str, facts: list[FactJson]) -> Iterator[str]:
    if facts:
        yield f"{title} ({len(facts)})"
    for fact in facts:
        yield f"  {fact['at']} {clean_words(fact['subject'])}: {fact['event']} " + clean_words(
            fact["what"]
        )


def _pages(title: str, pages: list[PageChangeJson]) -> Iterator[str]:
    if pages:
        yield f"{title} ({len(pages)})"
    for page in pages:
        because = f" (through {page['because']})" if page["because"] else ""
        yield f"  {clean_words(page['name'])} {page['subject']}{because}".replace("   ", "  ")
        for permission, word in page["words"].items():
            yield f"    {permission}: {word['old']} -> {word['new']}"
        if not page["words"]:
            yield "    the same words"
