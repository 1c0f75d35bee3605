import copy
import json
from typing import Any

import pytest

from hub_sync.clients.errors import HubError, PageGone
from hub_sync.models import Absence, HubPayload, QuarantinedItem, Walk, WalkPage
from hub_sync.services.listing import HubGoesInCircles
from hub_sync.services.mirror import UnreadablePage, mirror_pages
from hub_sync.services.run import Scope
from registry.errors import BadInput
from registry.models import (
    Artifact,
    HubModel,
    LicenseClaim,
    LineageEdge,
    ModelFile,
)
from tests.fakes.hubs import FakeCivitai, Reply, json_reply
from tests.integration.hub_sync.conftest import (
    ALL_IDS,
    civitai_source,
    mirror_civitai,
    page,
    row_marks,
)

pytestmark = pytest.mark.django_db


def commercial(model_id: int) -> list[Any]:
    claims = LicenseClaim.objects.filter(hub_model=page(model_id)).order_by("pk")
    return [claim.flags["allowCommercialUse"] for claim in claims]


class TestWholeWalk:
    def test_mirrors_every_page_of_the_listing(self, civitai: FakeCivitai) -> None:
        tally = mirror_civitai(civitai)

        assert set(HubModel.objects.values_list("hub_model_id", flat=True)) == ALL_IDS
        assert (tally.seen, tally.new, tally.quarantined) == (5, 5, 0)
        assert Walk.objects.get().finished_at is not None
        assert not WalkPage.objects.exists()

    def test_keeps_the_answer_verbatim(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)

        payload = HubPayload.objects.get(external_id="1003")
        assert payload.body_sha256 != payload.content_sha256
        assert len(payload.body) < len(json.dumps(civitai.models[1003]))

    def test_writes_nothing_when_nothing_changed(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)
        before = row_marks()

        tally = mirror_civitai(civitai)

        assert row_marks() == before
        assert (tally.unchanged, tally.rows_written) == (5, 0)

    def test_writes_nothing_when_only_popularity_changed(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)
        before = row_marks()
        for model in civitai.models.values():
            model["stats"]["downloadCount"] += 1000

        tally = mirror_civitai(civitai)

        assert row_marks() == before
        assert tally.rows_written == 0

    def test_writes_nothing_when_a_full_walk_finds_the_same(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)
        before = row_marks()

        tally = mirror_civitai(civitai, Scope(full=True))

        assert row_marks() == before
        assert (tally.seen, tally.unchanged, tally.rows_written) == (5, 5, 0)

    def test_begins_anew_after_a_hub_listed_in_circles(self, civitai: FakeCivitai) -> None:
        items = [civitai.models[1001]]
        looping = {"items": items, "metadata": {"nextCursor": "0|7"}}
        civitai.planned += [json_reply(looping)] * 5

        with pytest.raises(HubGoesInCircles):
            mirror_civitai(civitai)
        civitai.planned.clear()

        assert mirror_civitai(civitai).seen == 5


class TestChange:
    def test_adds_a_claim_for_every_change_of_a_flag(self, civitai: FakeCivitai) -> None:
        for uses in (["Image"], ["Image", "Sell"], ["Image"], ["Image"]):
            civitai.models[1001]["allowCommercialUse"] = uses
            mirror_civitai(civitai)

        assert commercial(1001) == [["Image"], ["Image", "Sell"], ["Image"]]

    def test_counts_another_spelling_of_a_flag_as_no_change(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)
        civitai.models[1003]["allowCommercialUse"] = ["RentCivit", "Image"]

        mirror_civitai(civitai)

        assert commercial(1003) == [["Image", "RentCivit"]]

    @pytest.mark.parametrize(
        ("mode", "state"), [("Archived", "archived"), ("TakenDown", "taken_down")]
    )
    def test_keeps_the_files_of_a_moderated_page(
        self, civitai: FakeCivitai, mode: str, state: str
    ) -> None:
        mirror_civitai(civitai)
        files, artifacts = ModelFile.objects.count(), Artifact.objects.count()
        civitai.models[1001]["mode"] = mode
        for version in civitai.models[1001]["modelVersions"]:
            version["files"] = []

        mirror_civitai(civitai)

        assert page(1001).state == state
        assert (ModelFile.objects.count(), Artifact.objects.count()) == (files, artifacts)

    def test_closes_an_edge_when_its_parent_arrives(self, civitai: FakeCivitai) -> None:
        egret = {**copy.deepcopy(civitai.models[1004]), "id": 1006, "modelVersions": []}
        mirror_civitai(civitai)
        edges = LineageEdge.objects.filter(parent_ref="civitai:1006")
        assert edges.get().parent_model is None

        civitai.models[1006] = egret
        mirror_civitai(civitai)

        assert edges.get().parent_model == page(1006)
        assert not Absence.objects.filter(reference="civitai:1006").exists()


