import pytest
import zstandard
from django.utils import timezone

from hub_sync.models import Absence, HubPayload, QuarantinedItem, WalkPage
from hub_sync.services.reading import reader_of
from hub_sync.services.run import Scope
from hub_sync.services.sources import ItemRefused
from hub_sync.services.storing import store
from registry.models import Artifact, HubModel, ModelFile
from registry.selectors.digest import content_digest
from registry.services.interventions import erase
from tests.fakes.hubs import FakeCivitai, FakeHuggingFace
from tests.integration.hub_sync.conftest import (
    civitai_source,
    mirror_civitai,
    mirror_huggingface,
)

pytestmark = pytest.mark.django_db

HERON = "waders/heron"
SPOONBILL = "waders/spoonbill"  # an edge names it, and nobody mirrors it


def bodies() -> bytes:
    payloads = HubPayload.objects.values_list("body", flat=True)
    return b"".join(zstandard.decompress(bytes(body)) for body in payloads if body)


class TestAMirrorRunAfterAnErasure:
    def test_does_not_bring_a_page_back(self, civitai: FakeCivitai) -> None:
        mirror_civitai(civitai)
        name = civitai.models[1003]["name"]
        erase(subject="civitai:1003", reason="asked", by="operator:a")
        before = content_digest()

        mirror_civitai(civitai)

        assert content_digest() == before
        assert not HubModel.objects.filter(hub_model_id="1003").exists()
        assert not HubPayload.objects.filter(external_id="1003").exists()
        assert name.encode() not in bodies()

    def test_keeps_the_payloads_digest_but_not_the_name_of_erased_bytes(
        self, civitai: FakeCivitai
    ) -> None:
        mirror_civitai(civitai)
        file = ModelFile.objects.exclude(artifact=None).order_by("pk")[0]
        artifact = Artifact.objects.get(listings=file)
        erase(subject=f"sha256:{artifact.sha256}", reason="asked", by="operator:a")

        mirror_civitai(civitai)
        again = mirror_civitai(civitai)

        payload = HubPayload.objects.get(external_id=file.version.hub_model.hub_model_id)
        assert bytes(payload.body) == b""
        assert payload.body_sha256
        assert set(artifact.listings.values_list("filename", "download_url")) == {("", "")}
        assert again.rows_written == 0

    def test_names_no_erased_page_that_another_was_renamed_to(
        self, huggingface: FakeHuggingFace
    ) -> None:
        huggingface.moved[SPOONBILL] = HERON
        erase(subject=f"huggingface:{HERON}", reason="asked", by="operator:a")

        mirror_huggingface(huggingface)

        absence = Absence.objects.get()
        assert absence.reference == f"huggingface:{SPOONBILL}"
        assert absence.moved_to.startswith("alias-")

    def test_leaves_a_page_that_is_renamed_to_it_pointing_at_the_tombstone(
        self, huggingface: FakeHuggingFace
    ) -> None:
        mirror_huggingface(huggingface)
        other = HubModel.objects.exclude(hub_model_id=HERON).order_by("pk")[0]
        erase(subject=f"huggingface:{HERON}", reason="asked", by="operator:a")
        huggingface.moved[other.hub_model_id] = HERON
        mirror_huggingface(huggingface, Scope(full=True))
        before = content_digest()

        mirror_huggingface(huggingface, Scope(full=True))

        other.refresh_from_db()
        assert HubModel.objects.filter(hub_model_id=other.moved_to).exists()
        assert list(other.state_changes.values_list("state", flat=True)) == ["listed", "renamed"]
        assert content_digest() == before

    def test_leaves_no_former_name_of_an_erased_page(self, huggingface: FakeHuggingFace) -> None:
        huggingface.moved[SPOONBILL] = HERON
        mirror_huggingface(huggingface)
        erase(subject=f"huggingface:{HERON}", reason="asked", by="operator:a")
        before = content_digest()

        mirror_huggingface(huggingface, Scope(full=True))

        assert not HubModel.objects.filter(hub_model_id__in=[SPOONBILL, HERON]).exists()
        assert content_digest() == before


class TestAnErasure:
    def test_holds_for_a_page_that_is_being_read(self, civitai: FakeCivitai) -> None:
        now = timezone.now()
        source = civitai_source(civitai)
        with reader_of(source) as reader:
            ready = reader.render([source.fetch("1003")], observed_at=now)
        refused = ItemRefused(external_id="1004", reason="of the wrong type")
        for page in ("1003", "1004"):
            erase(subject=f"civitai:{page}", reason="asked", by="operator:a")

        tally = store(hub="civitai", readings=[*ready, refused], seen_at=now, by="test")

        assert (tally.erased, tally.rows_written) == (2, 0)
        assert not HubPayload.objects.exists()
        assert not QuarantinedItem.objects.exists()

    def test_forgets_an_unmirrored_page_in_any_case_of_letters(
        self, huggingface: FakeHuggingFace
    ) -> None:
        huggingface.unlisted.add(HERON)
        mirror_huggingface(huggingface, Scope(limit=2))
        walk = WalkPage.objects.order_by("pk")[0].walk
        WalkPage.objects.create(walk=walk, number=9, seen=["a/b", SPOONBILL])
        now = timezone.now()
        reference, other = f"huggingface:{SPOONBILL}", "huggingface:waders/egret"
        for named, moved_to in ((reference, ""), (other, SPOONBILL)):
            Absence.objects.create(
                hub="huggingface", reference=named, moved_to=moved_to, outcome="gone", seen_at=now
            )

        erase(subject="huggingface:Waders/Spoonbill", reason="asked", by="operator:a")

        assert not Absence.objects.exists()
        assert WalkPage.objects.get(number=9).seen == ["a/b"]
