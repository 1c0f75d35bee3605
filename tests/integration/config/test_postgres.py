"""The embedded server, for real, in a temporary folder."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from registry.config import flocks, postgres
from registry.config.postgres_files import EmbeddedDatabaseUnavailable, Place
from registry.config.processes import is_alive

ROOT = Path(__file__).parents[3]
_HOLD = (
    "import sys, time; sys.path.insert(0, sys.argv[1]); from pathlib import Path; "
    "from registry.config import postgres; "
    "lease = postgres.hold(Path(sys.argv[2]), durable=False); "
    "print('holding', flush=True); time.sleep(60)"
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One initialised data folder, copied for each test."""
    home = tmp_path_factory.mktemp("template")
    postgres.hold(home, durable=False).release_and_wait(seconds=10)
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    if (template / "postgres" / "data").is_symlink():
        return tmp_path / "home"  # root without user namespaces: the data lie elsewhere
    shutil.copytree(template, tmp_path / "home", ignore=lambda folder, names: {"run"} & set(names))
    return tmp_path / "home"


@contextmanager
def held(home: Path, *, durable: bool = False) -> Iterator[postgres.Lease]:
    lease = postgres.hold(home, durable=durable)
    try:
        yield lease
    finally:
        assert lease.release_and_wait(seconds=10)


class Server(NamedTuple):
    postmaster: int
    keeper: int


def server(home: Path) -> Server:
    pid = int((home / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0])
    status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return Server(postmaster=pid, keeper=int(status[1]))


def eventually(true: Callable[[], bool], *, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return true()


def answers(lease: postgres.Lease) -> bool:
    try:
        with psycopg.connect(lease.url, connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.Error:
        return False


class TestHold:
    def test_serves_utf8_on_a_private_socket_only(self, home: Path) -> None:
        with held(home) as lease, psycopg.connect(lease.url) as connection:
            row = connection.execute(
                "SELECT current_database(), pg_encoding_to_char(encoding), datlocale,"
                " current_setting('listen_addresses') FROM pg_database WHERE datname = 'keifu'"
            ).fetchone()

        assert row == ("keifu", "UTF8", "C.UTF-8", "")
        assert lease.place.folder.stat().st_mode & 0o777 == 0o700

    def test_stops_the_server_with_its_last_user(self, home: Path) -> None:
        first = postgres.hold(home, durable=False)
        second = postgres.hold(home, durable=False)
        started = server(home)

        still_used = not first.release_and_wait(seconds=0.5)
        ended = second.release_and_wait(seconds=10)

        assert (still_used, ended) == (True, True)
        assert not is_alive(started.postmaster)

    def test_starts_one_server_for_all_who_come_at_once(self, home: Path) -> None:
        leases: list[postgres.Lease] = []

        def hold() -> None:
            leases.append(postgres.hold(home, durable=False))

        threads = [threading.Thread(target=hold) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [answers(lease) for lease in leases] == [True] * 4
        starts = lease_log(home).count("database system is ready")
        for lease in leases:
            lease.release()
        assert leases[0].release_and_wait(seconds=10)
        assert starts == lease_log(home).count("starting PostgreSQL")

    def test_stops_the_server_when_its_only_user_is_killed(self, home: Path) -> None:
        user = subprocess.Popen(
            [sys.executable, "-c", _HOLD, str(ROOT), str(home)], stdout=subprocess.PIPE
        )
        assert user.stdout is not None
        assert user.stdout.readline() == b"holding\n"
        started = server(home)

        user.kill()
        user.wait()
        user.stdout.close()

        assert eventually(lambda: not is_alive(started.postmaster))
        assert eventually(lambda: not flocks.is_locked(Place(home).keeper))

    def test_recovers_what_was_committed_when_the_server_is_killed(self, home: Path) -> None:
        with held(home, durable=True) as lease:
            with psycopg.connect(lease.url) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
            before = server(home).postmaster

            os.kill(before, signal.SIGKILL)

            assert eventually(lambda: not is_alive(before) and answers(lease))
            with psycopg.connect(lease.url) as connection:
                assert connection.execute("SELECT n FROM kept").fetchone() == (42,)

    def test_takes_over_from_a_killed_keeper(self, home: Path) -> None:
        with held(home) as lease:
            before = server(home)
            os.kill(before.keeper, signal.SIGKILL)
            assert eventually(lambda: not lease.is_kept())

            again = postgres.hold(home, durable=False)

            assert answers(again)
            assert eventually(lambda: not is_alive(before.postmaster))
            again.release()

    def test_ignores_the_pid_file_of_a_server_whose_number_is_taken(self, home: Path) -> None:
        stale = home / "postgres" / "data" / "postmaster.pid"
        stale.parent.mkdir(parents=True, exist_ok=True)
        stale.write_text(f"{os.getppid()}\n{home}/postgres/data\n0\n5432\n\n\n0 0\nready   \n")

        with held(home) as lease:
            assert answers(lease)

    def test_moves_the_socket_where_the_path_is_too_long_for_one(
        self, template: Path, tmp_path: Path
    ) -> None:
        deep = tmp_path / ("d" * 100)
        shutil.copytree(template, deep, ignore=lambda folder, names: {"run"} & set(names))

        with held(deep) as lease:
            assert answers(lease)
            assert len(str(lease.place.sockets)) < 100
        shutil.rmtree(lease.place.sockets)

    def test_refuses_data_of_another_version(self, home: Path) -> None:
        (home / "postgres" / "data" / "PG_VERSION").write_text("12\n")

        with pytest.raises(EmbeddedDatabaseUnavailable, match="of PostgreSQL 12"):
            postgres.hold(home, durable=False)

    def test_refuses_a_disk_that_is_nearly_full(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usage = shutil.disk_usage(home)._replace(free=20_000_000)
        monkeypatch.setattr("shutil.disk_usage", lambda path: usage)

        with pytest.raises(EmbeddedDatabaseUnavailable, match="needs 64 MB and 20 MB are free"):
            postgres.hold(home, durable=False)

    def test_names_the_reason_why_the_server_does_not_start(self, home: Path) -> None:
        (home / "postgres" / "data" / "postgresql.conf").write_text("no such setting\n")

        with pytest.raises(EmbeddedDatabaseUnavailable, match="configuration file") as caught:
            postgres.hold(home, durable=False)

        assert "\n" not in str(caught.value)

    def test_refuses_a_folder_that_somebody_else_prepared(self, home: Path) -> None:
        shutil.rmtree(home / "postgres" / "run", ignore_errors=True)
        (home / "postgres" / "run").symlink_to("/")

        with pytest.raises(EmbeddedDatabaseUnavailable, match="somebody else"):
            postgres.hold(home, durable=False)


class TestThrowAway:
    def test_leaves_nothing(self) -> None:
        with postgres.throw_away() as lease:
            with psycopg.connect(lease.url) as connection:
                fsync = connection.execute("SHOW fsync").fetchone()
            existed = lease.place.home.exists()

        assert (fsync, existed) == (("off",), True)
        assert eventually(lambda: not lease.place.home.exists())


def lease_log(home: Path) -> str:
    return (home / "logs" / "postgres.log").read_text()
