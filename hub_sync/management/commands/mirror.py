"""``manage.py mirror civitai``: mirror a hub now, in this process."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from hub_sync.management.progress import Bar
from hub_sync.services.mirror import mirror_hub, mirror_pages
from hub_sync.services.opening import HUBS, open_source
from hub_sync.services.run import SWEEP_LIMIT, Scope
from registry.errors import BadInput


class Command(BaseCommand):
    """Carry on a hub's unfinished walk, or begin one."""

    help = (
        "Mirror a hub's model pages: resume an unfinished walk, else walk the whole hub, skipping "
        "what has not changed. Stop it as you like; the next run carries on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("hub", choices=HUBS)
        parser.add_argument(
            "--base-url", default="", help="another address that speaks the hub's API"
        )
        parser.add_argument(
            "--limit", type=int, default=0, metavar="N", help="see at most N models in this run"
        )
        parser.add_argument(
            "--id", action="append", default=[], metavar="ID", help="fetch only this model"
        )
        parser.add_argument(
            "--full",
            action="store_true",
            help="begin a new walk and read every model again, changed or not",
        )
        parser.add_argument(
            "--sweep-limit",
            type=int,
            default=SWEEP_LIMIT,
            metavar="N",
            help="ask by id for at most N references that nobody listed (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        if options["limit"] < 0 or options["sweep_limit"] < 0:
            raise BadInput("A limit is a number from 0 up.")
        if options["id"] and (options["full"] or options["limit"]):
            raise BadInput("--id says which models to fetch: leave --full and --limit out.")
        source = open_source(options["hub"], base_url=options["base_url"])
        with Bar(hub=options["hub"], stderr=self.stderr, stdout=self.stdout) as bar:
            if options["id"]:
                mirror_pages(
                    source=source, external_ids=options["id"], by="cli:mirror", watch=bar.watch
                )
                return
            scope = Scope(
                full=options["full"],
                limit=options["limit"],
                sweep_limit=options["sweep_limit"],
            )
            mirror_hub(source=source, by="cli:mirror", scope=scope, watch=bar.watch)
