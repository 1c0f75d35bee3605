"""``manage.py check_rights``: what it prints and how it ends."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from registry.errors import BadInput, NotFound
from registry.fingerprints.digests import digest_file
from registry.management.commands.check_rights import STOPPED
from registry.models import HubModel
from registry.selectors.answers import answer
from registry.services.interventions import suppress
from tests.factories.registry import make_artifact, make_claim, make_edge, make_file, make_page
from tests.factories.registry import make_version as version_of
from tests.factories.safetensors_files import Tensor, safetensors_file

pytestmark = pytest.mark.django_db


FLUX = "black-forest-labs/FLUX.1-dev"


@pytest.fixture
def mix() -> str:
    """A page of which commercial use is forbidden, because its parent forbids it."""
    parent = version_of(page=make_page(hub="huggingface", hub_model_id=FLUX, name="Base"))
    child = version_of(page=make_page(hub="huggingface", hub_model_id="org/mix", name="Mix"))
    make_claim(page=child.hub_model, declared=["mit"])
    make_edge(child=child, parent=parent.hub_model)
    return "org/mix"


def check_rights(*arguments: str) -> str:
    out = StringIO()
    call_command("check_rights", *arguments, stdout=out, stderr=StringIO(), no_color=True)
    return out.getvalue()


class TestText:
    def test_says_the_word_and_who_causes_it(self, mix: str) -> None:
        text = check_rights(mix)

        assert "use_commercial      forbidden" in text
        assert f"Base (huggingface:{FLUX}): flux-1-dev-nc" in text
        assert "lineage coverage: declared" in text
        assert "Not covered:" in text
        assert "Contact:" in text
        assert "\x1b[" not in text

    def test_calls_a_withheld_listing_of_bytes_something(self) -> None:
        artifact = make_artifact()
        for number in "12":
            page = make_page(hub_model_id=number)
            make_claim(page=page, declared=["cc-by-nc-4.0"])
            make_file(version=version_of(page=page), artifact=artifact)
        suppress(subject="civitai:1", reason="asked", by="operator:a")

        together = check_rights(artifact.sha256).partition("All of these together")[2]

        assert "a page that is not shown (withheld:1): cc-by-nc-4.0" in " ".join(together.split())

    def test_lists_candidates_for_a_name(self) -> None:
        make_page(name="Grapefruit", hub_model_id="2583", author="ikena")

        text = check_rights("grapefruit")

        assert "Grapefruit by ikena" in text
        assert "ask: civitai:2583" in text

    def test_of_a_digest_that_identifies_nothing_is_unclear_in_the_end(self, mix: str) -> None:
        page = HubModel.objects.get(hub_model_id=mix)
        make_file(version=page.versions.get(), artifact=make_artifact(sha256="ab" * 32))

        text = check_rights("ab" * 5)

        assert "use_commercial      forbidden" in text
        of_file = text.partition("For your file, as long as it is not identified")[2]
        assert "use_commercial      unclear        allowed to forbidden" in of_file
        assert "others that the question may be about: the question does not" in of_file
        assert "name:others" not in text

    def test_cannot_be_spoofed_by_a_name(self) -> None:
        version_of(page=make_page(hub_model_id="1", name="A\x1b[31m\nuse_private allowed\u202e"))

        text = check_rights("civitai:1")

        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\nuse_private allowed" not in text


class TestJson:
    def test_is_the_answer_itself(self, mix: str) -> None:
        assert json.loads(check_rights(mix, "--json")) == answer(what=mix)

    def test_with_a_use_has_that_use_only(self, mix: str) -> None:
        told = json.loads(check_rights(mix, "--use", "host_paid", "--json"))

        assert list(told["combined"]) == ["host_paid"]


class TestFiles:
    def test_are_hashed_and_answered_by_their_sha256(self, tmp_path: Path) -> None:
        path = tmp_path / "model.safetensors"
        path.write_bytes(b"weights")
        make_file(artifact=make_artifact(sha256=digest_file(path).sha256))

        told = json.loads(check_rights(str(path), "--json"))

        assert (told["query"], told["matched_by"]) == ("model.safetensors", "sha256")
        assert told["exact"]

    def test_of_unknown_bytes_are_answered_by_a_weaker_digest_as_candidates(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "model.safetensors"
        path.write_bytes((2).to_bytes(8, "little") + b"{}" + b"tensors" * 9)
        digests = digest_file(path).values
        make_file(artifact=make_artifact(digests={"autov3": digests["autov3"]}))  # type: ignore[index]

        told = json.loads(check_rights(str(path), "--json"))

        codes = [notice["code"] for notice in told["notices"]]
        assert (told["matched_by"], told["exact"]) == ("autov3", False)
        assert "other_bytes" in codes
        assert "candidates_only" not in codes  # whoever hands in a file is not told to hash it

    def test_nobody_knows_are_not_found(self, tmp_path: Path) -> None:
        path = tmp_path / "model.safetensors"
        path.write_bytes(b"weights")

        with pytest.raises(NotFound):
            check_rights(str(path))

    @pytest.mark.parametrize("what", ["./missing.safetensors", "/no/such/file", "missing.ckpt"])
    def test_that_are_not_there_are_bad_input(self, what: str) -> None:
        with pytest.raises(BadInput, match="no file"):
            check_rights(what)

    @pytest.mark.parametrize(
        "what",
        [
            "huggingface.co/org/mix",
            "www.huggingface.co/org/mix/resolve/main/x.safetensors",
            "huggingface:org/mix@refs/pr/1",
        ],
    )
    def test_an_address_without_its_scheme_is_none(self, mix: str, what: str) -> None:
        version_of(page=HubModel.objects.get(hub_model_id=mix), hub_version_id="refs/pr/1")

        assert "Mix" in check_rights(what)

    def test_a_folder_is_named_as_one(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="is a folder"):
            check_rights(str(tmp_path))

    def test_that_are_cut_short_are_bad_input(self, tmp_path: Path) -> None:
        path = tmp_path / "model.safetensors"
        whole = safetensors_file({"a": Tensor("F16", (2,), b"four")})
        path.write_bytes(whole[:-1])

        with pytest.raises(BadInput, match="cut short"):
            check_rights(str(path))

    def test_an_empty_file_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.bin"
        path.touch()

        with pytest.raises(NotFound):
            check_rights(str(path))


class TestPastDays:
    def test_are_answered_from_what_was_known(self, mix: str) -> None:
        told = json.loads(check_rights(mix, "--as-of", "2026-01-05", "--json"))

        assert told["as_of"] == "2026-01-05T23:59:59.999999Z"
        assert "As known on 2026-01-05" in check_rights(mix, "--as-of", "2026-01-05")

    @pytest.mark.parametrize("day", ["2999-01-01", "soon"])
    def test_that_cannot_be_are_bad_input(self, mix: str, day: str) -> None:
        with pytest.raises(BadInput, match="--as-of"):
            check_rights(mix, "--as-of", day)

    def test_before_the_first_reading_are_not_found(self, mix: str) -> None:
        with pytest.raises(NotFound, match="first read on 2026-01-01"):
            check_rights(mix, "--as-of", "2025-12-31")


class TestNonsense:
    @pytest.mark.parametrize("what", ["", " ", "x" * 5000, "civitai:zero", "a\x00b"])
    def test_is_bad_input(self, what: str) -> None:
        with pytest.raises(BadInput):
            check_rights(what)

    def test_a_use_nobody_knows_lists_the_known_ones(self, mix: str) -> None:
        with pytest.raises(BadInput, match=r"use_commercial.*sublicense"):
            check_rights(mix, "--use", "sell")

    @pytest.mark.parametrize("what", ["f" * 64, "org/nothing", "civitai:404", "qqqqzzzz xxxx"])
    def test_what_nobody_mirrored_is_not_found(self, what: str) -> None:
        with pytest.raises(NotFound):
            check_rights(what)


class TestFailOn:
    def stops(self, *arguments: str) -> bool:
        try:
            check_rights(*arguments)
        except SystemExit as stopped:
            return stopped.code == STOPPED
        return False

    def test_stops_at_the_word_of_the_use_asked_about(self, mix: str) -> None:
        assert self.stops(mix, "--use", "use_commercial", "--fail-on", "forbidden")
        assert self.stops(mix, "--use", "use_commercial", "--fail-on", "unclear")
        assert not self.stops(mix, "--use", "use_private", "--fail-on", "unclear")

    def test_without_a_use_stops_at_any(self, mix: str) -> None:
        assert self.stops(mix, "--fail-on", "forbidden")

    def test_counts_candidates_as_unclear(self) -> None:
        artifact = make_artifact(digests={"autov1": "de2f2560"})
        version = version_of(page=make_page(hub="huggingface"))
        make_claim(page=version.hub_model, declared=["mit"])
        make_file(version=version, artifact=artifact)

        assert self.stops("de2f2560", "--use", "use_private", "--fail-on", "unclear")
        assert not self.stops("de2f2560", "--use", "use_private", "--fail-on", "forbidden")

    def test_counts_a_mere_name_as_unclear(self) -> None:
        make_page(name="Grapefruit")

        assert self.stops("grapefruit", "--fail-on", "unclear")

    def test_prints_the_answer_all_the_same(self, mix: str) -> None:
        out = StringIO()

        with pytest.raises(SystemExit):
            call_command(
                "check_rights", mix, "--json", "--fail-on", "unclear", stdout=out, stderr=StringIO()
            )

        assert json.loads(out.getvalue())["listings"]
