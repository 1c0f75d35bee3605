import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from hub_sync.models import Absence, HubPayload, QuarantinedItem
from registry.models import (
    Artifact,
    AuditEvent,
    HubModel,
    Intervention,
    InterventionKind,
    LineageEdge,
    ModelFile,
)
from registry.selectors.audit import read_texts, verify_chain
from registry.selectors.digest import content_digest
from registry.selectors.interventions import erased_subjects, standing
from registry.selectors.page_json import model_json
from registry.selectors.standing import listed_pages
from registry.services.ingest import ingest_snapshots, record_state
from registry.services.interventions import (
    AlreadyStands,
    NoReason,
    NothingToLift,
    UnfitWords,
    UnknownSubject,
    UnknownVersion,
    dispute,
    erase,
    lift,
    subject_of,
    suppress,
)
from registry.snapshots import Digest, ModelSnapshot, PageState
from tests.factories.registry import (
    NOW,
    claim_snapshot,
    edge_snapshot,
    file_snapshot,
    make_page,
    make_version,
    model_snapshot,
    sha256_of,
    version_snapshot,
)

pytestmark = pytest.mark.django_db

WORD = "lovelace"  # in every text of the page that is erased
REPOSITORY = f"huggingface:{WORD}/name"


def ingest(*snapshots: ModelSnapshot) -> None:
    ingest_snapshots(snapshots=snapshots, by="job:test")


def private_page(*, hub: str = "huggingface", hub_model_id: str = "lovelace/name") -> ModelSnapshot:
    file = file_snapshot(
        hub_file_id="lovelace.safetensors",
        filename="lovelace.safetensors",
        download_url="https://hub.example/lovelace",
        sha256=sha256_of(1),
        digests=(Digest("crc32", "01234567"),),
    )
    version = version_snapshot(
        hub_version_id="99000001",
        name="lovelace v1",
        description="by lovelace",
        files=(file,),
        edges=(
            edge_snapshot("civitai:5", source="lovelace.md", detail="lovelace + x"),
            edge_snapshot("name:lovelace's other model"),
        ),
    )
    return model_snapshot(
        hub=hub,
        hub_model_id=hub_model_id,
        name="lovelace",
        url="https://hub.example/lovelace",
        author="lovelace",
        description="by lovelace",
        tags=("lovelace",),
        claims=(
            claim_snapshot(
                "lovelace-license",
                license_name="lovelace",
                license_link="https://lovelace.example",
                source_url="https://hub.example/lovelace",
                flags={"allowDerivatives": False},
            ),
        ),
        versions=(version,),
    )


def follower(*refs: str) -> ModelSnapshot:
    edges = tuple(edge_snapshot(ref, detail="0.5 lovelace") for ref in refs)
    return model_snapshot(
        hub_model_id="77",
        name="f",
        versions=(version_snapshot(hub_version_id="771", name="v", edges=edges),),
    )


def renamed_twice() -> None:
    """Store a page under its three names, and one that has nothing to do with it."""
    moved = {"state": PageState.RENAMED, "description": f"{WORD} said so"}
    ingest(
        private_page(),
        model_snapshot(
            hub="huggingface", hub_model_id="mid/name", moved_to="lovelace/name", **moved
        ),
        model_snapshot(hub="huggingface", hub_model_id="old/name", moved_to="mid/name", **moved),
        model_snapshot(hub="huggingface", hub_model_id="other/name", name="another"),
    )


def everything_stored() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        tables = [t for t in connection.introspection.table_names() if t.startswith(("reg", "hub"))]
        texts = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608
            texts += [row for (row,) in cursor.fetchall()]
    return "\n".join(texts)


class TestSubjectOf:
    @pytest.mark.parametrize(
        ("text", "subject"),
        [
            ("civitai:5", "civitai:5"),
            ("5", "civitai:5"),
            ("https://civitai.com/models/5?modelVersionId=9", "civitai:5"),
            ("org/name", "huggingface:org/name"),
            ("https://huggingface.co/org/name/tree/main", "huggingface:org/name"),
            ("huggingface:org/name@abc", "huggingface:org/name"),
            ("AB" * 32, f"sha256:{'ab' * 32}"),
            (f"sha256:{'ab' * 32}", f"sha256:{'ab' * 32}"),
        ],
    )
    def test_reads_pages_and_bytes(self, text: str, subject: str) -> None:
        assert subject_of(text) == subject

    def test_finds_the_page_of_a_version(self) -> None:
        make_version(page=make_page(hub_model_id="5"), hub_version_id="9")

        assert subject_of("https://civitai.com/api/download/models/9") == "civitai:5"

    def test_refuses_a_version_nobody_mirrored(self) -> None:
        with pytest.raises(UnknownVersion):
            subject_of("civitai-version:9")

    @pytest.mark.parametrize("text", ["some words", "base:SD 1.5", "393BD05B0D"])
    def test_refuses_what_is_no_subject(self, text: str) -> None:
        with pytest.raises(UnknownSubject):
            subject_of(text)


