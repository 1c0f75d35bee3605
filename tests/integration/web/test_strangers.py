"""What strangers write stays text; who is withheld or flagged stays out of lists."""

import pytest
from django.test import Client

from registry.models import HubModel
from registry.services.interventions import dispute, erase, suppress
from tests.factories.registry import make_artifact, make_file, make_page, make_version

HOSTILE = "<script>alert(1)</script>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"
FLIPPED = "safe \u202egnp.exe"


@pytest.mark.django_db
class TestHostileText:
    def test_is_escaped_in_every_field(self, client: Client) -> None:
        page = make_page(
            hub_model_id="1",
            name=f"name {HOSTILE}",
            author=HOSTILE,
            model_type=HOSTILE,
            description=f"<p>hello</p>{HOSTILE}",
            url="javascript:alert(1)",
        )
        version = make_version(page=page, name=HOSTILE, description=HOSTILE, base_model=HOSTILE)
        make_file(version=version, filename=HOSTILE, kind=HOSTILE, artifact=make_artifact())

        html = client.get("/models/civitai/1").content.decode()

        assert HOSTILE not in html
        assert ESCAPED in html
        assert 'href="javascript' not in html
        assert "<p>hello</p>" in html

    @pytest.mark.parametrize("path", ["/search?q=name", "/ask?what=name", "/ask?what=civitai:1"])
    def test_is_escaped_in_lists_and_answers(self, client: Client, path: str) -> None:
        make_version(page=make_page(hub_model_id="1", name=f"name {HOSTILE}"))

        html = client.get(path).content.decode()

        assert HOSTILE not in html
        assert ESCAPED in html

    def test_cannot_turn_the_text_around_it(self, client: Client) -> None:
        make_version(page=make_page(hub_model_id="1", name=FLIPPED))

        html = client.get("/models/civitai/1").content.decode()

        assert f"<bdi>{FLIPPED}</bdi>" in html

    def test_asked_for_is_escaped(self, client: Client) -> None:
        html = client.get("/ask", {"what": f'"{HOSTILE}'}).content.decode()

        assert HOSTILE not in html


def _flagged(flag: str) -> HubModel:
    page = make_page(hub_model_id="1", name="somebody known")
    HubModel.objects.filter(pk=page.pk).update(**{flag: True})
    return page


@pytest.mark.django_db
class TestFlaggedPages:
    @pytest.mark.parametrize("flag", ["depicts_person", "depicts_minor"])
    @pytest.mark.parametrize("path", ["/search?q=somebody", "/ask?what=somebody"])
    def test_are_not_found_by_name(self, client: Client, flag: str, path: str) -> None:
        make_version(page=_flagged(flag))

        assert "somebody known" not in client.get(path).content.decode()

    @pytest.mark.parametrize("flag", ["depicts_person", "depicts_minor"])
    def test_never_show_the_flag(self, client: Client, flag: str) -> None:
        page = make_page(hub_model_id="1", name="a lora", model_type="LORA")
        make_version(page=page)
        before = client.get("/models/civitai/1").content

        HubModel.objects.filter(pk=page.pk).update(**{flag: True})

        assert client.get("/models/civitai/1").content == before


@pytest.mark.django_db
class TestInterventions:
    def test_a_suppressed_page_is_not_shown(self, client: Client) -> None:
        make_version(page=make_page(hub_model_id="1", name="withheld name", author="an author"))
        suppress(subject="civitai:1", reason="asked by its author", by="tests")

        page = client.get("/models/civitai/1")
        texts = [page.content.decode()]
        texts += [
            client.get(path).content.decode()
            for path in ("/ask?what=civitai:1", "/search?q=withheld", "/ask?what=withheld+name")
        ]

        assert page.status_code == 404
        assert [text for text in texts if "an author" in text] == []
        assert [text for text in texts[:2] if "withheld name" in text] == []

    def test_an_erased_page_is_gone(self, client: Client) -> None:
        make_version(page=make_page(hub_model_id="1", name="erased name"))
        erase(subject="civitai:1", reason="a request", by="tests")

        response = client.get("/models/civitai/1")

        assert response.status_code == 404
        assert "erased name" not in response.content.decode()

    @pytest.mark.parametrize(
        "path",
        [
            "/models/nohub/1",
            "/models/civitai/@1",
            "/models/sample/@",
            "/models/civitai//",
            "/api/v1/rights/sample/@1/",
            "/api/v1/cards/sample/@1/",
        ],
    )
    def test_an_erased_page_changes_nothing_for_what_nobody_knows(
        self, client: Client, path: str
    ) -> None:
        make_version(page=make_page(hub_model_id="1"))
        erase(subject="civitai:1", reason="a request", by="tests")

        assert client.get(path).status_code == 404

    def test_a_disputed_page_says_so(self, client: Client) -> None:
        make_version(page=make_page(hub_model_id="1"))
        dispute(subject="civitai:1", reason="its author objects", by="tests")

        html = client.get("/models/civitai/1").content.decode()

        assert "disputes" in html
        assert "its author objects" not in html
