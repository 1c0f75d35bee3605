"""The lock files: complete, hashed, and silent about where packages come from."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt")


def pinned(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", text, re.MULTILINE))


def wanted(requirements: list[str]) -> set[str]:
    names = [re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in requirements]
    return {re.sub(r"[-_.]+", "-", name[0]).lower() for name in names if name}


class TestLocks:
    @pytest.mark.parametrize("name", LOCKS)
    def test_name_no_host(self, name: str) -> None:
        text = (ROOT / name).read_text(encoding="utf-8")

        assert not re.search(r"://|index-url|find-links|trusted-host| @ ", text)

    @pytest.mark.parametrize("name", LOCKS)
    def test_give_a_hash_for_every_package(self, name: str) -> None:
        text = (ROOT / name).read_text(encoding="utf-8")

        entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)

        assert [e for e in entries if "==" in e and "--hash=sha256:" not in e] == []

    def test_of_development_holds_the_one_to_run_with(self) -> None:
        running, developing = (pinned(name) for name in LOCKS)

        assert {k: v for k, v in developing.items() if k in running} == running

    def test_hold_what_pyproject_asks_for(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

        assert wanted(project["project"]["dependencies"]) <= set(pinned(LOCKS[0]))
        assert wanted(project["dependency-groups"]["dev"]) <= set(pinned(LOCKS[1]))
