import io
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from registry.models import (
    AuditEvent,
    HubModel,
    Intervention,
    InterventionKind,
)
from registry.selectors.audit import read_texts
from registry.selectors.interventions import standing
from registry.selectors.page_json import model_json
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
from registry.snapshots import PageState
from tests.factories.registry import (
    make_page,
    make_version,
)
from tests.integration.registry.private_page import (
    REPOSITORY,
    WORD,
    ingest,
    private_page,
)

pytestmark = pytest.mark.django_db


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

    @pytest.mark.parametrize(
        ("moved_to", "remark"),
        [("new/name", "huggingface:new/name is untouched"), ("alias-0123", "")],  # or erased
    )
    def test_say_that_a_page_goes_by_another_name_now(self, moved_to: str, remark: str) -> None:
        make_page(
            hub="huggingface",
            hub_model_id="old/name",
            state=PageState.RENAMED,
            moved_to=moved_to,
        )
        said = io.StringIO()

        call_command("erase", "old/name", reason="asked", stdout=io.StringIO(), stderr=said)

        assert remark in said.getvalue()
        assert bool(remark) == bool(said.getvalue())

    @pytest.mark.parametrize("command", ["suppress", "dispute", "erase"])
    def test_ask_for_a_reason(self, command: str) -> None:
        with pytest.raises(CommandError, match="reason"):
            call_command(command, "civitai:5")
