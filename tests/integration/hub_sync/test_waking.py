"""What a sync sets going once it is stored."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.test import override_settings
from kombu.exceptions import ChannelError, OperationalError

from hub_sync import queue
from hub_sync.services.mirror import mirror_pages
from tests.fakes.hubs import FakeCivitai
from tests.integration.hub_sync.conftest import civitai_source, mirror_civitai

pytestmark = pytest.mark.django_db
OnCommit = Callable[..., AbstractContextManager[object]]
WOKEN = [queue.RECOMPUTE_RIGHTS, queue.QUEUE_INSPECTIONS]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    tasks: list[str] = []
    monkeypatch.setattr(queue.sender(), "send_task", lambda task, **_: tasks.append(task))
    return tasks


def test_a_walk_has_rights_computed_anew(
    civitai: FakeCivitai, sent: list[str], django_capture_on_commit_callbacks: OnCommit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        mirror_civitai(civitai)

    assert sent == WOKEN


def test_pages_fetched_by_id_do_so_too(
    civitai: FakeCivitai, sent: list[str], django_capture_on_commit_callbacks: OnCommit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        mirror_pages(source=civitai_source(civitai), external_ids=["1001"], by="job:test")

    assert sent == WOKEN


def test_a_walk_that_finds_nothing_new_wakes_nobody(
    civitai: FakeCivitai, sent: list[str], django_capture_on_commit_callbacks: OnCommit
) -> None:
    mirror_civitai(civitai)

    with django_capture_on_commit_callbacks(execute=True):
        mirror_civitai(civitai)

    assert sent == []


def test_where_no_worker_ever_ran_nothing_is_woken(
    civitai: FakeCivitai, tmp_path: Path, django_capture_on_commit_callbacks: OnCommit
) -> None:
    missing = {name: str(tmp_path / "none") for name in ("data_folder_in", "data_folder_out")}
    queue.sender.cache_clear()

    with (
        override_settings(CELERY_BROKER_TRANSPORT_OPTIONS=missing),
        django_capture_on_commit_callbacks(execute=True),
    ):
        tally = mirror_civitai(civitai)

    queue.sender.cache_clear()
    assert tally.new == 5
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "failure",
    [OperationalError("connection refused"), ChannelError("no room"), PermissionError("not yours")],
)
def test_a_broker_that_takes_no_message_is_logged_and_costs_nothing(
    failure: Exception,
    civitai: FakeCivitai,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(queue.sender(), "send_task", unreachable)

    with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True):
        tally = mirror_civitai(civitai)

    assert tally.new == 5
    assert "registry.tasks.recompute_rights was not woken" in caplog.text
