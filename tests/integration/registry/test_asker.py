"""Answers for somebody: his place, his figures, his copy."""

import json
import logging
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from registry.errors import BadInput
from registry.licensing.profile import NOBODY, Answer, Profile, Purpose
from registry.licensing.terms import Permission
from registry.licensing.vocabulary import Metric
from registry.models import AuditEvent, Intervention, InterventionKind
from registry.selectors.answers import answer
from registry.selectors.asker import InTheFuture, asker_of
from registry.selectors.combined import UnknownListing
from tests.factories.registry import (
    NOW,
    make_artifact,
    make_claim,
    make_file,
    make_page,
    make_version,
)

pytestmark = pytest.mark.django_db

LLAMA = "meta-llama/Llama-3.1-8B"
MANY = Profile(figures={Metric.MAU: 700_000_001})
FEW = Profile(figures={Metric.MAU: 700_000_000})


def listed(model_id: str, license_id: str, *, hub: str = "huggingface", **fields: Any) -> Any:
    version = make_version(page=make_page(hub=hub, hub_model_id=model_id, **fields))
    make_claim(page=version.hub_model, declared=[license_id])
    return version


@pytest.fixture
def llama() -> str:
    """A release whose text has a limit by monthly active users."""
    listed(LLAMA, "llama3.1")
    return LLAMA


def word(what: str, permission: str, profile: Profile = NOBODY) -> str:
    return answer(what=what, profile=profile)["combined"][permission]["word"]


class TestFigures:
    def test_beyond_a_limit_forbid_what_it_covers(self, llama: str) -> None:
        told = answer(what=llama, profile=MANY)

        assert told["combined"]["use_commercial"]["word"] == "forbidden"
        assert "THRESHOLD_EXCEEDED" in {f["code"] for f in told["listings"][0]["conflicts"]}
        assert told["listings"][0]["caps"][0]["exceeded"] == "yes"

    def test_within_a_limit_leave_the_answer(self, llama: str) -> None:
        before, after = answer(what=llama), answer(what=llama, profile=FEW)

        assert after["combined"] == before["combined"]
        assert after["listings"][0]["caps"][0]["exceeded"] == "no"

    def test_are_never_repeated(self, llama: str) -> None:
        told = json.dumps(answer(what=llama, profile=Profile(figures={Metric.MAU: 712_345_678})))

        assert "712345678" not in told
        assert "712,345,678" not in told

    def test_are_named_as_taken_into_account(self, llama: str) -> None:
        asker = Profile(figures={Metric.MAU: 1}, region="DE", purpose=Purpose.COMMERCIAL)

        assert answer(what=llama, profile=asker)["profile"] == ["mau", "region", "purpose"]
        assert answer(what=llama)["profile"] == []


class TestPlace:
    def test_that_a_text_leaves_out_has_no_grant(self) -> None:
        listed("tencent/HunyuanVideo", "tencent-hunyuan-community")

        told = answer(what="tencent/HunyuanVideo", profile=Profile(region="DE"))

        assert told["combined"]["outputs_commercial"]["word"] == "forbidden"
        assert "TERRITORY_EXCLUDED" in {f["code"] for f in told["listings"][0]["conflicts"]}

    def test_elsewhere_changes_nothing(self) -> None:
        listed("tencent/HunyuanVideo", "tencent-hunyuan-community")

        assert word("tencent/HunyuanVideo", "use_commercial", Profile(region="US")) == word(
            "tencent/HunyuanVideo", "use_commercial"
        )


