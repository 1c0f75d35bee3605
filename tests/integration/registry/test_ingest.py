from collections.abc import Sequence
from datetime import timedelta

import pytest

from registry.lineage.relations import Evidence, Grade, Relation
from registry.models import (
    Artifact,
    ArtifactDigest,
    AuditEvent,
    HubModel,
    LicenseClaim,
    LineageEdge,
    ModelFile,
    ModelVersion,
    StateChange,
)
from registry.services.ingest import IngestReport, UnfitSnapshot, ingest_snapshots, record_state
from registry.snapshots import ClaimSource, Digest, ModelSnapshot, PageState
from tests.factories.registry import (
    NOW,
    claim_snapshot,
    edge_snapshot,
    file_snapshot,
    model_snapshot,
    sha256_of,
    version_snapshot,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)
LATEST = NOW + timedelta(days=2)


def ingest(*snapshots: ModelSnapshot) -> IngestReport:
    return ingest_snapshots(snapshots=snapshots, by="job:test")


def page_with_file(**fields: object) -> ModelSnapshot:
    file = file_snapshot(**{"hub_file_id": "f", "filename": "f", "sha256": sha256_of(5), **fields})
    return model_snapshot(
        hub_model_id="1", versions=(version_snapshot(hub_version_id="v", name="v", files=(file,)),)
    )


def page_with_edges(
    *parent_refs: str, hub_model_id: str = "1", version: str = "11", **fields: object
) -> ModelSnapshot:
    edges = tuple(edge_snapshot(parent_ref) for parent_ref in parent_refs)
    return model_snapshot(
        hub_model_id=hub_model_id,
        versions=(version_snapshot(hub_version_id=version, name="v", edges=edges),),
        **fields,
    )


def ends(edge: LineageEdge) -> tuple[str | None, str | None, str | None]:
    return (
        edge.parent_model.hub_model_id if edge.parent_model else None,
        edge.parent_version.hub_version_id if edge.parent_version else None,
        edge.parent_artifact.sha256 if edge.parent_artifact else None,
    )


class TestANewPage:
    def test_is_stored_with_everything_it_lists(self) -> None:
        file = file_snapshot(
            hub_file_id="7",
            filename="back\\slash\ttab\nline\rreturn 漫画.safetensors",
            digests=(Digest("blake3", "ab" * 32), Digest("autov2", "0" * 10)),
            is_primary=True,
            kind="Model" * 50,
        )
        snapshot = model_snapshot(
            hub_model_id="5",
            name='"quoted", {braced} \\N',
            tags=('a "b"', "c,d", "back\\slash", "NULL", ""),
            claims=(claim_snapshot("mit", flags={"allowCommercialUse": ["Image", "é\n"]}),),
            versions=(version_snapshot(hub_version_id="v", files=(file,), published_at=NOW),),
        )

        report = ingest(snapshot)

        page = HubModel.objects.get()
        stored = ModelFile.objects.get()
        assert page.name == '"quoted", {braced} \\N'
        assert page.tags == ['a "b"', "c,d", "back\\slash", "NULL", ""]
        assert page.changed_at == page.first_seen_at == NOW
        assert page.claims.get().flags == {"allowCommercialUse": ["Image", "é\n"]}
        assert page.state_changes.get().state == "listed"
        assert page.versions.get().published_at == NOW
        assert stored.filename == "back\\slash\ttab\nline\rreturn 漫画.safetensors"
        assert stored.kind == "Model" * 50
        assert stored.artifact is not None
        assert stored.artifact.sha256 == file.sha256
        assert stored.artifact.digests.get().algorithm == "blake3"
        assert report == IngestReport(pages_new=1, rows_written=7)

    def test_counts_with_its_last_snapshot_when_it_comes_twice(self) -> None:
        ingest(
            model_snapshot(hub_model_id="1", name="first"),
            model_snapshot(hub_model_id="1", name="last"),
        )

        assert HubModel.objects.get().name == "last"

    def test_is_audited_once_per_batch_by_hub(self) -> None:
        ingest(model_snapshot(), model_snapshot())

        event = AuditEvent.objects.get()
        assert (event.event, event.actor, event.target) == ("pages.mirrored", "job:test", "civitai")
        assert event.details["pages_new"] == 2

    def test_shares_its_bytes_with_every_page_that_lists_them(self) -> None:
        first = file_snapshot(
            sha256=sha256_of(1), size_bytes=None, digests=(Digest("crc32", "aa"),)
        )
        second = file_snapshot(sha256=sha256_of(1), size_bytes=9, digests=(Digest("crc32", "bb"),))

        ingest(model_snapshot(versions=(version_snapshot(files=(first,)),)))
        ingest(
            model_snapshot(
                hub="huggingface",
                hub_model_id="org/name",
                versions=(version_snapshot(files=(second,)),),
            )
        )

        artifact = Artifact.objects.get()
        assert artifact.size_bytes == 9
        assert artifact.listings.count() == 2
        assert sorted(artifact.digests.values_list("value", flat=True)) == ["aa", "bb"]


