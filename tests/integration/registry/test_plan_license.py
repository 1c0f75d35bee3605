"""``manage.py plan_license``: what it reads, prints, and how it ends."""

import json
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from registry.errors import BadInput, NotFound
from registry.lineage.cards import declared_license, read_card
from registry.selectors.plans import LARGEST_PLAN, plan
from tests.factories.registry import (
    make_artifact,
    make_claim,
    make_edge,
    make_file,
    make_page,
    make_version,
    sha256_of,
)

pytestmark = pytest.mark.django_db

SCENARIOS = json.loads(
    (Path(__file__).parents[2] / "unit/registry/licensing/license_scenarios.json").read_text()
)["scenarios"]
LLAMA = "meta-llama/Llama-3.1-8B"
FLUX = "black-forest-labs/FLUX.1-dev"
SHA = "c" * 64


def plan_license(*arguments: str) -> str:
    out = StringIO()
    call_command("plan_license", *arguments, stdout=out, stderr=StringIO(), no_color=True)
    return out.getvalue()


def planned(value: Any) -> Any:
    return plan(value if isinstance(value, str) else json.dumps(value))


@pytest.fixture
def saved(tmp_path: Path) -> Any:
    def save(value: Any) -> str:
        path = tmp_path / "plan.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return str(path)

    return save


class TestText:
    def test_says_what_to_declare_and_what_to_do(self, saved: Any) -> None:
        text = plan_license(saved({"name": "mix", "parents": ["llama3.1", "apache-2.0"]}))

        assert "Llama-mix" in text
        assert "  llama3.1 (Llama 3.1 Community License" in text
        assert "[ ] Display prominently: Built with Llama" in text
        assert "--- README.md ---" in text
        assert "\x1b" not in text

    def test_cannot_be_spoofed_by_a_name(self, saved: Any) -> None:
        text = plan_license(saved({"name": "A\x1b[31m\u202e", "parents": ["mit"]}))

        assert "\x1b" not in text
        assert "\u202e" not in text

    def test_says_why_nothing_may_be_declared(self, saved: Any) -> None:
        text = plan_license(saved({"parents": [{"license": "unknown"}, "mit"]}))

        assert "handed on at all is unclear" in text
        assert "README.md" not in text


class TestJson:
    def test_is_the_plan_itself(self, saved: Any) -> None:
        value = {"parents": ["mit", "openrail++"]}

        assert json.loads(plan_license(saved(value), "--json")) == planned(value)

    def test_has_the_documented_keys(self) -> None:
        told = planned({"parents": ["llama3.1"]})

        assert len(told["verdict"]) == 12
        assert told["verdict"].keys() == told["intervals"].keys()
        assert all(len(pair) == 2 for pair in told["intervals"].values())
        assert {"duty", "value", "trigger", "from"} == set(told["duties"][0])
        for key in ("territory_excluded", "use_restrictions", "conflicts", "drift", "outbound"):
            assert isinstance(told[key], list)

    def test_reads_standard_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        given = TextIOWrapper(BytesIO(b'{"parents": ["mit"]}'))
        monkeypatch.setattr("sys.stdin", given)

        assert json.loads(plan_license("-", "--json"))["chosen"] == ["mit"]


