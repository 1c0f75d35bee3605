"""``manage.py up``: everything Keifu needs, in order, in one foreground process."""

import errno
import io
import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from registry.config import broker, database, flocks, postgres, static_files
from registry.config.supervisor import Part, Supervisor
from registry.errors import BadInput, Conflict, Unavailable
from registry.licensing import catalog

_WEB_SECONDS = 90.0
_OTHERS_SECONDS = 60.0
_DATABASE_SECONDS = 4.0
_KEEPER_LOOK_SECONDS = 2.0
_LAST_PORT = 65535


class PortInUse(Unavailable):
    """Somebody else listens on the port."""


class AlreadyRunning(Conflict):
    """Another ``up`` runs on the same KEIFU_HOME."""


def up(*, host: str, port: int, sample: bool, say: Callable[[str], None]) -> None:
    """Run Keifu at ``http://host:port/`` until SIGINT or SIGTERM.

    :raises BadInput: if the port is no port, or the host no address of this machine
    :raises Conflict: if it runs already
    :raises Unavailable: if a part cannot be started; all that was started has been stopped
    """
    host = _address(host)
    port = _free_port(host, port)
    url = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    home = settings.KEIFU_HOME
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = flocks.open_lock(home / "up.lock")
    if not flocks.try_lock(lock):
        raise AlreadyRunning(f"Keifu is running already on the data in {home}.")
    supervisor = Supervisor(say=say)
    steps = Steps(say)
    with supervisor.listening():
        try:
            _prepare(steps, sample=sample)
            _start_parts(supervisor, steps, host=host, port=port)
            if not supervisor.is_asked_to_stop():
                say(f"Keifu is at {url} (Ctrl-C stops it; logs in {home / 'logs'}).")
            supervisor.watch(also=_DatabaseWatch(_own_lease(), say))
        finally:
            if supervisor.running:
                say("Stopping.")
            supervisor.stop()
            _leave_database(say)
            os.close(lock)


def run_postgres(*, say: Callable[[str], None]) -> None:
    """Run the embedded database until SIGINT or SIGTERM, whatever DATABASE_URL says.

    :raises Unavailable: if it does not start
    """
    supervisor = Supervisor(say=say)
    with supervisor.listening():
        lease = postgres.hold(settings.KEIFU_HOME)
        say(f"PostgreSQL is running (Ctrl-C stops it).\nDATABASE_URL={lease.url}")
        try:
            supervisor.watch(also=_DatabaseWatch(lease, say))
        finally:
            if not lease.release_and_wait(seconds=_DATABASE_SECONDS):
                say("PostgreSQL goes on: another command uses it.")


class Steps:
    """Tell of each step what came of it and how long it took."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """Start the clock."""
        self._say = say
        self._begun = time.monotonic()

    def done(self, what: str, outcome: str) -> None:
        """Tell of a step that has ended."""
        now = time.monotonic()
        self._say(f"  {what:<18} {outcome} ({now - self._begun:.1f} s)")
        self._begun = now


class _DatabaseWatch:
    """Look now and then whether the embedded database's keeper is alive; if not, start one."""

    def __init__(self, lease: postgres.Lease | None, say: Callable[[str], None]) -> None:
        self._lease = lease
        self._say = say
        self._next = 0.0

    def __call__(self) -> None:
        now = time.monotonic()
        if self._lease is None or now < self._next:
            return
        self._next = now + _KEEPER_LOOK_SECONDS
        if self._lease.is_kept():
            return
        self._say("PostgreSQL's keeper stopped; starting it again.")
        with suppress(Unavailable):  # it is tried again at the next look
            postgres.hold(settings.KEIFU_HOME).release()  # our own lease holds on