class TestAKnownPage:
    def test_writes_nothing_when_it_says_the_same(self) -> None:
        file = file_snapshot(digests=(Digest("crc32", "00"),))
        snapshot = model_snapshot(
            claims=(claim_snapshot("mit"),),
            versions=(version_snapshot(files=(file,), edges=(edge_snapshot("civitai:9"),)),),
        )
        ingest(snapshot)

        report = ingest(snapshot)

        assert report == IngestReport(pages_unchanged=1)
        assert AuditEvent.objects.count() == 1

    def test_takes_over_what_differs_and_says_when(self) -> None:
        ingest(model_snapshot(hub_model_id="1", name="old"))

        report = ingest(model_snapshot(hub_model_id="1", name="new", observed_at=LATER))

        page = HubModel.objects.get()
        assert (page.name, page.first_seen_at, page.changed_at) == ("new", NOW, LATER)
        assert report == IngestReport(pages_changed=1, rows_written=1)

    def test_counts_as_changed_when_only_a_file_differs(self) -> None:
        ingest(page_with_file(filename="old"))

        ingest(snapshot_at(page_with_file(filename="new"), LATER))

        assert ModelFile.objects.get().filename == "new"
        assert HubModel.objects.get().changed_at == LATER

    def test_keeps_files_and_versions_it_does_not_list_any_more(self) -> None:
        ingest(page_with_file())

        ingest(model_snapshot(hub_model_id="1", state=PageState.ARCHIVED))

        assert ModelFile.objects.count() == ModelVersion.objects.count() == 1
        assert HubModel.objects.get().state == "archived"

    def test_keeps_text_that_an_archived_page_hides(self) -> None:
        ingest(
            model_snapshot(
                hub_model_id="1",
                description="<p>merge</p>",
                tags=("a",),
                looks_merged=True,
                versions=(version_snapshot(hub_version_id="v", description="words"),),
            )
        )

        ingest(
            model_snapshot(
                hub_model_id="1",
                state=PageState.ARCHIVED,
                versions=(version_snapshot(hub_version_id="v"),),
            )
        )

        page = HubModel.objects.get()
        assert (page.description, page.tags, page.looks_merged) == ("<p>merge</p>", ["a"], True)
        assert page.versions.get().description == "words"

    def test_lets_a_listed_page_take_its_text_back(self) -> None:
        ingest(model_snapshot(hub_model_id="1", description="words"))

        ingest(model_snapshot(hub_model_id="1"))

        assert HubModel.objects.get().description == ""

    def test_learns_bytes_and_size_that_were_not_known_yet(self) -> None:
        ingest(page_with_file(sha256="", size_bytes=None))

        ingest(page_with_file(sha256=sha256_of(3), size_bytes=5))

        file = ModelFile.objects.get()
        assert file.artifact is not None
        assert (file.artifact.sha256, file.size_bytes) == (sha256_of(3), 5)

    def test_does_not_forget_bytes_and_size_that_were_known(self) -> None:
        ingest(page_with_file(sha256=sha256_of(3), size_bytes=5))

        report = ingest(page_with_file(sha256="", size_bytes=None))

        file = ModelFile.objects.get()
        assert file.artifact is not None
        assert (file.artifact.sha256, file.size_bytes) == (sha256_of(3), 5)
        assert report.rows_written == 0

    def test_keeps_what_a_file_was_when_other_bytes_take_its_place(self) -> None:
        ingest(page_with_file(sha256=sha256_of(3)))

        ingest(page_with_file(sha256=sha256_of(4)))

        listed = ModelFile.objects.values_list("artifact__sha256", flat=True)
        assert sorted(filter(None, listed)) == [sha256_of(3), sha256_of(4)]

    def test_adds_a_version(self) -> None:
        ingest(model_snapshot(hub_model_id="1"))

        report = ingest(
            model_snapshot(hub_model_id="1", versions=(version_snapshot(files=(file_snapshot(),)),))
        )

        assert report == IngestReport(pages_changed=1, rows_written=4)