class TestParents:
    def test_that_are_mirrored_bring_their_whole_lineage(self) -> None:
        base = make_page(hub="huggingface", hub_model_id=FLUX)
        make_version(page=base)
        child = make_version(page=make_page(hub="huggingface", hub_model_id="org/lora"))
        make_claim(page=child.hub_model, declared=["mit"])
        make_edge(child=child, parent=base)

        told = planned({"parents": [{"model": "org/lora"}]})

        assert told["verdict"]["use_commercial"] == "forbidden"
        assert told["parents"][0]["id"] == "huggingface:org/lora"
        assert not told["outbound"] or "mit" not in told["outbound"]

    def test_by_digest_are_the_page_that_lists_them(self) -> None:
        version = make_version(page=make_page(hub="huggingface", hub_model_id="org/base"))
        make_claim(page=version.hub_model, declared=["apache-2.0"])
        make_edge(child=version, parent_ref="sha256:" + "d" * 64)
        make_file(version=version, artifact=make_artifact(sha256=SHA))

        told = planned({"parents": [{"digest": SHA}]})

        assert told["parents"][0]["licenses"] == ["apache-2.0"]
        assert told["parents"][0]["id"] == f"sha256:{SHA}"

    def test_that_are_official_releases_need_no_mirror(self) -> None:
        told = planned(
            f"models: [{{model: {LLAMA}}}, {{model: mistralai/Mistral-7B-v0.1}}]\n"
            "merge_method: linear"
        )

        card = read_card(told["card"])
        assert told["chosen"] == ["llama3.1"]
        assert card.metadata["base_model"] == [LLAMA, "mistralai/Mistral-7B-v0.1"]
        assert declared_license(card.metadata).declared == ("llama3.1",)

    def test_that_nobody_knows_are_never_allowed(self) -> None:
        told = planned({"parents": [{"model": "nobody/knows"}, "mit"]})

        assert told["verdict"]["use_commercial"] == "unclear"
        assert told["outbound"] == []

    def test_of_an_a1111_merge_are_found_by_their_hashes(self) -> None:
        version = make_version(page=make_page(hub_model_id="7", name="Mix"))
        make_claim(page=version.hub_model, flags={"allowCommercialUse": ["Image"]})
        make_file(version=version, artifact=make_artifact(sha256=SHA))
        recipe = {
            "primary_model_hash": SHA,
            "secondary_model_hash": sha256_of(1),
            "interp_method": "Weighted sum",
            "multiplier": 0.5,
            "type": "webui",
        }

        told = planned({"sd_merge_recipe": json.dumps(recipe)})

        assert [row["weight"] for row in told["parents"]] == [0.5, 0.5]
        assert told["verdict"]["sell_weights"] in {"unclear", "forbidden"}

    def test_named_like_several_pages_are_asked_about(self) -> None:
        make_page(hub_model_id="1", name="Grapefruit")

        with pytest.raises(BadInput, match=r"parents\[0\]: .*civitai:1"):
            planned({"parents": [{"model": "grapefruit"}]})

    def test_of_a_withheld_page_do_not_show_it(self) -> None:
        version = make_version(page=make_page(hub_model_id="9", name="Secret"))
        make_claim(page=version.hub_model, declared=["mit"])
        call_command("suppress", "civitai:9", reason="asked", by="test", stdout=StringIO())

        told = planned({"parents": [{"model": "civitai:9"}]})

        assert "Secret" not in json.dumps(told)

    def test_by_what_is_no_digest_are_refused_whatever_is_stated_of_them(self) -> None:
        with pytest.raises(BadInput, match=r"parents\[0\]: 'zz' is not a digest"):
            planned({"parents": [{"license": "mit", "digest": "zz"}]})

    def test_by_digest_name_no_withheld_page(self) -> None:
        artifact = make_artifact(sha256=SHA)
        for name in ("a/secret", "b/shown"):
            version = make_version(page=make_page(hub="huggingface", hub_model_id=name))
            make_claim(page=version.hub_model, declared=["mit"])
            make_edge(child=version, parent_ref="huggingface:mistralai/Mistral-7B-v0.1")
            make_file(version=version, artifact=artifact)
        call_command("suppress", "a/secret", reason="asked", by="test", stdout=StringIO())

        told = planned({"parents": [{"digest": SHA}]})

        assert "base_model: b/shown" in told["card"]
        assert "secret" not in json.dumps(told)

    def test_stated_under_other_terms_than_an_official_release_are_noted(self) -> None:
        other = planned({"parents": [{"license": "mit", "model": FLUX}]})
        same = planned({"parents": [{"license": "flux-1-dev-nc-1.1.1", "model": FLUX}]})

        assert "is known here under flux-1-dev-nc-1.1.1" in str(other["notes"])
        assert other["verdict"]["use_commercial"] == "allowed"
        assert same["notes"] == []

    def test_that_were_erased_are_said_to_be(self) -> None:
        call_command(
            "erase", "a/b", reason="asked", by="test", stdout=StringIO(), stderr=StringIO()
        )

        told = planned({"parents": [{"model": "A/b"}]})

        assert told["verdict"]["use_private"] == "unclear"
        assert "removed from this registry on request" in str(told["notes"])

    def test_take_a_fixed_number_of_queries(self, django_assert_max_num_queries: Any) -> None:
        for number in range(5):
            make_claim(
                page=make_version(
                    page=make_page(hub="huggingface", hub_model_id=f"org/m{number}")
                ).hub_model,
                declared=["mit"],
            )

        with django_assert_max_num_queries(40):
            planned({"parents": [{"model": f"org/m{number}"} for number in range(5)]})


