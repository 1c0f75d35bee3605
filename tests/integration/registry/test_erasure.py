from datetime import timedelta

import pytest

from hub_sync.models import Absence, HubPayload, QuarantinedItem
from registry.models import (
    Artifact,
    AuditEvent,
    HubModel,
    InterventionKind,
    LineageEdge,
    ModelFile,
)
from registry.selectors.audit import read_texts, verify_chain
from registry.selectors.digest import content_digest
from registry.selectors.interventions import erased_subjects, standing
from registry.selectors.page_json import model_json
from registry.services.ingest import ingest_snapshots, record_state
from registry.services.interventions import (
    AlreadyStands,
    dispute,
    erase,
    lift,
    suppress,
)
from registry.snapshots import PageState
from tests.factories.registry import (
    NOW,
    edge_snapshot,
    make_page,
    model_snapshot,
    sha256_of,
    version_snapshot,
)
from tests.integration.registry.private_page import (
    REPOSITORY,
    WORD,
    everything_stored,
    follower,
    ingest,
    private_page,
)

pytestmark = pytest.mark.django_db


class TestErase:
    @pytest.mark.parametrize(
        ("hub", "identity"), [("huggingface", "lovelace/name"), ("civitai", "990000777")]
    )
    def test_leaves_no_name_no_word_and_no_url_anywhere(self, hub: str, identity: str) -> None:
        subject = f"{hub}:{identity}"
        ingest(private_page(hub=hub, hub_model_id=identity))
        version = "civitai-version:99000001" if hub == "civitai" else f"{subject}@99000001"
        ingest(follower(subject, version))
        ingest(model_snapshot(hub=hub, hub_model_id="old/name", moved_to=identity))
        HubPayload.objects.create(
            hub=hub, external_id=identity, kind="model", body=b"lovelace", received_at=NOW
        )
        QuarantinedItem.objects.create(
            hub=hub, external_id=identity, reason=WORD, first_seen_at=NOW, changed_at=NOW
        )
        suppress(subject=subject, reason="lovelace asked", by="operator:a")
        dispute(subject=subject, reason="lovelace asked", by="operator:a")

        erase(subject=subject, reason="a right to be forgotten", by="operator:a")

        stored = everything_stored()
        assert WORD not in stored
        assert identity not in stored
        assert WORD.encode().hex() not in stored  # bytea prints as hex
        if hub == "civitai":
            assert "99000001" not in stored

    def test_leaves_digests_flags_and_the_ends_of_edges(self) -> None:
        ingest(private_page(), model_snapshot(hub_model_id="5"), follower(REPOSITORY))

        tombstone = erase(subject=REPOSITORY, reason="asked", by="operator:a")

        page = HubModel.objects.get(hub="huggingface")
        edge = LineageEdge.objects.get(child__hub_version_id="771")
        own = LineageEdge.objects.get(child__hub_model=page)
        assert tombstone.subject == str(page)
        assert page.name == page.url == ""
        assert (edge.parent_model, edge.parent_ref) == (page, str(page))
        assert own.parent_ref == "civitai:5"
        assert page.claims.get().flags == {"allowDerivatives": False}
        artifact = Artifact.objects.get(sha256=sha256_of(1))
        assert artifact.digests.get().value == "01234567"
        assert artifact.listings.get().version.hub_model == page

    def test_survives_the_next_mirror_run(self) -> None:
        ingest(private_page(), follower(REPOSITORY, f"{REPOSITORY}@99000001"))
        erase(subject=REPOSITORY, reason="asked", by="operator:a")
        before = content_digest()

        report = ingest_snapshots(
            snapshots=[private_page(), follower(REPOSITORY, f"{REPOSITORY}@99000001")], by="job:t"
        )

        assert (report.pages_erased, report.rows_written) == (1, 0)
        assert content_digest() == before
        assert not record_state(
            hub="huggingface",
            hub_model_id="lovelace/name",
            state=PageState.GONE,
            seen_at=NOW,
            by="job:test",
        )

    def test_hides_the_name_in_edges_that_come_later(self) -> None:
        ingest(private_page())
        erase(subject=REPOSITORY, reason="asked", by="operator:a")

        ingest(follower(REPOSITORY))

        edge = LineageEdge.objects.get(child__hub_version_id="771")
        assert edge.parent_model == HubModel.objects.get(hub="huggingface")
        assert WORD not in everything_stored()

    def test_hides_the_name_in_any_case_of_letters(self) -> None:
        ingest(private_page(), follower("huggingface:LoveLace/Name@Main"))
        erase(subject=REPOSITORY, reason="asked", by="operator:a")
        before = content_digest()

        ingest(follower("huggingface:LoveLace/Name@Main"))

        assert WORD not in everything_stored().casefold()
        assert content_digest() == before
        assert erased_subjects(subjects={"huggingface:LOVELACE/name"})

    def test_forgets_earlier_acts_in_any_case_of_letters(self) -> None:
        suppress(subject="huggingface:LoveLace/Name", reason="lovelace asked", by="operator:a")
        earlier = AuditEvent.objects.get()

        erase(subject=REPOSITORY, reason="asked", by="operator:a")

        assert WORD not in everything_stored().casefold()
        assert read_texts(event=earlier) == {}
        assert verify_chain().texts_destroyed == 2

    def test_hides_the_page_of_a_linked_version_that_nobody_mirrored(self) -> None:
        erase(subject="civitai:990001", reason="asked", by="operator:a")
        links = [
            edge_snapshot(f"civitai-version:88000{page[-1]}", detail=page)
            for page in ("civitai:990001", "civitai:990003")
        ]
        read = model_snapshot(versions=(version_snapshot(edges=tuple(links)),))
        ingest(read)
        Absence.objects.create(
            hub="civitai", reference="civitai-version:880003", outcome="unlisted", seen_at=NOW
        )
        erase(subject="civitai:990003", reason="asked", by="operator:a")
        before = content_digest()

        ingest(read)

        assert content_digest() == before
        stored = everything_stored()
        assert not [name for name in ("99000", "88000") if name in stored]

    def test_hides_the_name_in_the_tags_of_others(self) -> None:
        ingest(private_page())
        named = ("base_model:lovelace/name", "base_model:finetune:Lovelace/Name")
        others = ("merge", "base_model:lovelace/name2")
        page = make_page(hub="huggingface", hub_model_id="a/b", tags=[*named, *others])
        erase(subject=REPOSITORY, reason="asked", by="operator:a")

        page.refresh_from_db()
        stored = tuple(page.tags)
        HubModel.objects.filter(pk=page.pk).update(tags=[*named[:1], *others])  # read once more

        assert stored == others
        assert model_json(hub="huggingface", hub_model_id="a/b")["tags"] == [*others]

    def test_a_suppressed_parent_is_named_in_no_tags(self) -> None:
        tags = ["base_model:lovelace/name", "merge"]
        make_page(hub="huggingface", hub_model_id="a/b", tags=tags)
        suppress(subject=REPOSITORY, reason="asked", by="operator:a")

        hidden = model_json(hub="huggingface", hub_model_id="a/b")["tags"]
        lift(kind=InterventionKind.SUPPRESS, subject=REPOSITORY, reason="agreed", by="operator:a")

        assert hidden == ["merge"]
        assert model_json(hub="huggingface", hub_model_id="a/b")["tags"] == tags

    def test_stays_out_of_the_tags_of_others_that_are_read_anew(self) -> None:
        erase(subject=REPOSITORY, reason="asked", by="operator:a")
        tags = ("base_model:finetune:Lovelace/Name", 'a "merge"', "base_model:other/name")
        read = model_snapshot(hub="huggingface", hub_model_id="a/b", tags=tags, description="a\tb")

        ingest(read)
        ingest(read)

        page = HubModel.objects.get(hub_model_id="a/b")
        assert (page.tags, page.description) == ([*tags[1:]], "a\tb")
        assert "lovelace" not in everything_stored().lower()

    def test_may_come_before_the_page(self) -> None:
        ingest(follower(REPOSITORY))
        erase(subject=REPOSITORY, reason="asked", by="operator:a")

        ingest(private_page())

        assert not HubModel.objects.filter(hub="huggingface").exists()
        assert WORD not in everything_stored()

    def test_is_found_by_the_name_it_had(self) -> None:
        erase(subject=REPOSITORY, reason="asked", by="operator:a")

        asked = {REPOSITORY, f"{REPOSITORY}@abc", "huggingface:a/b"}
        assert erased_subjects(subjects=asked) == {REPOSITORY, f"{REPOSITORY}@abc"}
        assert standing([REPOSITORY]) == {REPOSITORY: {InterventionKind.ERASE}}

    def test_destroys_what_the_log_held_while_the_chain_stands(self) -> None:
        suppress(subject=REPOSITORY, reason="first", by="operator:a")
        earlier = AuditEvent.objects.get()

        erase(subject=REPOSITORY, reason="second", by="operator:a")

        report = verify_chain()
        assert read_texts(event=earlier) == {}
        assert read_texts(event=AuditEvent.objects.latest("pk")) == {"reason": "second"}
        assert (report.events, report.texts_read, report.texts_destroyed) == (2, 1, 2)

    @pytest.mark.parametrize("act", [erase, suppress, dispute])
    def test_is_the_last_act(self, act: object) -> None:
        erase(subject=REPOSITORY, reason="asked", by="operator:a")

        with pytest.raises(AlreadyStands):
            act(subject=REPOSITORY, reason="again", by="operator:a")  # type: ignore[operator]

    def test_does_not_confuse_two_pages(self) -> None:
        ingest(private_page(), model_snapshot(hub="huggingface", hub_model_id="lovelace/name2"))

        erase(subject=REPOSITORY, reason="asked", by="operator:a")

        assert HubModel.objects.filter(hub_model_id="lovelace/name2").exists()


