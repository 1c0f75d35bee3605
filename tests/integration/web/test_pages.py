"""Every page renders, names somebody to write to, and says what is wrong."""

import re

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from registry.licensing.catalog import all_terms
from registry.services.sample import sample_snapshots
from registry.snapshots import ClaimSource
from registry.web import views
from tests.factories.registry import (
    NOW,
    make_artifact,
    make_claim,
    make_file,
    make_page,
    make_version,
)

PAGES = [
    "/",
    "/about",
    "/ask?what=chilloutmix",
    "/ask?what=sample:instantid",
    "/ask?what=sample:instantid&use=host_paid",
    "/ask?what=sample:instantid&as_of=2026-11-22",
    "/models/sample/chilloutmix-reupload?as_of=2026-11-22",
    "/search?q=chillout",
    "/search?q=nothing+is+called+this",
    "/licenses",
    "/licenses?q=openrail",
    "/licenses/openrail++",
    "/models/sample/chilloutmix-reupload",
]
FAILURES = [
    ("/nowhere", 404),
    ("/models/sample/nobody", 404),
    ("/models/nohub/1", 404),
    ("/models/civitai/%00", 404),
    ("/models/civitai/99999999", 404),
    ("/licenses/nobody-wrote-this", 404),
    ("/ask?what=civitai:99999999", 404),
    ("/ask?what=sample:instantid&use=eat", 400),
    ("/ask?what=sample:instantid&as_of=2999-01-01", 400),
    ("/models/sample/instantid?as_of=soon", 400),
    ("/models/sample/instantid?as_of=2020-01-01", 404),
    ("/ask?what=%00", 400),
    ("/search?q=", 400),
    ("/search?q=a&cursor=nonsense", 400),
]


@pytest.mark.usefixtures("sample")
class TestEveryPage:
    @pytest.mark.parametrize("path", PAGES)
    def test_renders(self, client: Client, path: str) -> None:
        assert client.get(path).status_code == 200

    @pytest.mark.parametrize(("path", "status"), FAILURES)
    def test_says_what_is_wrong_in_a_page(self, client: Client, path: str, status: int) -> None:
        response = client.get(path)

        assert response.status_code == status
        assert "<h1>" in response.content.decode()

    @pytest.mark.parametrize("path", [*PAGES, *(path for path, _ in FAILURES)])
    def test_names_whom_to_write_to(self, client: Client, settings: Settings, path: str) -> None:
        settings.KEIFU_CONTACT = "registry@example.org"

        html = client.get(path).content.decode()

        assert 'href="mailto:registry@example.org"' in html

    @pytest.mark.parametrize("path", PAGES)
    def test_has_one_main_heading_and_a_title(self, client: Client, path: str) -> None:
        html = client.get(path).content.decode()

        assert len(re.findall(r"<h1[ >]", html)) == 1
        assert re.search(r"<title>[^<]+ · Keifu</title>", html)

    @pytest.mark.parametrize("path", PAGES)
    def test_holds_no_inline_script_or_style(self, client: Client, path: str) -> None:
        html = client.get(path).content.decode()

        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", html)


class TestContact:
    def test_tells_the_operator_how_to_set_it(self, client: Client, settings: Settings) -> None:
        settings.KEIFU_CONTACT = ""

        assert "KEIFU_CONTACT" in client.get("/about").content.decode()

    def test_links_an_address_on_the_web(self, client: Client, settings: Settings) -> None:
        settings.KEIFU_CONTACT = "https://example.org/contact"

        assert 'href="https://example.org/contact"' in client.get("/about").content.decode()

    def test_never_makes_a_link_of_anything_else(self, client: Client, settings: Settings) -> None:
        settings.KEIFU_CONTACT = "javascript:alert(1)"

        assert 'href="javascript' not in client.get("/about").content.decode()


@pytest.mark.usefixtures("sample")
class TestSamplePages:
    def test_all_render(self, client: Client) -> None:
        slugs = [page.hub_model_id for page in sample_snapshots()]

        statuses = {slug: client.get(f"/models/sample/{slug}").status_code for slug in slugs}

        assert {slug for slug, status in statuses.items() if status != 200} == set()


