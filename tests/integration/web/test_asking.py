"""Pages that answer for somebody, and about files that are used together."""

import re

import pytest
from django.test import Client

from registry.models import AuditEvent
from tests.factories.registry import make_claim, make_page, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample")]

LORA = "sample:flux-dev-style-lora"
MERGE = "sample:chilloutmix"


def text_of(page: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.decode()).split())


class TestOwnCase:
    def test_has_a_form_that_posts_and_needs_no_script(self, client: Client) -> None:
        page = client.get("/ask", {"what": LORA}).content.decode()

        form = page[page.index('<form method="post"') :]
        form = form[: form.index("</form>")]
        assert f'name="what" value="{LORA}"' in form
        for field in ("region", "annual_revenue_usd", "mau", "team_size", "obtained_on", "purpose"):
            assert f'name="{field}"' in form
        assert "Cache-Control" not in client.get("/ask", {"what": LORA}).headers

    def test_is_answered_and_kept_nowhere(self, client: Client) -> None:
        events = AuditEvent.objects.count()

        response = client.post("/ask", {"what": LORA, "region": "DE", "mau": "5"})

        assert response.status_code == 200
        assert "Answered for your own case: monthly active users, where you are." in text_of(
            response.content
        )
        assert response["Cache-Control"] == "private, no-store"
        assert AuditEvent.objects.count() == events
        assert not client.cookies

    def test_works_without_a_token_against_forgery(self) -> None:
        strict = Client(enforce_csrf_checks=True)

        assert strict.post("/ask", {"what": LORA, "region": "DE"}).status_code == 200

    @pytest.mark.parametrize(
        ("field", "value", "named"),
        [
            ("annual_revenue_usd", "-1", "annual_revenue_usd: a figure cannot be negative"),
            ("region", "Atlantis", "is no country"),
            ("obtained_on", "2999-01-01", "obtained_on: 2999-01-01 lies in the future"),
            ("obtained_from", "civitai:1", "obtained_from: "),
        ],
    )
    def test_names_a_mistake(self, client: Client, field: str, value: str, named: str) -> None:
        response = client.post("/ask", {"what": LORA, field: value})

        assert response.status_code == 400
        assert named in text_of(response.content)

    def test_refuses_a_body_of_ten_megabytes(self, client: Client) -> None:
        response = client.post("/ask", {"what": LORA, "region": "x" * 10_000_000})

        assert response.status_code == 400


class TestTogether:
    def test_answers_for_all_and_each(self, client: Client) -> None:
        response = client.get("/ask", {"what": [LORA, MERGE], "use": "outputs_commercial"})

        text = text_of(response.content)
        assert response.status_code == 200
        assert "2 files used together" in text
        assert "All of them together" in text
        assert "Each of them" in text

    def test_shows_what_nobody_mirrored(self, client: Client) -> None:
        address = "https://huggingface.co/nosuch/model"

        text = text_of(client.get("/ask", {"what": [LORA, address]}).content)

        assert f"{address} not mirrored : named as a parent, never seen here" in text

    def test_leaves_empty_boxes_out(self, client: Client) -> None:
        response = client.get("/ask", {"what": [LORA, "", " "]})

        assert "One listing" in text_of(response.content)


class TestFindings:
    def test_stand_beside_the_words_without_blame(self, client: Client) -> None:
        text = text_of(client.get("/ask", {"what": LORA}).content)

        assert "What is declared, beside the parents' texts: 3 notes" in text.replace("&#x27;", "'")
        assert "It says nothing about anybody" in text
        assert "DROPPED_NC" in text
        assert "bars commercial use; evidence grade E3" in text

    def test_answer_whether_other_terms_are_possible(self, client: Client) -> None:
        everything = client.get("/ask", {"what": LORA})
        one = client.get("/ask", {"what": LORA, "use": "host_paid"})

        assert b"Publish a derivative under other terms" in everything.content
        assert b"Publish a derivative under other terms" not in one.content

    def test_name_the_limits(self, client: Client) -> None:
        page = make_page(hub="huggingface", hub_model_id="meta-llama/Llama-3.1-8B")
        make_claim(page=page, declared=["llama3.1"])
        make_version(page=page)

        text = text_of(client.get("/models/huggingface/meta-llama/Llama-3.1-8B").content)

        assert "mau above 700,000,000" in text
