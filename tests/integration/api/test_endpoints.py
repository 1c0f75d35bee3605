"""The JSON interface: what it answers, and how it says no."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from hub_sync.models import QuarantinedItem
from registry.models import Intervention, InterventionKind
from registry.selectors.answers import answer
from registry.snapshots import PageState
from tests.factories.registry import (
    NOW,
    make_artifact,
    make_claim,
    make_edge,
    make_file,
    make_page,
    make_version,
)

pytestmark = pytest.mark.django_db

SHA256 = "0123456789abcdef" * 4


@pytest.fixture
def listed() -> None:
    """A Civitai page and a repository that list the same bytes."""
    artifact = make_artifact(sha256=SHA256, digests={"autov1": "de2f2560"})
    for hub, model_id in (("civitai", "85283"), ("huggingface", "Org/Model")):
        page = make_page(hub=hub, hub_model_id=model_id, name=f"Vividus on {hub}")
        version = make_version(page=page, hub_version_id="a" * 40 if "/" in model_id else "90648")
        make_claim(page=page, declared=["mit"])
        make_file(version=version, artifact=artifact)


def get(client: Client, address: str, **query: str) -> Any:
    return client.get(f"/api/v1/{address}", query)


@pytest.mark.usefixtures("listed")
class TestRights:
    @pytest.mark.parametrize(
        ("address", "query", "what"),
        [
            ("rights/", {"what": "civitai:85283"}, "civitai:85283"),
            ("rights/", {"what": SHA256}, SHA256),
            (f"rights/digest/{SHA256}/", {}, SHA256),
            ("rights/civitai/85283/", {}, "civitai:85283"),
            ("rights/huggingface/Org/Model/", {}, "huggingface:Org/Model"),
            ("rights/huggingface/Org%2FModel/", {}, "huggingface:Org/Model"),
        ],
    )
    def test_are_the_answer_itself(
        self, client: Client, address: str, query: dict[str, str], what: str
    ) -> None:
        response = get(client, address, **query)

        assert response.status_code == 200
        assert response.json() == answer(what=what)

    def test_of_one_use(self, client: Client) -> None:
        response = get(client, "rights/civitai/85283/", use="host_paid")

        assert list(response.json()["combined"]) == ["host_paid"]

    def test_of_a_weak_digest_are_candidates(self, client: Client) -> None:
        assert get(client, "rights/digest/DE2F2560/").json()["exact"] is False

    @pytest.mark.parametrize(
        ("digest", "matched_by"),
        [
            (f"tensors:{'AB' * 32}", "tensors1"),
            (f"canonical-f16:{'cd' * 32}", "canonical1-f16"),
            ("CD" * 32, "canonical1-f16"),
            ("85114A0D", "crc32"),
            ("0D4A1185", "crc32"),
        ],
    )
    def test_of_tensors_and_of_either_byte_order_find_the_file(
        self, client: Client, digest: str, matched_by: str
    ) -> None:
        make_file(
            artifact=make_artifact(
                digests={
                    "tensors1": "ab" * 32,
                    "canonical1-f16": "cd" * 32,
                    "crc32": "85114a0d",
                }
            )
        )

        told = get(client, f"rights/digest/{digest}/").json()

        assert (told["matched_by"], told["exact"]) == (matched_by, False)
        assert len(told["candidates"]) == 1

    @pytest.mark.parametrize(
        ("address", "query", "status", "code"),
        [
            ("rights/", {}, 400, "BadInput"),
            ("rights/", {"what": ""}, 400, "BadInput"),
            ("rights/", {"what": "x" * 5000}, 400, "UnreadableQuestion"),
            ("rights/", {"what": "a\x00b"}, 400, "UnreadableParameter"),
            ("rights/", {"what": "civitai:abc"}, 400, "UnreadableQuestion"),
            ("rights/", {"what": "civitai:1"}, 404, "UnknownSubject"),
            ("rights/", {"what": SHA256, "use": "sell"}, 400, "BadInput"),
            ("rights/digest/nonsense/", {}, 400, "UnreadableDigest"),
            (f"rights/digest/{'f' * 64}/", {}, 404, "UnknownSubject"),
            ("rights/digest/deadbeef00/", {}, 404, "UnknownSubject"),
            ("rights/digest/%00/", {}, 400, "UnreadableParameter"),
            ("rights/civitai/1/", {}, 404, "UnknownSubject"),
            ("rights/elsewhere/1/", {}, 404, "UnknownAddress"),
            ("rights/huggingface/a/b/c/", {}, 404, "UnknownAddress"),
            ("models/civitai/%00/", {}, 400, "UnreadableParameter"),
            ("models/civitai/%FF%FE/", {}, 404, "UnknownSubject"),
            ("versions/civitai/85283/1/", {}, 404, "UnknownSubject"),
            ("licenses/nonsense/", {}, 404, "UnknownLicense"),
            ("search/", {}, 400, "BadInput"),
            ("search/", {"q": " "}, 400, "BadInput"),
            ("search/", {"q": "x", "limit": "0"}, 400, "BadInput"),
            ("search/", {"q": "x", "limit": "many"}, 400, "BadInput"),
            ("search/", {"q": "x", "cursor": "forged"}, 400, "UnreadableCursor"),
            ("search/", {"q": "x", "hub": "elsewhere"}, 400, "BadInput"),
            ("nothing/", {}, 404, "UnknownAddress"),
            ("", {}, 404, "UnknownAddress"),
        ],
    )
    def test_errors_have_a_code_and_a_sentence(
        self, client: Client, address: str, query: dict[str, str], status: int, code: str
    ) -> None:
        response = get(client, address, **query)

        assert response.status_code == status
        assert set(response.json()) == {"code", "detail"}
        assert response.json()["code"] == code
        assert response.json()["detail"]

    def test_are_json_where_the_framework_cannot_read_the_request(self, client: Client) -> None:
        crowded = client.get(f"/api/v1/rights/?{'what=a&' * 2000}")
        elsewhere = client.get("/api/v1/health/", headers={"host": "elsewhere.example"})

        for response in (crowded, elsewhere):
            assert (response.status_code, response.json()["code"]) == (400, "BadRequest")

    @pytest.mark.parametrize("address", ["rights/", "licenses/plan/", "artifacts/by-hash/"])
    def test_name_a_body_that_comes_in_chunks(self, client: Client, address: str) -> None:
        response = client.post(
            f"/api/v1/{address}",
            content_type="application/json",
            headers={"transfer-encoding": "chunked"},
            CONTENT_LENGTH="",
        )

        assert (response.status_code, response.json()["code"]) == (400, "LengthNotSaid")

    def test_of_our_own_are_json_and_say_no_more(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(**_: object) -> None:
            raise RuntimeError("a secret")

        client.raise_request_exception = False
        monkeypatch.setattr("registry.api.views.answer", fail)

        response = get(client, "rights/", what=SHA256)

        assert (response.status_code, response.json()["code"]) == (500, "OwnFault")
        assert "a secret" not in response.content.decode()

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_are_read_only(self, client: Client, method: str) -> None:
        response = getattr(client, method)("/api/v1/rights/")

        assert (response.status_code, response.json()["code"]) == (405, "MethodNotAllowed")

    def test_without_a_database_are_unavailable(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(**_: object) -> None:
            raise OperationalError("gone")

        monkeypatch.setattr("registry.api.views.answer", broken)

        response = get(client, "rights/", what=SHA256)

        assert (response.status_code, response.json()["code"]) == (503, "NoDatabase")


@pytest.mark.usefixtures("listed")
class TestHeaders:
    def test_let_any_web_page_read(self, client: Client) -> None:
        for address in ("rights/civitai/85283/", "rights/civitai/1/", "nothing/"):
            assert get(client, address)["Access-Control-Allow-Origin"] == "*"

    def test_let_an_answer_be_kept_for_a_minute(self, client: Client) -> None:
        assert get(client, "rights/civitai/85283/")["Cache-Control"] == "public, max-age=60"

    def test_let_no_error_be_kept(self, client: Client) -> None:
        assert "no-store" in get(client, "rights/civitai/1/")["Cache-Control"]

    def test_answer_304_to_what_is_known(self, client: Client) -> None:
        first = get(client, "rights/civitai/85283/")

        second = client.get(
            "/api/v1/rights/civitai/85283/", headers={"If-None-Match": first["ETag"]}
        )

        assert (second.status_code, second.content) == (304, b"")

    def test_say_when_to_come_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rates = {"anon": "1/minute"}
        monkeypatch.setattr("rest_framework.throttling.AnonRateThrottle.THROTTLE_RATES", rates)
        stranger = Client(REMOTE_ADDR="10.9.8.7")
        get(stranger, "search/", q="x")

        response = get(stranger, "search/", q="x")

        assert (response.status_code, response.json()["code"]) == (429, "Throttled")
        assert int(response["Retry-After"]) > 0


@pytest.mark.usefixtures("listed")
class TestModels:
    def test_show_a_page_with_its_history(self, client: Client) -> None:
        told = get(client, "models/civitai/85283/").json()

        assert (told["name"], told["state"]) == ("Vividus on civitai", "listed")
        assert [claim["license"] for claim in told["claims"]] == ["mit"]
        assert [version["version_id"] for version in told["versions"]] == ["90648"]
        assert [state["state"] for state in told["states"]] == ["listed"]

    def test_follow_a_rename(self, client: Client) -> None:
        make_page(
            hub="huggingface", hub_model_id="o/old", state=PageState.RENAMED, moved_to="Org/Model"
        )

        told = get(client, "models/huggingface/o/old/").json()

        assert (told["model_id"], told["moved_from"]) == ("Org/Model", "o/old")

    @pytest.mark.parametrize(
        "address",
        [f"versions/huggingface/Org/Model/{'a' * 40}/", "versions/civitai/85283/90648/"],
    )
    def test_show_a_version_with_its_files(self, client: Client, address: str) -> None:
        told = get(client, address).json()

        assert [file["sha256"] for file in told["files"]] == [SHA256]
        assert told["files"][0]["digests"] == {"autov1": ["de2f2560"]}

    def test_show_a_card(self, client: Client) -> None:
        told = get(client, "cards/huggingface/Org/Model/").json()

        assert (told["format"], [claim["license"] for claim in told["claims"]]) == ("html", ["mit"])

    def test_show_the_lineage_alone(self, client: Client) -> None:
        child = make_version(page=make_page(hub_model_id="5"))
        make_edge(child=child, parent_ref="civitai:6424")

        told = get(client, "lineage/civitai/5/").json()

        assert [edge["parent"] for edge in told["listings"][0]["lineage"]] == ["civitai:6424"]

    @pytest.mark.parametrize("address", ["models", "cards"])
    def test_do_not_show_what_is_withheld(self, client: Client, address: str) -> None:
        Intervention.objects.create(
            kind=InterventionKind.SUPPRESS, subject="civitai:85283", made_by="op", made_at=NOW
        )

        response = get(client, f"{address}/civitai/85283/")

        assert (response.status_code, response.json()["code"]) == (404, "WithheldPage")
        assert "Vividus" not in response.content.decode()


@pytest.mark.usefixtures("listed")
class TestSearch:
    def test_finds_pages_and_says_how_to_ask(self, client: Client) -> None:
        told = get(client, "search/", q="vividus", limit="1").json()

        assert len(told["results"]) == 1
        assert told["next_cursor"]
        more = get(client, "search/", q="vividus", limit="1", cursor=told["next_cursor"]).json()
        asked = {told["results"][0]["ask"], more["results"][0]["ask"]}
        assert asked == {"civitai:85283", "huggingface:Org/Model"}

    def test_of_one_hub(self, client: Client) -> None:
        told = get(client, "search/", q="vividus", hub="huggingface").json()

        assert [row["hub"] for row in told["results"]] == ["huggingface"]

    def test_leaves_out_flagged_pages(self, client: Client) -> None:
        make_page(name="vividus person", depicts_person=True)

        told = get(client, "search/", q="vividus person").json()

        assert [row for row in told["results"] if "person" in row["name"]] == []


class TestCatalogue:
    def test_lists_every_licence(self, client: Client) -> None:
        listed = get(client, "licenses/").json()["licenses"]

        assert len(listed) == 185
        assert listed[0]["permissions"].keys() == listed[-1]["permissions"].keys()

    @pytest.mark.parametrize("license_id", ["apache-2.0", "openrail++", "flux-1-dev-nc-1.1.1"])
    def test_shows_one(self, client: Client, license_id: str) -> None:
        assert get(client, f"licenses/{license_id}/").json()["id"] == license_id


class TestOperations:
    def test_health_asks_nothing_of_the_database(
        self, client: Client, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(0):
            assert get(client, "health/").json() == {"status": "ok"}

    def test_ready_when_everything_is_migrated(self, client: Client) -> None:
        response = get(client, "ready/")

        assert response.status_code == 200
        assert response.json() == {"ready": True, "database": "ok", "migrations": "applied"}

    def test_not_ready_while_a_migration_is_missing(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "registry.selectors.health._migrations", lambda: frozenset({("registry", "9999_later")})
        )

        response = get(client, "ready/")

        assert (response.status_code, response.json()["migrations"]) == (503, "missing")

    def test_counts_what_could_not_be_read(self, client: Client) -> None:
        QuarantinedItem.objects.create(
            hub="civitai", external_id="1", reason="odd", first_seen_at=NOW, changed_at=NOW
        )

        assert get(client, "quarantine/").json() == {"count": 1, "by_hub": {"civitai": 1}}


@pytest.mark.usefixtures("listed")
class TestPastDays:
    ADDRESSES = [
        f"rights/?what={SHA256}",
        f"rights/digest/{SHA256}/",
        "rights/civitai/85283/",
        "lineage/civitai/85283/",
    ]

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_are_answered(self, client: Client, address: str) -> None:
        joint = "&" if "?" in address else "?"

        told = client.get(f"/api/v1/{address}{joint}as_of=2026-01-01").json()

        assert told["as_of"] == "2026-01-01T23:59:59.999999Z"
        assert told["notices"][0]["code"] == "as_of"

    @pytest.mark.parametrize("address", ADDRESSES)
    @pytest.mark.parametrize(
        ("day", "status", "code"),
        [
            ("2999-01-01", 400, "FutureDate"),
            ("soon", 400, "UnreadableDate"),
            ("2020-01-01", 404, "NotKnownYet"),
        ],
    )
    def test_that_cannot_be_say_so(
        self, client: Client, address: str, day: str, status: int, code: str
    ) -> None:
        joint = "&" if "?" in address else "?"

        response = client.get(f"/api/v1/{address}{joint}as_of={day}")

        assert (response.status_code, response.json()["code"]) == (status, code)