class TestLicensePages:
    def test_all_render(self, client: Client) -> None:
        statuses = {one.id: client.get(f"/licenses/{one.id}").status_code for one in all_terms()}

        assert {one for one, status in statuses.items() if status != 200} == set()

    def test_say_when_a_text_was_not_read(self, client: Client) -> None:
        html = client.get("/licenses/midjourney-tos").content.decode()

        assert "Not verified" in html

    def test_answer_htmx_with_rows_only(self, client: Client) -> None:
        html = client.get("/licenses?q=apache", headers={"HX-Request": "true"}).content.decode()

        assert "Apache License 2.0" in html
        assert "<html" not in html


@pytest.mark.django_db
class TestModelPage:
    def test_shows_digests_claims_and_states(self, client: Client) -> None:
        page = make_page(hub_model_id="85283", name="a model")
        version = make_version(page=page)
        artifact = make_artifact(sha256="ab" * 32, digests={"autov1": "12345678"})
        make_file(version=version, artifact=artifact)
        make_claim(page=page, declared=["mit"])

        html = client.get("/models/civitai/85283").content.decode()

        assert "ab" * 32 in html
        assert "12345678" in html
        assert "MIT License" in html

    def test_calls_whatever_else_a_short_digest_names_by_words(self, client: Client) -> None:
        make_file(version=make_version(), artifact=make_artifact(sha256="ab" * 32))

        html = client.get("/ask", {"what": "ab" * 5}).content.decode()

        assert "others that the question may be about" in html
        assert "name:others" not in html

    def test_takes_repository_ids_with_a_slash(self, client: Client) -> None:
        make_version(page=make_page(hub="huggingface", hub_model_id="org/name"))

        assert client.get("/models/huggingface/org/name").status_code == 200

    def test_takes_an_address_that_ends_in_a_slash(self, client: Client) -> None:
        make_version(page=make_page(hub="huggingface", hub_model_id="org/name"))

        assert client.get("/models/huggingface/org/name/").status_code == 200
        assert client.get("/licenses/mit/").status_code == 200

    def test_does_not_ask_the_database_once_per_file(
        self, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        version = make_version(page=make_page(hub_model_id="7"))
        for number in range(30):
            make_file(version=version, artifact=make_artifact(sha256=f"{number:064x}"))

        with django_assert_max_num_queries(40):
            client.get("/models/civitai/7")


class TestNoDatabase:
    def test_is_a_page_that_says_so(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail() -> None:
            raise OperationalError("connection refused")

        monkeypatch.setattr(views, "examples", fail)

        response = client.get("/")

        assert response.status_code == 503
        assert "connection refused" not in response.content.decode()


class TestOurOwnFault:
    def test_is_a_page_that_says_so_and_no_more(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings
    ) -> None:
        def fail() -> None:
            raise RuntimeError("a secret")

        settings.KEIFU_CONTACT = "registry@example.org"
        client.raise_request_exception = False
        monkeypatch.setattr(views, "examples", fail)

        response = client.get("/")

        assert response.status_code == 500
        assert "a secret" not in response.content.decode()
        assert "registry@example.org" in response.content.decode()


class TestRobots:
    def test_keeps_crawlers_off_other_people_s_pages(self, client: Client) -> None:
        response = client.get("/robots.txt")

        assert response["Content-Type"] == "text/plain"
        assert "Disallow: /models/" in response.content.decode()


@pytest.mark.django_db
class TestPastDays:
    def test_are_said_and_kept_in_the_field(self, client: Client) -> None:
        page = make_page(hub_model_id="7")
        make_claim(page=make_version(page=page).hub_model, declared=["mit"])

        for path in ("/models/civitai/7", "/ask?what=civitai:7"):
            text = client.get(path, {"as_of": "2026-01-02", "what": "civitai:7"}).content.decode()

            assert 'type="date" value="2026-01-02"' in text
            assert "As known on 2026-01-02" in text

    def test_show_why_a_moderator_corrected_and_when_he_took_it_back(self, client: Client) -> None:
        page = make_page(hub_model_id="7")
        make_claim(
            page=page,
            declared=["mit"],
            source=ClaimSource.MODERATOR,
            reason="the LICENSE file",
            withdrawn_at=NOW,
        )

        text = client.get("/models/civitai/7").content.decode()

        assert "the LICENSE file" in text
        assert "withdrawn" in text
