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
from registry.selectors.claims import iso_time
from registry.selectors.rights_changes import (
    MOST,
    PageChangeJson,
    RightsChanges,
    rights_changes,
    rights_changes_json,
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
        changes = rights_changes(since=since, until=until, most=options["limit"])
        if options["json"]:
            told = rights_changes_json(changes)
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
            return
        for line in _lines(changes):  # a page is compared when its line is due
            self.stdout.write(line)


def _lines(changes: RightsChanges) -> Iterator[str]:
    window, facts = changes.window, changes.facts
    yield f"After {iso_time(window.since)} up to {iso_time(window.until)}"
    yield from _facts("Licence statements", facts["claims"])
    yield from _facts("Lineage", facts["edges"])
    yield from _facts("States", facts["states"])
    yield from _facts("Interventions", facts["interventions"])
    yield from _facts("Official texts", facts["texts"])
    yield from _pages("Pages that changed", changes.pages)
    yield from _pages("Descendants whose answers changed", changes.descendants)
    yield f"{changes.pages_new} pages were read for the first time; " + (
        f"{changes.pages_compared} known ones were compared."
    )
    if changes.stopped:
        yield changes.stopped


def _facts(title: str, facts: list[FactJson]) -> Iterator[str]:
    if facts:
        yield f"{title} ({len(facts)})"
    for fact in facts:
        yield f"  {fact['at']} {clean_words(fact['subject'])}: {fact['event']} " + clean_words(
            fact["what"]
        )


def _pages(title: str, pages: Iterator[PageChangeJson]) -> Iterator[str]:
    yield title
    for page in pages:
        because = f" (through {page['because']})" if page["because"] else ""
        yield f"  {clean_words(page['name'])} {page['subject']}{because}".replace("   ", "  ")
        for permission, word in page["words"].items():
            yield f"    {permission}: {word['old']} -> {word['new']}"
        if not page["words"]:
            yield "    the same words"
