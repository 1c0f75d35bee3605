"""``manage.py compare_rights`` checks the stored rights against the object engine."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from registry.errors import BadInput
from registry.selectors.rights_comparison import compare_rights

DIFFERS = 6  # exit code


class BadStep(BadInput):
    """``--every`` is less than 1."""


class Command(BaseCommand):
    """Check the stored rights of all versions and bytes against the engine that gives reasons."""

    help = (
        "Check the stored rights of all versions and bytes against the engine that gives reasons. "
        "Run recompute_rights first. Exits with 6 if any differ."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--every", type=int, default=1, metavar="N", help="each Nth only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, print.

        :raises BadStep: if ``--every`` is less than 1
        """
        if options["every"] < 1:
            raise BadStep(f"--every is {options['every']}; 1 looks at everything.")
        with tqdm(unit=" models", disable=not sys.stderr.isatty(), leave=False) as bar:
            found = compare_rights(every=options["every"], watch=bar.update)
        self.stdout.write(
            f"{found.versions:,} versions and {found.artifacts:,} artifacts compared: "
            f"{found.differing:,} differ; {found.beyond:,} have too large a lineage to compare, "
            f"{found.on_read:,} are answered by that engine itself."
        )
        for example in found.examples:
            self.stdout.write(example)
        if found.differing:
            sys.exit(DIFFERS)
