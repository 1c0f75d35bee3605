"""Django's test runner hook: hands everything to pytest, with a database to test on."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from django.conf import settings

from registry.config import database, postgres


class PytestRunner:
    """Run pytest in a process of its own, so that it reads the tests' settings from the start."""

    def run_tests(self, test_labels: Sequence[str]) -> int:
        """Run pytest with ``test_labels`` as its arguments, untouched; return its exit code.

        With DATABASE_URL set the tests run on that server, else on a throw-away one.

        :raises Unavailable: if the database does not answer or is too old
        """
        with _home() as environment:
            return _run([sys.executable, "-m", "pytest", *test_labels], environment)


@contextmanager
def _home() -> Iterator[dict[str, str]]:
    """Provide the environment of the tests: a database and a folder for data."""
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    if not settings.KEIFU_EMBEDDED_DATABASE:
        database.check()
        yield environment
        return
    with postgres.throw_away() as lease:
        yield environment | {"DATABASE_URL": lease.url, "KEIFU_HOME": str(lease.place.home)}


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run to the end, whatever signals come: a terminal sends them to pytest as well."""
    folder = settings.BASE_DIR
    process = subprocess.Popen(command, env=environment, cwd=folder)  # noqa: S603 - pytest

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGTERM:
            process.terminate()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)
    code = process.wait()
    return code if code >= 0 else 128 - code
