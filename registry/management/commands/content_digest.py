"""``manage.py content_digest`` prints one digest over everything mirrored."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registry.selectors.digest import content_digest


class Command(BaseCommand):
    """Print one SHA-256 over everything mirrored."""

    help = (
        "Print one SHA-256 over everything mirrored, without keys and times of our own: two "
        "mirrors that hold the same facts print the same."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--tables", action="store_true", help="print each table's too")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, print."""
        digest = content_digest()
        if options["tables"]:
            for table in digest.tables:
                self.stdout.write(f"{table.sha256}  {table.table}: {table.rows} rows")
        self.stdout.write(digest.sha256)
