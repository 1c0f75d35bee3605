"""Headers of mirrored files: asked for once, read by range, written back under a lease."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from hub_sync.clients.waiting import Patience
from hub_sync.models import HubTraffic
from hub_sync.queue import sender
from hub_sync.services import file_opening, reconciling
from hub_sync.services.inspecting import InspectionTally, Reach, inspect_waiting
from hub_sync.services.locking import AlreadyInspecting
from hub_sync.services.pace import Politeness
from registry.models import (
    Artifact,
    FetchRequest,
    HeaderInspection,
    Intervention,
    LineageEdge,
)
from registry.services import fetch_requests
from registry.services.fetch_requests import ask_for_headers, give_back, lease_requests
from registry.snapshots import PageState
from tests.factories.registry import make_artifact, make_file, make_page, make_version, sha256_of
from tests.fakes.files import FakeStorage, safetensors
from tests.fakes.hubs import Reply

pytestmark = pytest.mark.django_db

FAST = Politeness(requests_per_second=1000, at_once=2)
PARENT = "a" * 64
RECIPE = {
    "type": "webui",
    "primary_model_hash": PARENT,
    "interp_method": "Weighted sum",
    "multiplier": 0.3,
}
PRIVATE = "quilltamarisk"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_opening, "PATIENCE", Patience(attempts=2, base_seconds=0.001))


@pytest.fixture
def storage() -> Iterator[FakeStorage]:
    fake = FakeStorage()
    with fake.running():
        yield fake


def mirrored(
    storage: FakeStorage, number: int, content: bytes | None = None, **page: Any
) -> Artifact:
    """A safetensors file on a page of its own, and its bytes on the hub."""
    given = content if content is not None else safetensors({"ss_network_dim": str(number)})
    version = make_version(page=make_page(**page))
    artifact = make_artifact(sha256=sha256_of(1000 + number), size_bytes=len(given))
    make_file(version=version, artifact=artifact, size_bytes=len(given))
    storage.put(f"/api/download/models/{version.hub_version_id}", given)
    return artifact


def run(storage: FakeStorage, **fields: Any) -> InspectionTally:
    politeness = fields.pop("politeness", FAST)
    return inspect_waiting(
        hub="civitai", by="test", politeness=politeness, base_url=storage.url, **fields
    )


class TestAsking:
    def test_is_done_once_for_bytes_however_many_pages_list_them(
        self, storage: FakeStorage
    ) -> None:
        artifact = mirrored(storage, 1)
        make_file(version=make_version(), artifact=artifact)

        first, second = ask_for_headers(hubs=["civitai"]), ask_for_headers(hubs=["civitai"])

        assert (first, second) == (1, 0)

    def test_prefers_the_hub_that_asks_for_no_account(self, storage: FakeStorage) -> None:
        artifact = mirrored(storage, 1)
        make_file(version=make_version(page=make_page(hub="huggingface")), artifact=artifact)

        ask_for_headers(hubs=["civitai", "huggingface"])

        assert FetchRequest.objects.get().hub == "huggingface"

    @pytest.mark.parametrize(
        "filename",
        ["model.ckpt", "notes.txt", "model-00002-of-00007.safetensors", "a.safetensors.index.json"],
    )
    def test_leaves_out_what_needs_no_reading(self, filename: str) -> None:
        make_file(version=make_version(), artifact=make_artifact(), filename=filename)

        assert ask_for_headers(hubs=["civitai"]) == 0

    @pytest.mark.parametrize("filename", ["m.gguf", "M.SafeTensors", "m-00001-of-00007.gguf"])
    def test_takes_files_that_begin_with_their_header(self, filename: str) -> None:
        make_file(version=make_version(), artifact=make_artifact(), filename=filename)

        assert ask_for_headers(hubs=["civitai"]) == 1

    def test_leaves_out_what_is_withheld_not_listed_or_of_another_hub(self) -> None:
        withheld, gone = make_page(hub_model_id="5"), make_page(state=PageState.GONE)
        bytes_withheld = make_artifact(sha256="b" * 64)
        for version in (make_version(page=withheld), make_version(page=gone)):
            make_file(version=version, artifact=make_artifact())
        make_file(version=make_version(), artifact=bytes_withheld)
        for subject in ("civitai:5", f"sha256:{'b' * 64}"):
            Intervention.objects.create(
                kind="suppress", subject=subject, made_by="x", made_at=timezone.now()
            )
        other = make_version(page=make_page(hub="huggingface"))
        make_file(version=other, artifact=make_artifact())

        assert ask_for_headers(hubs=["civitai"]) == 0


class TestReading:
    def test_stores_what_headers_say_and_counts_the_traffic(self, storage: FakeStorage) -> None:
        content = safetensors({"sd_merge_recipe": json.dumps(RECIPE)})
        artifact = mirrored(storage, 1, content)
        ask_for_headers(hubs=["civitai"])

        tally = run(storage)

        assert (tally.read, tally.failed, tally.edges) == (1, 0, 1)
        assert LineageEdge.objects.get().parent_ref == f"sha256:{PARENT}"
        assert HeaderInspection.objects.get().artifact == artifact
        traffic = HubTraffic.objects.get()
        assert (traffic.requests, traffic.bytes_read) == (1, len(content))
        assert FetchRequest.objects.get().state == "done"

    def test_asks_for_nothing_a_second_time(self, storage: FakeStorage) -> None:
        mirrored(storage, 1)
        ask_for_headers(hubs=["civitai"])
        run(storage)

        ask_for_headers(hubs=["civitai"])
        again = run(storage)

        assert (again.read, again.requests) == (0, 0)

    def test_gives_up_on_what_is_no_model_file_and_says_why(self, storage: FakeStorage) -> None:
        page = f"<!DOCTYPE html><html>{PRIVATE}</html>".encode()
        mirrored(storage, 1, page)
        mirrored(storage, 2)
        ask_for_headers(hubs=["civitai"])

        tally = run(storage)

        assert (tally.read, tally.failed) == (1, 1)
        failed = FetchRequest.objects.get(state="failed")
        assert failed.failure_code in tally.reasons
        assert PRIVATE not in failed.failure + failed.failure_code

    @pytest.mark.parametrize(
        ("status", "code"), [(401, "gated"), (403, "gated"), (404, "absent"), (410, "absent")]
    )
    def test_gives_up_on_what_the_hub_does_not_give(
        self, storage: FakeStorage, status: int, code: str
    ) -> None:
        mirrored(storage, 1)
        ask_for_headers(hubs=["civitai"])
        storage.planned.append(Reply(status))

        tally = run(storage)

        assert (tally.reasons, tally.requests) == ({code: 1}, 1)
        assert FetchRequest.objects.get().state == "failed"
        assert HubTraffic.objects.get().requests == 1

    def test_gives_up_on_other_bytes_than_the_page_lists(self, storage: FakeStorage) -> None:
        artifact = mirrored(storage, 1)
        artifact.listings.update(size_bytes=10**9)
        ask_for_headers(hubs=["civitai"])

        assert run(storage).reasons == {"other_bytes": 1}

    @pytest.mark.parametrize(
        "location", ["http://169.254.169.254/latest", "http://[::1/x", "/\x7f", "file:///x"]
    )
    def test_follows_no_download_to_another_host(self, storage: FakeStorage, location: str) -> None:
        artifact = mirrored(storage, 1)
        path = f"/api/download/models/{artifact.listings.get().version.hub_version_id}"
        storage.redirects[path] = location
        ask_for_headers(hubs=["civitai"])

        assert run(storage).reasons == {"refused_host": 1}

    def test_uses_no_host_that_a_page_names(self, storage: FakeStorage) -> None:
        artifact = mirrored(storage, 1)
        artifact.listings.update(download_url="https://evil.example/api/download/models/9?a=b")
        storage.put("/api/download/models/9", safetensors({"ss_network_dim": "1"}))
        ask_for_headers(hubs=["civitai"])

        assert run(storage).read == 1
        assert [path for path, _ in storage.requests] == ["/api/download/models/9?a=b"]

    def test_logs_nothing_of_a_header(
        self, storage: FakeStorage, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        mirrored(storage, 1, safetensors({"ss_output_name": PRIVATE, PRIVATE: "x"}))
        mirrored(storage, 2, PRIVATE.encode() * 10)
        ask_for_headers(hubs=["civitai"])

        run(storage)

        assert PRIVATE not in caplog.text

    def test_loses_no_other_file_to_one_that_cannot_be_stored(
        self, storage: FakeStorage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(3):
            mirrored(storage, number)
        ask_for_headers(hubs=["civitai"])
        monkeypatch.setattr(
            "registry.services.inspections.public_claims",
            lambda metadata: {"x": "\x00" if metadata["ss_network_dim"] == "1" else "y"},
        )

        tally = run(storage)

        assert (tally.read, tally.reasons) == (2, {"unstorable": 1})

    def test_stops_when_the_hub_is_away_and_tries_later(self, storage: FakeStorage) -> None:
        for number in range(20):
            mirrored(storage, number)
        ask_for_headers(hubs=["civitai"])
        storage.planned.extend([Reply(503)] * 200)

        tally = run(storage)

        assert tally.stopped_by == "hub"
        assert FetchRequest.objects.filter(state="waiting").count() == 20
        assert FetchRequest.objects.filter(due_at__gt=timezone.now()).count() == tally.failed == 16

    def test_stays_within_the_days_budget(self, storage: FakeStorage) -> None:
        mirrored(storage, 1)
        ask_for_headers(hubs=["civitai"])

        tally = run(storage, politeness=Politeness(daily_bytes=1000))

        assert (tally.stopped_by, tally.read) == ("budget", 0)
        assert storage.requests == []

    def test_goes_no_further_than_it_may(self, storage: FakeStorage) -> None:
        for number in range(3):
            mirrored(storage, number)
        ask_for_headers(hubs=["civitai"])

        tally = run(storage, reach=Reach(limit=2))

        assert (tally.read, tally.stopped_by) == (2, "limit")

    def test_keeps_the_pace(self, storage: FakeStorage, monkeypatch: pytest.MonkeyPatch) -> None:
        slept: list[float] = []
        monkeypatch.setattr("hub_sync.services.pace.time.sleep", slept.append)
        for number in range(4):
            mirrored(storage, number)
        ask_for_headers(hubs=["civitai"])

        run(storage, politeness=Politeness(requests_per_second=1, at_once=2))

        assert sum(slept) > 5  # the second waits 1 s for its turn, the third 2 s, the fourth 3 s


class TestLeases:
    def test_are_taken_over_when_they_end(self, storage: FakeStorage) -> None:
        mirrored(storage, 1)
        ask_for_headers(hubs=["civitai"])
        [killed] = lease_requests(hub="civitai", limit=10)
        while_it_lasts = run(storage).read
        FetchRequest.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

        after = run(storage).read

        assert (while_it_lasts, after) == (0, 1)
        assert not give_back(lease=killed, code="late", reason="Late.", for_good=True)
        assert FetchRequest.objects.get().state == "done"

    def test_that_end_each_time_are_given_up(self, storage: FakeStorage) -> None:
        mirrored(storage, 1)
        ask_for_headers(hubs=["civitai"])
        for _ in range(fetch_requests.MOST_ATTEMPTS):
            assert len(lease_requests(hub="civitai", limit=1)) == 1
            FetchRequest.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

        ask_for_headers(hubs=["civitai"])

        assert lease_requests(hub="civitai", limit=1) == []
        assert FetchRequest.objects.get().failure_code == "reader_ended"

    def test_fail_later_and_later_and_end(self, storage: FakeStorage) -> None:
        mirrored(storage, 1)
        ask_for_headers(hubs=["civitai"])
        waits: list[float] = []
        for _ in range(fetch_requests.MOST_ATTEMPTS):
            [lease] = lease_requests(hub="civitai", limit=1)
            give_back(lease=lease, code="hub_away", reason="Away.", for_good=False)
            row = FetchRequest.objects.get()
            waits.append((row.due_at - timezone.now()).total_seconds())
            FetchRequest.objects.update(due_at=timezone.now())

        assert waits == sorted(waits)
        assert FetchRequest.objects.get().state == "failed"

    def test_of_a_run_that_is_stopped_are_given_back(
        self, storage: FakeStorage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mirrored(storage, 1)
        ask_for_headers(hubs=["civitai"])

        def stopped(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("hub_sync.services.inspecting.read_place", stopped)
        with pytest.raises(KeyboardInterrupt):
            run(storage)

        assert [lease.attempts for lease in lease_requests(hub="civitai", limit=1)] == [1]

    def test_are_not_taken_by_two_at_once(self, storage: FakeStorage) -> None:
        mirrored(storage, 1)
        ask_for_headers(hubs=["civitai"])

        assert len(lease_requests(hub="civitai", limit=10)) == 1
        assert lease_requests(hub="civitai", limit=10) == []


class TestReconciling:
    def test_asks_and_wakes_a_reader_for_each_hub_with_work(
        self,
        storage: FakeStorage,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        sent: list[tuple[str, object]] = []
        monkeypatch.setattr(
            sender(), "send_task", lambda task, kwargs, **_: sent.append((task, kwargs))
        )
        mirrored(storage, 1)

        with django_capture_on_commit_callbacks(execute=True):
            asked = reconciling.queue_inspections(hubs=["civitai", "huggingface"])

        assert asked == 1
        assert sent == [("hub_sync.tasks.inspect_headers", {"hub": "civitai"})]

    def test_does_nothing_where_nobody_wants_it(self) -> None:
        make_file(version=make_version(), artifact=make_artifact())

        assert reconciling.queue_inspections(hubs=[]) == 0
        assert not FetchRequest.objects.exists()

    def test_leaves_a_hub_that_somebody_reads_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def taken(**_: object) -> None:
            raise AlreadyInspecting("taken")

        monkeypatch.setattr(reconciling, "inspect_waiting", taken)

        assert reconciling.inspect_a_slice(hub="civitai", by="test") is None


def test_the_command_asks_and_reads(storage: FakeStorage) -> None:
    mirrored(storage, 1)
    mirrored(storage, 2, b"<html>")
    out = StringIO()

    call_command("inspect_pending", "civitai", "--base-url", storage.url, stdout=out)

    assert "2 new files to read" in out.getvalue()
    assert "headers read 1, edges 0, failed 1 (" in out.getvalue()
    assert "not read so far: " in out.getvalue()
