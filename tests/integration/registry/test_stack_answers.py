"""Files that are used together: one answer, and one about each."""

import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from registry.errors import BadInput, NotFound
from registry.fingerprints.digests import digest_file
from registry.licensing.profile import Profile
from registry.licensing.terms import Permission
from registry.licensing.vocabulary import Metric
from registry.management.commands.check_rights import STOPPED
from registry.models import Intervention, InterventionKind
from registry.selectors.answers import answer
from registry.selectors.stack_answers import MOST_FILES, UnusableStack, stack_answer
from registry.selectors.told import Asked
from tests.factories.registry import (
    NOW,
    make_artifact,
    make_claim,
    make_edge,
    make_file,
    make_page,
    make_version,
)

pytestmark = pytest.mark.django_db

ALL = Asked()


def listed(model_id: str, license_id: str) -> str:
    """A page whose parent is an official release, so that nothing about it is unknown."""
    version = make_version(page=make_page(hub="huggingface", hub_model_id=model_id))
    make_claim(page=version.hub_model, declared=[license_id])
    make_edge(child=version, parent_ref="huggingface:mistralai/Mistral-7B-v0.1")
    return model_id


def word(files: list[str], permission: str, asked: Asked = ALL) -> str:
    return stack_answer(files=files, asked=asked)["rights"][permission]["word"]


class TestRights:
    def test_are_bound_by_every_file(self) -> None:
        free, bound = listed("org/free", "mit"), listed("org/bound", "cc-by-nc-4.0")

        told = stack_answer(files=[free, bound], asked=ALL)

        assert told["rights"]["use_commercial"]["word"] == "forbidden"
        assert told["decided_by"]["use_commercial"] == [bound]
        assert told["rights"]["redistribute"]["word"] == "not_applicable"

    def test_are_the_same_in_any_order(self) -> None:
        files = [listed("org/free", "mit"), listed("org/bound", "cc-by-nc-4.0")]

        one, other = (stack_answer(files=f, asked=ALL) for f in (files, files[::-1]))

        assert one["rights"] == other["rights"]

    def test_of_one_use(self) -> None:
        files = [listed("org/free", "mit"), listed("org/bound", "cc-by-nc-4.0")]

        told = stack_answer(files=files, asked=Asked(use=Permission.OUTPUTS_COMMERCIAL))

        assert list(told["rights"]) == ["outputs_commercial"] == list(told["decided_by"])

    def test_count_the_askers_case(self) -> None:
        files = [listed("org/free", "mit"), listed("meta-llama/Llama-3.1-8B", "llama3.1")]
        asker = Profile(figures={Metric.MAU: 700_000_001})

        assert word(files, "use_commercial", Asked(profile=asker)) == "forbidden"

    def test_are_under_the_texts_of_the_day_of_the_copies(self) -> None:
        files = [listed("org/free", "mit"), "black-forest-labs/FLUX.1-dev"]
        old, new = (
            stack_answer(files=files, asked=Asked(profile=Profile(obtained_on=day)))
            for day in (date(2024, 9, 1), date(2025, 9, 1))
        )

        assert "flux-1-dev-nc-1.0" in old["files"][1]["detail"]
        assert "flux-1-dev-nc-1.1.1" in new["files"][1]["detail"]
        assert old["duties"] != new["duties"]

    def test_count_the_text_of_the_day_for_a_mirrored_file_too(self) -> None:
        files = [listed("org/free", "mit"), listed("org/flux", "flux-1-dev-nc-1.1.1")]

        old = stack_answer(files=files, asked=Asked(profile=Profile(obtained_on=date(2024, 9, 1))))

        alone = old["files"][1]["answer"]["listings"][0]
        assert {duty["duty"] for duty in alone["duties"]} >= {
            duty["duty"] for duty in old["duties"] if "huggingface:org/flux" in duty["owed_to"]
        }

    def test_stay_open_where_the_listings_of_one_file_disagree(self) -> None:
        artifact = make_artifact()
        for model_id, license_id in (("org/a", "mit"), ("org/b", "cc-by-nc-4.0")):
            listed(model_id, license_id)
            page = make_page(hub="huggingface", hub_model_id=f"{model_id}-copy")
            make_claim(page=page, declared=[license_id])
            make_file(version=make_version(page=page), artifact=artifact)

        told = stack_answer(files=[artifact.sha256, "org/a"], asked=ALL)

        assert told["rights"]["use_commercial"]["word"] == "unclear"
        assert told["rights"]["use_commercial"]["worst"] == "forbidden"


