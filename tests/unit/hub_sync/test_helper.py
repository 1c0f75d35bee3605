"""The mirror's second process: answers in turn, and ends when nobody is left to ask."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub_sync.services.helper import Helper, HelperGone

ROOT = Path(__file__).resolve().parents[3]
LARGE = 3_000_000  # bytes: many times what a socket holds
ASKS_UNTIL_KILLED = """
from hub_sync.services.helper import Helper
helper = Helper(lambda request: bytes(request.upper()))
print(helper.pid, helper.ask(b"there").decode(), flush=True)
while True:
    helper.ask(bytes(3_000_000))
"""


def shouted(request: bytearray) -> bytes:
    return bytes(request.upper())


def is_running(pid: int) -> bool:
    """Return whether a process runs; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class TestHelper:
    def test_answers_with_what_its_function_makes_of_a_request(self) -> None:
        helper = Helper(shouted)

        answers = [helper.ask(b"a"), helper.ask(b"b" * LARGE), helper.ask(b"")]

        helper.close()
        assert answers == [b"A", b"B" * LARGE, b""]

    def test_gives_each_of_several_threads_its_own_answer(self) -> None:
        helper = Helper(shouted)
        requests = [f"request {number}".encode() for number in range(100)]

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(helper.ask, requests))

        helper.close()
        assert answers == [request.upper() for request in requests]

    def test_gives_each_of_several_threads_its_own_large_answer(self) -> None:
        helper = Helper(shouted)
        requests = [letter * LARGE for letter in (b"a", b"b", b"c", b"d")]

        with ThreadPoolExecutor(len(requests)) as pool:
            answers = list(pool.map(helper.ask, requests))

        helper.close()
        assert answers == [request.upper() for request in requests]

    def test_works_in_another_process_that_ends_when_it_is_closed(self) -> None:
        helper = Helper(lambda _: str(os.getpid()).encode())
        worked_in = int(helper.ask(b""))

        helper.close()

        assert worked_in == helper.pid != os.getpid()
        assert not is_running(worked_in)

    def test_says_that_it_is_gone_where_somebody_has_killed_it(self) -> None:
        helper = Helper(shouted)
        os.kill(helper.pid, signal.SIGKILL)

        with pytest.raises(HelperGone):
            helper.ask(b"a" * LARGE)

        helper.close()

    def test_says_that_it_is_gone_where_its_function_failed(self) -> None:
        helper = Helper(lambda _: b"" + 1)  # type: ignore[operator]

        with pytest.raises(HelperGone):
            helper.ask(b"a")

        helper.close()

    @pytest.mark.skipif(not Path("/proc").exists(), reason="looks at /proc")
    def test_is_not_left_behind_by_a_process_that_is_killed(self) -> None:
        asking = subprocess.Popen(
            [sys.executable, "-c", ASKS_UNTIL_KILLED], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert asking.stdout is not None
        pid, answer = asking.stdout.readline().split()

        asking.send_signal(signal.SIGKILL)
        asking.communicate()

        assert answer == "THERE"
        give_up_at = time.monotonic() + 10
        while is_running(int(pid)) and time.monotonic() < give_up_at:
            time.sleep(0.02)
        assert not is_running(int(pid))

    def test_leaves_an_interrupt_at_the_terminal_to_the_process_it_helps(self) -> None:
        helper = Helper(shouted)
        helper.ask(b"ready")

        os.kill(helper.pid, signal.SIGINT)

        assert helper.ask(b"still there") == b"STILL THERE"
        helper.close()
