"""``manage.py evidence_pack WHAT --output FILE.zip`` keeps what an answer rests on."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registry.errors import BadInput, Conflict
from registry.fingerprints.pack_check import (
    UnreadablePack,
    check_pack,
    manifest_of,
    pack,
    sha256_of,
)
from registry.management.asking import subject
from registry.management.moments import add_moment_argument, moment
from registry.selectors.evidence import evidence_members
from registry.selectors.subjects import FORMS

# A full disk is another matter, which manage.py explains.
_WRONG_PATH = (
    FileNotFoundError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
    ValueError,
)


class TamperedPack(Conflict):
    """A pack is not what was written."""


class UnusablePath(BadInput):
    """A pack cannot be written to, or read from, a path."""


class Command(BaseCommand):
    """Write what an answer rests on as one archive that verifies itself, or verify one."""

    help = (
        "Write what an answer rests on as one archive that verifies itself: the answer, claims, "
        "edges, digests and times of the hubs' answers, licence records, rules. With --verify, "
        "check one; exit with 5 if it was changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("what", nargs="?", metavar="WHAT", help=f"a file's path, {FORMS}")
        add_moment_argument(parser)
        parser.add_argument("--output", metavar="FILE", help="where to write the pack (a .zip)")
        parser.add_argument(
            "--with-payloads",
            action="store_true",
            help="put the hubs' answers in as they came: other people's words, not for passing on",
        )
        parser.add_argument("--verify", metavar="FILE", help="check a pack instead of writing one")

    def handle(self, *args: Any, **options: Any) -> None:
        """Parse, ask, write; or check.

        :raises UnusablePath: if a file cannot be read or written, or none is named
        :raises TamperedPack: if the pack to verify is not as it was written
        """
        if options["verify"]:
            self.stdout.write(_verified(Path(options["verify"])))
            return
        if not options["what"] or not options["output"]:
            raise UnusablePath(
                "Say what about and where to: WHAT --output FILE (or --verify FILE)."
            )
        as_of = moment(options)
        query, found = subject(options["what"], as_of=as_of)
        members = evidence_members(
            query=query, subject=found, as_of=as_of, with_payloads=options["with_payloads"]
        )
        _write(Path(options["output"]), pack(members))
        digest = sha256_of(manifest_of(members))
        self.stdout.write(f"{options['output']}: {len(members)} members. MANIFEST {digest}")


def _verified(path: Path) -> str:
    content = _read(path)
    try:
        problems = check_pack(content)
    except UnreadablePack as error:
        raise TamperedPack(f"{path.name} is no pack that can be read: {error}.") from error
    if problems:
        raise TamperedPack(f"{path.name} is not as it was written:\n" + "\n".join(problems))
    return f"{path.name} is as it was written."


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise UnusablePath(f"--verify: {path.name!r} cannot be read.") from error


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except _WRONG_PATH as error:
        raise UnusablePath(f"--output: {path.name!r} cannot be written.") from error