def _prepare(steps: Steps, *, sample: bool) -> None:
    database.make_ready(migrated=False)
    database.check()
    where = settings.KEIFU_HOME if settings.KEIFU_EMBEDDED_DATABASE else "DATABASE_URL"
    steps.done("PostgreSQL", f"running, {where}")
    applied = database.migrate_if_pending()
    steps.done("migrations", f"{applied} applied" if applied else "up to date")
    try:
        records = len(catalog.all_terms())
    except catalog.BrokenRecord as error:
        sys.exit(f"The licence catalogue is broken: {error}.")
    steps.done("licence catalogue", f"{records} records are valid")
    if sample:
        said = io.StringIO()
        call_command("load_sample", stdout=said)
        steps.done("sample catalogue", said.getvalue().strip().rpartition(": ")[2])
    if static_files.collect_if_changed():
        steps.done("static files", "collected")
    if settings.CELERY_BROKER_URL == broker.FOLDERS:
        broker.make_folders(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
    connections.close_all()


def _start_parts(supervisor: Supervisor, steps: Steps, *, host: str, port: int) -> None:
    """Start the parts one after another, as long as nobody wants the end."""
    for part, seconds in (
        (_web_server(host, port), _WEB_SECONDS),
        (_celery("worker", "--concurrency=2"), _OTHERS_SECONDS),
        (_celery("beat", "--pidfile="), _OTHERS_SECONDS),
    ):
        if not supervisor.start(part, seconds=seconds):
            return
        steps.done(part.name, "running")


def _environment() -> dict[str, str]:
    """Return the parts' environment: they share our database instead of holding it themselves."""
    if not settings.KEIFU_EMBEDDED_DATABASE:
        return dict(os.environ)
    return {**os.environ, "DATABASE_URL": database.lease().url}


def _web_server(host: str, port: int) -> Part:
    return Part(
        name="web server",
        command=_web_command(host, port),
        environment=_environment(),
        log=settings.KEIFU_HOME / "logs" / "web.log",
        is_ready=lambda: answers(host, port),
        folder=settings.BASE_DIR,
    )


def _celery(name: str, *words: str) -> Part:
    ready = settings.KEIFU_HOME / f"{name}.ready"
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "celery", "-A", "registry.config", "-q", name]
    return Part(
        name=name,
        command=[*command, "--loglevel=WARNING", *words],
        environment={**_environment(), "KEIFU_READY_FILE": str(ready)},
        log=settings.KEIFU_HOME / "logs" / f"{name}.log",
        is_ready=ready.exists,
        folder=settings.BASE_DIR,
    )


def _web_command(host: str, port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi"),
        *("--host", host, "--port", str(port)),
        *("--workers", "1", "--blocking-threads", "4", "--no-ws"),
        *("--no-access-log", "--log-level", "warning"),  # an access log would hold looked-up hashes
        *("--workers-kill-timeout", "2"),
        "registry.config.wsgi:application",
    ]


def answers(host: str, port: int) -> bool:
    """Return whether the web server answers with a status below 500.

    Redirects count: with KEIFU_HTTPS everything is sent to https.
    """
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/api/v1/health/")
        return connection.getresponse().status < HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _address(host: str) -> str:
    """Return the address that a name stands for: the web server takes no name."""
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError, ValueError):
        raise BadInput(f"--host {host!r} is no address of this machine.") from None


def _free_port(host: str, port: int) -> int:
    """Return ``port``, or a free one for 0, after checking that nobody listens there."""
    if not 0 <= port <= _LAST_PORT:
        raise BadInput(f"{port} is no port: choose one from 1 to {_LAST_PORT}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise PortInUse(f"Port {port} needs more rights; choose one above 1023.") from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUse(f"Port {port} is in use; choose another with --port.") from None
            raise BadInput(f"Nothing can listen on --host {host}: {error.strerror}.") from None
        return int(probe.getsockname()[1])


def _own_lease() -> postgres.Lease | None:
    """Return this process's lease of the embedded database, if it uses that one."""
    return database.lease() if settings.KEIFU_EMBEDDED_DATABASE else None


def _leave_database(say: Callable[[str], None]) -> None:
    connections.close_all()
    if not database.lease.cache_info().currsize:
        return  # not ours, or it did not start
    if not database.lease().release_and_wait(seconds=_DATABASE_SECONDS):
        say("PostgreSQL goes on: another command uses it.")
