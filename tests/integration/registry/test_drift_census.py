"""``manage.py drift_census``: counts by code and grade, no names unless asked for."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from registry.errors import BadInput
from registry.lineage.relations import Evidence, Grade
from registry.models import HubModel, Intervention, InterventionKind
from registry.selectors import drift_census as selector
from registry.selectors.drift_census import drift_census
from tests.factories.registry import NOW, make_claim, make_edge, make_page, make_version

pytestmark = pytest.mark.django_db

FLUX = "black-forest-labs/FLUX.1-dev"


def adapter(hub: str = "huggingface", *, person: bool = False, minor: bool = False) -> HubModel:
    """A page that declares MIT for an adapter of a non-commercial release."""
    version = make_version(page=make_page(hub=hub, depicts_person=person, depicts_minor=minor))
    make_claim(page=version.hub_model, declared=["mit"])
    make_edge(child=version, parent_ref=f"huggingface:{FLUX}")
    return version.hub_model


@pytest.fixture(autouse=True)
def flux() -> None:
    """The release, whose licence the catalogue knows."""
    make_version(page=make_page(hub="huggingface", hub_model_id=FLUX))


def counts(hub: str = "huggingface") -> dict[tuple[str, str], int]:
    return {(row["code"], row["grade"]): row["pages"] for row in census(hub)["findings"]}


def census(hub: str = "huggingface", examples: int = 0) -> Any:
    return next(one for one in drift_census(examples=examples)["hubs"] if one["hub"] == hub)


class TestCounts:
    def test_are_of_pages_by_code_and_grade(self) -> None:
        adapter()
        adapter()

        assert counts()["DROPPED_NC", "E3"] == 2
        assert census()["differing"] == 2
        assert census()["pages"] == 3

    def test_are_by_hub(self) -> None:
        adapter("civitai")

        assert counts("civitai")["DROPPED_NC", "E3"] == 1
        assert ("DROPPED_NC", "E3") not in counts("huggingface")

    def test_take_a_page_once_with_its_best_evidence(self) -> None:
        page = adapter("civitai")
        label = make_version(page=page)
        make_edge(
            child=label,
            parent_ref=f"huggingface:{FLUX}",
            evidence=Evidence.BASE_LABEL,
            grade=Grade.PLATFORM_FLAG,
        )

        assert [(key, n) for key, n in counts("civitai").items() if key[0] == "DROPPED_NC"] == [
            (("DROPPED_NC", "E3"), 1)
        ]

    def test_take_a_repository_at_its_newest_revision(self) -> None:
        page = adapter()
        make_version(page=page)

        assert "DROPPED_NC" not in {code for code, _ in counts()}

    @pytest.mark.parametrize("kind", InterventionKind)
    def test_leave_out_what_an_operator_decided_about(self, kind: InterventionKind) -> None:
        page = adapter()
        Intervention.objects.create(kind=kind, subject=str(page), made_by="x", made_at=NOW)

        found = census(examples=9)

        assert "DROPPED_NC" not in {row["code"] for row in found["findings"]}
        assert (found["pages"], found["left_out"]) == (1, 1)
        assert str(page) not in json.dumps(found)

    def test_are_the_same_however_many_are_read_together(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(3):
            adapter()
        before = drift_census()

        monkeypatch.setattr(selector, "_TOGETHER", 1)

        assert drift_census() == before

    def test_are_the_same_where_ancestors_have_to_be_read_apart(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(3):
            adapter()
        before = drift_census()

        monkeypatch.setattr("registry.selectors.family.MAX_NODES", 3)

        assert drift_census() == before

    def test_read_as_many_rows_however_many_pages(self, django_assert_max_num_queries: Any) -> None:
        for _ in range(20):
            adapter()

        with django_assert_max_num_queries(40):
            drift_census()


class TestExamples:
    def test_are_none_unless_asked_for(self) -> None:
        adapter()

        assert census()["examples"] == []

    def test_are_of_each_code_and_say_nothing_of_intent(self) -> None:
        first, _ = adapter(), adapter()

        found = [one for one in census(examples=1)["examples"] if one["code"] == "DROPPED_NC"]

        assert [one["page"] for one in found] == [str(first)]
        assert found[0]["because"].startswith("Declared MIT License; the text of an ancestor")

    @pytest.mark.parametrize(("person", "minor"), [(True, False), (False, True)])
    def test_name_no_page_that_lists_may_not_show(self, person: bool, minor: bool) -> None:
        page = adapter(person=person, minor=minor)

        found = census(examples=5)

        assert str(page) not in json.dumps(found["examples"])
        assert {"code": "DROPPED_NC", "grade": "E3", "pages": 1} in found["findings"]


class TestCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("drift_census", *arguments, stdout=out, stderr=StringIO(), no_color=True)
        return out.getvalue()

    def test_prints_a_table(self) -> None:
        page = adapter()

        text = self.run()

        assert "huggingface: 2 pages, 2 declare something, 1 differ" in text
        assert "  DROPPED_NC " in text
        assert "nothing about anybody's intent" in text
        assert str(page) not in text

    def test_prints_json(self) -> None:
        page = adapter()

        told = json.loads(self.run("--json", "--examples", "2"))

        assert told == drift_census(examples=2)
        assert str(page) in json.dumps(told)

    @pytest.mark.parametrize("wanted", ["-1", "1001"])
    def test_refuses_an_odd_number_of_examples(self, wanted: str) -> None:
        with pytest.raises(BadInput, match="--examples"):
            self.run(f"--examples={wanted}")
