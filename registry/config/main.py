"""Run a command, and say how it went by the exit code: the one place that decides it.

0 answered, 2 bad input, 3 not found, 4 unavailable, 5 conflict, 6 ``--fail-on`` met (by the command
itself), 130 interrupted; 1 only for our own faults.
"""

import codecs
import errno
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line, get_commands
from django.core.management.base import CommandError, SystemCheckError
from django.db import InterfaceError, OperationalError

from registry.config import database, env
from registry.errors import BadInput, Conflict, DomainError, NotFound, Unavailable

_CODE_BY_KIND: dict[type[DomainError], int] = {
    BadInput: 2,
    NotFound: 3,
    Unavailable: 4,
    Conflict: 5,
}
_OUR_FAULT = 1
_INTERRUPTED = 130
_PIPE_CLOSED = 141

# These look after the database themselves, or need none.
_WITHOUT_DATABASE = frozenset(
    {"help", "version", "--help", "-h", "--version", "up", "postgres", "test", "verify"}
    | {"check", "compilemessages", "makemessages", "collectstatic", "findstatic", "spectacular"}
)
# These work on the migrations, so nothing is applied before them.
_ON_MIGRATIONS = frozenset(
    {"migrate", "makemigrations", "showmigrations", "sqlmigrate", "squashmigrations"}
    | {"optimizemigration", "dbshell", "flush"}
)


def main(argv: Sequence[str]) -> int:
    """Run ``manage.py``'s command and return its exit code; anticipated errors are one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.config.settings")
    _spell_by_number()
    try:
        execute(list(argv))
    except SystemExit as ended:
        return _code_of_exit(ended)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except Exception as error:
        code, text = explain(error)
        if code == _OUR_FAULT:
            raise
        sys.stderr.write(f"{text}\n")
        return code
    return 0


def _spell_by_number() -> None:
    """Print what a terminal without UTF-8 has no letters for by its number, as JSON does."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        codecs.register_error("keifu_by_number", _by_number)
        sys.stdout.reconfigure(errors="keifu_by_number")


def _by_number(error: UnicodeError) -> tuple[str, int]:
    """Return the spelling of what cannot be encoded, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def execute(argv: list[str]) -> None:
    """Provide the database that the command needs, then run it."""
    command = argv[1] if len(argv) > 1 else "help"
    if command not in _WITHOUT_DATABASE and not {"--help", "-h"} & set(argv[2:]):
        django.setup()
        _provide_database(command)
    execute_from_command_line(argv)


def _provide_database(command: str) -> None:
    """Have the embedded database run; of somebody else's server our commands need our tables."""
    owner = get_commands().get(command)
    if owner is None:
        return  # Django says that there is no such command
    is_ours = not str(owner).startswith("django.")
    if settings.KEIFU_EMBEDDED_DATABASE or is_ours:
        database.make_ready(migrated=command not in _ON_MIGRATIONS)


def explain(error: Exception) -> tuple[int, str]:
    """Return exit code and sentence of an error; code 1 means that it was not anticipated."""
    for kind, code in _CODE_BY_KIND.items():
        if isinstance(error, kind):
            return code, str(error)
    if isinstance(error, CommandError | ImproperlyConfigured):
        return _CODE_BY_KIND[BadInput], str(error)
    if isinstance(error, OperationalError | InterfaceError):
        return _CODE_BY_KIND[Unavailable], database.sentence(error)
    if isinstance(error, OSError) and (text := _explain_system(error)):
        return _CODE_BY_KIND[Unavailable], text
    return _OUR_FAULT, str(error)


def _explain_system(error: OSError) -> str:
    """Return a sentence on a full disk, or a KEIFU_HOME that cannot be used; else nothing."""
    where = Path(str(error.filename or env.home()))
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"There is no space left on the disk of {where}: free some."
    if error.filename and (where == env.home() or env.home() in where.parents):
        return f"KEIFU_HOME cannot be used: {error.strerror} ({where})."
    return ""


def _code_of_exit(ended: SystemExit) -> int:
    """Return the code of a command's exit; Django exits with 1 for what was bad input.

    Django prints a CommandError, or that a command is unknown (a KeyError), and exits while it
    handles that, so the context of the exit tells it from an exit of the command's own.
    """
    cause = ended.__context__
    if ended.code == 1 and isinstance(cause, CommandError | KeyError):
        return _OUR_FAULT if isinstance(cause, SystemCheckError) else _CODE_BY_KIND[BadInput]
    if ended.code is None or isinstance(ended.code, int):
        return ended.code or 0
    sys.stderr.write(f"{ended.code}\n")
    return _OUR_FAULT