class TestCopies:
    def test_of_a_day_are_under_the_text_of_that_day(self) -> None:
        listed("stabilityai/sdxl-turbo", "other")

        old = asker_of({"obtained_on": "2023-12-15"})
        new = asker_of({"obtained_on": "2026-01-15"})

        grounds = [
            {
                ground["license"]
                for ground in answer(what="stabilityai/sdxl-turbo", profile=asker)["combined"][
                    "use_commercial"
                ]["grounds"]
            }
            for asker in (old, new)
        ]
        assert grounds[0] != grounds[1]
        assert "stability-ai-nc-research" in grounds[0]
        assert "stability-ai-community" in grounds[1]

    @pytest.fixture
    def same_bytes(self) -> str:
        """Bytes that two pages list under different licences."""
        artifact = make_artifact()
        for model_id, license_id in (("org/free", "mit"), ("org/bound", "cc-by-nc-4.0")):
            make_file(version=listed(model_id, license_id), artifact=artifact)
        return artifact.sha256

    @pytest.mark.parametrize(
        ("place", "expected"),
        [
            ("", "unclear"),
            ("org/bound", "forbidden"),
            ("huggingface:ORG/Bound", "forbidden"),
            ("https://huggingface.co/org/bound", "forbidden"),
        ],
    )
    def test_from_a_page_are_under_its_terms(
        self, same_bytes: str, place: str, expected: str
    ) -> None:
        asker = Profile(obtained_from=place)

        assert word(same_bytes, "use_commercial", asker) == expected

    def test_from_a_page_that_does_not_list_them_are_a_mistake(self, same_bytes: str) -> None:
        listed("org/other", "mit")

        with pytest.raises(UnknownListing, match="obtained_from: 'org/other' is none of") as error:
            answer(what=same_bytes, profile=Profile(obtained_from="org/other"))

        assert "huggingface:org/free" in str(error.value)

    def test_from_a_withheld_page_tell_nothing_of_it(self, same_bytes: str) -> None:
        Intervention.objects.create(
            kind=InterventionKind.SUPPRESS,
            subject="huggingface:org/bound",
            made_by="operator",
            made_at=NOW,
        )

        with pytest.raises(UnknownListing) as error:
            answer(what=same_bytes, profile=Profile(obtained_from="org/bound"))

        assert "They are: huggingface:org/free." in str(error.value)

    def test_from_one_version_are_under_its_terms(self) -> None:
        page = make_page(hub_model_id="5")
        for number in ("51", "52"):
            make_version(page=page, hub_version_id=number)
        make_claim(page=page, declared=["mit"])

        told = answer(what="civitai:5", profile=Profile(obtained_from="civitai-version:51"))

        assert len(told["listings"]) == 2
        assert {g["ancestor"] for g in told["combined"]["use_private"]["grounds"]} == {
            "civitai-version:51"
        }


class TestDays:
    def test_to_come_are_refused(self) -> None:
        with pytest.raises(InTheFuture, match="obtained_on: 2999-01-01 lies in the future"):
            asker_of({"obtained_on": "2999-01-01"})

    def test_after_the_moment_asked_about_are_refused(self) -> None:
        as_of = make_page().first_seen_at

        with pytest.raises(InTheFuture, match=r"obtained_on: .* after the day asked about"):
            asker_of({"obtained_on": "2026-03-01"}, as_of=as_of)


def test_academic_decides_nothing_and_the_answer_says_so(llama: str) -> None:
    asker = Profile(academic=Answer.YES)

    told = answer(what=llama, profile=asker)

    assert told["combined"] == answer(what=llama)["combined"]
    assert "academic_decides_nothing" in {notice["code"] for notice in told["notices"]}


class TestCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("check_rights", *arguments, stdout=out, stderr=StringIO(), no_color=True)
        return out.getvalue()

    def test_takes_who_asks(self, llama: str) -> None:
        told = json.loads(self.run(llama, "--mau", "700000001", "--region", "de", "--json"))

        assert told == answer(
            what=llama, profile=Profile(figures={Metric.MAU: 700_000_001}, region="de")
        )

    def test_says_which_limit_is_passed(self, llama: str) -> None:
        text = self.run(llama, "--mau", "700000001")

        assert "mau above 700,000,000" in text
        assert "you are beyond it" in " ".join(text.split())
        assert "700000001" not in text

    @pytest.mark.parametrize(
        ("option", "value", "field"),
        [
            ("--annual-revenue-usd", "-1", "annual_revenue_usd"),
            ("--mau", "many", "mau"),
            ("--region", "Atlantis", "region"),
            ("--obtained-on", "2999-01-01", "obtained_on"),
            ("--obtained-on", "soon", "obtained_on"),
            ("--obtained-from", "org/other", "obtained_from"),
            ("--purpose", "fun", "purpose"),
        ],
    )
    def test_names_a_mistake(self, llama: str, option: str, value: str, field: str) -> None:
        with pytest.raises(BadInput, match=f"^{field}: "):
            self.run(llama, f"{option}={value}")

    def test_logs_and_keeps_nothing(self, llama: str, caplog: pytest.LogCaptureFixture) -> None:
        events = AuditEvent.objects.count()

        with caplog.at_level(logging.DEBUG, logger="registry"):
            self.run(llama, "--annual-revenue-usd", "712345678")

        assert "712345678" not in caplog.text
        assert AuditEvent.objects.count() == events


def test_a_use_of_one_asker_is_answered_alone(llama: str) -> None:
    told = answer(what=llama, use=Permission.USE_COMMERCIAL, profile=MANY)

    assert list(told["combined"]) == ["use_commercial"]
