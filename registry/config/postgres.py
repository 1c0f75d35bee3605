"""The embedded PostgreSQL: one shared server per KEIFU_HOME, started by whoever needs it first.

``hold(home)`` is all a process does: it looks for the server, starts it if there is none (after a
SIGKILL, PostgreSQL recovers by itself), and keeps a shared lock until the process ends. The keeper
of the server stops it when the last lock is gone (``postgres_keeper``).
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from registry.config import flocks, postgres_keeper
from registry.config.postgres_files import (
    EmbeddedDatabaseUnavailable,
    Place,
    Programs,
    find_programs,
    make_folders,
    private,
)

USER = "keifu"
DATABASE = "keifu"

_WAIT_SECONDS = 90.0
_MEGABYTE = 1_000_000
_NEEDED_NEW_MEGABYTES = 200
_NEEDED_MEGABYTES = 64
_SETTINGS = {
    "listen_addresses": "",  # the unix socket only
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "log_min_error_statement": "panic",  # statements hold looked-up hashes: never logged
    "timezone": "UTC",
}
_THROW_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@dataclass
class Lease:
    """One process's use of the server; ends with the process, or with ``release``."""

    place: Place
    _descriptor: int

    @property
    def url(self) -> str:
        """The server as a DATABASE_URL."""
        return url_of(self.place)

    def is_kept(self) -> bool:
        """Return whether the server's keeper is alive."""
        return flocks.is_locked(self.place.keeper)

    def release(self) -> None:
        """Stop using the server."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def release_and_wait(self, *, seconds: float) -> bool:
        """Stop using the server and wait for its end; return ``False`` if others still use it."""
        self.release()
        until = time.monotonic() + seconds
        while self.is_kept() and time.monotonic() < until:
            time.sleep(0.05)
        return not self.is_kept()


def url_of(place: Place) -> str:
    """Return the DATABASE_URL of the server at ``place``, running or not."""
    return f"postgresql://{USER}@/{DATABASE}?host={quote(str(place.sockets))}"


def hold(home: Path, *, durable: bool = True, remove: bool = False) -> Lease:
    """Return a lease of the server of ``home``, started if need be; the database exists.

    ``durable=False`` trades safety against a power cut for speed (tests); ``remove`` deletes
    ``home`` once nobody uses the server.

    :raises EmbeddedDatabaseUnavailable: with the reason as one sentence
    """
    place = Place(home)
    private(place.folder)
    place.log.parent.mkdir(mode=0o700, exist_ok=True)
    starting = flocks.open_lock(place.starting)
    users = flocks.open_lock(place.users)
    try:
        _wait_for(starting, f"Another command has been starting {place.folder} for too long.")
        # Waits while a keeper, having found nobody, is stopping the server.
        _wait_for(users, f"The database of {place.folder} does not stop.", shared=True)
        if not flocks.is_locked(place.keeper):
            _start(place, durable=durable, remove=remove)
    except BaseException:
        os.close(users)
        raise
    finally:
        os.close(starting)
    return Lease(place, users)


def _wait_for(lock: int, otherwise: str, *, shared: bool = False) -> None:
    if not flocks.lock(lock, shared=shared, seconds=_WAIT_SECONDS):
        raise EmbeddedDatabaseUnavailable(otherwise)


@contextmanager
def throw_away() -> Iterator[Lease]:
    """Run a server on a temporary folder, which goes with it, even after SIGKILL."""
    home = Path(tempfile.mkdtemp(prefix="keifu-"))
    try:
        lease = hold(home, durable=False, remove=True)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    try:
        yield lease
    finally:
        lease.release_and_wait(seconds=8)


def _start(place: Place, *, durable: bool, remove: bool) -> None:
    programs = find_programs(place)
    make_folders(place, programs)
    _check_space(place)
    if not (place.data / "PG_VERSION").exists():
        _initialise(place, programs, durable=durable)
    _check_version(place, programs)
    settings = _SETTINGS if durable else _SETTINGS | _THROW_AWAY
    data = str(place.data.resolve())
    order = postgres_keeper.Order(
        command=tuple(
            programs.command(
                "postgres",
                *("-D", data, "-k", str(place.sockets.resolve())),
                *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
            )
        ),
        user=programs.user,
        data=data,
        users=str(place.users),
        keeper=str(place.keeper),
        log=str(place.log),
        remove=tuple(map(str, place.folders)) if remove else (),
    )
    asked = subprocess.run(  # noqa: S603 - our own file
        [sys.executable, "-I", "-S", postgres_keeper.__file__, json.dumps(asdict(order))],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        why = (asked.stdout or asked.stderr).strip().splitlines() or ["no reason was given"]
        raise EmbeddedDatabaseUnavailable(_sentence(place, why[-1]))
    _create_database(place)


def _initialise(place: Place, programs: Programs, *, durable: bool) -> None:
    """Make the data directory aside and move it into place, so that half of one is never used."""
    final = place.data.resolve() if place.data.is_symlink() else place.data
    fresh = final.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    private(fresh, owner=programs.user)
    made = programs.run(
        "initdb",
        *("-D", str(fresh), "-U", USER, "--auth=trust"),
        *("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
        *(() if durable else ("--no-sync",)),
    )
    if made.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        said = (made.stderr or made.stdout).strip()
        reason = (
            re.findall(r"(?:error|FATAL|PANIC):\s*(.+)", said) or said.splitlines()[-1:] or ["?"]
        )
        why = "No space left on device" if "No space left" in said else reason[0]
        raise EmbeddedDatabaseUnavailable(_sentence(place, why))
    fresh.rename(final)


def _check_space(place: Place) -> None:
    folder = place.data if place.data.exists() else place.folder
    is_new = not (place.data / "PG_VERSION").exists()
    needed = _NEEDED_NEW_MEGABYTES if is_new else _NEEDED_MEGABYTES
    free = shutil.disk_usage(folder).free // _MEGABYTE
    if free < needed:
        raise EmbeddedDatabaseUnavailable(
            f"There is not enough space on the disk of {place.home}: "
            f"the database needs {needed} MB and {free} MB are free."
        )


def _check_version(place: Place, programs: Programs) -> None:
    said = programs.run("postgres", "--version").stdout
    ours = re.search(r"(\d+)", said)
    data = (place.data / "PG_VERSION").read_text(encoding="utf-8").strip()
    if ours is None or ours[1] != data:
        raise EmbeddedDatabaseUnavailable(
            f"The data in {place.data} is of PostgreSQL {data} and the installed one is "
            f"{said.strip()}: dump it with the old version and load it into a new KEIFU_HOME."
        )


def _create_database(place: Place) -> None:
    conninfo = make_conninfo(
        host=str(place.sockets), user=USER, dbname="postgres", connect_timeout=10
    )
    try:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if found.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    except psycopg.Error as error:
        raise EmbeddedDatabaseUnavailable(_sentence(place, str(error))) from error


def _sentence(place: Place, why: str) -> str:
    if "No space left on device" in why:
        return f"There is no space left on the disk of {place.home}: free some and try again."
    return f"The embedded PostgreSQL does not start: {why.strip().rstrip('.')} (log: {place.log})."