class TestLicenceClaims:
    def test_that_change_and_change_back_leave_three_rows(self) -> None:
        for day, license_id in enumerate(["mit", "apache-2.0", "mit", "mit"]):
            ingest(
                model_snapshot(
                    hub_model_id="1",
                    claims=(claim_snapshot(license_id),),
                    observed_at=NOW + timedelta(days=day),
                )
            )

        claims = LicenseClaim.objects.order_by("seen_at")
        assert [claim.declared for claim in claims] == [["mit"], ["apache-2.0"], ["mit"]]

    def test_are_compared_within_their_source(self) -> None:
        card, tag = claim_snapshot("mit"), claim_snapshot("other", source=ClaimSource.HUB_TAG)
        ingest(model_snapshot(hub_model_id="1", claims=(card, tag)))

        report = ingest(model_snapshot(hub_model_id="1", claims=(tag, card)))

        assert report.rows_written == 0

    def test_that_are_empty_count_only_after_something_was_claimed(self) -> None:
        for day, claim in enumerate([claim_snapshot(), claim_snapshot("mit"), claim_snapshot()]):
            ingest(
                model_snapshot(
                    hub_model_id="1", claims=(claim,), observed_at=NOW + timedelta(days=day)
                )
            )

        claims = LicenseClaim.objects.order_by("seen_at")
        assert [claim.declared for claim in claims] == [["mit"], []]

    def test_that_vanish_from_a_page_stay(self) -> None:
        ingest(model_snapshot(hub_model_id="1", claims=(claim_snapshot("mit"),)))

        ingest(model_snapshot(hub_model_id="1"))

        assert LicenseClaim.objects.get().declared == ["mit"]


