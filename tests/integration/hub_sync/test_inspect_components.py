"""``manage.py inspect``: which parts of a file stand in other files."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from registry.fingerprints.digests import digest_file
from registry.models import Artifact
from registry.selectors.shared_tensors import tensors_of
from registry.services.file_digests import keep_file_digests
from registry.services.interventions import suppress
from tests.factories.checkpoints import checkpoint_file, vae_file
from tests.factories.registry import make_file, make_page, make_version

pytestmark = pytest.mark.django_db


def known_to_us(path: Path, **page: Any) -> Artifact:
    """The bytes of a file: read whole before, and listed by a page if one is given."""
    artifact = keep_file_digests(digests=digest_file(path), by="job:test")
    if page:
        make_file(artifact=artifact, version=make_version(page=make_page(**page)))
    return artifact


def inspect(*arguments: str) -> str:
    out = io.StringIO()
    call_command("inspect", *arguments, stdout=out)
    return out.getvalue()


def components(path: Path) -> Any:
    return json.loads(inspect(str(path), "--json"))["known"]["components"]


class TestParts:
    def test_show_a_swapped_vae_as_such(self, tmp_path: Path) -> None:
        base = known_to_us(checkpoint_file(tmp_path / "base.safetensors"), name="Base Mix")
        mine = checkpoint_file(tmp_path / "mine.safetensors", vae=9)

        (file,) = components(mine)["files"]

        assert file["sha256"] == base.sha256
        assert [one["name"] for one in file["listings"]] == ["Base Mix"]
        assert {
            one["name"]: (one["whole_in"], one["same_bytes"]) for one in file["components"]
        } == {
            "text_encoder": ("bytes", 1),
            "denoiser": ("bytes", 1),
            "vae": ("", 0),
        }
        text = " ".join(inspect(str(mine)).split())
        assert "Parts of it in other files Base Mix (civitai:" in text
        assert "denoiser, text_encoder: the same; vae: another" in text

    def test_are_told_of_a_cast(self, tmp_path: Path) -> None:
        known_to_us(checkpoint_file(tmp_path / "base.safetensors"), name="Base Mix")
        mine = checkpoint_file(tmp_path / "mine.safetensors", vae=9, dtype="F16")

        assert "denoiser, text_encoder: the same numbers in F16; vae: another" in inspect(str(mine))

    def test_are_told_of_a_part_by_itself(self, tmp_path: Path) -> None:
        known_to_us(checkpoint_file(tmp_path / "base.safetensors"), name="Base Mix")

        text = inspect(str(vae_file(tmp_path / "vae.safetensors")))

        assert "model: the same as its vae" in text

    def test_that_nobody_shares_say_nothing(self, tmp_path: Path) -> None:
        mine = checkpoint_file(tmp_path / "mine.safetensors")

        assert components(mine) == {"files": [], "has_more": False}
        assert "Parts of it" not in inspect(str(mine))

    def test_are_told_of_bytes_that_no_page_lists(self, tmp_path: Path) -> None:
        base = known_to_us(checkpoint_file(tmp_path / "base.safetensors"))
        mine = checkpoint_file(tmp_path / "mine.safetensors", vae=9)

        assert f"bytes {base.sha256}, on no page" in " ".join(inspect(str(mine)).split())

    @pytest.mark.parametrize("page", [{"depicts_person": True}, {"depicts_minor": True}])
    def test_of_a_flagged_page_have_no_name(self, tmp_path: Path, page: dict[str, bool]) -> None:
        base = known_to_us(checkpoint_file(tmp_path / "base.safetensors"), name="Base Mix", **page)
        mine = checkpoint_file(tmp_path / "mine.safetensors", vae=9)

        self.assert_nameless(mine, base)

    def test_of_a_suppressed_page_have_no_name(self, tmp_path: Path) -> None:
        base = known_to_us(
            checkpoint_file(tmp_path / "base.safetensors"), name="Base Mix", hub_model_id="77"
        )
        suppress(subject="civitai:77", reason="asked for", by="user:test")
        mine = checkpoint_file(tmp_path / "mine.safetensors", vae=9)

        self.assert_nameless(mine, base)

    def test_of_suppressed_bytes_have_no_name(self, tmp_path: Path) -> None:
        base = known_to_us(checkpoint_file(tmp_path / "base.safetensors"))
        suppress(subject=f"sha256:{base.sha256}", reason="asked for", by="user:test")
        mine = checkpoint_file(tmp_path / "mine.safetensors", vae=9)

        self.assert_nameless(mine, base)
        assert "bytes that are not shown" in inspect(str(mine))

    @staticmethod
    def assert_nameless(mine: Path, base: Artifact) -> None:
        told = json.dumps(components(mine))
        text = inspect(str(mine))

        assert "Parts of it in other files" in text
        for said in (told, text):
            assert base.sha256 not in said
            assert "Base Mix" not in said
        assert tensors_of(base.sha256)  # they are there, and found
