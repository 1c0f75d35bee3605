"""Whole verdicts as a reader gets them: see ``golden.py``."""

import json

import pytest

from tests.unit.registry.licensing.golden import FILE, dump, verdicts

KEPT = json.loads(FILE.read_text(encoding="utf-8"))


def test_keeps_every_verdict() -> None:
    assert set(KEPT) == set(verdicts())


@pytest.mark.parametrize("name", sorted(KEPT))
def test_says_what_it_said(name: str) -> None:
    assert dump(verdicts()[name]) == KEPT[name]
