import hashlib
import json
from typing import Any

import pytest

from hub_sync.models import Absence, HubPayload, QuarantinedItem
from hub_sync.services.mirror import mirror_pages
from hub_sync.services.run import Scope
from registry.errors import NotFound
from registry.models import (
    HubModel,
    LicenseClaim,
    LineageEdge,
    ModelFile,
    ModelVersion,
    StateChange,
)
from tests.fakes.hubs import FakeHuggingFace, json_reply
from tests.integration.hub_sync.conftest import (
    huggingface_source,
    mirror_huggingface,
    row_marks,
)

pytestmark = pytest.mark.django_db

HERON = "waders/heron"


def page(repo_id: str) -> HubModel:
    return HubModel.objects.get(hub="huggingface", hub_model_id=repo_id)


def states(repo_id: str) -> list[str]:
    rows = StateChange.objects.filter(hub_model=page(repo_id)).order_by("pk")
    return list(rows.values_list("state", flat=True))


def edit_card(hub: FakeHuggingFace, repo_id: str, card: str, **card_data: Any) -> None:
    repo = hub.repos[repo_id]
    repo["texts"]["README.md"] = card
    repo["cardData"] = card_data
    repo["sha"] = hashlib.sha1(card.encode()).hexdigest()  # noqa: S324


class TestWholeWalk:
    def test_mirrors_every_repository(self, huggingface: FakeHuggingFace) -> None:
        tally = mirror_huggingface(huggingface)

        assert set(HubModel.objects.values_list("hub_model_id", flat=True)) == set(
            huggingface.repos
        )
        assert (tally.seen, tally.new) == (3, 3)
        edge = LineageEdge.objects.get(
            parent_ref="huggingface:waders/heron", evidence="mergekit_config"
        )
        assert edge.parent_model == page(HERON)
        assert Absence.objects.get().reference == "huggingface:waders/spoonbill"

    def test_writes_nothing_and_asks_little_when_nothing_changed(
        self, huggingface: FakeHuggingFace
    ) -> None:
        mirror_huggingface(huggingface)
        before = row_marks()
        huggingface.requests.clear()

        tally = mirror_huggingface(huggingface)

        assert row_marks() == before
        assert set(huggingface.paths) == {"/api/models"}
        assert tally.rows_written == 0

    def test_takes_no_notice_of_popularity(self, huggingface: FakeHuggingFace) -> None:
        mirror_huggingface(huggingface)
        before = row_marks()
        for repo in huggingface.repos.values():
            repo.update(downloads=5_000_000, likes=77, trendingScore=3)

        tally = mirror_huggingface(huggingface)

        assert row_marks() == before
        assert tally.unchanged == 3

    def test_writes_nothing_when_a_full_walk_finds_the_same(
        self, huggingface: FakeHuggingFace
    ) -> None:
        mirror_huggingface(huggingface)
        before = row_marks()

        tally = mirror_huggingface(huggingface, Scope(full=True))

        assert row_marks() == before
        assert (tally.seen, tally.rows_written) == (3, 0)


