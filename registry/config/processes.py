"""Small things about Unix processes that the keepers share. Standard library only."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(number: int) -> Callable[[], None]:
    """Return what a child runs before its program, so that ``number`` comes when its parent dies.

    Linux counts the death of the parent's *thread*, so only single-threaded parents may use it;
    the keepers are. Elsewhere it does nothing.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), number)

    return ask


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies (Linux)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def stop(process: "subprocess.Popen[bytes]", steps: Sequence[tuple[int, float]]) -> int:
    """Send each signal in turn and wait that many seconds for the end; at last SIGKILL."""
    for number, seconds in steps:
        if process.poll() is not None:
            break
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    if process.poll() is None:
        process.kill()
    return process.wait()


def end_group(group: int, *, seconds: float, reap: bool) -> None:
    """Kill what is left of a process group and wait at most ``seconds`` for its end.

    ``reap`` collects every child of this process, for a keeper that adopted the group's orphans.
    """
    until = time.monotonic() + seconds
    while _kill_group(group) and time.monotonic() < until:
        if reap:
            _reap()
        time.sleep(0.01)


def _kill_group(group: int) -> bool:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def is_alive(pid: int) -> bool:
    """Return whether process ``pid`` exists and is not a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True


def rotate(log: Path, *, limit_bytes: int = 5_000_000) -> None:
    """Set a log aside as ``NAME.1`` once it is larger than ``limit_bytes``."""
    if log.exists() and log.stat().st_size > limit_bytes:
        log.replace(log.with_name(log.name + ".1"))
