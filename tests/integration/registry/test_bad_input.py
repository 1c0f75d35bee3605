"""Bad input of every kind, by command and over HTTP: the field is named, and nothing is stored."""

import json
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client

from registry.errors import BadInput
from registry.licensing import catalog
from registry.licensing.catalog import BrokenRecord, read_catalog
from registry.lineage.relations import Relation
from registry.selectors.answers import answer
from tests.factories.registry import make_claim, make_edge, make_page, make_version

pytestmark = pytest.mark.django_db

CIRCLE = """\
name: a
merge_method: linear
models: [{model: b}]
---
name: b
merge_method: linear
models: [{model: a}]
"""
BOMB = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(8)
)
PLANS = {
    "a licence id nobody knows": ({"parents": [{"license": "no-such"}]}, "parents[0].license: "),
    "a declared one": ({"parents": ["mit"], "declared": "no-such"}, "declared: "),
    "one in a scenario": ({"nodes": [{"licence": "no-such"}]}, "nodes[0].licence: "),
    "a scenario with a missing key": ({"nodes": [{"edge": "merge"}]}, "nodes[0].licence: "),
    "a scenario without parents": ({"nodes": []}, "nodes: "),
    "a circle": (CIRCLE, "mergekit: its documents are made from one another"),
    "a YAML bomb": (BOMB, "YAML of more than"),
    "a figure without a unit": (
        {"parents": ["mit"], "profile": {"annual_revenue": 5}},
        "profile: unknown key 'annual_revenue': say it with its unit: ",
    ),
    "one in a scenario's context": (
        {"nodes": [{"licence": "mit"}], "context": {"revenue": 5}},
        "context: unknown key 'revenue': say it with its unit: ",
    ),
    "a negative revenue": (
        {"parents": ["mit"], "profile": {"annual_revenue_usd": -1}},
        "profile.annual_revenue_usd: ",
    ),
    "one in a context": (
        {"nodes": [{"licence": "mit"}], "context": {"annual_revenue_usd": -1}},
        "context.annual_revenue_usd: ",
    ),
    "a copy from the future": (
        {"parents": ["mit"], "profile": {"obtained_on": "2999-01-01"}},
        "obtained_on: ",
    ),
    "a parent from the future": ({"nodes": [{"licence": "mit", "date": "2999-01-01"}]}, "nodes: "),
    "ten megabytes": (" " * 10_000_000, "larger than"),
}


@pytest.fixture(autouse=True)
def nothing_is_stored() -> Iterator[None]:
    """Compare the number of rows of every table before and after."""
    before = rows()
    yield
    assert rows() == before


def rows() -> dict[str, int]:
    models = (m for app in ("registry", "hub_sync", "scanners") for m in models_of(app))
    return {model._meta.label: model._default_manager.count() for model in models}


def models_of(app: str) -> list[Any]:
    return list(apps.get_app_config(app).get_models())


def text_of(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)


class TestPlans:
    @pytest.mark.parametrize(("body", "named"), PLANS.values(), ids=PLANS)
    def test_by_command(self, body: Any, named: str, tmp_path: Path) -> None:
        path = tmp_path / "plan.json"
        path.write_text(text_of(body))

        with pytest.raises(BadInput) as error:
            call_command("plan_license", str(path), stdout=StringIO())

        assert named in str(error.value)

    @pytest.mark.parametrize(("body", "named"), PLANS.values(), ids=PLANS)
    def test_over_http(self, body: Any, named: str, client: Client) -> None:
        kind = "application/yaml" if isinstance(body, str) else "application/json"

        response = client.post("/api/v1/licenses/plan/", text_of(body), content_type=kind)

        assert response.status_code == 400
        assert named in response.json()["detail"]


class TestQuestions:
    @pytest.mark.parametrize(
        ("name", "value", "named"),
        [
            ("as_of", "2999-01-01", "as_of"),
            ("as_of", "yesterday", "as_of"),
            ("use", "fly", "use"),
        ],
    )
    def test_by_command_and_over_http(
        self, name: str, value: str, named: str, client: Client
    ) -> None:
        response = client.get("/api/v1/rights/", {"what": "civitai:1", name: value})

        assert response.status_code == 400
        assert named in response.json()["detail"]
        with pytest.raises(BadInput, match=named.replace("_", ".")):
            call_command("check_rights", "civitai:1", f"--{name.replace('_', '-')}={value}")

    def test_of_ten_megabytes(self, client: Client) -> None:
        response = client.get("/api/v1/rights/", {"what": "x" * 10_000_000})

        assert response.status_code == 400
        with pytest.raises(BadInput, match="too long"):
            call_command("check_rights", "x" * 10_000_000)


def test_a_record_with_a_limit_without_a_metric_is_refused(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    for name in ("sources.toml", "use_sets.toml", "records/llama3.2.toml"):
        shutil.copy(catalog.FOLDER / name, tmp_path / name)
    record = tmp_path / "records/llama3.2.toml"
    record.write_text(record.read_text().replace('metric = "mau"\n', ""))

    with pytest.raises(BrokenRecord, match=r"llama3\.2.*thresholds\[0\].*metric"):
        read_catalog(tmp_path)


class TestCircles:
    """A lineage that runs in circles is data, not input: it is answered, and never as certain."""

    @pytest.fixture(autouse=True)
    def nothing_is_stored(self) -> None:
        """Pages are made here."""

    def test_are_answered(self) -> None:
        pages = [make_page(hub="huggingface", hub_model_id=f"org/{n}") for n in "ab"]
        for child, parent in (pages, pages[::-1]):
            make_claim(page=child, declared=["mit"])
            make_edge(child=make_version(page=child), parent=parent, relation=Relation.MERGE)

        told = answer(what="org/a")

        assert told["lineage_coverage"] == "none"
        assert told["combined"]["use_commercial"]["word"] == "unclear"
        assert "UNKNOWN_PARENT" in {f["code"] for f in told["listings"][0]["conflicts"]}
