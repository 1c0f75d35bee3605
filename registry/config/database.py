"""Have a database to talk to: started, reachable, migrated.

With DATABASE_URL the server is somebody else's and is only looked at; without, the embedded one is
started and brought up to date by whichever process comes first.
"""

import shutil
from functools import cache

from django.conf import settings
from django.core.management import call_command
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from registry.config import postgres
from registry.errors import Conflict, Unavailable

OLDEST_VERSION = 15

_LOG_SEGMENT_BYTES = 16 * 2**20  # PostgreSQL stops where it cannot write one more of its log
_MIGRATING = 0x6B656966  # "keif": the advisory lock of whoever migrates


class DatabaseUnavailable(Unavailable):
    """The database cannot be used now."""


class DatabaseNotMigrated(Conflict):
    """Somebody else's database lacks tables; only its operator changes its schema."""


def make_ready(*, migrated: bool = True) -> None:
    """Start the embedded database unless DATABASE_URL names a server, and migrate it if asked.

    :raises Unavailable: if it does not start or answer
    :raises DatabaseNotMigrated: if the server of DATABASE_URL lacks migrations and they are needed
    """
    if not settings.KEIFU_EMBEDDED_DATABASE:
        if migrated:
            refuse_if_pending()
        return
    lease()
    if migrated:
        migrate_if_pending()


@cache
def lease() -> postgres.Lease:
    """Return this process's lease of the embedded database, kept until it ends."""
    return postgres.hold(settings.KEIFU_HOME)


def check() -> None:
    """Check that the database answers and is new enough.

    :raises DatabaseUnavailable: if not
    """
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
            (version,) = cursor.fetchone() or (0,)
    except Error as error:
        raise DatabaseUnavailable(sentence(error)) from error
    if version < OLDEST_VERSION:
        raise DatabaseUnavailable(
            f"The database of DATABASE_URL is PostgreSQL {version}; Keifu needs {OLDEST_VERSION}."
        )


def migrate_if_pending() -> int:
    """Apply what is pending and return how many migrations that were; two at once take turns.

    :raises DatabaseUnavailable: if the database does not answer
    """
    try:
        if not _pending():
            return 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
            try:
                pending = _pending()
                if pending:
                    call_command("migrate", interactive=False, verbosity=0)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATING])
    except Error as error:
        raise DatabaseUnavailable(sentence(error)) from error
    return pending


def refuse_if_pending() -> None:
    """Refuse to work on tables that are not there, or are not those of this version.

    :raises DatabaseNotMigrated: if migrations are pending
    :raises DatabaseUnavailable: if the database does not answer
    """
    try:
        pending = _pending()
    except Error as error:
        raise DatabaseUnavailable(sentence(error)) from error
    if pending:
        raise DatabaseNotMigrated(
            f"The database of DATABASE_URL lacks {pending} migrations of this version of Keifu:"
            " run python3 manage.py migrate."
        )


def sentence(error: Error) -> str:
    """Return why the database failed, as one sentence without what was asked."""
    said = str(error).strip()
    if "No space left on device" in said or _is_disk_full():
        return "There is no space left on the disk of the database: free some and try again."
    first = (said.splitlines() or ["no reason was given"])[0].strip().rstrip(".")
    name = "embedded database" if settings.KEIFU_EMBEDDED_DATABASE else "database of DATABASE_URL"
    return f"The {name} cannot be used: {first}."


def _is_disk_full() -> bool:
    """Return whether the embedded database is down, or will be, for want of space."""
    if not settings.KEIFU_EMBEDDED_DATABASE:
        return False
    try:
        return shutil.disk_usage(settings.KEIFU_HOME).free < _LOG_SEGMENT_BYTES
    except OSError:
        return False


def _pending() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
