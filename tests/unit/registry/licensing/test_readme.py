import re
from pathlib import Path

import registry.licensing.terms
import registry.lineage

FOLDERS = [Path(package.__path__[0]) for package in (registry.licensing, registry.lineage)]
README = (FOLDERS[0] / "README.md").read_text()


def test_has_every_rule_that_the_code_cites() -> None:
    code = "\n".join(file.read_text() for folder in FOLDERS for file in folder.glob("*.py"))
    written = set(re.findall(r"^\*\*(L\d+) ", README, re.MULTILINE))

    assert set(re.findall(r"\bL\d+\b", code)) <= written
    assert written == {f"L{number}" for number in range(1, 47)}


def test_has_every_permission() -> None:
    for permission in registry.licensing.terms.Permission:
        assert f"`{permission.value}`" in README
