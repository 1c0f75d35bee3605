"""Headers, logs and secrets of the site."""

import logging
import stat
from pathlib import Path

import pytest
from django.test import Client, RequestFactory

from registry.config import logs, secrets

ASKED = "a" * 64


class TestHeaders:
    def test_let_a_page_use_this_site_only(self, client: Client) -> None:
        headers = client.get("/nowhere").headers

        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "//" not in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"

    def test_stand_on_static_files_too(self, client: Client) -> None:
        response = client.get("/static/django_htmx/htmx-2.min.js")

        b"".join(response.streaming_content)  # type: ignore[attr-defined]
        assert response.status_code == 200
        assert "Content-Security-Policy" in response.headers


class TestLogs:
    def test_of_a_page_that_is_not_there_say_nothing(
        self, client: Client, capfd: pytest.CaptureFixture[str]
    ) -> None:
        client.get(f"/{ASKED}?what={ASKED}")

        assert ASKED not in "".join(capfd.readouterr())

    def test_name_the_pattern_of_an_address_that_failed(self) -> None:
        request = RequestFactory().get(f"/{ASKED}")
        record = logging.makeLogRecord(
            {"msg": "%s: %s", "args": ("Error", request.path), "request": request}
        )

        logs.WithoutAddress().filter(record)

        assert record.getMessage() == "Error: (no route)"


class TestSecretKey:
    def test_is_made_once_and_kept_private(self, tmp_path: Path) -> None:
        home = tmp_path / "home"

        first, second = secrets.secret_key(home), secrets.secret_key(home)

        assert first == second
        assert len(first) >= 50
        assert stat.S_IMODE((home / "secret-key").stat().st_mode) == 0o600
        assert [file.name for file in home.iterdir()] == ["secret-key"]
