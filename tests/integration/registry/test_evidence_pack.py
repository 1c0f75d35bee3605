"""What an answer rests on, as one archive that verifies itself."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import zstandard
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub_sync.models import HubPayload
from registry.errors import BadInput, Conflict, NotFound
from registry.fingerprints.pack_check import check_pack, members_of
from registry.licensing.catalog import FOLDER
from registry.models import HubModel, LineageEdge, ModelVersion
from registry.services.ingest import ingest_snapshots
from registry.services.interventions import erase, suppress
from tests.factories.registry import (
    edge_snapshot,
    make_artifact,
    make_claim,
    make_edge,
    make_file,
    make_page,
    make_version,
    model_snapshot,
    version_snapshot,
)

pytestmark = pytest.mark.django_db

DAY_1 = datetime(2026, 1, 1, tzinfo=UTC)
DAY_2 = DAY_1 + timedelta(days=1)
PARENT = "A secret parent"
BODY = b'{"id": "org/child", "base_model": "org/parent"}'


@pytest.fixture
def parent() -> ModelVersion:
    page = make_page(hub="huggingface", hub_model_id="org/secret-parent", name=PARENT)
    make_claim(page=page, declared=["cc-by-nc-4.0"], source_url="https://example.org/secret-parent")
    return make_version(page=page)


@pytest.fixture
def child(parent: ModelVersion) -> HubModel:
    version = make_version(page=make_page(hub="huggingface", hub_model_id="org/child"))
    make_claim(page=version.hub_model, declared=["mit"])
    make_edge(
        child=version, parent=parent.hub_model, source="README.md: secret-parent", detail="secret"
    )
    keep_payload("org/child", BODY)
    keep_payload("org/secret-parent", b'{"id": "org/secret-parent"}')
    return version.hub_model


def keep_payload(external_id: str, body: bytes, *, received_at: datetime = DAY_1) -> None:
    digest = hashlib.sha256(body).hexdigest()
    HubPayload.objects.create(
        hub="huggingface",
        kind="info",
        external_id=external_id,
        body_sha256=digest,
        content_sha256=digest,
        body=zstandard.compress(body),
        revision="abc",
        received_at=received_at,
    )


def write(folder: Path, what: object, *options: str, name: str = "pack.zip") -> Path:
    path = folder / name
    call_command("evidence_pack", str(what), "--output", str(path), *options, stdout=StringIO())
    return path


def told(path: Path) -> Mapping[str, Any]:
    members = members_of(path.read_bytes())
    return {
        name: json.loads(content) if name.endswith(".json") else content
        for name, content in members.items()
    }


def verify(path: Path) -> str:
    out = StringIO()
    call_command("evidence_pack", "--verify", str(path), stdout=out)
    return out.getvalue()


class TestPack:
    def test_holds_the_answer_and_what_it_rests_on(self, child: HubModel, tmp_path: Path) -> None:
        pack = told(write(tmp_path, child))

        assert pack["answer.json"]["combined"]["use_commercial"]["word"] == "forbidden"
        pages = {page["page"]: page for page in pack["pages.json"]}
        assert [claim["license"] for claim in pages[str(child)]["claims"]] == ["mit"]
        (edge,) = pack["edges.json"]
        assert edge["parent"] == "huggingface:org/secret-parent"
        assert edge["source"] == "README.md: secret-parent"
        assert "detail" not in edge

    def test_names_the_hubs_answers_without_their_words(
        self, child: HubModel, tmp_path: Path
    ) -> None:
        pack = told(write(tmp_path, child))

        assert pack["payloads.json"][0] == {
            "page": "huggingface:org/child",
            "kind": "info",
            "sha256": hashlib.sha256(BODY).hexdigest(),
            "revision": "abc",
            "received_at": "2026-01-01T00:00:00Z",
            "member": "",
        }
        assert not any(name.startswith("payloads/") for name in pack)

    def test_holds_the_hubs_answers_for_an_operator(self, child: HubModel, tmp_path: Path) -> None:
        path = write(tmp_path, child, "--with-payloads")

        assert told(path)[f"payloads/{hashlib.sha256(BODY).hexdigest()}.txt"] == BODY
        assert verify(path)

    def test_leaves_out_an_answer_of_which_only_the_digest_is_kept(
        self, child: HubModel, tmp_path: Path
    ) -> None:
        HubPayload.objects.filter(external_id="org/child").update(body=b"")

        pack = told(write(tmp_path, child, "--with-payloads"))

        (row,) = [row for row in pack["payloads.json"] if row["page"].endswith("org/child")]
        assert (row["sha256"], row["member"]) == (hashlib.sha256(BODY).hexdigest(), "")

    def test_names_rules_records_and_versions(self, child: HubModel, tmp_path: Path) -> None:
        pack = told(write(tmp_path, child))
        rules = pack["rules.json"]

        assert rules["software_version"] == "0.1.0"
        assert (
            rules["rules_sha256"] == hashlib.sha256((FOLDER / "README.md").read_bytes()).hexdigest()
        )
        records = {row["id"]: row for row in rules["records"]}
        assert {"mit", "cc-by-nc-4.0"} <= records.keys()
        for row in records.values():
            assert hashlib.sha256(pack[row["member"]]).hexdigest() == row["sha256"]

    def test_is_the_same_bytes_for_the_same_rows(self, child: HubModel, tmp_path: Path) -> None:
        first = write(tmp_path, child, name="first.zip")
        second = write(tmp_path, child, name="second.zip")

        assert first.read_bytes() == second.read_bytes()

    def test_of_a_past_day_rests_on_nothing_later(self, child: HubModel, tmp_path: Path) -> None:
        before = write(tmp_path, child, "--as-of", "2026-01-01", name="before.zip")
        late = make_version(page=make_page(hub="huggingface", hub_model_id="org/late"))
        make_edge(child=child.versions.get(), parent=late.hub_model, seen_at=DAY_2)
        make_claim(page=child, declared=["gpl-3.0"], seen_at=DAY_2)
        HubPayload.objects.filter(external_id="org/child").update(received_at=DAY_2)

        after = write(tmp_path, child, "--as-of", "2026-01-01", name="after.zip")

        payloads = told(after)["payloads.json"]
        assert [row["page"] for row in payloads] == ["huggingface:org/secret-parent"]
        assert told(before)["answer.json"] == told(after)["answer.json"]
        assert told(before)["edges.json"] == told(after)["edges.json"]
        assert told(before)["pages.json"] == told(after)["pages.json"]

    def test_is_made_of_bytes_too(self, child: HubModel, tmp_path: Path) -> None:
        artifact = make_artifact()
        make_file(version=child.versions.get(), artifact=artifact)

        assert told(write(tmp_path, artifact.sha256))["answer.json"]["matched_by"] == "sha256"

    def test_takes_as_many_questions_for_many_parents(
        self, child: HubModel, tmp_path: Path
    ) -> None:
        def count() -> int:
            with CaptureQueriesContext(connection) as queries:
                write(tmp_path, child)
            return len(queries)

        few = count()
        for _ in range(8):
            make_edge(
                child=child.versions.get(), parent=make_version(page=make_page(hub="huggingface"))
            )

        assert count() == few


class TestVerify:
    def test_says_that_all_is_as_written(self, child: HubModel, tmp_path: Path) -> None:
        assert verify(write(tmp_path, child)) == "pack.zip is as it was written.\n"

    def test_finds_what_was_changed(self, child: HubModel, tmp_path: Path) -> None:
        path = write(tmp_path, child)
        path.write_bytes(path.read_bytes().replace(b'"forbidden"', b'"allowed  "'))

        with pytest.raises(Conflict):
            verify(path)

    def test_works_without_this_project(self, child: HubModel, tmp_path: Path) -> None:
        path = write(tmp_path, child)
        (tmp_path / "verify.py").write_bytes(told(path)["verify.py"])

        ran = subprocess.run(
            [sys.executable, "-I", "-S", str(tmp_path / "verify.py"), str(path)],
            check=False,
            capture_output=True,
            text=True,
        )

        assert (ran.returncode, ran.stderr) == (0, "")

    def test_refuses_what_is_no_pack(self, tmp_path: Path) -> None:
        (tmp_path / "no.zip").write_bytes(b"nothing")

        with pytest.raises(Conflict, match="no pack"):
            verify(tmp_path / "no.zip")
        with pytest.raises(BadInput):
            verify(tmp_path / "missing.zip")


class TestWithheld:
    def bytes_of(self, path: Path) -> bytes:
        assert check_pack(path.read_bytes()) == []
        return path.read_bytes()

    def test_parents_have_no_name_in_a_pack(self, child: HubModel, tmp_path: Path) -> None:
        suppress(subject="huggingface:org/secret-parent", reason="asked", by="tests")

        content = self.bytes_of(write(tmp_path, child, "--with-payloads"))

        assert b"secret" not in content
        assert b"base_model" not in content.replace(b'"card_base_model"', b"")
        assert b"withheld:1" in content

    def test_erased_parents_have_no_name_in_a_pack(self, child: HubModel, tmp_path: Path) -> None:
        erase(subject="huggingface:org/secret-parent", reason="asked", by="tests")

        assert b"secret" not in self.bytes_of(write(tmp_path, child, "--with-payloads"))

    def test_erased_parents_stay_nameless_at_the_next_reading(
        self, child: HubModel, tmp_path: Path
    ) -> None:
        erase(subject="huggingface:org/secret-parent", reason="asked", by="tests")
        edge = edge_snapshot("huggingface:org/secret-parent", source="tag org/secret-parent")
        version = version_snapshot(hub_version_id="second", edges=(edge,))
        page = model_snapshot(hub="huggingface", hub_model_id="org/child", versions=(version,))

        ingest_snapshots(snapshots=[page], by="tests")

        assert b"secret" not in self.bytes_of(write(tmp_path, child))
        assert not LineageEdge.objects.filter(source__contains="secret").exists()

    def test_subjects_are_not_named_by_the_question(self, child: HubModel, tmp_path: Path) -> None:
        suppress(subject="huggingface:org/secret-parent", reason="asked", by="tests")

        content = self.bytes_of(write(tmp_path, "org/secret-parent", "--with-payloads"))

        assert b"secret" not in content

    def test_pages_are_not_named_by_their_bytes(
        self, child: HubModel, parent: ModelVersion, tmp_path: Path
    ) -> None:
        artifact = make_artifact()
        make_file(version=parent, artifact=artifact, filename="secret.safetensors")
        other = make_version(page=make_page(hub="huggingface"))
        make_edge(child=other, parent=artifact)
        suppress(subject="huggingface:org/secret-parent", reason="asked", by="tests")

        content = self.bytes_of(write(tmp_path, other.hub_model, "--with-payloads"))

        assert b"secret" not in content

    def test_pages_read_later_are_not_named_by_a_reference(self, tmp_path: Path) -> None:
        late = make_version(
            page=make_page(hub_model_id="5551234", first_seen_at=DAY_2), hub_version_id="7771234"
        )
        older = make_version(page=make_page())
        make_edge(child=older, parent=late)
        suppress(subject="civitai:5551234", reason="asked", by="tests")

        content = self.bytes_of(write(tmp_path, older.hub_model, "--as-of", "2026-01-01"))

        assert b"7771234" not in content


class TestRefusals:
    def test_of_a_mere_name(self, tmp_path: Path) -> None:
        make_page(name="Grapefruit")

        with pytest.raises(BadInput, match="choose a page"):
            write(tmp_path, "grapefruit")

    def test_of_a_day_before_the_first_reading(self, child: HubModel, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match="first read"):
            write(tmp_path, child, "--as-of", "2020-01-01")

    @pytest.mark.parametrize(
        "arguments", [[], ["org/child"], ["org/child", "--output", "/no/such/folder/x.zip"]]
    )
    def test_of_nonsense(self, child: HubModel, arguments: list[str]) -> None:
        with pytest.raises(BadInput):
            call_command("evidence_pack", *arguments, stdout=StringIO())
