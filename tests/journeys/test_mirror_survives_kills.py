"""A mirror killed at any moment is carried on, and ends with the rows of an undisturbed one."""

import copy
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection

from hub_sync.models import Walk
from registry.selectors.digest import content_digest
from tests.fakes.hubs import FakeCivitai, FakeHub, FakeHuggingFace

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]


def large_civitai() -> FakeCivitai:
    hub = FakeCivitai(page_items=3)
    for number in range(24):
        model = copy.deepcopy(hub.models[1002])
        model["id"] = 5000 + number
        model["modelVersions"][0]["id"] = 6000 + number
        hub.models[model["id"]] = model
    return hub


def large_huggingface() -> FakeHuggingFace:
    hub = FakeHuggingFace(page_items=3)
    for number in range(12):
        repo = copy.deepcopy(hub.repos["waders/kingfisher"])
        repo["id"] = f"waders/merge-{number}"
        hub.repos[repo["id"]] = repo
    return hub


def start(hub: str, url: str) -> subprocess.Popen[bytes]:
    """Run ``manage.py mirror`` on the tests' database, in a process of its own."""
    place = connection.settings_dict
    database = (
        f"postgresql:///{quote(place['NAME'])}?user={quote(place['USER'])}"
        f"&host={quote(place['HOST'], safe='')}&port={place['PORT']}"
    ).removesuffix("&port=")
    if place["PASSWORD"]:
        database += f"&password={quote(place['PASSWORD'], safe='')}"
    return subprocess.Popen(
        [sys.executable, "-m", "django", "mirror", hub, "--base-url", url],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PYTHONPATH": str(ROOT),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def kill_after(process: subprocess.Popen[bytes], hub: FakeHub, requests: int) -> None:
    """Kill a process with SIGKILL once it has sent so many requests (or has ended before)."""
    while len(hub.requests) < requests and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()


class TestSigkill:
    @pytest.mark.parametrize(
        ("name", "build", "requests"),
        [("civitai", large_civitai, (1, 3, 4, 2)), ("huggingface", large_huggingface, (2, 9, 14))],
    )
    def test_ends_with_the_rows_of_an_undisturbed_run(
        self, name: str, build: Callable[[], FakeHub], requests: tuple[int, ...]
    ) -> None:
        hub = build()
        with hub.running():
            call_command("mirror", name, "--base-url", hub.url)
            undisturbed = content_digest()
            call_command("flush", "--no-input")

            for count in requests:
                hub.requests.clear()
                kill_after(start(name, hub.url), hub, count)
            last = start(name, hub.url)
            _, complaints = last.communicate()

        assert last.returncode == 0, complaints.decode()
        assert Walk.objects.filter(finished_at__isnull=False).exists()
        assert content_digest() == undisturbed