class TestEraseBytes:
    SUBJECT = f"sha256:{sha256_of(1)}"

    def test_leaves_the_digests_and_the_page(self) -> None:
        ingest(private_page())

        erase(subject=self.SUBJECT, reason="asked", by="operator:a")

        file = ModelFile.objects.get()
        assert (file.filename, file.download_url) == ("", "")
        assert WORD not in file.hub_file_id
        assert file.artifact is not None
        assert file.artifact.digests.count() == 1
        assert HubModel.objects.get().name == WORD
        assert standing([self.SUBJECT]) == {self.SUBJECT: {InterventionKind.ERASE}}

    def test_survives_the_next_mirror_run(self) -> None:
        page = private_page()
        ingest(page)
        erase(subject=self.SUBJECT, reason="asked", by="operator:a")

        report = ingest_snapshots(snapshots=[page], by="job:test")

        assert report.rows_written == 0
        assert ModelFile.objects.get().filename == ""

    def test_holds_for_listings_that_come_later(self) -> None:
        erase(subject=self.SUBJECT, reason="asked", by="operator:a")

        ingest(private_page())

        assert ModelFile.objects.get().filename == ""


def test_an_erased_pages_times_stay() -> None:
    ingest(private_page())
    record_state(
        hub="huggingface",
        hub_model_id="lovelace/name",
        state=PageState.RENAMED,
        moved_to="lovelace/other",
        seen_at=NOW + timedelta(days=1),
        by="job:test",
    )

    erase(subject=REPOSITORY, reason="asked", by="operator:a")

    page = HubModel.objects.get()
    assert list(page.state_changes.order_by("pk").values_list("state", "moved_to")) == [
        ("listed", ""),
        ("renamed", ""),
    ]
    assert page.moved_to == ""
