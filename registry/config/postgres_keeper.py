"""The keeper of an embedded PostgreSQL: runs it as long as somebody uses it.

``registry.config.postgres`` starts this file by itself: ``python -I -S postgres_keeper.py JSON``.
It prints one line (``ready`` or what went wrong) and goes on in the background. Every process that
uses the server holds a shared lock on one file; the kernel drops it when the process ends, in
whatever way. The moment the keeper gets that lock for itself, nobody is left: it stops the server.

Standard library only.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":  # isolated: only this file's own folder is missing from the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from registry.config.flocks import open_lock, try_lock
from registry.config.processes import die_with_parent, is_alive, rotate, stop

_POLL_SECONDS = 0.1
_READY_SECONDS = 60.0  # recovery after a crash may replay a lot
_RETRY_SECONDS = 10.0  # orphaned backends of a killed server leave within this
_LONGEST_PAUSE_SECONDS = 30.0
_STEPS = ((signal.SIGINT, 4.0), (signal.SIGQUIT, 2.0))  # fast, then immediate shutdown
_TRANSIENT = ("pre-existing shared memory block", "lock file", "is another postmaster")


@dataclass(frozen=True)
class Order:
    """What to keep; ``remove`` are folders to delete at the end."""

    command: tuple[str, ...]
    user: int | None
    data: str
    users: str
    keeper: str
    log: str
    remove: tuple[str, ...]


class _NotReady(Exception):
    """The server ended, or did not get ready; the text is its own last word."""


class Keeper:
    """One server and its life."""

    def __init__(self, order: Order) -> None:
        """Remember what to keep."""
        self._order = order
        self._log = Path(order.log)
        self._pid_file = Path(order.data) / "postmaster.pid"
        self._asked_to_stop = False
        self._server: subprocess.Popen[bytes] | None = None

    def begin(self, lock: int) -> None:
        """Take the keeper's lock and start the server.

        :raises _NotReady: if there is another keeper, or the server does not get ready
        """
        if not try_lock(lock):
            raise _NotReady("another keeper is running")
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers.

        :raises _NotReady: if it does not
        """
        until = time.monotonic() + _RETRY_SECONDS
        while True:
            self._clear_stale_pid_file()
            try:
                self._start_once()
            except _NotReady as error:
                if not _is_transient(str(error)) or time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                return

    def keep(self, users: int) -> None:
        """Restart the server when it dies; return when nobody uses it any more."""
        pause = 0.0
        while not self._asked_to_stop and not try_lock(users):
            time.sleep(_POLL_SECONDS)
            if self._server is not None and self._server.poll() is None:
                continue
            time.sleep(pause)
            begun = time.monotonic()
            try:
                self.start()
            except (_NotReady, OSError) as error:
                print(f"keeper: {error}", file=sys.stderr, flush=True)  # noqa: T201 - its log
            long_enough = time.monotonic() - begun > _LONGEST_PAUSE_SECONDS
            pause = 0.0 if long_enough else min(max(0.5, pause * 2), _LONGEST_PAUSE_SECONDS)
        if self._server is not None:
            stop(self._server, _STEPS)

    def ask_to_stop(self, *_signal: object) -> None:
        """Stop the server at the next look; a signal handler."""
        self._asked_to_stop = True

    def _start_once(self) -> None:
        read_from = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(  # noqa: S603 - the order names the wheel's program
                self._order.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                user=self._order.user,
                group=self._order.user,
                extra_groups=None if self._order.user is None else [],
                # A fast shutdown, should the keeper be killed; it has no threads.
                preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509
            )
        until = time.monotonic() + _READY_SECONDS
        while self._server.poll() is None:
            if self._is_ready(self._server.pid):
                return
            if time.monotonic() > until:
                stop(self._server, _STEPS)
                raise _NotReady(f"it did not get ready in {_READY_SECONDS:.0f} s")
            time.sleep(0.01)
        raise _NotReady(self._last_word(read_from))

    def _is_ready(self, pid: int) -> bool:
        """Read the server's state where pg_ctl reads it: line 8 of its pid file."""
        try:
            lines = self._pid_file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return False
        return lines[:1] == [str(pid)] and lines[7:8] == ["ready   "]

    def _clear_stale_pid_file(self) -> None:
        """Deal with what a killed server left.

        We hold the keeper's lock, so a server that still runs is an orphan: it is stopped. A
        process that merely got the same number since is left alone; the claim is removed.
        """
        try:
            pid = int(self._pid_file.read_text(encoding="utf-8", errors="replace").split("\n")[0])
        except (OSError, ValueError):
            return
        if not is_alive(pid):
            return
        if not _is_server(pid, self._order.data):
            self._pid_file.unlink(missing_ok=True)
            return
        for number, seconds in ((signal.SIGINT, 5.0), (signal.SIGKILL, 2.0)):
            os.kill(pid, number)
            until = time.monotonic() + seconds
            while is_alive(pid) and time.monotonic() < until:
                time.sleep(0.02)

    def _last_word(self, read_from: int) -> str:
        with self._log.open("rb") as log:
            log.seek(read_from)
            said = log.read().decode(errors="replace")
        if "No space left on device" in said:
            return "No space left on device"
        fatal = re.findall(r"(?:FATAL|PANIC|ERROR):\s*(.+)", said)
        lines = said.strip().splitlines()
        return str(fatal[-1]) if fatal else (lines[-1] if lines else "it ended without a word")


def _is_transient(text: str) -> bool:
    return any(words in text for words in _TRANSIENT)


def _is_server(pid: int, data: str) -> bool:
    """Return whether ``pid`` is a server of this data directory (where /proc can tell)."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return Path("/proc/self/cmdline").exists() is False
    return os.fsencode(data) in words


def main(text: str) -> int:
    """Go to the background; answer ``ready`` or the reason on standard output from the front."""
    order = Order(**json.loads(text))
    receive, send = os.pipe()
    if os.fork():
        os.close(send)
        with os.fdopen(receive) as answers:
            answer = answers.read().strip() or "the keeper ended without a word"
        print(answer)  # noqa: T201 - this is the answer
        return 0 if answer == "ready" else 1
    os.close(receive)
    os.setsid()
    _redirect(Path(order.log))
    _run(order, send)
    return 0


def _run(order: Order, answer: int) -> None:
    keeper = Keeper(order)
    signal.signal(signal.SIGTERM, keeper.ask_to_stop)
    signal.signal(signal.SIGINT, keeper.ask_to_stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    mine = open_lock(Path(order.keeper))
    users = open_lock(Path(order.users))
    try:
        keeper.begin(mine)
    except (_NotReady, OSError) as error:
        os.write(answer, str(error).encode())
        os._exit(1)
    os.write(answer, b"ready")
    os.close(answer)
    keeper.keep(users)
    for folder in order.remove:
        shutil.rmtree(folder, ignore_errors=True)


def _redirect(log: Path) -> None:
    rotate(log)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.close(nothing)
    os.close(out)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
