"""Exit codes and sentences of ``manage.py``, as a shell sees them."""

import io
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.test import override_settings

from registry.config.main import explain, main
from registry.errors import BadInput, Conflict, NotFound, Unavailable

ROOT = Path(__file__).parents[3]


def manage(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "registry.config.settings"}
        | {"KEIFU_BOOTSTRAP": "off", "CELERY_BROKER_URL": "memory://"}
        | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


class TestExplain:
    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (BadInput("x"), 2),
            (CommandError("x"), 2),
            (ImproperlyConfigured("x"), 2),
            (NotFound("x"), 3),
            (Unavailable("x"), 4),
            (OperationalError("x"), 4),
            (OSError(28, "No space left on device", "/data"), 4),
            (Conflict("x"), 5),
            (ValueError("x"), 1),
        ],
    )
    def test_translates_every_kind(self, error: Exception, code: int) -> None:
        assert explain(error)[0] == code

    def test_tells_a_full_disk_from_a_database_that_is_down(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """Without room for its log PostgreSQL stops, and says no more than that it is away."""
        away = OperationalError("connection failed: the database system is in recovery mode")

        with override_settings(KEIFU_EMBEDDED_DATABASE=True, KEIFU_HOME=tmp_path):
            monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10_000_000))
            full = explain(away)
            monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100_000_000))
            down = explain(away)

        assert "no space left" in full[1]
        assert "in recovery mode" in down[1]


class TestOutput:
    @pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
    def test_spells_by_number_what_the_terminal_has_no_letters_for(
        self, monkeypatch: pytest.MonkeyPatch, encoding: str
    ) -> None:
        written = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))

        main(["manage.py", "version"])
        sys.stdout.write(json.dumps("ちる 😀", ensure_ascii=False))
        sys.stdout.flush()

        assert json.loads(written.getvalue().splitlines()[-1]) == "ちる 😀"


class TestManage:
    @pytest.mark.parametrize("words", ["nonsense", "startapp registry", "up --port x"])
    def test_ends_with_2_for_bad_input(self, words: str) -> None:
        ran = manage(*words.split())

        assert ran.returncode == 2, ran.stderr
        assert "Traceback" not in ran.stderr

    @pytest.mark.parametrize("words", [["up"], ["migrate"], ["test", "-q"]])
    @pytest.mark.parametrize(
        ("url", "code", "expected"),
        [
            ("mysql://u@h/n", 2, "DATABASE_URL must be a postgresql:// URL"),
            ("postgresql://u@127.0.0.1:1/n", 4, "Connection refused"),
        ],
    )
    def test_says_in_one_sentence_that_the_database_is_of_no_use(
        self, tmp_path: Path, words: list[str], url: str, code: int, expected: str
    ) -> None:
        port = ["--port", "0"] if words == ["up"] else []

        ran = manage(*words, *port, DATABASE_URL=url, KEIFU_HOME=str(tmp_path))

        assert (ran.returncode, ran.stderr.count("\n")) == (code, 1), ran.stderr
        assert expected in ran.stderr

    @pytest.mark.django_db
    def test_says_in_one_sentence_that_the_database_has_no_tables(self) -> None:
        """Every server has a database called postgres, and nobody's tables are in it."""
        server = connection.get_connection_params()
        where = {
            name: server[name] for name in ("host", "port", "user", "password") if server.get(name)
        }

        ran = manage(
            "check_rights", "abc", DATABASE_URL=f"postgresql:///postgres?{urlencode(where)}"
        )

        assert (ran.returncode, ran.stderr.count("\n")) == (5, 1), ran.stderr
        assert "run python3 manage.py migrate" in ran.stderr

    @pytest.mark.parametrize("folder", ["file", "file/below"])
    def test_says_in_one_sentence_that_the_home_is_of_no_use(
        self, tmp_path: Path, folder: str
    ) -> None:
        (tmp_path / "file").touch()

        ran = manage("up", "--port", "0", KEIFU_HOME=str(tmp_path / folder), KEIFU_SECRET_KEY="")

        assert (ran.returncode, ran.stderr.count("\n")) == (4, 1), ran.stderr
        assert "KEIFU_HOME cannot be used: Not a directory" in ran.stderr

    def test_says_in_one_sentence_that_the_port_is_in_use(self, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()

            ran = manage("up", "--port", str(taken.getsockname()[1]), KEIFU_HOME=str(tmp_path))

        assert (ran.returncode, ran.stderr.count("\n")) == (4, 1)
        assert "is in use" in ran.stderr

    @pytest.mark.parametrize(
        "host", ["203.0.113.1", "no such name", "a\N{HORIZONTAL ELLIPSIS}b", ""]
    )
    def test_says_in_one_sentence_that_the_host_is_not_here(
        self, tmp_path: Path, host: str
    ) -> None:
        ran = manage("up", "--host", host, "--port", "0", KEIFU_HOME=str(tmp_path))

        assert (ran.returncode, ran.stderr.count("\n")) == (2, 1), ran.stderr
        assert "--host" in ran.stderr

    def test_refuses_a_second_up_on_the_same_data(self, tmp_path: Path) -> None:
        code = (
            "import sys; from pathlib import Path; from registry.config import flocks; "
            "lock = flocks.open_lock(Path(sys.argv[1]) / 'up.lock'); flocks.try_lock(lock); "
            "print('held', flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as holder:
            assert holder.stdout is not None
            holder.stdout.readline()

            ran = manage("up", "--port", "0", KEIFU_HOME=str(tmp_path))

            holder.kill()
        assert (ran.returncode, ran.stderr.count("\n")) == (5, 1)