class TestResume:
    def test_carries_on_where_the_last_run_stopped(self, civitai: FakeCivitai) -> None:
        first = mirror_civitai(civitai, Scope(limit=4))
        civitai.requests.clear()

        second = mirror_civitai(civitai)

        assert (first.seen, second.seen) == (4, 1)
        assert Walk.objects.get().finished_at is not None

    def test_counts_models_and_not_pages(self, civitai: FakeCivitai) -> None:
        tally = mirror_civitai(civitai, Scope(limit=3))

        assert (tally.seen, HubModel.objects.count()) == (3, 3)
        assert Walk.objects.get().finished_at is None

    def test_calls_nothing_gone_before_the_walk_is_whole(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)
        del civitai.models[1001]

        mirror_civitai(civitai, Scope(limit=2))

        assert page(1001).state == "listed"

    def test_keeps_what_it_read_when_the_hub_fails(self, civitai: FakeCivitai) -> None:
        first = civitai.route("/api/v1/models", {})
        civitai.planned += [first, *[Reply(503, b"busy")] * 9]

        with pytest.raises(HubError):
            mirror_civitai(civitai)
        civitai.planned.clear()
        assert HubModel.objects.count() == 2
        mirror_civitai(civitai)

        assert HubModel.objects.count() == 5

    def test_starts_over_when_its_cursor_is_refused(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai, Scope(limit=4))
        civitai.planned.append(json_reply({"error": "bad cursor"}, 400))

        tally = mirror_civitai(civitai)

        assert (tally.seen, tally.unchanged, tally.new) == (5, 4, 1)

    def test_begins_anew_on_a_full_walk(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai, Scope(limit=4))

        tally = mirror_civitai(civitai, Scope(full=True))

        assert tally.seen == 5
        assert Walk.objects.count() == 1

    def test_begins_anew_at_another_address(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai, Scope(limit=4))
        other = FakeCivitai()

        with other.running():
            tally = mirror_civitai(other)

        assert tally.seen == 5


class TestMirrorPages:
    def test_fetches_one_page(self, civitai: FakeCivitai) -> None:
        tally = mirror_pages(source=civitai_source(civitai), external_ids=["1002"], by="test")

        assert (tally.seen, tally.new) == (1, 1)
        assert HubModel.objects.get().hub_model_id == "1002"
        assert not Walk.objects.exists()

    def test_takes_an_unchanged_page_as_it_is(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)

        tally = mirror_pages(source=civitai_source(civitai), external_ids=["1002"], by="test")

        assert (tally.unchanged, tally.rows_written) == (1, 0)

    def test_records_that_a_page_is_gone_and_says_so(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)
        del civitai.models[1002]

        with pytest.raises(PageGone, match="1002"):
            mirror_pages(source=civitai_source(civitai), external_ids=["1002"], by="test")
        assert page(1002).state == "gone"

    def test_says_that_a_page_cannot_be_read(self, civitai: FakeCivitai) -> None:
        civitai.models[1002]["type"] = None

        with pytest.raises(UnreadablePage, match="type"):
            mirror_pages(source=civitai_source(civitai), external_ids=["1002"], by="test")
        assert QuarantinedItem.objects.get().external_id == "1002"

    def test_asks_for_no_id_that_cannot_be(self, civitai: FakeCivitai) -> None:
        with pytest.raises(BadInput):
            mirror_pages(source=civitai_source(civitai), external_ids=["x"], by="test")
        assert not QuarantinedItem.objects.exists()

    def test_keeps_nothing_when_the_hub_does_not_answer(self, civitai: FakeCivitai) -> None:
        civitai.planned += [Reply(503, b"busy")] * 9

        with pytest.raises(HubError):
            mirror_pages(source=civitai_source(civitai), external_ids=["1002"], by="test")
        assert not QuarantinedItem.objects.exists()
