"""Any verdict for a past day: from the claims known and the texts in force then."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.lineage.relations import Relation
from registry.models import EdgeLapse, HubModel, Intervention, ModelVersion
from registry.selectors.answers import answer, answer_for_digest, lineage_json
from registry.selectors.as_of import FutureDate, UnreadableDate, moment_of
from registry.selectors.pages import NotKnownYet
from registry.services.ingest import ingest_snapshots, record_state
from registry.services.sample import load_sample
from registry.snapshots import ModelSnapshot, PageState
from tests.factories.registry import (
    claim_snapshot,
    edge_snapshot,
    make_artifact,
    make_claim,
    make_edge,
    make_file,
    make_page,
    make_version,
    model_snapshot,
    sha256_of,
    version_snapshot,
)

pytestmark = pytest.mark.django_db

DAY_1 = datetime(2026, 1, 1, tzinfo=UTC)
DAY_2 = DAY_1 + timedelta(days=1)
DAY_3 = DAY_1 + timedelta(days=2)
DAY_4 = DAY_1 + timedelta(days=3)
SOLD = {"allowCommercialUse": ["Image", "Rent", "RentCivit", "Sell"], "allowDerivatives": True}
UNSOLD = SOLD | {"allowCommercialUse": ["Image"]}
BASE = "huggingface:mistralai/Mistral-7B-v0.1"  # an official release under Apache-2.0
TURBO = "huggingface:stabilityai/sdxl-turbo"


def word(what: object, as_of: datetime | None = None, use: str = "use_commercial") -> str:
    return answer(what=str(what), as_of=as_of)["combined"][use]["word"]


def codes(told: Any) -> list[str]:
    return [notice["code"] for notice in told["notices"]]


def listed(*declared: str, hub: str = "huggingface", **fields: Any) -> HubModel:
    version = make_version(page=make_page(hub=hub, **fields))
    make_claim(page=version.hub_model, declared=declared)
    make_edge(child=version, parent_ref=BASE)
    return version.hub_model


def version_of(page: HubModel) -> ModelVersion:
    return page.versions.get()


class TestMoment:
    NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)

    def test_of_a_day_is_its_end(self) -> None:
        assert moment_of("2026-01-01", now=self.NOW) == DAY_2 - timedelta(microseconds=1)

    def test_of_today_is_not_in_the_future(self) -> None:
        assert moment_of("2026-06-15", now=self.NOW) is not None

    def test_may_be_a_time_in_any_zone(self) -> None:
        assert moment_of("2026-01-01T09:00:00+09:00", now=self.NOW) == DAY_1

    def test_is_now_where_nothing_is_said(self) -> None:
        assert moment_of(" ", now=self.NOW) is None

    @pytest.mark.parametrize("text", ["2026-06-16", "2026-06-15T12:00:01Z", "9999-12-31"])
    def test_in_the_future_is_bad_input(self, text: str) -> None:
        with pytest.raises(FutureDate, match=r"as_of.*future"):
            moment_of(text, now=self.NOW)

    @pytest.mark.parametrize(
        "text", ["yesterday", "2026-02-30", "1", "2026-01-01T", "0001-01-01T00:00+14:00"]
    )
    def test_that_is_none_is_bad_input(self, text: str) -> None:
        with pytest.raises(UnreadableDate, match="as_of"):
            moment_of(text, now=self.NOW)


class TestClaims:
    def test_that_went_a_b_a_are_told_as_they_stood(self) -> None:
        page = version_of(listed("mit", hub="civitai")).hub_model
        for day, flags in [(DAY_1, SOLD), (DAY_2, UNSOLD), (DAY_3, SOLD)]:
            make_claim(page=page, flags=flags, seen_at=day)

        told = [word(page, day, "sell_weights") for day in (DAY_1, DAY_2, DAY_3, None)]

        assert told[1] == "forbidden"
        assert told[0] == told[2] == told[3] != "forbidden"

    def test_seen_after_the_day_do_not_count(self) -> None:
        page = listed("cc-by-nc-4.0")
        make_claim(page=page, declared=["apache-2.0"], seen_at=DAY_3)

        told = answer(what=str(page), as_of=DAY_2)

        assert [claim["declared"] for claim in told["listings"][0]["claims"]] == ["cc-by-nc-4.0"]
        assert told["as_of"] == "2026-01-02T00:00:00Z"
        assert codes(told) == ["as_of"]

    def test_of_a_parent_count_by_the_same_day(self) -> None:
        parent = listed("apache-2.0")
        child = listed("apache-2.0")
        make_edge(child=version_of(child), parent=parent)
        make_claim(page=parent, declared=["cc-by-nc-4.0"], seen_at=DAY_3)

        assert (word(child, DAY_2), word(child)) == ("allowed", "forbidden")


class TestEdges:
    def test_seen_after_the_day_are_not_there_yet(self) -> None:
        child = listed("apache-2.0")
        make_edge(child=version_of(child), parent=listed("apache-2.0"))
        make_edge(child=version_of(child), parent=listed("cc-by-nc-4.0"), seen_at=DAY_3)

        told = lineage_json(what=str(child), as_of=DAY_2)["listings"][0]

        own = [edge for edge in told["lineage"] if edge["child"] == str(child)]
        assert len(own) == 2
        assert (word(child, DAY_2), word(child, DAY_3)) == ("allowed", "forbidden")

    def test_retracted_after_the_day_still_stood(self) -> None:
        child = listed("apache-2.0")
        make_edge(child=version_of(child), parent=listed("cc-by-nc-4.0"), retracted_at=DAY_3)

        assert (word(child, DAY_2), word(child, DAY_3)) == ("forbidden", "unclear")

    def test_to_a_page_read_later_stood_open(self) -> None:
        parent = listed("apache-2.0", first_seen_at=DAY_3)
        child = listed("apache-2.0")
        make_edge(child=version_of(child), parent=parent)

        then = answer(what=str(child), as_of=DAY_2)["listings"][0]

        assert str(parent) in [edge["parent"] for edge in then["open_edges"]]
        assert (word(child, DAY_2), word(child, DAY_3)) == ("unclear", "allowed")

    def test_stated_again_leave_the_time_between_in_history(self) -> None:
        parent = listed("cc-by-nc-4.0")

        def read(day: datetime, *parents: str) -> ModelSnapshot:
            edges = tuple(edge_snapshot(one, relation=Relation.FINETUNE) for one in parents)
            return model_snapshot(
                hub="huggingface",
                hub_model_id="org/child",
                observed_at=day,
                claims=(claim_snapshot("apache-2.0"),),
                versions=(version_snapshot(hub_version_id="main", name="main", edges=edges),),
            )

        both = [BASE, str(parent)]
        for day, parents in [(DAY_1, both), (DAY_2, [BASE]), (DAY_3, both)]:
            ingest_snapshots(snapshots=[read(day, *parents)], by="tests")
        again = ingest_snapshots(snapshots=[read(DAY_4, *both)], by="tests")

        told = [word("org/child", day) for day in (DAY_1, DAY_2, DAY_3, None)]

        assert told == ["forbidden", "unclear", "forbidden", "forbidden"]
        assert (EdgeLapse.objects.count(), again.rows_written) == (1, 0)


class TestPages:
    def test_read_first_after_the_day_are_answered_with_that(self) -> None:
        page = listed("mit", first_seen_at=DAY_2)

        with pytest.raises(NotKnownYet, match="first read on 2026-01-02"):
            answer(what=str(page), as_of=DAY_1)

    def test_that_list_bytes_count_from_their_first_reading(self) -> None:
        artifact = make_artifact()
        make_file(version=make_version(first_seen_at=DAY_2), artifact=artifact)
        make_file(version=make_version(first_seen_at=DAY_3), artifact=artifact)

        assert len(answer_for_digest(digest=artifact.sha256, as_of=DAY_2)["listings"]) == 1
        assert len(answer(what=artifact.sha256, as_of=DAY_3)["listings"]) == 2
        with pytest.raises(NotKnownYet, match="this file"):
            answer(what=artifact.sha256, as_of=DAY_1)

    def test_show_the_versions_known_then(self) -> None:
        page = make_page()
        make_version(page=page, hub_version_id="1")
        make_version(page=page, hub_version_id="2", first_seen_at=DAY_3)

        told = answer(what=str(page), as_of=DAY_2)

        assert [row["version_id"] for row in told["listings"]] == ["1"]
        with pytest.raises(NotKnownYet):
            answer(what="civitai-version:2", as_of=DAY_2)

    def test_are_in_the_state_they_were_in(self) -> None:
        page = listed("mit", hub="civitai")
        for state, day in [(PageState.WITHDRAWN, DAY_2), (PageState.LISTED, DAY_3)]:
            record_state(
                hub=page.hub, hub_model_id=page.hub_model_id, state=state, seen_at=day, by="tests"
            )

        told = [answer(what=str(page), as_of=day)["listings"][0] for day in (DAY_1, DAY_2, DAY_3)]

        assert [row["state"] for row in told] == ["listed", "withdrawn", "listed"]

    def test_renamed_since_answer_for_themselves(self) -> None:
        new = listed("apache-2.0", hub_model_id="org/new")
        old = listed("cc-by-nc-4.0", hub_model_id="org/old")
        child = listed("apache-2.0")
        make_edge(child=version_of(child), parent=old)
        record_state(
            hub=old.hub,
            hub_model_id=old.hub_model_id,
            state=PageState.RENAMED,
            moved_to=new.hub_model_id,
            seen_at=DAY_3,
            by="tests",
        )

        assert (word(old, DAY_2), word(old)) == ("forbidden", "allowed")
        assert (word(child, DAY_2), word(child)) == ("forbidden", "allowed")


class TestInterventions:
    def intervene(self, kind: str, page: HubModel, made: datetime, lifted: datetime | None) -> None:
        Intervention.objects.create(
            kind=kind, subject=str(page), made_by="tests", made_at=made, lifted_at=lifted
        )

    def test_of_now_hide_names_whatever_the_day(self) -> None:
        page = listed("mit", name="A secret name")
        self.intervene("suppress", page, DAY_3, None)

        told = answer(what=str(page), as_of=DAY_2)

        assert told["listings"][0]["state"] == "withheld"
        assert "A secret name" not in str(told)

    def test_that_were_lifted_since_count_on_their_days(self) -> None:
        page = listed("mit")
        self.intervene("suppress", page, DAY_2, DAY_3)
        self.intervene("dispute", page, DAY_3, DAY_4)

        told = [
            answer(what=str(page), as_of=day)["listings"][0] for day in (DAY_1, DAY_2, DAY_3, DAY_4)
        ]

        assert [row["state"] for row in told] == ["listed", "withheld", "listed", "listed"]
        assert [row["disputed"] for row in told] == [False, False, True, False]


class TestTexts:
    """SDXL-Turbo had a research licence to the end of 2023, a community one since July 2024."""

    def made_from_turbo(self, published: datetime | None, *, seen: datetime = DAY_1) -> HubModel:
        child = make_version(page=make_page(hub="huggingface"), published_at=published)
        make_claim(page=child.hub_model, declared=["mit"])
        make_edge(child=child, parent_ref=TURBO, seen_at=seen)
        return child.hub_model

    def licenses(self, page: HubModel) -> list[str]:
        (turbo,) = answer(what=str(page))["listings"][0]["ancestors"]
        return turbo["licenses"]

    def test_are_those_of_the_day_the_child_was_made(self) -> None:
        early = self.made_from_turbo(datetime(2023, 12, 1, tzinfo=UTC))
        late = self.made_from_turbo(datetime(2025, 1, 1, tzinfo=UTC))

        assert self.licenses(early) == ["stability-ai-nc-research"]
        assert self.licenses(late) == ["stability-ai-community"]
        assert (word(early), word(late)) == ("forbidden", "conditional")

    def test_are_those_of_the_reading_where_no_publication_is_known(self) -> None:
        assert self.licenses(self.made_from_turbo(None)) == ["stability-ai-community"]

    def test_in_a_gap_between_two_are_unknown(self) -> None:
        page = self.made_from_turbo(datetime(2024, 3, 1, tzinfo=UTC))

        assert self.licenses(page) == []
        assert word(page) == "unclear"

    def test_all_apply_to_who_built_on_both(self) -> None:
        page = self.made_from_turbo(datetime(2023, 12, 1, tzinfo=UTC))
        between = self.made_from_turbo(datetime(2025, 1, 1, tzinfo=UTC))
        make_edge(child=version_of(page), parent=between)

        ancestors = answer(what=str(page))["listings"][0]["ancestors"]

        turbo = next(row for row in ancestors if row["id"] == TURBO)
        assert set(turbo["licenses"]) == {"stability-ai-nc-research", "stability-ai-community"}

    def test_of_versions_of_one_page_stay_apart(self) -> None:
        page = make_page()
        for number, year in enumerate((2023, 2025), start=1):
            version = make_version(
                page=page, hub_version_id=str(number), published_at=datetime(year, 1, 1, tzinfo=UTC)
            )
            make_edge(child=version, parent_ref=TURBO)

        told = answer(what=str(page))["listings"]

        assert {row["version_id"]: row["ancestors"][0]["licenses"] for row in told} == {
            "1": ["stability-ai-nc-research"],
            "2": ["stability-ai-community"],
        }

    def test_of_the_release_itself_are_those_of_the_day_asked_about(self) -> None:
        page = make_page(
            hub="huggingface",
            hub_model_id="stabilityai/sdxl-turbo",
            first_seen_at=datetime(2023, 11, 28, tzinfo=UTC),
        )
        make_version(page=page, first_seen_at=page.first_seen_at)

        told = [word(page, datetime(year, 12, 1, tzinfo=UTC)) for year in (2023, 2024)]

        assert told == ["forbidden", "conditional"]


class TestQueries:
    def count(self, page: HubModel, as_of: datetime | None) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer(what=str(page), as_of=as_of)
        return len(queries)

    def test_do_not_grow_with_the_parents(self) -> None:
        few, many = listed("mit"), listed("mit")
        for page, parents in [(few, 1), (many, 8)]:
            for _ in range(parents):
                make_edge(child=version_of(page), parent=listed("mit"))

        assert self.count(many, DAY_2) == self.count(few, DAY_2)
        assert self.count(many, DAY_2) <= self.count(many, None) + 8


def test_a_name_suggests_only_pages_known_then() -> None:
    make_page(name="Grapefruit", hub_model_id="1")
    make_page(name="Grapefruit two", hub_model_id="2", first_seen_at=DAY_3)

    told = answer(what="grapefruit", as_of=DAY_2)

    assert [row["ask"] for row in told["candidates"]] == ["civitai:1"]


def test_an_unknown_digest_stays_unknown() -> None:
    with pytest.raises(Exception, match="No mirrored page lists"):
        answer(what=sha256_of(7), as_of=DAY_2)


def test_a_day_after_everything_is_answered_like_now() -> None:
    load_sample(by="tests")

    for page in HubModel.objects.filter(hub="sample").order_by("pk"):
        then = answer(what=str(page), as_of=datetime(2027, 1, 1, tzinfo=UTC))
        now = answer(what=str(page))

        assert then["listings"] == now["listings"]
        assert then["combined"] == now["combined"]
