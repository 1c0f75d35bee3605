from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from registry.lineage.relations import Evidence, Grade, Relation
from registry.models import HubModel, ModelVersion, RightsChunk, RightsEpoch, RightsKind
from registry.rights.answers import RowAnswer, read_row
from registry.selectors.rights_comparison import RightsOutdated, compare_rights
from registry.selectors.rights_epochs import is_outdated
from registry.selectors.rights_store import stored_codes, stored_rows
from registry.selectors.rights_tables import read_tables
from registry.selectors.subjects import MAX_LISTED
from registry.services import recompute
from registry.services.recompute import (
    RightsComputedElsewhere,
    recompute_if_outdated,
    recompute_rights,
)
from registry.services.sample import load_sample
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


@pytest.fixture(autouse=True)
def _home(settings: Settings, tmp_path: Path) -> None:
    settings.KEIFU_HOME = tmp_path


OPEN = {
    "allowNoCredit": True,
    "allowCommercialUse": ["Image", "Rent", "Sell"],
    "allowDerivatives": True,
    "allowDifferentLicense": True,
}


def stored(kind: RightsKind, pk: int) -> RowAnswer:
    code = stored_codes(kind=kind, numbers=[pk])[pk]
    return read_row(stored_rows(codes=[code])[code])


def a_world() -> ModelVersion:
    """Everything the loader tells apart; the version that is returned is made from all of it."""
    repository = make_page(hub="huggingface", hub_model_id="black-forest-labs/FLUX.1-dev")
    make_version(page=repository, first_seen_at=NOW - timedelta(days=1))
    newest = make_version(page=repository)
    make_claim(page=repository, declared=["other"])
    page = make_page(model_type="Checkpoint", looks_merged=True)
    make_claim(page=page, flags=OPEN)
    make_claim(page=page, flags={**OPEN, "allowDerivatives": False}, seen_at=NOW + timedelta(1))
    older, newer = make_version(page=page), make_version(page=page, has_complete_recipe=True)
    make_edge(
        child=older,
        parent_ref="base:SD 1.5",
        evidence=Evidence.BASE_LABEL,
        relation=Relation.FINETUNE,
    )
    make_edge(child=newer, parent_ref="base:Pony", evidence=Evidence.BASE_LABEL)
    make_edge(child=newer, parent=newest, grade=Grade.TAG, relation=Relation.DISTILL)
    listed = make_artifact()
    make_file(version=older, artifact=listed)
    make_file(version=make_version(), artifact=listed)
    moved = make_page(state=PageState.RENAMED, moved_to=page.hub_model_id)
    catalogued = make_page(hub="sample", hub_model_id="known")
    make_claim(page=catalogued, declared=["cc-by-nd-4.0"], source=ClaimSource.CATALOG)
    make_version(page=catalogued)
    bare = make_page(hub="huggingface")
    make_claim(page=bare, declared=["apache-2.0 OR mit"])
    child = make_version(page=make_page(model_type="LORA", is_checkpoint=False))
    make_claim(page=child.hub_model, declared=["mit"], license_name="flux-1-dev-non-commercial")
    for parent in (repository, page, moved, listed, catalogued, bare, newer):
        make_edge(child=child, parent=parent, relation=Relation.ADAPTER)
    make_edge(child=child, parent_ref="name:something", grade=Grade.INFERRED, retracted_at=NOW)
    make_edge(child=newest, parent=child, relation=Relation.RUNTIME, grade=Grade.PROSE)
    make_file(version=child, artifact=make_artifact())
    return child


class TestRecomputeRights:
    def test_stores_what_the_object_engine_says(self) -> None:
        a_world()

        report = recompute_rights(by="job:test")

        compared = compare_rights()
        assert (compared.differing, compared.examples) == (0, ())
        assert compared.versions == ModelVersion.objects.count()
        assert compared.artifacts == report.artifacts == 2
        assert report.cyclic > 0

    def test_stores_what_the_object_engine_says_of_the_sample_catalogue(self) -> None:
        load_sample(by="job:test")

        recompute_rights(by="job:test")

        compared = compare_rights()
        assert (compared.differing, compared.examples) == (0, ())
        assert compared.versions > 30

    def test_works_on_an_empty_registry(self) -> None:
        report = recompute_rights(by="job:test")

        assert (report.models, report.chunks_written) == (0, 0)

    def test_writes_only_the_chunks_that_differ(self) -> None:
        far = make_version(id=5 * 512)
        child = make_version(id=9 * 512 + 3)
        make_file(version=far, artifact=make_artifact())
        recompute_rights(by="job:test")

        again = recompute_rights(by="job:test")
        make_claim(page=child.hub_model, declared=["mit"])
        changed = recompute_rights(by="job:test")

        assert (again.chunks_written, changed.chunks_written) == (0, 1)
        written = RightsChunk.objects.filter(epoch=changed.epoch)
        assert [(chunk.kind, chunk.number) for chunk in written] == [("version", 9)]

    def test_reaches_descendants(self) -> None:
        parent, child = make_version(), make_version()
        make_edge(child=child, parent=parent)
        make_claim(page=parent.hub_model, declared=["mit"])
        recompute_rights(by="job:test")
        before = stored(RightsKind.VERSION, child.pk)

        make_claim(page=parent.hub_model, declared=["cc-by-nc-4.0"], seen_at=NOW + timedelta(1))
        recompute_rights(by="job:test")

        assert stored(RightsKind.VERSION, child.pk).rights != before.rights
        assert compare_rights().differing == 0

    def test_makes_the_later_of_two_at_once_give_way(self, monkeypatch: pytest.MonkeyPatch) -> None:
        computed = recompute._computed

        def overtaken(held: object) -> object:
            found = computed(None)
            RightsEpoch.objects.create(
                layout="x",
                seen="x",
                computed_at=NOW,
                models_count=0,
                cyclic_count=0,
                chunks_written=0,
            )
            return found

        monkeypatch.setattr(recompute, "_computed", overtaken)

        with pytest.raises(RightsComputedElsewhere):
            recompute_rights(by="job:test")

    def test_asks_as_many_queries_of_a_larger_registry(self) -> None:
        make_edge()
        recompute_rights(by="job:test")
        with CaptureQueriesContext(
            connection,
        ) as few:
            recompute_rights(by="job:test")
        for _ in range(5):
            make_edge()
            make_claim()

        with CaptureQueriesContext(connection) as many:
            recompute_rights(by="job:test")

        assert len(many) <= len(few) + 1


