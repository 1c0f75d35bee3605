import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.test import override_settings

from hub_sync import tasks
from hub_sync.clients.errors import HubError
from hub_sync.models import Walk
from hub_sync.services.locking import AlreadyMirroring, only_mirror_of
from hub_sync.services.opening import open_source
from registry.errors import BadInput, NotFound
from registry.models import HubModel
from tests.fakes.hubs import FakeCivitai, FakeHuggingFace

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


class TestMirror:
    def test_ends_with_one_line_of_counts(self, civitai: FakeCivitai) -> None:
        line = run("mirror", "civitai", "--base-url", civitai.url)

        assert line.count("\n") == 1
        assert line.startswith("civitai: seen 5, new 5, changed 0, unchanged 0, quarantined 0")

    def test_fetches_the_named_pages(self, huggingface: FakeHuggingFace) -> None:
        run("mirror", "huggingface", "--base-url", huggingface.url, "--id", "waders/heron")

        assert HubModel.objects.get().hub_model_id == "waders/heron"

    def test_says_what_is_not_there(self, civitai: FakeCivitai) -> None:
        with pytest.raises(NotFound, match="civitai: there is no 99, or no more"):
            run("mirror", "civitai", "--base-url", civitai.url, "--id", "99")

    def test_says_that_a_limited_run_is_not_the_whole(self, civitai: FakeCivitai) -> None:
        assert "not finished" in run("mirror", "civitai", "--base-url", civitai.url, "--limit", "2")

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--limit", "-1"],
            ["--base-url", "nonsense"],
            ["--sweep-limit", "-1"],
            ["--id", "1", "--full"],
            ["--id", "1", "--limit", "5"],
        ],
    )
    def test_refuses_nonsense(self, arguments: list[str]) -> None:
        with pytest.raises(BadInput):
            run("mirror", "civitai", *arguments)

    def test_knows_two_hubs(self) -> None:
        with pytest.raises(CommandError):
            run("mirror", "elsewhere")

    def test_says_that_nobody_listens(self) -> None:
        source = open_source("civitai", base_url="http://127.0.0.1:9")

        assert source.base_url == "http://127.0.0.1:9"


class TestQuarantine:
    def test_lists_items_with_their_reasons(self, civitai: FakeCivitai) -> None:
        civitai.models[1001]["type"] = 5
        run("mirror", "civitai", "--base-url", civitai.url)

        assert "civitai:1001" in run("quarantine")
        [row] = json.loads(run("quarantine", "civitai", "--json"))
        assert (row["id"], "type" in row["reason"]) == ("1001", True)
        assert run("quarantine", "huggingface").strip() == "0 in quarantine"


class TestCoverage:
    def test_says_what_is_here_and_what_cannot_be_seen(self, civitai: FakeCivitai) -> None:
        run("mirror", "civitai", "--base-url", civitai.url)

        text = run("coverage")
        found = json.loads(run("coverage", "--json"))

        assert "civitai: 5 pages (listed 4, taken down 1)" in text
        assert "real persons" in text
        hubs = {hub["hub"]: hub for hub in found["hubs"]}
        assert set(hubs) == {"civitai", "huggingface"}
        assert hubs["civitai"]["files"] == 6
        assert hubs["civitai"]["last_walk_finished_at"]
        assert hubs["huggingface"]["last_walk_finished_at"] is None


class TestOpenSource:
    def test_refuses_a_hub_nobody_knows(self) -> None:
        with pytest.raises(BadInput, match="civitai and huggingface"):
            open_source("sample")

    @override_settings(KEIFU_CONTACT="https://keifu.example/contact")
    def test_tells_the_hub_whom_to_write_to(self, civitai: FakeCivitai) -> None:
        source = open_source("civitai", base_url=civitai.url)

        source.listing("")

        source.close()
        assert "keifu.example/contact" in civitai.requests[0][1]["user-agent"]


@pytest.mark.django_db(transaction=True)
class TestOnlyMirrorOf:
    def test_lets_no_second_mirror_of_a_hub_begin(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("hub_sync.services.locking._GRACE_SECONDS", 0.0)
        other = connections.create_connection("default")
        try:
            with only_mirror_of("civitai"), only_mirror_of("huggingface"):
                monkeypatch.setattr("hub_sync.services.locking.connection", other)
                with pytest.raises(AlreadyMirroring), only_mirror_of("civitai"):
                    raise AssertionError("never reached")
                monkeypatch.undo()
        finally:
            other.close()

    def test_lets_the_next_one_begin_afterwards(self) -> None:
        for _ in range(2):
            with only_mirror_of("civitai"):
                pass


class TestTasks:
    def test_mirror_what_is_due(
        self, huggingface: FakeHuggingFace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", huggingface.url)

        tasks.mirror_huggingface(added_later=1)
        huggingface.requests.clear()
        tasks.mirror_huggingface()

        assert HubModel.objects.count() == 3
        assert Walk.objects.count() == 1
        assert huggingface.requests == []

    def test_leave_a_silent_hub_to_the_next_tick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def silent(**_: object) -> None:
            raise HubError("no answer")

        monkeypatch.setattr("hub_sync.services.schedule.mirror_hub", silent)

        tasks.mirror_civitai()

        assert not HubModel.objects.exists()