class TestFiles:
    def test_are_each_answered_as_if_asked_alone(self) -> None:
        files = [listed("org/free", "mit"), listed("org/bound", "cc-by-nc-4.0")]

        told = stack_answer(files=files, asked=ALL)

        assert [file["answer"] for file in told["files"]] == [answer(what=one) for one in files]
        assert [file["found"] for file in told["files"]] == [True, True]

    def test_that_nobody_mirrored_count_as_unknown(self) -> None:
        told = stack_answer(files=[listed("org/free", "mit"), "nosuch/model"], asked=ALL)

        assert told["rights"]["outputs_commercial"]["word"] == "unclear"
        assert told["decided_by"]["outputs_commercial"] == ["nosuch/model"]
        assert told["files"][1]["found"] is False
        assert told["files"][1]["id"] == "huggingface:nosuch/model"
        assert "not mirrored" in told["files"][1]["detail"]
        assert told["lineage_coverage"] == "none"

    def test_that_nobody_mirrored_count_by_their_official_text(self) -> None:
        flux = "black-forest-labs/FLUX.1-dev"

        told = stack_answer(files=[listed("org/free", "mit"), flux], asked=ALL)

        assert told["rights"]["use_commercial"]["word"] == "forbidden"
        assert "flux-1-dev-nc" in told["files"][1]["detail"]

    def test_named_by_words_count_as_unknown(self) -> None:
        make_page(name="Grapefruit", hub_model_id="2583")

        told = stack_answer(files=[listed("org/free", "mit"), "grapefruit"], asked=ALL)

        assert told["rights"]["use_private"]["word"] == "unclear"
        assert told["files"][1]["answer"]["candidates"][0]["ask"] == "civitai:2583"

    def test_of_which_none_is_known_are_not_found(self) -> None:
        with pytest.raises(NotFound, match="any of them"):
            stack_answer(files=["nosuch/model", "nosuch/other"], asked=ALL)

    @pytest.mark.parametrize("files", [[], ["org/one"], ["org/one"] * 3])
    def test_have_to_be_several(self, files: list[str]) -> None:
        with pytest.raises(UnusableStack, match=r"^what: "):
            stack_answer(files=files, asked=ALL)

    def test_have_a_limit(self) -> None:
        with pytest.raises(UnusableStack, match=f"2 to {MOST_FILES}"):
            stack_answer(files=[f"org/{n}" for n in range(MOST_FILES + 1)], asked=ALL)

    def test_that_are_withheld_bind_without_a_name(self) -> None:
        files = [listed("org/free", "mit"), listed("org/bound", "cc-by-nc-4.0")]
        version = make_version(page=make_page(hub="huggingface", hub_model_id="org/child"))
        make_claim(page=version.hub_model, declared=["mit"])
        make_edge(child=version, parent_ref="huggingface:org/secret")
        Intervention.objects.create(
            kind=InterventionKind.SUPPRESS,
            subject="huggingface:org/secret",
            made_by="operator",
            made_at=NOW,
        )

        told = json.dumps(stack_answer(files=[*files, "org/child"], asked=ALL))

        assert "org/secret" not in told
        assert "withheld:1" in told


class TestCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("check_rights", *arguments, stdout=out, stderr=StringIO(), no_color=True)
        return out.getvalue()

    def test_takes_several_files(self, tmp_path: Path) -> None:
        path = tmp_path / "lora.safetensors"
        path.write_bytes(b"weights")
        page = make_page(hub="huggingface", hub_model_id="org/lora")
        make_claim(page=page, declared=["cc-by-nc-4.0"])
        make_file(
            version=make_version(page=page), artifact=make_artifact(sha256=digest_file(path).sha256)
        )
        base = listed("org/free", "mit")

        text = " ".join(self.run(base, str(path), "--use", "outputs_commercial").split())

        assert text.startswith("2 files used together")
        assert "Decided by lora.safetensors: outputs_commercial" in text
        assert str(tmp_path) not in text

    def test_prints_the_answer_as_json(self) -> None:
        files = [listed("org/free", "mit"), listed("org/bound", "cc-by-nc-4.0")]

        assert json.loads(self.run(*files, "--json")) == stack_answer(files=files, asked=ALL)

    def test_stops_a_build(self) -> None:
        files = [listed("org/free", "mit"), listed("org/bound", "cc-by-nc-4.0")]

        with pytest.raises(SystemExit) as stopped:
            self.run(*files, "--use", "outputs_commercial", "--fail-on", "unclear")

        assert stopped.value.code == STOPPED

    def test_names_a_file_that_is_not_there(self) -> None:
        with pytest.raises(BadInput, match=r"no file at './missing.safetensors'"):
            self.run(listed("org/free", "mit"), "./missing.safetensors")
