"""A first walk renders its pages in a second process, where a core is left for it."""

import os
import signal

import pytest
from django.core.management import call_command

from hub_sync.models import QuarantinedItem
from hub_sync.services import reading
from hub_sync.services.helper import Helper
from hub_sync.services.reading import now, reader_of
from hub_sync.services.run import Scope
from hub_sync.services.sources import PageReady
from registry.selectors.digest import content_digest
from tests.fakes.hubs import FakeCivitai
from tests.integration.hub_sync.conftest import civitai_source, mirror_civitai

pytestmark = pytest.mark.django_db(transaction=True)


class CountingHelper(Helper):
    """Counts what every second process is asked."""

    asked = 0

    def ask(self, request: bytes) -> bytearray:
        CountingHelper.asked += 1
        return super().ask(request)


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(reading, "Helper", CountingHelper)
    monkeypatch.setattr(CountingHelper, "asked", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    return monkeypatch


class TestSecondProcess:
    def test_gives_the_rows_that_one_process_gives(
        self, civitai: FakeCivitai, cores: pytest.MonkeyPatch
    ) -> None:
        civitai.models[1002]["mode"] = "Hidden"  # goes to quarantine
        mirror_civitai(civitai)
        asked, by_two = CountingHelper.asked, content_digest()
        refused = list(QuarantinedItem.objects.values_list("external_id", "reason"))
        call_command("flush", "--no-input")
        cores.setattr(os, "cpu_count", lambda: 1)

        mirror_civitai(civitai)

        assert content_digest() == by_two
        assert list(QuarantinedItem.objects.values_list("external_id", "reason")) == refused
        assert asked > 0
        assert CountingHelper.asked == asked

    def test_is_not_started_for_a_walk_that_will_read_little(
        self, civitai: FakeCivitai, cores: pytest.MonkeyPatch
    ) -> None:
        mirror_civitai(civitai)
        asked = CountingHelper.asked

        mirror_civitai(civitai)

        assert 0 < asked == CountingHelper.asked

    def test_is_started_for_a_full_walk(
        self, civitai: FakeCivitai, cores: pytest.MonkeyPatch
    ) -> None:
        mirror_civitai(civitai)
        asked = CountingHelper.asked

        mirror_civitai(civitai, Scope(full=True))

        assert CountingHelper.asked > asked

    def test_is_done_without_where_somebody_has_killed_it(
        self, civitai: FakeCivitai, cores: pytest.MonkeyPatch
    ) -> None:
        source = civitai_source(civitai)
        items = source.listing("").items

        with reader_of(source, many=True) as reader:
            assert reader.helper is not None
            os.kill(reader.helper.pid, signal.SIGKILL)
            readings = reader.render_beside(items, observed_at=now())

        assert [type(one) for one in readings] == [PageReady] * len(items)
