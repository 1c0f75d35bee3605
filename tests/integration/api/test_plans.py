"""``POST /api/v1/licenses/plan/``."""

import json
from typing import Any

import pytest
from django.test import Client
from rest_framework.throttling import AnonRateThrottle

from registry.api.plans import PlanThrottle
from registry.selectors.plans import LARGEST_PLAN, plan

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/licenses/plan/"


def post(client: Client, value: Any, content_type: str = "application/json") -> Any:
    body = value if isinstance(value, str | bytes) else json.dumps(value)
    return client.post(ADDRESS, body, content_type=content_type)


def test_answers_as_the_command_does(client: Client) -> None:
    value = {"parents": ["llama3.1", "apache-2.0"]}

    answer = post(client, value)

    assert answer.status_code == 200
    assert answer.json() == plan(json.dumps(value))
    assert answer["Cache-Control"] == "no-store"
    assert answer["Access-Control-Allow-Methods"] == "POST, OPTIONS"


def test_takes_a_mergekit_configuration(client: Client) -> None:
    answer = post(client, "models: [{model: a/b}]\nmerge_method: linear", "application/yaml")

    assert answer.json()["parents"][0]["id"] == "huggingface:a/b"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "plan: write an object"),
        ("{", "not JSON"),
        ({"parents": [{"license": "nope"}]}, "parents[0].license"),
        ("[" * 100_000, "deep"),
        (b"\xff", "UTF-8"),
        (b" " * (LARGEST_PLAN + 1), "larger than"),
        ({"parents": ["a\x00b"]}, "parents[0]"),
        ({"parents": [{"model": "\ud800"}]}, "half a character"),
        ({"nodes": [{"licence": "mit"}], "title": "\ud800"}, "half a character"),
        ({"parents": [{"digest": "xyz"}]}, "parents[0]"),
    ],
)
def test_tells_what_is_wrong(client: Client, body: Any, said: str) -> None:
    answer = post(client, body)

    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_refuses_other_kinds_of_bodies(client: Client) -> None:
    assert post(client, "a=b", "application/x-www-form-urlencoded").status_code == 415


def test_answers_posts_only(client: Client) -> None:
    assert client.get(ADDRESS).status_code == 405


def test_is_throttled(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PlanThrottle, "allow_request", lambda *_: False)
    monkeypatch.setattr(PlanThrottle, "wait", lambda *_: 1.0)

    answer = post(client, {"parents": ["mit"]})

    assert (answer.status_code, answer["Retry-After"]) == (429, "1")
    assert issubclass(PlanThrottle, AnonRateThrottle)


@pytest.mark.parametrize("title", ["a\x00b", "x" * 100_000, {"a": 1}, ["\u202e"], "", 5])
def test_answers_whatever_a_scenario_is_called(client: Client, title: Any) -> None:
    answer = post(client, {"title": title, "nodes": [{"licence": "mit", "model": "x" * 9999}]})

    assert answer.status_code == 200
    assert len(answer.content) < 50_000
