"""The keeper of one part of Keifu: runs a program and takes all of it down, come what may.

The supervisor starts this file by itself: ``python -I -S keeper.py FD SECONDS PROGRAM ...``. ``FD``
is our end of a socket pair whose other end only the supervisor holds, so that its end is noticed
however it comes, SIGKILL included; the program's number is written to it. The program gets SIGTERM,
and after SECONDS whatever is left of it SIGKILL: programs that fork (Celery's pool, the workers of
the web server) leave no orphans.

Standard library only.
"""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

if __name__ == "__main__":  # isolated: only this file's own folder is missing from the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from registry.config.processes import adopt_orphans, die_with_parent, end_group, stop

_END_SECONDS = 2.0
_ORPHAN_SECONDS = 1.0  # without a supervisor nobody waits for a graceful end


def main(arguments: list[str]) -> int:
    """Run the program until it ends, or until the supervisor is gone or says SIGTERM."""
    lifeline = int(arguments[0])
    seconds = float(arguments[1])
    wake_up, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, note)
    adopt_orphans()
    program = subprocess.Popen(  # noqa: S603 - the supervisor names one of ours
        arguments[2:],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - no threads here
    )
    os.write(lifeline, str(program.pid).encode())
    try:
        while program.poll() is None and not set(asked) - {signal.SIGCHLD}:
            ready, _, _ = select.select([lifeline, wake_up], [], [])
            if lifeline in ready:
                seconds = min(seconds, _ORPHAN_SECONDS)
                break
            os.read(wake_up, 512)
        code = stop(program, ((signal.SIGTERM, seconds),))
    finally:
        end_group(program.pid, seconds=_END_SECONDS, reap=True)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
