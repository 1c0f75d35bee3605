"""Prepare ``.venv`` from a hash-locked file on a bare machine, then continue inside it.

Standard library only: this runs before anything is installed. A stamp, written last, makes every
later start skip the whole in milliseconds and an interrupted installation start over.

``KEIFU_BOOTSTRAP=off`` leaves the environment alone: for a container image that installed the lock.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from registry.config.installers import CannotPrepare, install

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = "requirements.txt"
DEVELOPMENT = "requirements-dev.txt"  # a superset of RUNTIME

_NEED_DEVELOPMENT = frozenset({"test", "verify"})
_REENTERED = "_KEIFU_REENTERED"


def main(argv: Sequence[str]) -> int:
    """Return 0 if this process may go on, else an exit code, the reason being on stderr.

    Does not return when the command continues in ``.venv``'s Python.
    """
    if os.environ.get("KEIFU_BOOTSTRAP", "").lower() in {"off", "0", "no", "false"}:
        return 0
    development = len(argv) > 1 and argv[1] in _NEED_DEVELOPMENT
    try:
        python = prepare(root=ROOT, development=development)
        _continue_in(python)
    except CannotPrepare as error:
        sys.stderr.write(f"{error}\n")
        return 4
    except KeyboardInterrupt:
        return 130
    return 0


def prepare(*, root: Path, development: bool) -> Path:
    """Return the Python of ``root/.venv`` after making it satisfy the lock file.

    :raises CannotPrepare: if the environment cannot be made here; the text is one sentence
    """
    venv = root / ".venv"
    if is_prepared(root=root, development=development, version=_own_version()):
        return venv / "bin" / "python"
    try:
        with _alone(root):
            return _prepare_alone(root=root, venv=venv, development=development)
    except OSError as error:
        raise CannotPrepare(
            f"Keifu cannot write its virtual environment {venv}: {error}."
        ) from error


def is_prepared(*, root: Path, development: bool, version: str) -> bool:
    """Return whether ``root/.venv`` was made, to its end, from an acceptable lock file."""
    try:
        stamp = (root / ".venv" / "keifu.stamp").read_text(encoding="utf-8").strip()
    except OSError:
        return False
    accepted = [DEVELOPMENT] if development else [DEVELOPMENT, RUNTIME]
    return stamp in {stamp_of(root / name, version=version) for name in accepted}


def stamp_of(lock: Path, *, version: str) -> str:
    """Return the SHA-256, in hex, of a lock file's bytes and a Python version such as ``3.11``."""
    return hashlib.sha256(lock.read_bytes() + b"\0" + version.encode()).hexdigest()


def _prepare_alone(*, root: Path, venv: Path, development: bool) -> Path:
    python = venv / "bin" / "python"
    version = _version_of(python)
    if version and is_prepared(root=root, development=development, version=version):
        return python  # another command has just prepared it, or it was made by another Python
    lock = root / (DEVELOPMENT if development else RUNTIME)
    uv = shutil.which("uv")
    begun = time.monotonic()
    if version is None:
        _make(venv, with_pip=uv is None)
        version = _own_version()
    stamp = venv / "keifu.stamp"
    stamp.unlink(missing_ok=True)
    how = install(lock=lock, python=python, uv=uv)
    half_written = stamp.with_suffix(".part")
    half_written.write_text(stamp_of(lock, version=version) + "\n", encoding="utf-8")
    half_written.replace(stamp)
    _say(f"Prepared {venv} with {how} in {time.monotonic() - begun:.0f} s.")
    return python


def _make(venv: Path, *, with_pip: bool) -> None:
    """Make an empty virtual environment, over whatever broken one is there."""
    if with_pip and importlib.util.find_spec("ensurepip") is None:
        package = f"python{_own_version()}-venv"
        raise CannotPrepare(
            f"This Python cannot make virtual environments: install {package} "
            f"(Debian, Ubuntu: apt install {package}) and try again."
        )
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    made = subprocess.run(  # noqa: S603 - our own interpreter
        command if with_pip else [*command, "--without-pip"],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode == 0:
        return
    said = (made.stdout + made.stderr).strip()
    if "No space left" in said:
        raise CannotPrepare(
            f"There is no space left on the disk of {venv}: free some and try again."
        )
    last = said.splitlines()[-1] if said else f"exit {made.returncode}"
    raise CannotPrepare(f"Keifu cannot make its virtual environment {venv}: {last}")


def _continue_in(python: Path) -> None:
    """Replace this process by the same command in ``python``, unless it runs there already."""
    venv = python.parent.parent
    if Path(sys.prefix).resolve() == venv.resolve():
        os.environ.pop(_REENTERED, None)
        return
    if os.environ.get(_REENTERED):
        raise CannotPrepare(f"The virtual environment {venv} is broken: delete it and try again.")
    os.environ[_REENTERED] = "1"
    os.environ.pop("__PYVENV_LAUNCHER__", None)  # macOS: would lead back to the outer Python
    try:
        os.execv(python, [str(python), *sys.orig_argv[1:]])  # noqa: S606 - no shell wanted
    except OSError as error:
        raise CannotPrepare(
            f"{python} does not start ({error}): delete {venv} and try again."
        ) from error


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold the bootstrap's lock, so that two first commands do not install at once."""
    with (root / ".venv.lock").open("a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another command is preparing .venv; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _version_of(python: Path) -> str | None:
    """Return ``major.minor`` of a virtual environment's Python, or ``None`` if it does not run."""
    try:
        asked = subprocess.run(  # noqa: S603 - our own interpreter
            [str(python), "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    version = asked.stdout.strip()
    library = python.parent.parent / "lib" / f"python{version}" / "site-packages"
    return version if asked.returncode == 0 and library.is_dir() else None


def _own_version() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
