"""``manage.py drift_census`` counts where declarations and parents' texts differ."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from registry.errors import BadInput
from registry.lineage.references import clean_words
from registry.lineage.relations import Grade
from registry.selectors.drift_census import (
    DriftCensusJson,
    HubDriftJson,
    drift_census,
    pages_to_count,
)

_MOST_EXAMPLES = 1000
_WIDEST_CODE = 28  # columns


class UnusableExamples(BadInput):
    """A number of examples is none, or too large."""


class Command(BaseCommand):
    """Count, over everything mirrored, where declarations and parents' texts differ."""

    help = (
        "Count the mirrored pages whose declaration differs from what their parents' texts say, "
        "by code and by grade of evidence. A comparison of published statements: it says nothing "
        "about anybody's intent. Suppressed, erased and disputed pages are left out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--examples",
            type=int,
            default=0,
            metavar="N",
            help="name N public pages for each code (default: none)",
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count, print.

        :raises UnusableExamples: if ``--examples`` is negative or too large
        """
        wanted = options["examples"]
        if not 0 <= wanted <= _MOST_EXAMPLES:
            raise UnusableExamples(f"--examples: it has to be from 0 to {_MOST_EXAMPLES}.")
        hide = not sys.stderr.isatty()
        with tqdm(total=pages_to_count(), unit=" pages", disable=hide, leave=False) as bar:
            census = drift_census(examples=wanted, progress=bar.update)
        if options["json"]:
            self.stdout.write(json.dumps(census, ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(_lines(census)))


def _lines(census: DriftCensusJson) -> Iterator[str]:
    for hub in census["hubs"]:
        yield (
            f"{hub['hub']}: {hub['pages']:,} pages, {hub['declaring']:,} declare something, "
            f"{hub['differing']:,} differ from a parent's text; left out: {hub['left_out']:,}"
        )
        if hub["findings"]:
            yield from _table(hub)
        for example in hub["examples"]:
            yield f"  {example['page']}: {clean_words(example['because'])} ({example['grade']})"
    yield "Pages, by code and by the grade of their best evidence. A comparison of what pages and"
    yield "texts say; it says nothing about anybody's intent, and parents may be named wrongly."


def _table(hub: HubDriftJson) -> Iterator[str]:
    grades = [grade.value for grade in Grade]
    yield f"  {'':<{_WIDEST_CODE}}" + "".join(f"{grade:>8}" for grade in grades)
    rows: dict[str, dict[str, int]] = {}
    for count in hub["findings"]:
        rows.setdefault(count["code"], {})[count["grade"]] = count["pages"]
    for code, counts in rows.items():
        cells = "".join(f"{counts.get(grade, 0) or '-':>8}" for grade in grades)
        yield f"  {code:<{_WIDEST_CODE}}{cells}"