class TestSuppressAndDispute:
    def test_stand_until_they_are_lifted(self) -> None:
        suppress(subject="civitai:5", reason="asked", by="operator:a")
        dispute(subject="civitai:5", reason="contested", by="operator:a")
        both = standing(["civitai:5", "civitai:6"])

        lift(kind=InterventionKind.SUPPRESS, subject="civitai:5", reason="settled", by="operator:b")

        assert both == {"civitai:5": {InterventionKind.SUPPRESS, InterventionKind.DISPUTE}}
        assert standing(["civitai:5"]) == {"civitai:5": {InterventionKind.DISPUTE}}

    def test_hide_a_suppressed_pages_name_in_the_tags_of_others(self) -> None:
        page = make_page(
            hub="huggingface", hub_model_id="a/b", tags=["base_model:lovelace/name", "merge"]
        )
        suppress(subject=REPOSITORY, reason="asked", by="operator:a")

        assert model_json(hub="huggingface", hub_model_id="a/b")["tags"] == ["merge"]
        page.refresh_from_db()
        assert len(page.tags) == 2

    def test_hold_for_the_revisions_of_a_repository(self) -> None:
        suppress(subject="huggingface:a/b", reason="asked", by="operator:a")

        assert set(standing(["huggingface:a/b@abc"])) == {"huggingface:a/b@abc"}

    def test_can_be_made_again_after_they_were_lifted(self) -> None:
        suppress(subject="civitai:5", reason="asked", by="a")
        lift(kind=InterventionKind.SUPPRESS, subject="civitai:5", reason="settled", by="a")

        suppress(subject="civitai:5", reason="asked again", by="a")

        assert Intervention.objects.count() == 2

    def test_are_refused_twice(self) -> None:
        suppress(subject="civitai:5", reason="asked", by="a")

        with pytest.raises(AlreadyStands):
            suppress(subject="civitai:5", reason="asked", by="a")

    def test_cannot_be_lifted_when_they_do_not_stand(self) -> None:
        with pytest.raises(NothingToLift):
            lift(kind=InterventionKind.DISPUTE, subject="civitai:5", reason="r", by="a")

    @pytest.mark.parametrize("act", [suppress, dispute, erase])
    def test_need_a_reason(self, act: object) -> None:
        with pytest.raises(NoReason):
            act(subject="civitai:5", reason=" \n", by="a")  # type: ignore[operator]

        assert not AuditEvent.objects.exists()

    @pytest.mark.parametrize("act", [suppress, dispute, erase])
    @pytest.mark.parametrize(
        "words",
        [
            {"reason": "caf\udce9", "by": "operator:a"},
            {"reason": "asked\x00", "by": "operator:a"},
            {"reason": "asked", "by": "caf\udce9"},
            {"reason": "asked", "by": " "},
            {"reason": "asked", "by": "a" * 256},
        ],
    )
    def test_refuse_words_that_the_log_cannot_hold(
        self, act: Callable[..., object], words: dict[str, str]
    ) -> None:
        with pytest.raises(UnfitWords):
            act(subject="civitai:5", **words)

        assert not Intervention.objects.exists()

    def test_keep_reason_and_subject_readable_but_out_of_the_chain(self) -> None:
        suppress(subject=REPOSITORY, reason="asked by Ada", by="operator:a")

        event = AuditEvent.objects.get()
        assert read_texts(event=event) == {"subject": REPOSITORY, "reason": "asked by Ada"}
        assert WORD not in str(event.__dict__)
        assert (event.event, event.actor) == ("subject.suppressed", "operator:a")


class TestRenamedPages:
    """Each act holds for the names that a page had here before."""

    def test_are_erased_under_all_their_names(self) -> None:
        renamed_twice()

        erase(subject=REPOSITORY, reason="asked", by="operator:a")

        stored = everything_stored()
        assert not [text for text in (WORD, "old/name", "mid/name") if text in stored]
        assert HubModel.objects.get(name="another").hub_model_id == "other/name"
        names = {"huggingface:old/name", "huggingface:mid/name", REPOSITORY}
        assert erased_subjects(subjects=names) == names
        assert verify_chain().texts_destroyed == 0

    def test_are_suppressed_and_lifted_under_all_their_names(self) -> None:
        renamed_twice()

        suppress(subject=REPOSITORY, reason="asked", by="operator:a")

        assert [page.hub_model_id for page in listed_pages()] == ["other/name"]
        lift(kind=InterventionKind.SUPPRESS, subject=REPOSITORY, reason="settled", by="operator:a")
        assert listed_pages().count() == 4

    def test_keep_an_act_that_stands_under_a_former_name(self) -> None:
        renamed_twice()
        suppress(subject="huggingface:old/name", reason="asked", by="operator:a")

        suppress(subject=REPOSITORY, reason="asked", by="operator:a")

        assert Intervention.objects.count() == 3


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


