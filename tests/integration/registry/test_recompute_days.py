"""Stored rights under the texts of several days, and with corrections."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from registry.licensing.terms import Permission
from registry.models import Artifact, HubModel, LicenseClaim, ModelVersion, RightsKind
from registry.rights.answers import RowAnswer, read_row
from registry.selectors.answers import answer_for_digest
from registry.selectors.rights_comparison import compare_rights
from registry.selectors.rights_epochs import is_outdated
from registry.selectors.rights_snapshot import forget_snapshot
from registry.selectors.rights_store import stored_codes, stored_rows
from registry.services.corrections import withdraw
from registry.services.recompute import recompute_rights
from registry.snapshots import ClaimSource, PageState
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

TURBO = "huggingface:stabilityai/sdxl-turbo"  # its publisher replaced the text
RESEARCH, BETWEEN, COMMUNITY = (
    datetime(2023, 12, 1, tzinfo=UTC),
    datetime(2024, 3, 1, tzinfo=UTC),
    datetime(2024, 9, 1, tzinfo=UTC),
)


@pytest.fixture(autouse=True)
def _home(settings: Settings, tmp_path: Path) -> None:
    settings.KEIFU_HOME = tmp_path
    forget_snapshot()


def row_of(version: ModelVersion) -> tuple[int, ...]:
    codes = stored_codes(kind=RightsKind.VERSION, numbers=[version.pk])
    return stored_rows(codes=codes.values())[codes[version.pk]]


def told(version: ModelVersion) -> RowAnswer:
    return read_row(row_of(version))


def derived(*parents: ModelVersion | HubModel | str, published_at: datetime = NOW) -> ModelVersion:
    child = make_version(published_at=published_at)
    make_claim(page=child.hub_model, declared=["mit"])
    for parent in parents:
        if isinstance(parent, str):
            make_edge(child=child, parent_ref=parent)
        else:
            make_edge(child=child, parent=parent)
    return child


def equal() -> None:
    compared = compare_rights()
    assert (compared.differing, compared.examples) == (0, ())


class TestRevisions:
    def test_bind_by_the_day_a_model_was_made(self) -> None:
        base = make_version(page=make_page(hub="huggingface"))
        make_claim(
            page=base.hub_model,
            declared=["other"],
            license_name="flux-1-dev-non-commercial-license",
        )
        before, after = (
            derived(base, published_at=day) for day in (COMMUNITY, COMMUNITY + timedelta(400))
        )
        both = derived(before, after)

        report = recompute_rights(by="job:test")

        equal()
        assert (report.by_objects, report.on_read) == (0, 0)
        assert set(told(both).duties) == {*told(before).duties, *told(after).duties}


class TestReplacedTexts:
    @pytest.mark.parametrize("place", ["", "stabilityai/sdxl-turbo", "stabilityai/renamed"])
    def test_bind_by_the_day_a_model_was_made(self, place: str) -> None:
        turbo: ModelVersion | HubModel | str = TURBO
        if place:
            page = make_page(hub="huggingface", hub_model_id=place)
            turbo = make_version(page=page)
            make_claim(page=page, declared=["other"])
        if place.endswith("renamed"):
            name = TURBO.partition(":")[2]
            turbo = make_page(
                hub="huggingface", hub_model_id=name, state=PageState.RENAMED, moved_to=place
            )
        research, between, community = (
            derived(turbo, published_at=day) for day in (RESEARCH, BETWEEN, COMMUNITY)
        )
        derived(research, derived(research))

        report = recompute_rights(by="job:test")

        equal()
        assert (report.by_objects, report.on_read) == (0, 0)
        words = [
            told(one).rights[Permission.USE_COMMERCIAL].word
            for one in (research, between, community)
        ]
        assert len(set(words)) == len(words)

    def test_of_two_days_bind_together(self, client: Client) -> None:
        research, community = (derived(TURBO, published_at=day) for day in (RESEARCH, COMMUNITY))
        both = derived(research, community)
        artifact = make_artifact()
        make_file(version=both, artifact=artifact)

        report = recompute_rights(by="job:test")

        equal()
        assert (report.by_objects, report.on_read) == (0, 0)
        assert told(both).rights[Permission.USE_COMMERCIAL].word == "forbidden"
        found = client.get(f"/api/v1/artifacts/by-hash/{artifact.sha256}/").json()
        assert found["rights"] == rights_of(artifact)


class TestCorrections:
    @pytest.mark.parametrize("source_url", ["", "https://example.org/license"])
    def test_count_until_they_are_withdrawn(self, source_url: str) -> None:
        page = make_page(hub_model_id="4201")
        version = make_version(page=page)
        make_claim(page=page, declared=["mit"])
        child = derived(version)
        recompute_rights(by="job:test", keep=True)
        before = told(child)
        LicenseClaim.objects.create(
            hub_model=page,
            source=ClaimSource.MODERATOR,
            declared=["cc-by-nc-4.0"],
            grade="E2",
            source_url=source_url,
            reason="it says so",
            seen_at=NOW,
        )

        recompute_rights(by="job:test", keep=True)

        equal()
        assert told(child).rights[Permission.USE_COMMERCIAL].word == "forbidden"
        withdraw(subject=str(page), kind=ClaimSource.MODERATOR, reason="it does not", by="test")
        assert is_outdated()
        recompute_rights(by="job:test", keep=True)
        equal()
        assert told(child) == before


class TestConflicts:
    def test_are_named_and_bind(self, client: Client) -> None:
        parents = []
        for declared in ("cc-by-nc-sa-4.0", "gpl-3.0"):
            parent = make_version()
            make_claim(page=parent.hub_model, declared=[declared])
            parents.append(parent)
        child = derived(*parents)
        artifact = make_artifact()
        make_file(version=child, artifact=artifact)

        recompute_rights(by="job:test")

        equal()
        found = client.get(f"/api/v1/artifacts/by-hash/{artifact.sha256}/").json()
        assert "SHARE_ALIKE_CONFLICT" in found["conflicts"]
        assert found["rights"]["share_derivatives"]["worst"] == "forbidden"
        assert found["rights"] == rights_of(artifact)


def rights_of(artifact: Artifact) -> dict[str, dict[str, str]]:
    combined = answer_for_digest(digest=artifact.sha256)["combined"]
    return {
        name: {"word": right["word"], "best": right["best"], "worst": right["worst"]}
        for name, right in combined.items()
    }
