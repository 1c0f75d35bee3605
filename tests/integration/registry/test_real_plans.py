"""Three plans with real parents: what they offer, and the files to publish them with."""

import json
from typing import Any

import pytest
from huggingface_hub import ModelCard

from registry.selectors.plans import plan
from tests.factories.registry import make_claim, make_page, make_version

pytestmark = pytest.mark.django_db

SD15 = "runwayml/stable-diffusion-v1-5"
MERGEKIT = """\
models:
  - model: meta-llama/Llama-3.1-8B
    parameters: {weight: 0.6}
  - model: mistralai/Mistral-7B-v0.1
    parameters: {weight: 0.4}
merge_method: linear
dtype: bfloat16
"""


def metadata_of(told: Any) -> dict[str, Any]:
    data: dict[str, Any] = ModelCard(told["card"]).data.to_dict()  # type: ignore[no-untyped-call]
    return data


class TestStableDiffusionMerge:
    @pytest.fixture
    def told(self) -> Any:
        page = make_page(hub="huggingface", hub_model_id=SD15, name="stable-diffusion-v1-5")
        make_claim(page=page, declared=["creativeml-openrail-m"])
        make_version(page=page)
        parents = [
            {"model": SD15, "weight": 0.4},
            {"model": "civitai:4384", "license": "creativeml-openrail-m", "weight": 0.35},
            {"model": "stabilityai/stable-diffusion-2-1", "weight": 0.25},
            {"model": "stabilityai/sd-vae-ft-mse", "license": "mit", "relation": "bundle"},
        ]
        wish = {"allow": ["use_commercial", "outputs_commercial", "share_derivatives"]}
        return plan(json.dumps({"name": "Night Garden", "parents": parents, "wish": wish}))

    def test_offers_a_parents_text_before_one_that_gives_no_more(self, told: Any) -> None:
        assert told["outbound"][:2] == ["openrail++", "creativeml-openrail-m"]
        assert "faipl-1.0-sd" in told["outbound"]

    def test_has_a_card_that_the_hub_reads(self, told: Any) -> None:
        assert metadata_of(told) == {
            "license": "openrail++",
            "base_model": [SD15, "stabilityai/stable-diffusion-2-1"],
            "base_model_relation": "merge",
            "tags": ["merge"],
        }

    def test_names_and_links_every_work(self, told: Any) -> None:
        assert "[civitai:4384](https://civitai.com/models/4384), weight 0.35" in told["card"]
        assert f"  Work: {SD15} (merge, weight 0.4)\n" in told["notice"]
        assert "  Work: stabilityai/sd-vae-ft-mse (bundle)\n" in told["notice"]


class TestFluxAdapter:
    @pytest.fixture
    def told(self) -> Any:
        parents = [{"model": "black-forest-labs/FLUX.1-dev", "relation": "adapter"}]
        return plan(json.dumps({"name": "paper-cut-style", "parents": parents}))

    def test_stays_under_its_parents_text(self, told: Any) -> None:
        assert told["outbound"] == ["flux-1-dev-nc-1.1.1"]
        assert told["verdict"]["host_free"] == "forbidden"

    def test_has_a_card_that_the_hub_reads(self, told: Any) -> None:
        data = metadata_of(told)

        assert (data["license"], data["license_name"]) == (
            "other",
            "flux-1-dev-non-commercial-license",
        )
        assert data["license_link"].startswith("https://")
        assert (data["base_model"], data["base_model_relation"]) == (
            "black-forest-labs/FLUX.1-dev",
            "adapter",
        )

    def test_says_where_the_prescribed_notice_is_taken_from(self, told: Any) -> None:
        text = " ".join(told["notice"].split())

        assert "[The notice that the licence prescribes: take its wording, word for word," in text


class TestLlamaMerge:
    @pytest.fixture
    def told(self) -> Any:
        return plan(MERGEKIT)

    def test_stays_under_its_parents_text(self, told: Any) -> None:
        assert told["outbound"] == ["llama3.1"]
        assert told["name"].startswith("Llama")

    def test_has_a_card_that_the_hub_reads(self, told: Any) -> None:
        assert metadata_of(told) == {
            "license": "llama3.1",
            "base_model": ["meta-llama/Llama-3.1-8B", "mistralai/Mistral-7B-v0.1"],
            "base_model_relation": "merge",
            "tags": ["merge"],
        }
        assert "\nBuilt with Llama\n" in told["card"]

    def test_lists_both_texts_in_the_notice(self, told: Any) -> None:
        assert "Apache License 2.0 (apache-2.0)" in told["notice"]
        assert "Llama 3.1 Community License (llama3.1)" in told["notice"]
