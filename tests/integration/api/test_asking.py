"""Who asks, and files that are used together, over HTTP."""

import json
import logging
from typing import Any

import pytest
from django.test import Client

from registry.licensing.profile import Profile
from registry.licensing.vocabulary import Metric
from registry.models import AuditEvent, HubModel
from registry.selectors.answers import answer
from registry.selectors.stack_answers import stack_answer
from registry.selectors.told import Asked
from tests.factories.registry import make_claim, make_page, make_version

pytestmark = pytest.mark.django_db

LLAMA = "meta-llama/Llama-3.1-8B"
ADDRESSES = ("rights/?what=" + LLAMA, f"rights/huggingface/{LLAMA}/")


@pytest.fixture(autouse=True)
def mirrored() -> None:
    for model_id, license_id in ((LLAMA, "llama3.1"), ("org/bound", "cc-by-nc-4.0")):
        page = make_page(hub="huggingface", hub_model_id=model_id)
        make_version(page=page)
        make_claim(page=page, declared=[license_id])


def get(client: Client, address: str, **query: Any) -> Any:
    return client.get(f"/api/v1/{address}", query)


def post(client: Client, body: Any) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post("/api/v1/rights/", text, content_type="application/json")


class TestProfile:
    def test_is_taken_from_the_query(self, client: Client) -> None:
        told = get(client, "rights/", what=LLAMA, mau="700000001").json()

        assert told == answer(what=LLAMA, profile=Profile(figures={Metric.MAU: 700_000_001}))
        assert told["combined"]["use_commercial"]["word"] == "forbidden"

    def test_is_taken_from_the_query_about_a_page(self, client: Client) -> None:
        told = get(client, f"rights/huggingface/{LLAMA}/", mau="700000001").json()

        assert told["combined"]["use_commercial"]["word"] == "forbidden"

    def test_is_taken_from_a_body(self, client: Client) -> None:
        told = post(client, {"what": LLAMA, "profile": {"mau": 700_000_001}}).json()

        assert told == get(client, "rights/", what=LLAMA, mau="700000001").json()

    @pytest.mark.parametrize(
        ("query", "named"),
        [
            ({"annual_revenue_usd": "-1"}, "annual_revenue_usd: a figure cannot be negative"),
            ({"annual_revenue": "5"}, "annual_revenue': say it with its unit"),
            ({"mau": "1e9"}, "mau: a whole number"),
            ({"region": "Atlantis"}, "region: 'Atlantis' is no country"),
            ({"obtained_on": "2999-01-01"}, "obtained_on: 2999-01-01 lies in the future"),
            ({"obtained_on": "soon"}, "obtained_on: 'soon'"),
            ({"obtained_from": "org/other"}, "obtained_from: 'org/other' is none"),
            ({"purpose": "fun"}, "purpose: 'fun'"),
            ({"academic": "perhaps"}, "academic: true or false"),
            ({"regoin": "DE"}, "'regoin'; known: academic"),
        ],
    )
    def test_names_a_mistake(self, client: Client, query: dict[str, str], named: str) -> None:
        responses = [
            get(client, "rights/", what=LLAMA, **query),
            get(client, f"rights/huggingface/{LLAMA}/", **query),
            post(client, {"what": LLAMA, "profile": query}),
        ]

        assert [response.status_code for response in responses] == [400] * 3
        for response in responses:
            assert named in response.json()["detail"]

    def test_is_kept_by_no_cache_and_no_log(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            responses = [
                get(client, "rights/", what=LLAMA, annual_revenue_usd="712345678"),
                post(client, {"what": LLAMA, "profile": {"annual_revenue_usd": 712345678}}),
                get(client, "rights/", what=LLAMA, annual_revenue_usd="-712345678"),
            ]

        for response in responses:
            assert "no-store" in response["Cache-Control"]
            assert b"712345678" not in response.content
        assert "712345678" not in caplog.text
        assert AuditEvent.objects.count() == 0

    def test_that_is_not_given_leaves_answers_to_be_kept(self, client: Client) -> None:
        assert "max-age=60" in get(client, "rights/", what=LLAMA)["Cache-Control"]


class TestStacks:
    def test_are_asked_about_by_several_whats(self, client: Client) -> None:
        told = get(client, "rights/", what=[LLAMA, "org/bound"]).json()

        assert told == stack_answer(files=[LLAMA, "org/bound"], asked=Asked())
        assert told["rights"]["outputs_commercial"]["word"] in {"unclear", "forbidden"}

    def test_are_asked_about_by_a_body(self, client: Client) -> None:
        body = {"what": [LLAMA, "org/bound"], "use": "host_paid", "as_of": "2026-06-01"}

        told = post(client, body).json()

        assert list(told["rights"]) == ["host_paid"]
        assert told["as_of"].startswith("2026-06-01")

    def test_of_the_same_file_twice_are_one_file(self, client: Client) -> None:
        assert get(client, "rights/", what=[LLAMA, LLAMA]).json() == answer(what=LLAMA)

    @pytest.mark.parametrize("count", [21, 500])
    def test_have_a_limit(self, client: Client, count: int) -> None:
        files = [f"org/{n}" for n in range(count)]

        responses = [get(client, "rights/", what=files), post(client, {"what": files})]

        for response in responses:
            assert response.status_code == 400
            assert response.json()["detail"].startswith("what: ")


class TestBodies:
    @pytest.mark.parametrize(
        ("body", "named"),
        [
            ("", "Input data was truncated"),
            ("[]", "Expected `object`"),
            ("{}", "what"),
            ({"what": []}, "what"),
            ({"what": 5}, "what"),
            ({"what": LLAMA, "use": "fly"}, "use"),
            ({"what": LLAMA, "as_of": "2999-01-01"}, "as_of"),
            ({"what": LLAMA, "profile": []}, "profile"),
            ({"what": LLAMA, "profile": {"mau": [[[]]]}}, "profile.mau"),
            ({"what": LLAMA, "hat": 1}, "hat"),
            ('{"what": "x", "profile": {"mau": ' + "[" * 50_000, "nested"),
            (b"\xff\xfe", "UTF-8"),
            (b" " * 10_000_000, "larger than 100,000 bytes"),
        ],
    )
    def test_name_what_is_wrong(self, client: Client, body: Any, named: str) -> None:
        pages = HubModel.objects.count()

        response = post(client, body)

        assert response.status_code == 400
        assert named in response.json()["detail"]
        assert HubModel.objects.count() == pages

    def test_of_another_kind_are_refused(self, client: Client) -> None:
        response = client.post("/api/v1/rights/", {"what": LLAMA})

        assert response.status_code == 415

    def test_may_be_posted_from_any_page(self, client: Client) -> None:
        response = post(client, {"what": LLAMA})

        assert response["Access-Control-Allow-Origin"] == "*"
        assert "POST" in response["Access-Control-Allow-Methods"]
        assert "Content-Type" in response["Access-Control-Allow-Headers"]