class TestChange:
    def test_asks_for_nothing_again_at_the_same_commit(self, huggingface: FakeHuggingFace) -> None:
        mirror_huggingface(huggingface)
        huggingface.repos[HERON]["tags"].append("landscape")
        huggingface.requests.clear()

        mirror_huggingface(huggingface)

        assert "landscape" in page(HERON).tags
        assert set(huggingface.paths) == {"/api/models"}

    def test_adds_a_version_for_a_new_commit(self, huggingface: FakeHuggingFace) -> None:
        mirror_huggingface(huggingface)
        card = "---\nlicense: mit\n---\n# Heron, again\n"
        edit_card(huggingface, HERON, card, license="mit")

        mirror_huggingface(huggingface)

        assert ModelVersion.objects.filter(hub_model=page(HERON)).count() == 2
        claims = LicenseClaim.objects.filter(hub_model=page(HERON), source="card").order_by("pk")
        assert [c.declared for c in claims] == [["creativeml-openrail-m"], ["mit"]]
        assert "again" in page(HERON).description

    def test_dates_a_change_of_gating_and_keeps_what_was_read(
        self, huggingface: FakeHuggingFace
    ) -> None:
        mirror_huggingface(huggingface)
        huggingface.repos[HERON]["gated"] = "manual"

        mirror_huggingface(huggingface)
        huggingface.repos[HERON]["gated"] = False
        mirror_huggingface(huggingface)

        assert states(HERON) == ["listed", "gated", "listed"]
        assert "Invented" in page(HERON).description

    def test_keeps_an_earlier_card_of_what_is_gated_now(self, huggingface: FakeHuggingFace) -> None:
        mirror_huggingface(huggingface)
        edit_card(huggingface, HERON, "---\nlicense: mit\n---\nhidden", license="mit")
        huggingface.repos[HERON]["gated"] = "auto"

        mirror_huggingface(huggingface)

        assert "Invented" in page(HERON).description
        assert LicenseClaim.objects.filter(declared=["mit"]).exists()
        assert ModelFile.objects.filter(version__hub_model=page(HERON)).exists()


class TestDisappearance:
    def test_follows_a_rename(self, huggingface: FakeHuggingFace) -> None:
        mirror_huggingface(huggingface)
        moved = huggingface.repos.pop(HERON)
        huggingface.repos["waders/grey-heron"] = {**moved, "id": "waders/grey-heron"}
        huggingface.moved[HERON] = "waders/grey-heron"

        mirror_huggingface(huggingface)

        assert (page(HERON).state, page(HERON).moved_to) == ("renamed", "waders/grey-heron")
        assert page("waders/grey-heron").state == "listed"
        assert ModelFile.objects.filter(version__hub_model=page(HERON)).exists()

    def test_asks_for_a_new_name_that_the_listing_does_not_show(
        self, huggingface: FakeHuggingFace
    ) -> None:
        mirror_huggingface(huggingface)
        moved = {**huggingface.repos.pop(HERON), "id": "waders/grey-heron"}
        huggingface.repos["waders/grey-heron"] = moved
        huggingface.unlisted.add("waders/grey-heron")
        huggingface.moved[HERON] = "waders/grey-heron"

        mirror_huggingface(huggingface)

        assert page("waders/grey-heron").state == "listed"

    def test_keeps_what_is_deleted(self, huggingface: FakeHuggingFace) -> None:
        mirror_huggingface(huggingface)
        repo = huggingface.repos.pop(HERON)
        mirror_huggingface(huggingface)
        huggingface.repos[HERON] = repo

        mirror_huggingface(huggingface)

        assert states(HERON) == ["listed", "gone", "listed"]
        assert LicenseClaim.objects.filter(hub_model=page(HERON)).exists()

    @pytest.mark.parametrize(
        ("change", "state"), [({"disabled": True}, "disabled"), ({"private": True}, "withdrawn")]
    )
    def test_records_what_the_hub_withholds(
        self, huggingface: FakeHuggingFace, change: dict[str, bool], state: str
    ) -> None:
        mirror_huggingface(huggingface)
        huggingface.repos[HERON].update(change)

        mirror_huggingface(huggingface)
        huggingface.repos[HERON].update(dict.fromkeys(change, False))
        mirror_huggingface(huggingface)

        assert states(HERON) == ["listed", state, "listed"]

    def test_never_stores_what_only_a_token_sees(self, huggingface: FakeHuggingFace) -> None:
        huggingface.repos[HERON]["private"] = True

        mirror_huggingface(huggingface)

        assert not HubModel.objects.filter(hub_model_id=HERON).exists()
        assert not HubPayload.objects.filter(external_id=HERON).exists()