class TestEdges:
    PARENTS = {
        "civitai:2": model_snapshot(hub_model_id="2"),
        "civitai-version:22": page_with_edges(hub_model_id="2", version="22"),
        "huggingface:org/name": model_snapshot(hub="huggingface", hub_model_id="org/name"),
        "huggingface:org/name@abc": model_snapshot(
            hub="huggingface",
            hub_model_id="org/name",
            versions=(version_snapshot(hub_version_id="abc"),),
        ),
        "huggingface:org/name@unseen": model_snapshot(hub="huggingface", hub_model_id="org/name"),
        "sample:slug": model_snapshot(hub="sample", hub_model_id="slug"),
        f"sha256:{sha256_of(77)}": model_snapshot(
            versions=(version_snapshot(files=(file_snapshot(sha256=sha256_of(77)),)),)
        ),
    }
    ENDS = {
        "civitai:2": ("2", None, None),
        "civitai-version:22": ("2", "22", None),
        "huggingface:org/name": ("org/name", None, None),
        "huggingface:org/name@abc": ("org/name", "abc", None),
        "huggingface:org/name@unseen": ("org/name", None, None),
        "sample:slug": ("slug", None, None),
        f"sha256:{sha256_of(77)}": (None, None, sha256_of(77)),
    }

    @pytest.mark.parametrize("order", ["child first", "parent first", "together"])
    @pytest.mark.parametrize("reference", PARENTS)
    def test_close_whatever_the_order(self, reference: str, order: str) -> None:
        child, parent = page_with_edges(reference), self.PARENTS[reference]
        batches: dict[str, Sequence[Sequence[ModelSnapshot]]] = {
            "child first": [[child], [parent]],
            "parent first": [[parent], [child]],
            "together": [[child, parent]],
        }

        for batch in batches[order]:
            ingest(*batch)

        assert ends(LineageEdge.objects.get()) == self.ENDS[reference]

    @pytest.mark.parametrize("reference", ["base:SD 1.5", "name:some words", "autov1:0123abcd"])
    def test_to_what_names_no_page_stay_open(self, reference: str) -> None:
        ingest(page_with_edges(reference))

        assert ends(LineageEdge.objects.get()) == (None, None, None)

    def test_move_from_the_page_to_the_revision_once_it_is_mirrored(self) -> None:
        reference = "huggingface:org/name@abc"
        ingest(page_with_edges(reference), self.PARENTS["huggingface:org/name"])

        ingest(self.PARENTS[reference])

        assert ends(LineageEdge.objects.get()) == self.ENDS[reference]

    def test_find_a_name_that_copy_has_to_escape(self) -> None:
        name = "org/back\\slash\ttab"
        ingest(model_snapshot(hub="huggingface", hub_model_id=name))

        ingest(page_with_edges(f"huggingface:{name}"))

        assert ends(LineageEdge.objects.get()) == (name, None, None)

    def test_do_not_take_a_longer_name_for_a_revision(self) -> None:
        ingest(page_with_edges("huggingface:org/name2@abc", "huggingface:org/nam"))

        ingest(self.PARENTS["huggingface:org/name"])

        assert {ends(edge) for edge in LineageEdge.objects.all()} == {(None, None, None)}

    def test_from_a_page_to_itself_are_no_edges(self) -> None:
        ingest(page_with_edges("civitai:1", "civitai-version:11"))

        assert not LineageEdge.objects.exists()

    def test_may_lead_to_a_sibling(self) -> None:
        edge = edge_snapshot("civitai-version:12")
        versions = (
            version_snapshot(hub_version_id="11", edges=(edge,)),
            version_snapshot(hub_version_id="12"),
        )

        ingest(model_snapshot(hub_model_id="1", versions=versions))

        assert ends(LineageEdge.objects.get()) == ("1", "12", None)

    def test_that_are_not_stated_any_more_are_retracted_and_restored(self) -> None:
        ingest(page_with_edges("civitai:2", "civitai:3"))

        ingest(page_with_edges("civitai:2", observed_at=LATER))
        retracted = LineageEdge.objects.get(parent_ref="civitai:3").retracted_at
        ingest(page_with_edges("civitai:2", "civitai:3", observed_at=LATEST))

        assert retracted == LATER
        assert not LineageEdge.objects.exclude(retracted_at=None).exists()
        assert LineageEdge.objects.count() == 2

    @pytest.mark.parametrize("state", [PageState.ARCHIVED, PageState.GATED, PageState.TAKEN_DOWN])
    def test_stay_when_the_page_hides_its_text(self, state: PageState) -> None:
        ingest(page_with_edges("civitai:2"))

        ingest(page_with_edges(state=state))

        assert LineageEdge.objects.get().retracted_at is None

    def test_stated_twice_keep_the_strongest(self) -> None:
        weak = edge_snapshot("civitai:2", grade=Grade.PROSE, detail="weak")
        strong = edge_snapshot("civitai:2", grade=Grade.TAG, detail="strong", weight=0.5)
        other = edge_snapshot("civitai:2", relation=Relation.ADAPTER)
        prose = edge_snapshot("civitai:2", evidence=Evidence.DESCRIPTION_LINK)
        edges = (weak, strong, other, prose)

        ingest(model_snapshot(versions=(version_snapshot(edges=edges),)))

        assert LineageEdge.objects.count() == 3
        assert LineageEdge.objects.get(detail="strong").weight == 0.5
        assert not LineageEdge.objects.filter(detail="weak").exists()


