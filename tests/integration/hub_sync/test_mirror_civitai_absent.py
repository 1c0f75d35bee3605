import copy

import pytest

from hub_sync.models import Absence, HubPayload, QuarantinedItem, Walk
from hub_sync.services.run import Scope
from registry.models import (
    HubModel,
    LicenseClaim,
    LineageEdge,
    ModelFile,
)
from registry.services.interventions import erase
from tests.fakes.hubs import FakeCivitai
from tests.integration.hub_sync.conftest import ALL_IDS, mirror_civitai, page, row_marks, states

pytestmark = pytest.mark.django_db


class TestDisappearance:
    def test_asks_by_id_before_it_calls_a_page_gone(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)
        del civitai.models[1003]
        civitai.unlisted.add(1004)
        civitai.requests.clear()

        tally = mirror_civitai(civitai)

        assert {"/api/v1/models/1003", "/api/v1/models/1004"} <= set(civitai.paths)
        assert (page(1003).state, page(1004).state) == ("gone", "listed")
        assert tally.gone == 1
        assert ModelFile.objects.filter(version__hub_model=page(1003)).exists()
        assert LicenseClaim.objects.filter(hub_model=page(1003)).exists()

    def test_asks_for_a_page_that_is_gone_on_full_walks_only(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)
        model = civitai.models.pop(1003)
        mirror_civitai(civitai)
        civitai.models[1003], civitai.unlisted = model, {1003}

        mirror_civitai(civitai)
        assert page(1003).state == "gone"
        mirror_civitai(civitai, Scope(full=True))

        assert states(1003) == ["listed", "gone", "listed"]

    def test_takes_a_page_back_that_comes_back_as_it_was(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)
        model = civitai.models.pop(1003)
        mirror_civitai(civitai)
        civitai.models[1003] = model

        mirror_civitai(civitai)

        assert states(1003) == ["listed", "gone", "listed"]

    def test_keeps_nothing_new_of_a_page_that_became_private(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)
        civitai.models[1003].update(availability="Private", name="Secret")

        mirror_civitai(civitai)

        assert (page(1003).state, page(1003).name) == ("withdrawn", "Plover Style")

    def test_never_stores_a_page_that_is_private(self, civitai: FakeCivitai) -> None:
        civitai.models[1003]["availability"] = "Private"

        mirror_civitai(civitai)

        assert not HubModel.objects.filter(hub_model_id="1003").exists()
        assert not HubPayload.objects.filter(external_id="1003").exists()


class TestSweep:
    def test_finds_a_page_that_only_a_reference_tells_of(self, civitai: FakeCivitai) -> None:
        hidden = {**copy.deepcopy(civitai.models[1004]), "id": 1006, "poi": True}
        hidden["modelVersions"][0]["id"] = 2999
        hidden["modelVersions"][0]["files"] = []
        civitai.models[1006] = hidden
        civitai.unlisted = {1006}

        mirror_civitai(civitai)

        assert page(1006).depicts_person
        assert LineageEdge.objects.get(parent_ref="civitai:1006").parent_model == page(1006)

    def test_remembers_what_the_hub_does_not_have(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)
        civitai.requests.clear()

        mirror_civitai(civitai)

        absence = Absence.objects.get()
        assert (absence.reference, absence.outcome) == ("civitai:1006", "gone")
        assert "/api/v1/models/1006" not in civitai.paths

    def test_finds_the_page_of_a_version_that_is_referred_to(self, civitai: FakeCivitai) -> None:
        text = '<p>Merge with <a href="https://civitai.com/models/5?modelVersionId=2998">X</a></p>'
        civitai.models[1003]["modelVersions"][0]["description"] = text
        hidden = {**copy.deepcopy(civitai.models[1004]), "id": 1007}
        hidden["modelVersions"][0].update(id=2998, files=[])
        civitai.models[1007] = hidden
        civitai.unlisted = {1007}

        mirror_civitai(civitai)

        assert page(1007).name == "Curlew Archive"

    def test_asks_for_no_more_than_it_may(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai, Scope(sweep_limit=0))

        assert "/api/v1/models/1006" not in civitai.paths
        assert Walk.objects.get().phase == "finished"


