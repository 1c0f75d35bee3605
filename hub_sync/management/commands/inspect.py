"""``manage.py inspect FILE``: what a model file says of itself."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from hub_sync.management.inspection_text import inspection_text
from hub_sync.payloads.file_addresses import FORMS
from hub_sync.services.remote_inspection import RemoteInspection, inspect_on_hub
from registry.errors import BadInput
from registry.fingerprints.model_file import UnreadableModelFile
from registry.selectors.inspection_shape import InspectionJson
from registry.services.local_inspection import inspect_local


class NotHere(BadInput):
    """Something is asked that needs the whole file, and it is not on this machine."""


class Command(BaseCommand):
    """Say what a model file is, claims and was made from, without loading it."""

    help = (
        "Say what a model file is, what it claims, what it was made from and what is known of it. "
        f"Nothing of it is run, uploaded or stored. WHAT is {FORMS}; a folder too."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("what", metavar="WHAT", help=FORMS)
        parser.add_argument("--json", action="store_true", help="print the inspection as JSON")
        parser.add_argument(
            "--keep",
            action="store_true",
            help="record the digests of a file on this machine, so that copies are recognised",
        )
        parser.add_argument(
            "--base-url", default="", help="another address that serves the hub's files and API"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, print.

        :raises UnreadableModelFile: if it is no readable model file; its code comes first
        """
        what = options["what"]
        try:
            inspection, remote = _inspected(what, options)
        except UnreadableModelFile as error:
            raise UnreadableModelFile(error.code, f"{error.code}: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(inspection, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(inspection_text(inspection, what=what, remote=remote))


def _inspected(
    what: str, options: Mapping[str, Any]
) -> tuple[InspectionJson, RemoteInspection | None]:
    path = Path(what)
    if what and _exists(path):  # an empty text would be the folder somebody works in
        return _local(path, keep=options["keep"]), None
    if what.startswith(("/", ".", "~")):
        raise NotHere(f"There is no file at {what!r}. Give {FORMS}.")
    if options["keep"]:
        raise NotHere("--keep: only the digests of a file on this machine can be made and kept.")
    remote = inspect_on_hub(what, base_url=options["base_url"])
    return remote.inspection, remote


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long a name, NUL: no path
        return False


def _local(path: Path, *, keep: bool) -> InspectionJson:
    hide = not sys.stderr.isatty()
    with tqdm(unit="B", unit_scale=True, desc=path.name, disable=hide, leave=False) as bar:

        def show(done: int, size: int) -> None:
            bar.total = size
            bar.update(done - bar.n)

        return inspect_local(path=path, keep=keep, by="cli:inspect", progress=show)