class TestAnUnfitSnapshot:
    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"name": "a\0b"}, "NUL"),
            ({"description": "lone \ud800"}, "surrogates"),
            ({"tags": ("\0",)}, "NUL"),
            ({"claims": (claim_snapshot(flags={"a": "\0"}),)}, "NUL"),
            ({"hub_model_id": "x" * 256}, "255"),
            ({"hub_model_id": "\0"}, "NUL"),
            ({"hub_model_id": "\udfff"}, "surrogates"),
            ({"versions": (version_snapshot(edges=(edge_snapshot("a:\udfff"),)),)}, "surrogates"),
            ({"versions": (version_snapshot(edges=(edge_snapshot("a:\0"),)),)}, "NUL"),
            ({"versions": (version_snapshot(hub_version_id="\0"),)}, "NUL"),
            ({"observed_at": NOW.replace(tzinfo=None)}, "time zone"),
            ({"hub": "nowhere"}, "no hub"),
            ({"claims": (claim_snapshot("a"), claim_snapshot("b"))}, "two licence claims"),
            ({"versions": (version_snapshot(hub_version_id=""),)}, "version id"),
            ({"versions": (version_snapshot(edges=(edge_snapshot("é" * 1001),)),)}, "2000 bytes"),
            (
                {"versions": (version_snapshot(edges=(edge_snapshot("a:b", weight=1e999),)),)},
                "not finite",
            ),
            ({"versions": (version_snapshot(files=(file_snapshot(sha256="A" * 64),)),)}, "hexa"),
            ({"versions": (version_snapshot(files=(file_snapshot(sha256="a"),)),)}, "64 digits"),
            ({"versions": (version_snapshot(files=(file_snapshot(size_bytes=-1),)),)}, "no size"),
            (
                {"versions": (version_snapshot(files=(file_snapshot(size_bytes=2**63),)),)},
                "no size",
            ),
        ],
    )
    def test_is_named_and_nothing_of_the_batch_is_written(
        self, fields: dict[str, object], reason: str
    ) -> None:
        unfit = model_snapshot(**{"hub_model_id": "2", **fields})

        with pytest.raises(UnfitSnapshot, match=reason) as refusal:
            ingest(model_snapshot(hub_model_id="1"), unfit)

        assert refusal.value.hub_model_id == unfit.hub_model_id
        assert not HubModel.objects.exists()


class TestRecordState:
    def test_appends_a_change_and_moves_the_page(self) -> None:
        ingest(model_snapshot(hub_model_id="1"))

        changed = [
            record_state(
                hub="civitai", hub_model_id="1", state=PageState.GONE, seen_at=LATER, by="job:test"
            )
            for _ in range(2)
        ]

        page = HubModel.objects.get()
        assert changed == [True, False]
        assert (page.state, page.changed_at) == ("gone", LATER)
        assert list(StateChange.objects.order_by("pk").values_list("state", flat=True)) == [
            "listed",
            "gone",
        ]

    def test_knows_nothing_of_an_unknown_page(self) -> None:
        assert not record_state(
            hub="civitai", hub_model_id="1", state=PageState.GONE, seen_at=LATER, by="job:test"
        )

    def test_lets_a_page_come_back(self) -> None:
        ingest(model_snapshot(hub_model_id="1"))
        record_state(
            hub="civitai",
            hub_model_id="1",
            state=PageState.RENAMED,
            moved_to="2",
            seen_at=LATER,
            by="job:test",
        )

        ingest(model_snapshot(hub_model_id="1", observed_at=LATEST))

        states = StateChange.objects.order_by("pk").values_list("state", "moved_to")
        assert list(states) == [("listed", ""), ("renamed", "2"), ("listed", "")]


def snapshot_at(snapshot: ModelSnapshot, observed_at: object) -> ModelSnapshot:
    fields = {name: getattr(snapshot, name) for name in snapshot.__struct_fields__}
    return ModelSnapshot(**{**fields, "observed_at": observed_at})


def test_digests_have_a_row_per_value() -> None:
    ingest(page_with_file(digests=(Digest("crc32", "00"), Digest("crc32", "00"))))

    assert ArtifactDigest.objects.count() == 1