class TestIsOutdated:
    def test_is_so_before_the_first_epoch(self) -> None:
        assert is_outdated()

    def test_is_not_so_while_nothing_changes(self) -> None:
        a_world()
        recompute_rights(by="job:test")

        assert not is_outdated()
        assert recompute_if_outdated(by="job:test") is None

    @pytest.mark.parametrize("change", [make_page, make_claim, make_edge, make_file])
    def test_is_so_after_a_change(self, change: Callable[[], object]) -> None:
        recompute_rights(by="job:test")

        change()

        assert is_outdated()

    def test_is_so_after_a_page_was_read_anew(self) -> None:
        page = make_page()
        recompute_rights(by="job:test")

        HubModel.objects.filter(pk=page.pk).update(changed_at=NOW + timedelta(1))

        assert is_outdated()


class TestWhatIsHeld:
    @pytest.fixture
    def lineage(self) -> tuple[ModelVersion, ModelVersion]:
        """A root, and a model made from it with a file; both have an epoch already."""
        a_world()
        root, child = make_version(), make_version()
        make_claim(page=root.hub_model, declared=["mit"])
        make_edge(child=child, parent=root, relation=Relation.FINETUNE)
        make_file(version=child, artifact=make_artifact())
        make_file(version=root, artifact=make_artifact())
        recompute_rights(by="job:test", keep=True)
        return root, child

    def read_anew(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Return a list that is added to whenever everything is read."""
        read: list[str] = []

        def all_of_it() -> object:
            read.append("all")
            return read_tables()

        monkeypatch.setattr(recompute, "read_tables", all_of_it)
        return read

    @pytest.mark.parametrize("is_read", [False, True])
    def test_new_claims_are_computed_without_reading_everything(
        self, lineage: tuple[ModelVersion, ...], monkeypatch: pytest.MonkeyPatch, is_read: bool
    ) -> None:
        root, child = lineage
        read = self.read_anew(monkeypatch)
        before = stored(RightsKind.VERSION, child.pk)
        for number, declared in enumerate(["cc-by-nc-4.0", "gemma", "mit"], start=1):
            at = NOW + timedelta(number)
            make_claim(page=root.hub_model, declared=[declared], seen_at=at)
            if is_read:
                HubModel.objects.filter(pk=root.hub_model_id).update(changed_at=at)

            report = recompute_rights(by="job:test", keep=True)

            assert read == []
            assert report.chunks_written > 0
            assert compare_rights().differing == 0
        assert stored(RightsKind.VERSION, child.pk) == before

    def test_anything_else_is_computed_anew(
        self, lineage: tuple[ModelVersion, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root, child = lineage
        read = self.read_anew(monkeypatch)
        page = HubModel.objects.filter(pk=root.hub_model_id)
        changes: list[Callable[[], object]] = [
            lambda: make_edge(child=child, parent=make_version()),
            lambda: page.update(looks_merged=True, changed_at=NOW + timedelta(9)),
            lambda: make_claim(page=root.hub_model, declared=["gemma"], source=ClaimSource.CATALOG),
        ]
        for number, change in enumerate(changes, start=1):
            change()

            recompute_rights(by="job:test", keep=True)

            assert len(read) == number
            assert compare_rights().differing == 0

    def test_is_of_no_account_once_somebody_else_has_computed(
        self, lineage: tuple[ModelVersion, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        recompute_rights(by="job:other")
        read = self.read_anew(monkeypatch)

        recompute_rights(by="job:test", keep=True)

        assert read == ["all"]


def test_nothing_is_compared_that_is_not_of_now() -> None:
    make_version()
    with pytest.raises(RightsOutdated, match="run recompute_rights"):
        compare_rights()
    recompute_rights(by="job:test")
    make_version()

    with pytest.raises(RightsOutdated):
        compare_rights()


def test_bytes_of_more_listings_than_are_answered_are_left_to_the_engine() -> None:
    artifact = make_artifact()
    for number in range(MAX_LISTED + 1):
        page = make_page()
        make_claim(page=page, declared=["mit" if number % 2 else "cc-by-nc-4.0"])
        make_file(version=make_version(page=page), artifact=artifact)

    recompute_rights(by="job:test")

    compared = compare_rights()
    assert (compared.differing, compared.on_read) == (0, 1)