class TestMistakes:
    def test_of_a_missing_file(self) -> None:
        with pytest.raises(NotFound, match="no-such-file"):
            plan_license("no-such-file.json")

    @pytest.mark.parametrize(
        "value",
        [
            {"parents": ["mit"], "profile": {"obtained_on": "2999-01-01"}},
            {"nodes": [{"licence": "mit", "date": "2999-01-01"}]},
        ],
    )
    def test_of_a_day_to_come(self, value: Any) -> None:
        with pytest.raises(BadInput, match="2999-01-01 lies in the future"):
            planned(value)

    def test_of_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="cannot be read"):
            plan_license(str(tmp_path))

    def test_of_a_file_that_is_too_large(self, tmp_path: Path) -> None:
        path = tmp_path / "big.json"
        path.write_bytes(b" " * (LARGEST_PLAN + 1))

        with pytest.raises(BadInput, match="larger than"):
            plan_license(str(path))

    def test_of_bytes_that_are_no_text(self, tmp_path: Path) -> None:
        path = tmp_path / "model.safetensors"
        path.write_bytes(b"\xff\xfe\x00")

        with pytest.raises(BadInput, match="UTF-8"):
            plan_license(str(path))


def missing(scenario: dict[str, Any], told: Any) -> list[object]:
    """Return what a scenario expects and a plan does not say."""
    expected = scenario["expect"]
    owed = {duty["duty"] for duty in told["duties"]}
    owed |= {f"{duty['duty']}:{duty['value']}" for duty in told["duties"]}
    lowest = {
        metric: min(cap["value"] for cap in told["caps"] if cap["metric"] == metric)
        for metric in {cap["metric"] for cap in told["caps"]}
    }
    wrong: list[object] = [
        (key, told["verdict"][key])
        for key, word in expected.get("verdict", {}).items()
        if told["verdict"][key] != word
    ]
    wrong += [duty for duty in expected.get("duties", ()) if duty not in owed]
    wrong += [
        (metric, lowest.get(metric))
        for metric, value in expected.get("caps", {}).items()
        if lowest.get(metric) != value
    ]
    for key in ("conflicts", "drift"):
        found = {row["code"] for row in told[key]}
        wrong += [code for code in expected.get(key, ()) if code not in found]
        wrong += [code for code in expected.get(f"no_{key}", ()) if code in found]
    return wrong


class TestScenarios:
    @pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["id"])
    def test_are_answered_as_known(self, scenario: dict[str, Any], saved: Any) -> None:
        told = json.loads(plan_license(saved(scenario), "--json"))

        assert missing(scenario, told) == []

    @pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["id"])
    def test_offer_nothing_that_drifts(self, scenario: dict[str, Any]) -> None:
        for license_id in planned(scenario)["outbound"][:5]:
            assert planned({**scenario, "declared": license_id})["drift"] == []
