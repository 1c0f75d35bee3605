"""The supervisor with small programs in place of Keifu's parts."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from registry.config.processes import is_alive
from registry.config.supervisor import Part, PartFailed, Supervisor

ROOT = Path(__file__).parents[3]
# Writes its number and the one of a child of its own, which ignores SIGTERM.
_FORKING = (
    "import os, signal, sys, time\n"
    "child = os.fork()\n"
    "if child == 0:\n"
    "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "    time.sleep(60)\n"
    "with open(sys.argv[1], 'a') as out: out.write(f'{os.getpid()} {child}\\n')\n"
    "time.sleep(60)\n"
)


def eventually(true: Callable[[], bool], *, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return true()


def started(file: Path) -> list[list[int]]:
    if not file.exists():
        return []
    return [[int(word) for word in line.split()] for line in file.read_text().splitlines()]


def part(folder: Path, code: str, *, stop_seconds: float = 0.5) -> Part:
    file = folder / "started"
    return Part(
        name="part",
        command=[sys.executable, "-I", "-S", "-c", code, str(file)],
        environment=dict(os.environ),
        log=folder / "logs" / "part.log",
        is_ready=lambda: bool(started(file)),
        folder=folder,
        stop_seconds=stop_seconds,
    )


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(say=said.append)
    yield supervisor
    supervisor.stop()


def watch(supervisor: Supervisor, until: Callable[[], bool]) -> None:
    """Watch until something is so, then ask for the end the way a terminal does."""

    def interrupt() -> None:
        eventually(until)
        os.kill(os.getpid(), signal.SIGINT)

    with supervisor.listening():
        thread = threading.Thread(target=interrupt)
        thread.start()
        supervisor.watch(also=lambda: None)
        thread.join()


class TestSupervisor:
    def test_takes_every_descendant_down(self, supervisor: Supervisor, tmp_path: Path) -> None:
        supervisor.start(part(tmp_path, _FORKING), seconds=10)
        [[program, child]] = started(tmp_path / "started")

        begun = time.monotonic()
        supervisor.stop()

        assert time.monotonic() - begun < 5
        assert not is_alive(program)
        assert not is_alive(child)

    @pytest.mark.parametrize("victim", ["program", "keeper"])
    def test_starts_again_what_was_killed_and_clears_its_remains(
        self, supervisor: Supervisor, said: list[str], tmp_path: Path, victim: str
    ) -> None:
        supervisor.start(part(tmp_path, _FORKING), seconds=10)
        [[program, child]] = started(tmp_path / "started")
        keeper = supervisor.running[0].process.pid

        os.kill(program if victim == "program" else keeper, signal.SIGKILL)
        watch(supervisor, until=lambda: len(started(tmp_path / "started")) == 2)

        assert "killed by signal 9" in said[0]
        assert not is_alive(program)
        assert eventually(lambda: not is_alive(child))

    def test_waits_longer_each_time(
        self, supervisor: Supervisor, said: list[str], tmp_path: Path
    ) -> None:
        code = "import sys; open(sys.argv[1], 'a').write('0\\n'); sys.exit('no luck')"
        falling = part(tmp_path, code)
        (tmp_path / "started").write_text("0\n")

        supervisor.start(falling, seconds=10)
        watch(supervisor, until=lambda: len(said) >= 3)

        assert [line.partition("again in ")[2] for line in said[:3]] == ["0.5 s.", "1 s.", "2 s."]
        assert "no luck" in said[0]

    def test_names_the_last_words_of_a_part_that_does_not_start(
        self, supervisor: Supervisor, tmp_path: Path
    ) -> None:
        with pytest.raises(PartFailed, match="part does not start: no luck"):
            supervisor.start(part(tmp_path, "import sys; sys.exit('no luck')"), seconds=10)

    def test_gives_up_on_a_part_that_is_never_ready(
        self, supervisor: Supervisor, tmp_path: Path
    ) -> None:
        with pytest.raises(PartFailed, match="not ready after"):
            supervisor.start(part(tmp_path, "import time; time.sleep(60)"), seconds=0.3)


class TestKeeper:
    def test_leaves_no_orphan_of_a_killed_supervisor(self, tmp_path: Path) -> None:
        code = (
            "import sys, time; sys.path[:0] = [sys.argv[1], sys.argv[1] + '/tests/integration']; "
            "from pathlib import Path; from registry.config.supervisor import Supervisor; "
            "from tests.integration.config.test_supervisor import part, _FORKING; "
            "Supervisor(say=print).start(part(Path(sys.argv[2]), _FORKING), seconds=10); "
            "print('started', flush=True); time.sleep(60)"
        )
        command: Sequence[str] = [sys.executable, "-c", code, str(ROOT), str(tmp_path)]
        killed = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"started\n"
        [[program, child]] = started(tmp_path / "started")

        killed.kill()
        killed.wait()
        killed.stdout.close()

        assert eventually(lambda: not is_alive(program) and not is_alive(child))
