"""What changed between two moments, and whose answers changed with it."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry.errors import BadInput
from registry.models import HubModel, Intervention, ModelVersion
from registry.selectors.rights_changes import RightsChangesJson, rights_changes, rights_changes_json
from registry.services.ingest import record_state
from registry.services.interventions import erase, suppress
from registry.snapshots import ClaimSource, PageState
from tests.factories.registry import (
    make_artifact,
    make_claim,
    make_edge,
    make_file,
    make_page,
    make_version,
)

pytestmark = pytest.mark.django_db

DAY_1 = datetime(2026, 1, 1, tzinfo=UTC)
DAY_2 = DAY_1 + timedelta(days=1)
DAY_3 = DAY_1 + timedelta(days=2)
BASE = "huggingface:mistralai/Mistral-7B-v0.1"
NC = ["cc-by-nc-4.0"]


def model(name: str, *parents: HubModel, declared: str = "apache-2.0", **fields: Any) -> HubModel:
    """A page on an official base, and made from ``parents`` as well."""
    page = make_page(hub="huggingface", hub_model_id=f"org/{name}", name=name, **fields)
    version = make_version(page=page, **fields)
    make_claim(page=page, declared=[declared])
    make_edge(child=version, parent_ref=BASE)
    for parent in parents:
        make_edge(child=version, parent=parent)
    return page


def version_of(page: HubModel) -> ModelVersion:
    return page.versions.get()


def changes(since: datetime = DAY_1, until: datetime = DAY_3, most: int = 100) -> RightsChangesJson:
    return rights_changes_json(rights_changes(since=since, until=until, most=most))


class TestChain:
    @pytest.fixture(autouse=True)
    def chain(self) -> None:
        self.root = model("root")
        self.child = model("child", self.root)
        self.grandchild = model("grandchild", self.child)
        self.stranger = model("stranger")
        make_claim(page=self.root, declared=NC, seen_at=DAY_2)

    def test_tells_the_claim_and_the_words_of_its_page(self) -> None:
        told = changes()

        assert told["claims"] == [
            {
                "subject": "huggingface:org/root",
                "event": "stated",
                "what": "card cc-by-nc-4.0",
                "at": "2026-01-02T00:00:00Z",
            }
        ]
        (page,) = told["pages"]
        assert page["subject"] == "huggingface:org/root"
        assert page["words"]["use_commercial"] == {"old": "allowed", "new": "forbidden"}
        assert "use_private" not in page["words"]

    def test_tells_the_descendants_whose_words_changed(self) -> None:
        told = changes()

        assert [(row["name"], row["because"]) for row in told["descendants"]] == [
            ("child", "huggingface:org/root"),
            ("grandchild", "huggingface:org/child"),
        ]
        assert all(
            row["words"]["use_commercial"] == {"old": "allowed", "new": "forbidden"}
            for row in told["descendants"]
        )
        assert told["pages_compared"] == 3

    def test_leaves_out_descendants_whose_words_did_not(self) -> None:
        make_claim(page=self.child, source=ClaimSource.HUB_TAG, declared=NC)

        assert changes()["descendants"] == []

    def test_says_when_it_stops(self) -> None:
        told = changes(most=2)

        assert [row["name"] for row in told["descendants"]] == ["child"]
        assert "Stopped after 2 pages" in told["stopped"]
        assert changes()["stopped"] == ""

    def test_nothing_happened_outside_the_window(self) -> None:
        told = changes(since=DAY_2)

        assert (told["claims"], told["pages"], told["descendants"]) == ([], [], [])

    def test_ends_in_a_circle(self) -> None:
        make_edge(child=version_of(self.root), parent=self.grandchild)

        assert [row["name"] for row in changes()["descendants"]] == ["child", "grandchild"]

    def test_names_nothing_that_is_withheld(self) -> None:
        suppress(subject=str(self.root), reason="asked", by="tests")
        suppress(subject=str(self.grandchild), reason="asked", by="tests")

        told = changes()

        assert "org/root" not in json.dumps(told)
        assert "grandchild" not in json.dumps(told)
        assert [row["subject"] for row in told["descendants"]] == [str(self.child), "withheld"]

    def test_asks_as_many_questions_for_every_page(self) -> None:
        def count(most: int) -> int:
            with CaptureQueriesContext(connection) as queries:
                changes(most=most)
            return len(queries)

        once, twice = count(1), count(2)
        for number in range(10):
            model(f"sister-{number}", self.root)

        assert count(2) <= twice
        assert twice - once < 60


class TestWhatChanged:
    def test_edges_stated_and_retracted(self) -> None:
        forbidding = model("forbidding", declared=NC[0])
        child = model("child")
        make_edge(
            child=version_of(child),
            parent=forbidding,
            seen_at=DAY_2,
            retracted_at=DAY_2 + timedelta(hours=1),
        )

        told = changes()

        assert [(row["subject"], row["event"]) for row in told["edges"]] == [
            (str(child), "stated"),
            (str(child), "retracted"),
        ]
        assert told["pages"][0]["words"]["use_commercial"] == {"old": "allowed", "new": "unclear"}

    def test_states_and_interventions(self) -> None:
        page = model("page")
        record_state(
            hub=page.hub,
            hub_model_id=page.hub_model_id,
            state=PageState.GONE,
            seen_at=DAY_2,
            by="tests",
        )
        Intervention.objects.create(
            kind="dispute", subject=str(page), made_by="tests", made_at=DAY_1, lifted_at=DAY_2
        )

        told = changes()

        assert [row["what"] for row in told["states"]] == ["gone"]
        assert [(row["event"], row["what"]) for row in told["interventions"]] == [
            ("lifted", "dispute")
        ]
        assert [(row["subject"], row["words"]) for row in told["pages"]] == [(str(page), {})]

    @pytest.mark.parametrize(("hub", "name"), [("civitai", "77"), ("huggingface", "org/x")])
    def test_an_erasure(self, hub: str, name: str) -> None:
        page = make_page(hub=hub, hub_model_id=name)
        make_version(page=page)
        model("child", page)
        erase(subject=str(page), reason="asked", by="tests")

        told = changes(until=timezone.now())

        assert [row["subject"] for row in told["pages"]] == ["withheld"]
        assert [row["subject"] for row in told["interventions"]] == ["withheld"]
        assert {row["because"] for row in told["descendants"]} <= {"withheld"}
        assert told["pages_compared"] == 2

    def test_nothing_about_pages_that_are_new(self) -> None:
        page = make_page(first_seen_at=DAY_2)
        make_claim(page=page, declared=["mit"], seen_at=DAY_2)
        make_edge(child=make_version(page=page, first_seen_at=DAY_2), seen_at=DAY_2)
        make_claim(page=page, declared=["mit"], seen_at=DAY_2, source=ClaimSource.MODERATOR)

        told = changes()

        assert [row["what"] for row in told["claims"]] == ["moderator mit"]
        assert (told["edges"], told["states"], told["pages"]) == ([], [], [])
        assert told["pages_new"] == 1

    def test_a_parent_that_was_open(self) -> None:
        child = model("child")
        parent = model("parent", first_seen_at=DAY_2)
        make_edge(child=version_of(child), parent=parent)

        told = changes()

        assert (told["pages_new"], told["pages"]) == (1, [])
        (row,) = told["descendants"]
        assert (row["subject"], row["because"]) == (str(child), str(parent))
        assert row["words"]["use_commercial"] == {"old": "unclear", "new": "allowed"}

    def test_bytes_that_were_open(self) -> None:
        artifact = make_artifact()
        child = model("child")
        make_edge(child=version_of(child), parent=artifact)
        make_file(version=version_of(model("parent", first_seen_at=DAY_2)), artifact=artifact)

        assert [row["subject"] for row in changes()["descendants"]] == [str(child)]

    def test_a_page_that_moved(self) -> None:
        new = model("new", declared=NC[0])
        old = model("old")
        child = model("child", old)
        record_state(
            hub=old.hub,
            hub_model_id=old.hub_model_id,
            state=PageState.RENAMED,
            moved_to=new.hub_model_id,
            seen_at=DAY_2,
            by="tests",
        )

        told = changes()

        assert [row["subject"] for row in told["pages"]] == [str(old)]
        assert [row["subject"] for row in told["descendants"]] == [str(child)]

    def test_an_official_text_that_was_replaced(self) -> None:
        early = datetime(2023, 11, 28, tzinfo=UTC)
        page = make_page(
            hub="huggingface", hub_model_id="stabilityai/sdxl-turbo", first_seen_at=early
        )
        make_version(page=page, first_seen_at=early)

        told = changes(
            since=datetime(2023, 12, 1, tzinfo=UTC), until=datetime(2024, 8, 1, tzinfo=UTC)
        )

        assert [(row["event"], row["what"]) for row in told["texts"]] == [
            ("replaced", "stability-ai-nc-research"),
            ("in_force", "stability-ai-community"),
        ]
        assert told["pages"][0]["words"]["use_commercial"] == {
            "old": "forbidden",
            "new": "conditional",
        }


class TestCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("rights_changes", *arguments, stdout=out)
        return out.getvalue()

    def test_counts_the_first_and_the_last_day(self) -> None:
        make_claim(page=model("page"), declared=NC, seen_at=DAY_2)

        text = self.run("--since", "2026-01-02", "--until", "2026-01-02")
        told = json.loads(self.run("--since", "2026-01-02", "--json"))

        assert "use_commercial: allowed -> forbidden" in text
        assert len(told["claims"]) == 1
        assert json.loads(self.run("--since", "2026-01-03", "--json"))["claims"] == []

    @pytest.mark.parametrize(
        "arguments",
        [
            ("--since", "soon"),
            ("--since", ""),
            ("--since", "2999-01-01"),
            ("--since", "2026-01-02", "--until", "2026-01-01"),
            ("--since", "2026-01-01", "--until", "2999-01-01"),
            ("--since", "2026-01-01", "--limit", "0"),
        ],
    )
    def test_refuses_nonsense(self, arguments: tuple[str, ...]) -> None:
        with pytest.raises(BadInput, match=r"since|until|limit"):
            self.run(*arguments)