class TestSweep:
    def test_puts_up_a_signpost_where_a_parent_was_renamed(
        self, huggingface: FakeHuggingFace
    ) -> None:
        huggingface.moved["waders/spoonbill"] = HERON

        mirror_huggingface(huggingface)

        assert page("waders/spoonbill").moved_to == HERON
        assert states("waders/spoonbill") == ["renamed"]
        edges = LineageEdge.objects.filter(parent_ref="huggingface:waders/spoonbill")
        assert {edge.parent_model for edge in edges} == {page("waders/spoonbill")}
        assert not Absence.objects.exists()

    def test_writes_nothing_about_a_signpost_twice(self, huggingface: FakeHuggingFace) -> None:
        huggingface.moved["waders/spoonbill"] = HERON
        mirror_huggingface(huggingface)
        before = row_marks()

        mirror_huggingface(huggingface)
        mirror_huggingface(huggingface, Scope(full=True))

        assert row_marks() == before


class TestQuarantine:
    def test_lets_no_hostile_repository_end_the_listing(self, huggingface: FakeHuggingFace) -> None:
        huggingface.raw_items = [
            b'{"id": "../../etc", "sha": "x"}',
            b"[" * 5000 + b"]" * 5000,
            json.dumps({"id": "waders/odd", "sha": "not a commit"}).encode(),
            b'{"id": "waders/heron-2", "cardData": {"self": 1, "ignore_metadata_errors": 2}}',
        ]
        card_data = {"ignore_metadata_errors": True, "self": [], "license": {"a": 1}}
        huggingface.repos[HERON]["cardData"] = card_data

        tally = mirror_huggingface(huggingface)

        assert HubModel.objects.count() == 3
        names = set(QuarantinedItem.objects.values_list("external_id", flat=True))
        assert "waders/odd" in names
        assert sum(name.startswith("unreadable:") for name in names) == 2
        assert tally.quarantined == 3

    def test_tries_again_what_got_no_answer(self, huggingface: FakeHuggingFace) -> None:
        huggingface.broken[f"/api/models/{HERON}"] = json_reply({"error": "no"}, 503)
        mirror_huggingface(huggingface)
        assert "503" in QuarantinedItem.objects.get(external_id=HERON).reason
        huggingface.broken.clear()

        mirror_huggingface(huggingface)

        assert HubModel.objects.count() == 3
        assert not QuarantinedItem.objects.exists()


class TestMirrorPages:
    def test_fetches_one_repository(self, huggingface: FakeHuggingFace) -> None:
        mirror_pages(source=huggingface_source(huggingface), external_ids=[HERON], by="test")

        assert page(HERON).state == "listed"
        assert ModelFile.objects.filter(version__hub_model=page(HERON)).count() == 2

    def test_agrees_with_the_walk(self, huggingface: FakeHuggingFace) -> None:
        mirror_pages(source=huggingface_source(huggingface), external_ids=[HERON], by="test")
        huggingface.requests.clear()

        tally = mirror_huggingface(huggingface)

        assert (tally.new, tally.unchanged) == (2, 1)
        assert not [path for path in huggingface.paths if HERON in path and "resolve" in path]

    def test_believes_the_latest_answer_whichever_way_it_came(
        self, huggingface: FakeHuggingFace
    ) -> None:
        mirror_huggingface(huggingface)
        huggingface.repos[HERON]["gated"] = "auto"
        mirror_pages(source=huggingface_source(huggingface), external_ids=[HERON], by="test")
        huggingface.repos[HERON]["gated"] = False

        mirror_huggingface(huggingface)

        assert states(HERON) == ["listed", "gated", "listed"]

    def test_says_where_a_repository_went(self, huggingface: FakeHuggingFace) -> None:
        huggingface.moved["waders/old"] = HERON

        with pytest.raises(NotFound, match="renamed to waders/heron"):
            mirror_pages(
                source=huggingface_source(huggingface), external_ids=["waders/old"], by="test"
            )
