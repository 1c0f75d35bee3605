import pytest
import zstandard

from hub_sync.models import HubPayload
from registry.models import Artifact, HubModel, ModelFile
from registry.selectors.digest import content_digest
from registry.services.interventions import erase
from tests.fakes.hubs import FakeCivitai
from tests.integration.hub_sync.conftest import mirror_civitai

pytestmark = pytest.mark.django_db


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