class TestCommands:
    def test_suppress_and_lift(self) -> None:
        out = io.StringIO()

        call_command("suppress", "org/name", reason="asked", stdout=out)
        call_command("suppress", "org/name", reason="settled", lift=True, stdout=out)

        assert out.getvalue() == "Not shown: huggingface:org/name\nlifted: huggingface:org/name\n"
        assert standing(["huggingface:org/name"]) == {}

    def test_dispute(self) -> None:
        out = io.StringIO()

        call_command("dispute", "civitai:5", "--reason", "contested", "--by", "operator:b")
        call_command("dispute", "civitai:5", "--reason", "settled", "--lift", stdout=out)

        assert out.getvalue() == "lifted: civitai:5\n"
        assert Intervention.objects.get().made_by == "operator:b"

    def test_erase_says_where_the_tombstone_is(self) -> None:
        ingest(private_page())
        out = io.StringIO()

        call_command("erase", "lovelace/name", reason="asked", stdout=out)

        assert out.getvalue() == f"Erased: {HubModel.objects.get()}\n"

    def test_mean_a_repository_in_any_case_of_letters(self) -> None:
        ingest(private_page())

        call_command("suppress", "Lovelace/NAME", reason="asked", stdout=io.StringIO())
        call_command("erase", "LOVELACE/name", reason="asked", stdout=io.StringIO())

        assert HubModel.objects.get().name == ""

    def test_mean_the_very_one_where_two_differ_by_case(self) -> None:
        ingest(private_page())
        make_page(hub="huggingface", hub_model_id="Lovelace/Name")

        assert subject_of("Lovelace/Name") == "huggingface:Lovelace/Name"
        assert subject_of("LOVELACE/NAME") == "huggingface:LOVELACE/NAME"

    @pytest.mark.parametrize("command", ["suppress", "dispute", "erase"])
    @pytest.mark.parametrize("subject", ["civitai:5", "sha256:" + "0" * 64])
    def test_say_that_nothing_of_that_name_is_here(self, command: str, subject: str) -> None:
        said = io.StringIO()

        call_command(command, subject, reason="asked", stdout=io.StringIO(), stderr=said)

        assert "here now; it holds once" in said.getvalue()

    def test_say_that_a_page_goes_by_another_name_now(self) -> None:
        state = PageState.RENAMED
        make_page(hub="huggingface", hub_model_id="old/name", state=state, moved_to="new/name")
        said = io.StringIO()

        call_command("erase", "old/name", reason="asked", stdout=io.StringIO(), stderr=said)

        assert "huggingface:new/name is untouched" in said.getvalue()

    def test_say_nothing_of_a_page_that_is_erased_already(self) -> None:
        state = PageState.RENAMED
        make_page(hub="huggingface", hub_model_id="old/name", state=state, moved_to="alias-0123")
        said = io.StringIO()

        call_command("erase", "old/name", reason="asked", stdout=io.StringIO(), stderr=said)

        assert said.getvalue() == ""

    @pytest.mark.parametrize("command", ["suppress", "dispute", "erase"])
    def test_ask_for_a_reason(self, command: str) -> None:
        with pytest.raises(CommandError, match="reason"):
            call_command(command, "civitai:5")


@pytest.mark.parametrize("act", [suppress, dispute])
def test_an_act_follows_a_page_to_its_new_name(act: Callable[..., Intervention]) -> None:
    old, new = "huggingface:old/name", "huggingface:new/name"
    make_page(hub="huggingface", hub_model_id="old/name")
    act(subject=old, reason="asked", by="operator:a")

    for day in (1, 2):
        record_state(
            hub="huggingface",
            hub_model_id="old/name",
            state=PageState.RENAMED if day == 1 else PageState.GONE,
            moved_to="new/name" if day == 1 else "",
            seen_at=NOW + timedelta(days=day),
            by="job:test",
        )

    assert standing([new])[new] == standing([old])[old] != frozenset()
    told = AuditEvent.objects.filter(actor="job:test", event__startswith="subject.").get()
    assert read_texts(event=told)["subject"] == new
    assert "old/name" not in "".join(read_texts(event=told).values())
    assert verify_chain().texts_destroyed == 0


def test_an_act_that_stands_on_the_new_name_is_not_begun_again() -> None:
    make_page(hub="huggingface", hub_model_id="old/name")
    for subject in ("huggingface:new/name", "huggingface:old/name"):
        suppress(subject=subject, reason="asked", by="operator:a")

    record_state(
        hub="huggingface",
        hub_model_id="old/name",
        state=PageState.RENAMED,
        moved_to="new/name",
        seen_at=NOW,
        by="job:test",
    )

    assert Intervention.objects.count() == 2


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
