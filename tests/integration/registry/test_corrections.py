"""A moderator's or an author's correction is a claim, and can be taken back."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from registry.errors import BadInput, Conflict, NotFound
from registry.models import AuditEvent, HubModel, LicenseClaim
from registry.selectors.answer_shape import ListingJson
from registry.selectors.answers import answer
from registry.selectors.audit import read_texts, verify_chain
from registry.selectors.page_json import card_json, model_json
from registry.services.corrections import correct, withdraw
from registry.services.interventions import erase, suppress
from registry.snapshots import ClaimSource
from tests.factories.registry import make_claim, make_edge, make_page, make_version

pytestmark = pytest.mark.django_db

TEXT = "https://huggingface.example/org/model/LICENSE"
BASE = "huggingface:mistralai/Mistral-7B-v0.1"


@pytest.fixture
def page() -> HubModel:
    """A page tagged apache-2.0 whose lineage is known."""
    version = make_version(page=make_page(hub="huggingface", hub_model_id="org/model"))
    make_claim(page=version.hub_model, declared=["apache-2.0"])
    make_edge(child=version, parent_ref=BASE)
    return version.hub_model


def at(hour: int) -> datetime:
    return datetime(2026, 2, 1, hour, tzinfo=UTC)


def state(page: HubModel, declared: str, hour: int = 1, **fields: Any) -> LicenseClaim:
    with patch("registry.services.corrections.timezone.now", return_value=at(hour)):
        return correct(
            **{
                "subject": str(page),
                "declared": declared,
                "kind": ClaimSource.MODERATOR,
                "reason": "the LICENSE file says so",
                "by": "user:ann",
                **fields,
            }
        )


def take_back(page: HubModel, hour: int = 9, kind: ClaimSource = ClaimSource.MODERATOR) -> None:
    with patch("registry.services.corrections.timezone.now", return_value=at(hour)):
        withdraw(subject=str(page), kind=kind, reason="a mistake", by="user:ann")


def listing(page: HubModel, hour: int | None = None) -> ListingJson:
    (row,) = answer(what=str(page), as_of=None if hour is None else at(hour))["listings"]
    return row


def word(page: HubModel, hour: int | None = None, use: str = "use_commercial") -> str:
    return listing(page, hour)["rights"][use]["word"]


class TestWeight:
    def test_of_a_moderators_without_the_texts_address_is_to_stand_beside(
        self, page: HubModel
    ) -> None:
        state(page, "cc-by-nc-4.0")

        grounds = listing(page)["rights"]["use_commercial"]["grounds"]

        assert word(page) == "forbidden"
        assert not any(ground["overruled"] for ground in grounds)

    def test_of_a_moderators_with_the_texts_address_is_to_beat_the_tag(
        self, page: HubModel
    ) -> None:
        LicenseClaim.objects.filter(hub_model=page).update(declared=["cc-by-nc-4.0"])

        state(page, "apache-2.0", evidence_url=TEXT)

        own = [
            ground
            for ground in listing(page)["rights"]["use_commercial"]["grounds"]
            if ground["ancestor"] == str(page)
        ]
        assert word(page) == "allowed"
        assert [(row["license"], row["overruled"], row["grade"]) for row in own] == [
            ("apache-2.0", False, "E2"),
            ("cc-by-nc-4.0", True, "E3"),
        ]
        assert own[0]["source"] == f"a moderator states: the LICENSE file says so ({TEXT})"

    def test_of_an_authors_is_a_declarations(self, page: HubModel) -> None:
        state(page, "cc-by-nc-4.0", kind=ClaimSource.AUTHOR, evidence_url=TEXT)
        LicenseClaim.objects.filter(source="card").update(declared=["cc-by-nd-4.0"])

        assert word(page) == "forbidden"
        assert word(page, use="share_derivatives") == "forbidden"
        assert {row["grade"] for row in listing(page)["claims"]} == {"E3"}

    def test_reaches_descendants(self, page: HubModel) -> None:
        child = make_version(page=make_page(hub="huggingface"))
        make_claim(page=child.hub_model, declared=["apache-2.0"])
        make_edge(child=child, parent=page)

        state(page, "cc-by-nc-4.0")

        assert word(child.hub_model) == "forbidden"


class TestShown:
    def test_both_statements_with_the_reason(self, page: HubModel) -> None:
        state(page, "cc-by-nc-4.0", evidence_url=TEXT)

        said = {row["kind"]: row for row in listing(page)["claims"]}

        assert set(said) == {"card", "moderator"}
        assert said["moderator"]["reason"] == "the LICENSE file says so"
        assert said["moderator"]["source"] == TEXT

    def test_in_a_terminal_who_states_it_and_why(self, page: HubModel) -> None:
        state(page, "mit")
        out = StringIO()

        call_command("check_rights", str(page), stdout=out)

        assert "mit (stated by the moderator: the LICENSE file says so)" in " ".join(
            out.getvalue().split()
        )

    def test_history_keeps_what_was_withdrawn(self, page: HubModel) -> None:
        state(page, "cc-by-nc-4.0")
        take_back(page)

        told = model_json(hub=page.hub, hub_model_id=page.hub_model_id)["claims"]
        card = card_json(hub=page.hub, hub_model_id=page.hub_model_id)["claims"]

        assert told[0]["withdrawn_at"] == "2026-02-01T09:00:00Z"
        assert [row["kind"] for row in card] == ["card"]

    def test_nothing_of_a_withheld_page(self, page: HubModel) -> None:
        state(page, "cc-by-nc-4.0", reason="Jane said so", evidence_url=TEXT)
        suppress(subject=str(page), reason="asked", by="user:ann")

        assert "Jane" not in str(answer(what=str(page)))


class TestTime:
    def test_earlier_verdicts_are_reproduced(self, page: HubModel) -> None:
        before = answer(what=str(page))
        state(page, "cc-by-nc-4.0", 2)
        corrected = answer(what=str(page))
        take_back(page, 4)

        assert [word(page, hour) for hour in (1, 3, 5)] == ["allowed", "forbidden", "allowed"]
        assert listing(page, 3) == corrected["listings"][0]
        assert listing(page) == before["listings"][0]

    def test_a_later_one_takes_the_place_of_the_former(self, page: HubModel) -> None:
        for hour, declared in [(2, "cc-by-nc-4.0"), (4, "mit"), (6, "cc-by-nc-4.0")]:
            state(page, declared, hour)

        assert [word(page, hour) for hour in (1, 3, 5, 7)] == [
            "allowed",
            "forbidden",
            "allowed",
            "forbidden",
        ]

    def test_withdrawing_ends_all_of_one_kind(self, page: HubModel) -> None:
        state(page, "cc-by-nc-4.0", 2)
        state(page, "mit", 4)
        state(page, "cc-by-nc-4.0", 5, kind=ClaimSource.AUTHOR)
        take_back(page, 6)

        assert {row["kind"] for row in listing(page)["claims"]} == {"card", "author"}

    def test_what_hubs_say_is_not_withdrawn(self, page: HubModel) -> None:
        with pytest.raises(IntegrityError, match="only_corrections"), transaction.atomic():
            LicenseClaim.objects.filter(source="card").update(withdrawn_at=at(1))


class TestAudit:
    def test_keeps_who_and_why(self, page: HubModel) -> None:
        state(page, "mit")
        take_back(page)

        first, second = AuditEvent.objects.order_by("pk")

        assert (first.event, second.event) == ("claim.corrected", "claim.withdrawn")
        assert first.details == {"kind": "moderator", "declared": "mit"}
        assert page.hub_model_id not in first.target
        assert read_texts(event=second)["reason"] == "a mistake"
        assert verify_chain().events == 2

    def test_erasing_takes_the_reason_away(self, page: HubModel) -> None:
        state(page, "mit", reason="Jane said so", evidence_url=TEXT)

        erase(subject=str(page), reason="asked", by="user:ann")

        assert LicenseClaim.objects.filter(reason="", source_url="").count() == 2


class TestRefusals:
    @pytest.mark.parametrize(
        "fields",
        [
            {"declared": "no-such-licence"},
            {"declared": ""},
            {"declared": "other"},
            {"declared": "mit\x00"},
            {"reason": " "},
            {"reason": "x" * 3000},
            {"evidence_url": "javascript:alert(1)"},
            {"evidence_url": "https://a b"},
            {"evidence_url": "http://[::1"},
            {"kind": ClaimSource.CARD},
            {"subject": "sha256:" + "0" * 64},
        ],
    )
    def test_of_nonsense_store_nothing(self, page: HubModel, fields: dict[str, Any]) -> None:
        with pytest.raises(BadInput):
            state(page, **{"declared": "mit", **fields})

        assert (LicenseClaim.objects.count(), AuditEvent.objects.count()) == (1, 0)

    def test_of_pages_nobody_mirrored(self, page: HubModel) -> None:
        with pytest.raises(NotFound):
            state(page, "mit", subject="civitai:404")

    def test_of_the_same_twice(self, page: HubModel) -> None:
        state(page, "mit")

        with pytest.raises(Conflict):
            state(page, "mit", 2)

    def test_of_withdrawing_nothing(self, page: HubModel) -> None:
        with pytest.raises(NotFound):
            take_back(page)


class TestCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("correct", *arguments, stdout=out)
        return out.getvalue()

    def test_states_and_withdraws(self, page: HubModel) -> None:
        said = self.run("org/model", "--license", "mit", "--reason", "read", "--as", "author")
        back = self.run("org/model", "--withdraw", "--reason", "a mistake", "--as", "author")

        assert said == "author states mit (E3): huggingface:org/model\n"
        assert back == "withdrawn: huggingface:org/model author: mit\n"

    def test_needs_a_licence(self, page: HubModel) -> None:
        with pytest.raises(BadInput, match="--license"):
            self.run("org/model", "--reason", "read")
