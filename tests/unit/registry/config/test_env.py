import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from registry.config import env

FOLDER = Path(env.__file__).parent


class TestWords:
    """Words that only the framework would look at, later and with a traceback."""

    def test_reads_a_level_and_a_rate(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LEVEL", "info")
        monkeypatch.setenv("RATE", "10/h")

        assert env.level("LEVEL", "WARNING") == "INFO"
        assert env.rate("RATE", "240/minute") == "10/h"
        assert env.rate("NO_RATE", "240/minute") == "240/minute"

    @pytest.mark.parametrize("value", ["LOUD", "10", "10/fortnight", "x/day", "10/day/day"])
    def test_name_the_variable_that_is_wrong(
        self, monkeypatch: pytest.MonkeyPatch, value: str
    ) -> None:
        monkeypatch.setenv("SOME_WORD", value)

        for read in (env.level, env.rate):
            with pytest.raises(ImproperlyConfigured, match="SOME_WORD must be"):
                read("SOME_WORD", "")


class TestDatabase:
    def test_reads_host_port_name_user_and_password(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("URL", "postgresql://a%40b:p%2Fw@db.example:5433/name")

        found = env.database("URL")

        assert found["NAME"] == "name"
        assert (found["USER"], found["PASSWORD"]) == ("a@b", "p/w")
        assert (found["HOST"], found["PORT"]) == ("db.example", "5433")

    def test_reads_a_socket_folder_and_options(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("URL", "postgresql://u@/name?host=/run/pg&sslmode=require")

        found = env.database("URL")

        assert found["HOST"] == "/run/pg"
        assert found["OPTIONS"] == {"connect_timeout": 10, "sslmode": "require"}

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("mysql://u@h/n", "not a mysql:// one"),
            ("nonsense", "must be a postgresql:// URL"),
            ("postgresql://u@h", "names no database"),
            ("postgresql://u:se%cret@h/n", "no valid"),
            ("postgresql://u:secret@h/n?nonsense=1", "no valid"),
        ],
    )
    def test_names_the_variable_and_keeps_the_password(
        self, monkeypatch: pytest.MonkeyPatch, url: str, expected: str
    ) -> None:
        monkeypatch.setenv("SOME_URL", url)

        with pytest.raises(ImproperlyConfigured, match=f"SOME_URL.*{expected}") as caught:
            env.database("SOME_URL")

        assert "cret" not in str(caught.value)


class TestReaders:
    @pytest.mark.parametrize(("value", "expected"), [("1", True), ("Yes", True), ("off", False)])
    def test_flag(self, monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
        monkeypatch.setenv("SOME", value)

        assert env.flag("SOME") is expected

    def test_flag_refuses_what_is_neither(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOME", "maybe")

        with pytest.raises(ImproperlyConfigured, match="SOME"):
            env.flag("SOME")

    @pytest.mark.parametrize("value", ["-1", "1.5", "many", "٣"])
    def test_number_refuses_what_is_none(self, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
        monkeypatch.setenv("SOME", value)

        with pytest.raises(ImproperlyConfigured, match="SOME"):
            env.number("SOME", 1)

    def test_words_refuse_what_is_not_among(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOME", "a, c")

        with pytest.raises(ImproperlyConfigured, match=r"'c'.*a, b"):
            env.words("SOME", "", among=frozenset({"a", "b"}))


class TestDocumentation:
    def test_names_every_variable_that_is_read(self) -> None:
        text = (FOLDER / "settings.py").read_text(encoding="utf-8")
        read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', text))

        assert read <= set(re.findall(r"^([A-Z_]+)  ", text, re.M))
