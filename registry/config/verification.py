"""The check command: what has to hold before code is handed in."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

_BESIDE = Path(sys.executable).parent


def checks(*, tests: bool) -> dict[str, list[str]]:
    """Return the command line of every check by its name, quick ones first."""
    python = [sys.executable]
    manage = [*python, "manage.py"]
    found = {
        "format": [*python, "-m", "ruff", "format", "--check", "."],
        "lint": [*python, "-m", "ruff", "check", "."],
        "layers": [str(_BESIDE / "lint-imports")],
        "types": [*python, "-m", "mypy", "manage.py", "registry", "hub_sync", "scanners", "tests"],
        "migrations": [*manage, "makemigrations", "--check", "--dry-run"],
    }
    return found | ({"tests": [*manage, "test"]} if tests else {})


def verify(*, tests: bool, say: Callable[[str], None]) -> list[str]:
    """Run every check, print what the failing ones said, and return their names."""
    failed = []
    for name, command in checks(tests=tests).items():
        begun = time.monotonic()
        ran = subprocess.run(  # noqa: S603 - the commands above
            command,
            cwd=settings.BASE_DIR,
            capture_output=name != "tests",
            text=True,
            check=False,
        )
        passed = ran.returncode == 0
        say(f"{name:<12} {'passed' if passed else 'FAILED'} ({time.monotonic() - begun:.1f} s)")
        if not passed:
            failed.append(name)
            say((ran.stdout or "") + (ran.stderr or ""))
    say(f"Failed: {', '.join(failed)}." if failed else "Everything holds.")
    return failed
