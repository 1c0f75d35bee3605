"""Stored rights where headers of files tell how they, and files nobody mirrored, were made."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from registry.lineage.relations import Coverage, Evidence, Grade, Relation
from registry.models import Artifact, HeaderInspection, HeaderStatement, RightsKind
from registry.rights.answers import read_row
from registry.selectors.rights_comparison import compare_rights
from registry.selectors.rights_epochs import is_outdated
from registry.selectors.rights_snapshot import forget_snapshot
from registry.selectors.rights_store import stored_codes, stored_rows
from registry.services.recompute import recompute_rights
from registry.snapshots import ClaimSource
from tests.factories.registry import (
    NOW,
    make_artifact,
    make_claim,
    make_edge,
    make_file,
    make_version,
    sha256_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _home(settings: Settings, tmp_path: Path) -> None:
    settings.KEIFU_HOME = tmp_path
    forget_snapshot()


def inspected(artifact: Artifact, *, has_complete_recipe: bool = False) -> HeaderInspection:
    return HeaderInspection.objects.create(
        artifact=artifact,
        reader_version=1,
        read_at=NOW,
        hub="civitai",
        file_format="safetensors",
        kind="checkpoint",
        family="",
        role="",
        has_complete_recipe=has_complete_recipe,
        header_sha256=sha256_of(1),
        header=b"",
        bytes_read=1,
    )


def test_a_recipe_in_every_file_names_all_parents() -> None:
    parent, child = make_version(), make_version()
    make_claim(page=parent.hub_model, declared=["mit"], source=ClaimSource.CATALOG)
    make_edge(child=child, parent=parent)
    artifact = make_artifact()
    make_file(version=child, artifact=artifact)
    recompute_rights(by="job:test")
    inspected(artifact, has_complete_recipe=True)
    assert is_outdated()

    recompute_rights(by="job:test")

    assert compare_rights().differing == 0
    codes = stored_codes(kind=RightsKind.VERSION, numbers=[child.pk])
    row = read_row(stored_rows(codes=codes.values())[codes[child.pk]])
    assert row.coverage is Coverage.ATTESTED


@pytest.mark.parametrize("is_known", [False, True])
def test_what_headers_tell_of_other_files_is_told_by_the_object_engine(
    client: Client, *, is_known: bool
) -> None:
    told = make_artifact() if is_known else sha256_of(77)
    reference = f"sha256:{told.sha256 if isinstance(told, Artifact) else told}"
    teller, other = make_version(), make_version()
    for child in (teller, other):
        make_claim(page=child.hub_model, declared=["mit"])
        make_edge(
            child=child,
            parent=told if isinstance(told, Artifact) else None,
            parent_ref=reference,
        )
    artifact = make_artifact()
    make_file(version=teller, artifact=artifact)
    HeaderStatement.objects.create(
        inspection=inspected(artifact),
        child_ref=reference,
        parent_ref="base:SD 1.5",
        relation=Relation.FINETUNE,
        evidence=Evidence.HEADER_A1111,
        grade=Grade.TAG,
    )

    report = recompute_rights(by="job:test")

    compared = compare_rights()
    assert (compared.differing, report.on_read) == (0, 2)
    found = client.get(f"/api/v1/artifacts/by-hash/{artifact.sha256}/").json()
    assert found["computed"] == "now"
    assert found["use_restrictions"]  # of Stable Diffusion 1.5, which only the header names