class TestQuarantine:
    def test_loses_only_the_bad_item(self, civitai: FakeCivitai) -> None:
        civitai.raw_items = [
            b'{"id": 3001, "name": 7, "type": "LORA", "modelVersions": []}',
            b"[" * 5000 + b"]" * 5000,
            b'{"id": 3002, "name": "a\\u0000\\ud800b", "type": "LORA", "modelVersions": []}',
            b'{"id": 3003, "name": "x", "type": "LORA", "modelVersions": [], "mode": "New"}',
        ]

        tally = mirror_civitai(civitai)

        reasons = dict(QuarantinedItem.objects.values_list("external_id", "reason"))
        assert tally.quarantined == 3
        assert "name" in reasons["3001"]
        assert "New" in reasons["3003"]
        assert sum(name.startswith("unreadable:") for name in reasons) == 1
        assert page(3002).name == "ab"
        assert set(HubModel.objects.values_list("hub_model_id", flat=True)) == {*ALL_IDS, "3002"}

    def test_writes_nothing_when_an_item_fails_as_before(self, civitai: FakeCivitai) -> None:
        civitai.raw_items = [b'{"id": 3001}', b"[[]]"]
        mirror_civitai(civitai)
        before = row_marks()

        tally = mirror_civitai(civitai)

        assert row_marks() == before
        assert (tally.quarantined, tally.rows_written) == (2, 0)

    def test_lets_an_item_go_that_can_be_read_again(self, civitai: FakeCivitai) -> None:
        civitai.models[1001]["name"] = 7
        mirror_civitai(civitai)
        civitai.models[1001]["name"] = "Heron Base"

        mirror_civitai(civitai)

        assert page(1001).name == "Heron Base"
        assert not QuarantinedItem.objects.exists()

    def test_forgets_an_unreadable_item_that_is_not_sent_any_more(
        self, civitai: FakeCivitai
    ) -> None:
        civitai.raw_items = [b"[[]]"]
        mirror_civitai(civitai)
        civitai.raw_items = []

        mirror_civitai(civitai)

        assert not QuarantinedItem.objects.exists()

    def test_keeps_what_was_known_of_a_page_that_becomes_unreadable(
        self, civitai: FakeCivitai
    ) -> None:
        mirror_civitai(civitai)
        civitai.models[1001]["name"] = None

        mirror_civitai(civitai)

        assert page(1001).name == "Heron Base"
        assert page(1001).state == "listed"

    def test_puts_what_the_registry_refuses_in_quarantine(self, civitai: FakeCivitai) -> None:
        civitai.models[1001]["modelVersions"][0]["id"] = 10**300

        mirror_civitai(civitai)

        assert QuarantinedItem.objects.get().external_id == "1001"
        assert HubModel.objects.count() == 4

    def test_lets_a_fault_of_ours_cost_one_item(
        self, civitai: FakeCivitai, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def faulty(text: str, *, source: str) -> tuple[()]:
            if "merge" in text:
                raise ZeroDivisionError
            return ()

        monkeypatch.setattr("hub_sync.payloads.civitai_lineage.read_description", faulty)

        mirror_civitai(civitai)

        item = QuarantinedItem.objects.get()
        assert (item.external_id, "ZeroDivisionError" in item.reason) == ("1002", True)
        assert HubModel.objects.count() == 4


class TestErasure:
    def test_never_takes_an_erased_page_back(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)
        erase(subject="civitai:1003", reason="asked by its author", by="test")
        before = row_marks()

        tally = mirror_civitai(civitai)

        assert row_marks() == before
        assert (tally.erased, tally.rows_written) == (1, 0)
        assert not HubPayload.objects.filter(external_id="1003").exists()
        assert not HubModel.objects.filter(name="Plover Style").exists()

    def test_puts_nothing_of_an_erased_page_in_quarantine(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)
        erase(subject="civitai:1003", reason="asked by its author", by="test")
        civitai.models[1003]["mode"] = "A name that must not stand"

        mirror_civitai(civitai)

        assert not QuarantinedItem.objects.exists()
