"""Install a hash-locked file with uv or pip, and say in one sentence why it did not work.

Standard library only. Only wheels are accepted: nothing is compiled, no package's code runs.
"""

import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from registry.errors import Unavailable

_NETWORK = re.compile(
    r"NewConnectionError|ConnectTimeout|ReadTimeout|Read timed out|Max retries exceeded"
    r"|Temporary failure in name resolution|Failed to establish|ProxyError|SSLError|dns error"
    r"|ConnectionResetError|Connection refused|Network is unreachable"
    r"|error sending request|Failed to fetch|client error \(Connect\)|tunnel error",
    re.IGNORECASE,
)
_HASHES = re.compile(r"DO NOT MATCH THE HASHES|Hash mismatch", re.IGNORECASE)
_NO_WHEEL = re.compile(
    r"No matching distribution found for ([\w.-]+)"
    r"|Because ([\w.-]+)==\S+ has no (?:usable )?wheels"
)
# Without a network pip may merely not find the very first package, which is pure Python.
_SOMETHING_FOUND = re.compile(r"Downloading |Using cached |Requirement already satisfied")


class CannotPrepare(Unavailable):
    """The virtual environment cannot be made here now."""


class _Failed(Exception):
    """An installer ended with an error; ``said`` is what it printed."""

    def __init__(self, name: str, said: str) -> None:
        super().__init__(name)
        self.name = name
        self.said = said


def install(*, lock: Path, python: Path, uv: str | None) -> str:
    """Install exactly what ``lock`` names into ``python``'s environment; return who did it.

    uv is tried first; where it cannot reach an index (it knows nothing of pip's configuration),
    pip is tried as well.

    :raises CannotPrepare: with the reason as one sentence
    """
    _say(f"Installing {_packages(lock)} packages into .venv; this is needed once.")
    if uv:
        try:
            _run("uv", _uv(uv, lock=lock, python=python))
        except _Failed as failed:
            if not _NETWORK.search(failed.said):
                raise _explained(failed, lock=lock) from failed
            _say("uv cannot reach a package index; trying pip.")
        else:
            return "uv"
    try:
        _provide_pip(python)
        _run("pip", _pip(lock=lock, python=python))
    except _Failed as failed:
        raise _explained(failed, lock=lock) from failed
    return "pip"


def explain(*, name: str, said: str, lock: str, log: str) -> str:
    """Return one sentence on why installer ``name``, having printed ``said``, failed."""
    if "No space left on device" in said or "os error 28" in said:
        return "There is no space left on the disk for .venv (it needs 600 MB): free some."
    if _HASHES.search(said):
        return (
            f"A package does not match its hash in {lock}, so nothing was installed (log: {log})."
        )
    missing = _NO_WHEEL.search(said)
    found_nothing = name == "pip" and missing and not _SOMETHING_FOUND.search(said)
    if found_nothing or _NETWORK.search(said):
        return f"{name} cannot reach a package index: check the network (log: {log})."
    if missing:
        package = next(group for group in missing.groups() if group)
        return (
            f"There is no ready-built {package} for this platform "
            f"({platform.system()} {platform.machine()}, Python {platform.python_version()})"
            f": Keifu cannot run here (log: {log})."
        )
    return f"{name} could not install {lock}; the reason is in {log}."


def _explained(failed: _Failed, *, lock: Path) -> CannotPrepare:
    log = Path(tempfile.gettempdir()) / f"keifu-install-{os.getuid()}.log"
    try:
        log.unlink(missing_ok=True)
        with log.open("x", encoding="utf-8") as file:
            file.write(failed.said)
    except OSError:
        sys.stderr.write(failed.said[-4000:])
    return CannotPrepare(explain(name=failed.name, said=failed.said, lock=lock.name, log=str(log)))


def _uv(uv: str, *, lock: Path, python: Path) -> list[str]:
    return [
        *(uv, "pip", "install", "--python", str(python), "--quiet"),
        *("--require-hashes", "--only-binary", ":all:", "-r", str(lock)),
    ]


def _pip(*, lock: Path, python: Path) -> list[str]:
    return [
        *(str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"),
        *("--progress-bar", "off", "--require-hashes", "--only-binary", ":all:", "-r", str(lock)),
    ]


def _provide_pip(python: Path) -> None:
    """Add pip to an environment that was made without it."""
    if any(python.parent.parent.glob("lib/python*/site-packages/pip")):
        return
    _run("ensurepip", [str(python), "-m", "ensurepip", "--default-pip"])


def _run(name: str, command: Sequence[str]) -> None:
    environment = {
        "UV_SYSTEM_CERTS": "true",  # a company's own certificate authority counts, as with pip
        "PIP_ROOT_USER_ACTION": "ignore",
        **os.environ,
    }
    said: list[str] = []
    with subprocess.Popen(  # noqa: S603 - uv, or pip of our own environment
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    ) as process:
        said.extend(_shown(process.stdout or ()))
    if process.returncode != 0:
        raise _Failed(name, "".join(said))


def _shown(lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    """Pass the lines on; on a terminal, show which package is at work."""
    terminal = sys.stderr.isatty()
    for line in lines:
        if terminal and (found := re.match(r"(?:Collecting|Installing) ([\w.-]+)", line)):
            sys.stderr.write(f"\r\x1b[K  {found[1]}")
            sys.stderr.flush()
        yield line
    if terminal:
        sys.stderr.write("\r\x1b[K")


def _packages(lock: Path) -> int:
    return sum(1 for line in lock.read_text(encoding="utf-8").splitlines() if "==" in line)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
