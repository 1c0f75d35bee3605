"""What headers say: kept once for the bytes, stated by every page that lists them."""

import json
from datetime import timedelta
from typing import Any

import pytest
import zstandard
from django.utils import timezone

from registry.lineage.relations import Evidence, Grade
from registry.models import (
    Artifact,
    AuditEvent,
    EdgeLapse,
    HeaderInspection,
    HeaderStatement,
    LineageEdge,
)
from registry.selectors.answers import answer
from registry.selectors.digest import content_digest
from registry.selectors.evidence import evidence_members
from registry.selectors.inspections import inspect_facts
from registry.selectors.listing_words import NO_WORDS, words_about
from registry.selectors.subjects import subject_of
from registry.services import inspections
from registry.services.ingest import ingest_snapshots
from registry.services.inspections import store_headers
from registry.services.interventions import erase, suppress
from registry.snapshots import ClaimSource
from tests.factories.inspections import (
    ancestor_claim,
    inspected,
    keep_header,
    parent_claim,
    read_header,
)
from tests.factories.registry import (
    NOW,
    file_snapshot,
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

PARENT = "a" * 64
UNSEEN = "b" * 64
CHILD = "c" * 64


def listed(sha256: str, *, declared: str = "mit", **fields: Any) -> Artifact:
    """Bytes on a page of their own that declares a licence."""
    version = make_version(page=make_page(**{"is_checkpoint": False, **fields}))
    make_claim(page=version.hub_model, declared=[declared])
    artifact = make_artifact(sha256=sha256)
    make_file(version=version, artifact=artifact)
    return artifact


def snapshot_listing(sha256: str, **fields: Any) -> Any:
    version = version_snapshot(hub_version_id="77", files=(file_snapshot(sha256=sha256),))
    return model_snapshot(hub_model_id="70", versions=(version,), **fields)


class TestStoring:
    def test_keeps_the_public_form_and_the_header_itself(self) -> None:
        artifact = listed(CHILD)
        metadata = {"ss_network_dim": "8", "ss_output_name": "Somebody's name"}

        keep_header(artifact, inspected(metadata=metadata), header=b"\x02{}")

        [row] = HeaderInspection.objects.all()
        assert row.claims == {"ss_network_dim": "8"}
        assert zstandard.decompress(bytes(row.header)) == b"\x02{}"
        assert (row.kind, row.family, row.role) == ("checkpoint", "sd1", "full")
        assert row.tensors["parameters"] == 10
        assert AuditEvent.objects.get(event="headers.inspected").details["files"] == 1

    def test_drops_what_comes_after_the_lease_has_ended(self) -> None:
        artifact = listed(CHILD)
        slow = read_header(artifact, inspected(edges=[parent_claim(f"sha256:{PARENT}")]))
        keep_header(artifact, inspected())

        stored = store_headers(read=[slow], by="job:inspect")

        assert stored.inspections == 0
        assert not HeaderStatement.objects.exists()

    def test_joins_a_parent_named_by_its_sha256_at_once(self) -> None:
        parent, child = listed(PARENT), listed(CHILD)

        keep_header(child, inspected(edges=[parent_claim(f"sha256:{PARENT}", weight=0.3)]))

        [edge] = LineageEdge.objects.all()
        assert (edge.parent_artifact, edge.weight) == (parent, 0.3)
        assert edge.evidence == Evidence.HEADER_A1111

    def test_closes_the_edge_when_the_parent_arrives_later(self) -> None:
        keep_header(listed(CHILD), inspected(edges=[parent_claim(f"sha256:{PARENT}")]))

        ingest_snapshots(snapshots=[snapshot_listing(PARENT)], by="test")

        assert LineageEdge.objects.get().parent_artifact == Artifact.objects.get(sha256=PARENT)

    def test_writes_nothing_the_second_time(self) -> None:
        artifact = listed(CHILD)
        result = inspected(edges=[parent_claim(f"sha256:{PARENT}")])
        keep_header(artifact, result)

        assert store_headers(read=[read_header(artifact, result)], by="t").edges == 0

    def test_takes_back_what_a_later_reader_does_not_find(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        artifact = listed(CHILD)
        result = inspected(edges=[parent_claim(f"sha256:{PARENT}")])
        keep_header(artifact, result)
        monkeypatch.setattr(inspections, "READER_VERSION", 2)

        keep_header(artifact, inspected())
        retracted = LineageEdge.objects.get().retracted_at
        monkeypatch.setattr(inspections, "READER_VERSION", 3)
        keep_header(artifact, result)

        assert retracted is not None
        assert LineageEdge.objects.get().retracted_at is None
        assert EdgeLapse.objects.get().retracted_at == retracted
        assert HeaderInspection.objects.count() == 3


class TestSpreading:
    def test_reaches_every_page_that_lists_the_bytes(self) -> None:
        artifact = listed(CHILD)
        make_file(version=make_version(), artifact=artifact)

        keep_header(artifact, inspected(edges=[parent_claim(f"sha256:{PARENT}")]))

        assert LineageEdge.objects.filter(parent_ref=f"sha256:{PARENT}").count() == 2

    def test_reaches_a_page_that_lists_them_later(self) -> None:
        keep_header(listed(CHILD), inspected(edges=[parent_claim(f"sha256:{PARENT}")]))

        snapshot = snapshot_listing(CHILD)

        first = ingest_snapshots(snapshots=[snapshot], by="test")
        again = ingest_snapshots(snapshots=[snapshot], by="test")

        assert LineageEdge.objects.filter(child__hub_version_id="77").count() == 1
        assert first.rows_written > again.rows_written == 0

    def test_outlives_a_page_that_does_not_say_it(self) -> None:
        ingest_snapshots(snapshots=[snapshot_listing(CHILD)], by="test")
        artifact = Artifact.objects.get(sha256=CHILD)
        keep_header(artifact, inspected(edges=[parent_claim(f"sha256:{PARENT}")]))

        ingest_snapshots(snapshots=[snapshot_listing(CHILD, name="new name")], by="test")

        assert LineageEdge.objects.get().retracted_at is None

    def test_makes_no_version_its_own_parent(self) -> None:
        artifact = listed(CHILD)
        version = artifact.listings.get().version
        make_file(version=version, artifact=make_artifact(sha256=PARENT), filename="full.ckpt")
        claims = [f"sha256:{PARENT}", str(version.hub_model), f"sha256:{CHILD}"]

        keep_header(artifact, inspected(edges=[parent_claim(one) for one in claims]))

        assert not LineageEdge.objects.exists()

    def test_is_known_from_the_day_of_the_reading(self) -> None:
        listed(PARENT, declared="cc-by-nc-4.0")
        keep_header(listed(CHILD), inspected(edges=[parent_claim(f"sha256:{PARENT}")]))

        now = answer(what=CHILD)
        before = answer(what=CHILD, as_of=timezone.now() - timedelta(hours=1))

        assert now["listings"][0]["lineage"] != []
        assert before["listings"][0]["lineage"] == []


class TestRights:
    def use(self, what: str) -> str:
        [listing] = answer(what=what)["listings"]
        return listing["rights"]["use_commercial"]["word"]

    def test_carry_the_terms_of_a_parent_that_the_header_names(self) -> None:
        listed(PARENT, declared="cc-by-nc-4.0")
        child = listed(CHILD)
        before = self.use(CHILD)

        keep_header(child, inspected(edges=[parent_claim(f"sha256:{PARENT}")]))

        assert (before, self.use(CHILD)) == ("unclear", "forbidden")

    def test_carry_the_terms_of_a_grandparent_through_bytes_nobody_mirrored(self) -> None:
        listed(PARENT, declared="cc-by-nc-4.0")
        child = listed(CHILD)
        told = ancestor_claim(f"sha256:{UNSEEN}", f"sha256:{PARENT}")

        keep_header(child, inspected(edges=[parent_claim(f"sha256:{UNSEEN}")], ancestry=[told]))

        [listing] = answer(what=CHILD)["listings"]
        ends = {(edge["child"], edge["parent"]) for edge in listing["lineage"]}
        assert (f"sha256:{UNSEEN}", f"sha256:{PARENT}") in ends
        grounds = listing["rights"]["use_commercial"]["grounds"]
        assert any(ground["ancestor"] == f"sha256:{PARENT}" for ground in grounds)

    def test_carry_them_too_where_the_digests_of_those_bytes_are_kept(self) -> None:
        listed(PARENT, declared="cc-by-nc-4.0")
        make_artifact(sha256=UNSEEN)
        told = ancestor_claim(f"sha256:{UNSEEN}", f"sha256:{PARENT}")

        keep_header(
            listed(CHILD), inspected(edges=[parent_claim(f"sha256:{UNSEEN}")], ancestry=[told])
        )

        [listing] = answer(what=CHILD)["listings"]
        assert (f"sha256:{UNSEEN}", f"sha256:{PARENT}") in {
            (edge["child"], edge["parent"]) for edge in listing["lineage"]
        }

    def test_are_not_touched_by_what_a_stranger_tells_of_a_parent(self) -> None:
        listed(PARENT, declared="cc-by-nc-4.0")
        keep_header(listed(CHILD), inspected(edges=[parent_claim(f"sha256:{UNSEEN}")]))
        told = ancestor_claim(f"sha256:{UNSEEN}", f"sha256:{PARENT}")
        stranger = listed("d" * 64)

        keep_header(stranger, inspected(edges=[parent_claim(f"sha256:{UNSEEN}")], ancestry=[told]))

        [listing] = answer(what=CHILD)["listings"]
        assert f"sha256:{PARENT}" not in str(listing)

    def test_rest_on_the_parents_own_page_once_it_is_mirrored(self) -> None:
        listed(PARENT, declared="cc-by-nc-4.0")
        told = ancestor_claim(f"sha256:{UNSEEN}", f"sha256:{PARENT}")
        keep_header(
            listed(CHILD), inspected(edges=[parent_claim(f"sha256:{UNSEEN}")], ancestry=[told])
        )

        ingest_snapshots(snapshots=[snapshot_listing(UNSEEN)], by="test")

        [listing] = answer(what=CHILD)["listings"]
        assert f"sha256:{PARENT}" not in str(listing["lineage"])

    def test_count_a_recipe_as_whole_only_if_every_file_of_the_version_has_one(self) -> None:
        base = listed(PARENT).listings.get().version.hub_model
        make_claim(page=base, declared=["mit"], source=ClaimSource.CATALOG)  # an official release
        child = listed(CHILD, is_checkpoint=True, looks_merged=True)
        before = self.use(CHILD)
        keep_header(child, inspected(edges=[parent_claim(f"sha256:{PARENT}")], complete=True))
        after = self.use(CHILD)

        version = child.listings.get().version
        make_file(version=version, artifact=make_artifact(sha256=sha256_of(5)))

        assert (before, after, self.use(CHILD)) == ("unclear", "allowed", "unclear")


class TestEvidence:
    def test_of_a_pack_holds_what_headers_say_and_tell(self) -> None:
        listed(PARENT)
        told = ancestor_claim(f"sha256:{UNSEEN}", f"sha256:{PARENT}")
        keep_header(
            listed(CHILD), inspected(edges=[parent_claim(f"sha256:{UNSEEN}")], ancestry=[told])
        )

        members = evidence_members(query=CHILD, subject=subject_of(CHILD))

        edges = json.loads(members["edges.json"])
        assert {(edge["parent"], edge["evidence"]) for edge in edges} == {
            (f"sha256:{UNSEEN}", "header_a1111"),
            (f"sha256:{PARENT}", "header_a1111"),
        }

    def test_changes_the_content_digest(self) -> None:
        artifact = listed(CHILD)
        before = content_digest().sha256
        keep_header(artifact, inspected())
        read = content_digest().sha256

        keep_header(artifact, inspected())

        assert before != read == content_digest().sha256


class TestErasure:
    def result(self) -> Any:
        return inspected(
            metadata={"ss_sd_model_name": "secret-base", "ss_output_name": "x"},
            edges=[
                parent_claim("name:secret-base", grade=Grade.INFERRED),
                parent_claim("huggingface:org/secret"),
                parent_claim(f"sha256:{PARENT}", detail="secret-base"),
            ],
        )

    def everything(self) -> str:
        rows = [*HeaderInspection.objects.values(), *HeaderStatement.objects.values()]
        return str(rows) + str(list(LineageEdge.objects.values()))

    def test_of_bytes_takes_their_header_and_its_words(self) -> None:
        keep_header(listed(CHILD), self.result(), header=b"secret-base")

        erase(subject=f"sha256:{CHILD}", reason="asked for", by="user:op")

        row = HeaderInspection.objects.get()
        assert (bytes(row.header), row.claims) == (b"", {})
        assert "secret-base" not in self.everything()
        assert HeaderStatement.objects.filter(parent_ref=f"sha256:{PARENT}").exists()

    def test_of_the_only_page_that_lists_them_does_too(self) -> None:
        artifact = listed(CHILD, hub_model_id="5")
        keep_header(artifact, self.result(), header=b"secret-base")

        erase(subject="civitai:5", reason="asked for", by="user:op")

        assert "secret-base" not in self.everything()

    def test_of_one_of_two_pages_leaves_the_other_its_evidence(self) -> None:
        artifact = listed(CHILD, hub_model_id="5")
        make_file(version=make_version(), artifact=artifact)
        keep_header(artifact, self.result(), header=b"secret-base")

        erase(subject="civitai:5", reason="asked for", by="user:op")

        assert bytes(HeaderInspection.objects.get().header) != b""

    def test_of_a_page_that_headers_name_hides_its_name_in_them(self) -> None:
        artifact = listed(CHILD)
        keep_header(artifact, self.result())

        erase(subject="huggingface:org/secret", reason="asked for", by="user:op")

        assert "org/secret" not in self.everything()
        assert HeaderStatement.objects.filter(parent_ref__startswith="huggingface:alias-").exists()

    def test_of_a_page_hides_its_name_in_any_case_of_letters(self) -> None:
        keep_header(listed(CHILD), self.result())

        erase(subject="huggingface:Org/Secret", reason="asked for", by="user:op")

        assert "org/secret" not in self.everything()

    def test_holds_for_what_is_read_afterwards(self) -> None:
        artifact = listed(CHILD)
        erase(subject="huggingface:org/secret", reason="asked for", by="user:op")
        erase(subject=f"sha256:{sha256_of(9)}", reason="asked for", by="user:op")

        keep_header(artifact, self.result())
        keep_header(listed(sha256_of(9)), self.result())

        assert "org/secret" not in self.everything()
        assert HeaderInspection.objects.count() == 1


def test_the_day_of_the_fixtures_is_in_the_past() -> None:
    assert timezone.now() > NOW


class TestPageWords:
    def test_let_a_header_be_compared_with_its_page(self) -> None:
        artifact = listed(CHILD, declared="mit", hub="huggingface")
        version = artifact.listings.get().version
        make_edge(child=version, parent_ref="huggingface:org/base")

        words = words_about(CHILD)

        assert (words.licenses, words.parents) == (("mit",), ("org/base",))
        facts = inspected(metadata={"modelspec.license": "cc-by-nc-4.0"}).facts
        codes = {finding.code for finding in inspect_facts(facts, sha256=CHILD).findings}
        assert codes - {finding.code for finding in inspect_facts(facts).findings} != set()

    def test_of_a_withheld_page_are_none(self) -> None:
        listed(CHILD, hub_model_id="5")
        suppress(subject="civitai:5", reason="asked for", by="user:op")

        assert words_about(CHILD) == NO_WORDS
