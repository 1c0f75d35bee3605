"""Texts that leave out multimodal models in a region, over what the hubs say of a model."""

import json

import pytest

from registry.errors import BadInput
from registry.licensing.profile import Profile
from registry.selectors.answers import answer
from registry.selectors.plans import plan
from registry.selectors.stack_answers import stack_answer
from registry.selectors.told import Asked
from tests.factories.registry import make_claim, make_page, make_version

pytestmark = pytest.mark.django_db

EU = Profile(region="DE")
VISION = "huggingface:meta-llama/Llama-3.2-11B-Vision"


def llama(model_type: str, *tags: str, model_id: str = "org/llama") -> str:
    page = make_page(
        hub="huggingface", hub_model_id=model_id, model_type=model_type, tags=list(tags)
    )
    make_version(page=page)
    make_claim(page=page, declared=["llama3.2"])
    return model_id


def excluded(what: str) -> list[tuple[str, bool]]:
    conflicts = answer(what=what, profile=EU)["listings"][0]["conflicts"]
    return [(f["code"], f["firm"]) for f in conflicts if f["code"] == "TERRITORY_EXCLUDED"]


class TestPages:
    def test_of_a_multimodal_model_grant_nothing_there(self) -> None:
        assert excluded(llama("image-text-to-text", "mllama")) == [("TERRITORY_EXCLUDED", True)]

    def test_of_a_text_model_are_not_reached(self) -> None:
        assert excluded(llama("text-generation", "llama")) == []

    def test_that_do_not_say_leave_it_open(self) -> None:
        what = llama("gguf")

        assert excluded(what) == [("TERRITORY_EXCLUDED", False)]
        assert answer(what=what, profile=EU)["combined"]["use_commercial"]["word"] == "unclear"


def test_an_official_release_nobody_mirrored_is_known() -> None:
    told = stack_answer(files=[llama("text-generation"), VISION], asked=Asked(profile=EU))

    assert told["rights"]["use_commercial"]["word"] == "forbidden"
    assert told["decided_by"]["use_commercial"] == [VISION]


class TestPlans:
    def test_of_text_models_are_not_reached(self) -> None:
        parents = [{"model": llama("text-generation")}, {"license": "mit", "multimodal": False}]
        asked = {"parents": parents, "declared": "llama3.2", "profile": {"region": "DE"}}

        told = plan(json.dumps(asked))

        assert "TERRITORY_EXCLUDED" not in {f["code"] for f in told["conflicts"]}

    def test_with_one_multimodal_parent_are(self) -> None:
        asked = {
            "parents": [{"model": llama("image-text-to-text")}, {"license": "mit"}],
            "profile": {"region": "DE"},
        }

        told = plan(json.dumps(asked))

        assert told["verdict"]["use_commercial"] == "forbidden"

    @pytest.mark.parametrize(
        ("day", "text"),
        [("2024-09-01", "flux-1-dev-nc-1.0"), ("2025-09-01", "flux-1-dev-nc-1.1.1")],
    )
    def test_are_under_the_text_of_the_copy(self, day: str, text: str) -> None:
        flux = {"license": "flux-1-dev-nc-1.1.1", "relation": "adapter"}

        told = [
            plan(json.dumps({"parents": [{**flux, "date": day}]})),
            plan(json.dumps({"parents": [flux], "profile": {"obtained_on": day}})),
        ]

        assert [one["parents"][0]["licenses"] for one in told] == [[text]] * 2
        assert [one["outbound"][0] for one in told] == [text] * 2

    def test_of_a_copy_from_the_future_are_refused(self) -> None:
        with pytest.raises(BadInput, match=r"parents\[0\]\.date: 2999-01-01 lies in the future"):
            plan(json.dumps({"parents": [{"license": "mit", "date": "2999-01-01"}]}))

    def test_of_a_day_nobody_can_read_name_the_key(self) -> None:
        with pytest.raises(BadInput, match=r"^parents\[0\]\.date: .* Write a day like"):
            plan(json.dumps({"parents": [{"license": "mit", "date": "soon"}]}))
