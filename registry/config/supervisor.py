"""Keep the parts of Keifu running: start in order, restart what dies, stop all together.

One thread, no signal but SIGINT, SIGTERM and SIGHUP, which only set a flag. Each part runs under a
``keeper`` in a session of its own, so Ctrl-C in a terminal reaches the supervisor alone.
"""

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from registry.config import keeper
from registry.config.processes import end_group, rotate
from registry.errors import Unavailable

_PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_STEADY_SECONDS = 60.0  # who ran this long starts again with the shortest pause
_POLL_SECONDS = 0.1
_EXCEPTION = re.compile(r"[\w.]+(?:Error|Exception|Unavailable|Configured): ")
_SIGNALLED = 128  # a keeper ends with this plus the number of its program's signal


class PartFailed(Unavailable):
    """A part did not start."""


@dataclass(frozen=True)
class Part:
    """One program to run; ``is_ready`` is asked until it says yes."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    is_ready: Callable[[], bool]
    folder: Path
    stop_seconds: float = 3.0


@dataclass
class Running:
    """A part's process and how often it fell."""

    part: Part
    process: "subprocess.Popen[bytes]"
    lifeline: socket.socket
    since: float
    falls: int = 0
    restart_at: float | None = None
    written_before: int = 0


@dataclass
class Supervisor:
    """The parts, in the order they were started."""

    say: Callable[[str], None]
    running: list[Running] = field(default_factory=list)
    _asked_to_stop: bool = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Turn SIGINT, SIGTERM and SIGHUP into a wish to stop."""

        def note(*_signal: object) -> None:
            self._asked_to_stop = True

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, note) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def is_asked_to_stop(self) -> bool:
        """Whether somebody wants the end."""
        return self._asked_to_stop

    def start(self, part: Part, *, seconds: float) -> bool:
        """Start a part and wait until it is ready; return ``False`` if somebody wants the end.

        :raises PartFailed: if it ends, or is not ready in ``seconds``
        """
        if self.is_asked_to_stop():
            return False
        running = _launch(part)
        self.running.append(running)
        until = time.monotonic() + seconds
        while not part.is_ready():
            if self.is_asked_to_stop():
                return False
            if running.process.poll() is not None:
                words = last_words(running)
                raise PartFailed(f"{part.name} does not start: {words} (log: {part.log})")
            if time.monotonic() > until:
                raise PartFailed(
                    f"{part.name} is not ready after {seconds:.0f} s (log: {part.log})"
                )
            time.sleep(_POLL_SECONDS / 2)
        return True

    def watch(self, also: Callable[[], None]) -> None:
        """Restart what dies, calling ``also`` each time around, until somebody wants the end."""
        while not self.is_asked_to_stop():
            for index, running in enumerate(self.running):
                self.running[index] = self._look_after(running)
            also()
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Stop all parts at the same time and wait for the last."""
        for running in reversed(self.running):
            if running.process.poll() is None:
                running.process.terminate()
        for running in reversed(self.running):
            try:
                running.process.wait(running.part.stop_seconds + 2)
            except subprocess.TimeoutExpired:
                running.process.kill()
                running.process.wait()
            _clear(running)
        self.running.clear()

    def _look_after(self, running: Running) -> Running:
        now = time.monotonic()
        if running.restart_at is not None:
            if now < running.restart_at:
                return running
            again = _launch(running.part)
            again.falls = running.falls
            return again
        if running.process.poll() is None:
            return running
        _clear(running)
        if now - running.since > _STEADY_SECONDS:
            running.falls = 0
        pause = _PAUSES_SECONDS[min(running.falls, len(_PAUSES_SECONDS) - 1)]
        running.falls += 1
        running.restart_at = now + pause
        name = running.part.name
        self.say(f"{name} stopped ({last_words(running)}); starting it again in {pause:g} s.")
        return running


def last_words(running: Running) -> str:
    """Return the signal that ended a part, its last exception or line, or its exit code."""
    code = running.process.returncode
    if code is not None and (code < 0 or code > _SIGNALLED):
        return f"killed by signal {-code if code < 0 else code - _SIGNALLED}"
    try:
        with running.part.log.open("rb") as log:
            log.seek(running.written_before)
            lines = log.read().decode(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    raised = [line for line in lines if _EXCEPTION.match(line)]
    return (raised or lines)[-1].strip() if lines else f"exit code {code}"


def _launch(part: Part) -> Running:
    part.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    rotate(part.log)
    theirs, ours = socket.socketpair()
    with theirs, part.log.open("ab") as log:
        written = log.tell()
        process = subprocess.Popen(  # noqa: S603 - our own keeper
            [
                *(sys.executable, "-I", "-S", keeper.__file__),
                *(str(theirs.fileno()), str(part.stop_seconds)),
                *part.command,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=part.folder,
            env=dict(part.environment),
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
    return Running(part, process, ours, since=time.monotonic(), written_before=written)


def _clear(running: Running) -> None:
    """Kill what a keeper left behind that was itself killed, and let go of it."""
    if running.lifeline.fileno() < 0:
        return  # done already: it waits for its next start
    running.lifeline.setblocking(False)
    try:
        program = running.lifeline.recv(32)
    except BlockingIOError:
        program = b""
    running.lifeline.close()
    if program and running.process.returncode:
        end_group(int(program), seconds=1, reap=False)
