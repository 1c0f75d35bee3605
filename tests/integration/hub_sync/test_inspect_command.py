"""``manage.py inspect``: what it reads, prints, and how it ends."""

import hashlib
import json
import logging
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from hub_sync.clients.errors import HubError, HubRefused, PageAbsent, PageGated
from hub_sync.clients.hosts import RefusedHost
from registry.config.main import explain
from registry.errors import BadInput, Unavailable
from registry.fingerprints.model_file import UnreadableModelFile
from registry.fingerprints.steady_file import FileChanged
from registry.models import ArtifactDigest
from registry.selectors import inspections
from tests.factories.registry import make_artifact, make_file, make_page, make_version
from tests.fakes.files import CivitaiWithFiles, FakeStorage, large_safetensors, safetensors
from tests.fakes.hubs import Reply

pytestmark = pytest.mark.django_db

KEYS = [
    *("digests", "format", "kind", "family", "role", "tensors", "claims", "parents", "findings"),
    "known",
]
PRIVATE = "quilltamarisk"
PARENT = "a" * 64
RECIPE = json.dumps(
    {
        "type": "webui",
        "primary_model_hash": PARENT,
        "interp_method": "Weighted sum",
        "multiplier": 0.3,
    }
)
METADATA = {"sd_merge_recipe": RECIPE, "ss_output_name": PRIVATE, "ss_network_dim": "8"}
RESOLVE = "/org/name/resolve/main/m.safetensors"


@pytest.fixture
def storage() -> Iterator[FakeStorage]:
    fake = FakeStorage()
    with fake.running():
        yield fake


def inspect(*words: str) -> str:
    out = StringIO()
    call_command("inspect", *words, stdout=out, stderr=StringIO(), no_color=True)
    return out.getvalue()


def as_json(*words: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(inspect(*words, "--json"))
    return told


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "m.safetensors"
    path.write_bytes(safetensors(METADATA))
    return path


class TestLocalFiles:
    def test_are_told_with_the_documented_keys(self, file: Path) -> None:
        told = as_json(str(file))

        assert list(told) == KEYS
        assert told["digests"]["sha256"] == {
            "value": hashlib.sha256(file.read_bytes()).hexdigest(),
            "stated_by": "file",
        }
        assert {"blake3", "autov2", "autov3", "crc32"} <= set(told["digests"])
        assert told["tensors"]["dtypes"] == {"F32": 4}

    def test_are_shown_whole_to_whoever_has_them(self, file: Path) -> None:
        assert as_json(str(file))["claims"] == METADATA

    def test_are_printed_for_people(self, file: Path) -> None:
        text = inspect(str(file))

        assert "  safetensors, kind unknown\n  1 tensors, 4 parameters (F32)" in text
        assert f"sha256:{PARENT} (merge 0.7" in " ".join(text.split())
        assert "nothing is mirrored of these bytes" in text

    def test_cannot_spoof_the_terminal(self, tmp_path: Path) -> None:
        path = tmp_path / "m\x1b[31m.safetensors"
        path.write_bytes(safetensors({"a\x1b[2J\u202e": "\x1b]0;x\x07b\u202e"}))

        text = inspect(str(path))

        assert not {"\x1b", "\x07", "\u202e"} & set(text)

    def test_are_known_where_a_page_lists_them(self, file: Path) -> None:
        version = make_version(page=make_page(name="Mix"))
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        make_file(version=version, artifact=make_artifact(sha256=digest))

        assert as_json(str(file))["known"]["bytes"]["listings"][0]["name"] == "Mix"
        assert "Mix (civitai:" in inspect(str(file))

    def test_are_stored_nowhere(self, file: Path) -> None:
        before = {m: m._default_manager.count() for m in apps.get_models()}

        inspect(str(file))

        assert {m: m._default_manager.count() for m in apps.get_models()} == before

    def test_leave_their_digests_if_asked(self, file: Path) -> None:
        inspect(str(file), "--keep")

        assert ArtifactDigest.objects.filter(algorithm="autov3").count() == 1

    def test_are_not_told_if_another_takes_their_place(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Else a header would be told beside another file's digests."""
        other = file.with_name("other")
        other.write_bytes(safetensors())
        facts_of = inspections.local_facts
        monkeypatch.setattr(
            inspections, "local_facts", lambda path: (facts_of(path), other.replace(path))[0]
        )

        with pytest.raises(FileChanged, match="changed while it was read"):
            inspect(str(file))

    def test_are_none_where_nothing_is_named(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(file.parent)

        with pytest.raises(BadInput, match="names no file"):
            inspect("")

    def test_may_be_folders(self, tmp_path: Path) -> None:
        (tmp_path / "adapter_config.json").write_text(
            json.dumps({"peft_type": "LORA", "base_model_name_or_path": "org/base", "r": 8})
        )
        (tmp_path / "adapter_model.safetensors").write_bytes(safetensors())

        told = as_json(str(tmp_path))

        assert told["format"] == "peft_folder"
        assert [row["parent"] for row in told["parents"]] == ["huggingface:org/base"]
        with pytest.raises(BadInput, match="no digests"):
            inspect(str(tmp_path), "--keep")

    @pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux")
    def test_may_be_recipes_that_cannot_be_read(self, tmp_path: Path) -> None:
        path = tmp_path / "merge.yml"
        path.symlink_to("/proc/self/mem")

        with pytest.raises(Unavailable, match="Input/output error"):
            inspect(str(path))

    def test_may_be_recipes(self, tmp_path: Path) -> None:
        path = tmp_path / "merge.yml"
        path.write_text("models: [{model: a/b}, {model: c/d}]\nmerge_method: linear\n")

        told = as_json(str(path))

        assert (told["format"], told["kind"]) == ("recipe", "recipe")
        assert len(told["parents"]) == 2

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "empty"),
            (b"<!DOCTYPE html><html>", ""),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "lfs"),
            (safetensors()[:-5], "truncated"),
            (b"\x89PNG\r\n\x1a\n" + bytes(50), ""),
        ],
    )
    def test_that_are_no_model_end_with_exit_code_2(
        self, tmp_path: Path, content: bytes, code: str
    ) -> None:
        path = tmp_path / "m.safetensors"
        path.write_bytes(content)

        with pytest.raises(UnreadableModelFile) as caught:
            inspect(str(path))

        status, text = explain(caught.value)
        assert status == 2
        assert text.startswith(f"{caught.value.code}: ")
        assert code in caught.value.code

    def test_that_are_not_there_end_with_exit_code_2(self) -> None:
        with pytest.raises(BadInput, match="There is no file at"):
            inspect("/no/such/file.safetensors")


class TestFilesOnHubs:
    def test_are_read_by_range_and_shown_in_public_form(
        self, storage: FakeStorage, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        storage.headers = {"X-Linked-Etag": f'"{"b" * 64}"'}
        storage.put(RESOLVE, safetensors(METADATA))

        told = as_json("org/name:m.safetensors", "--base-url", storage.url)

        assert list(told) == KEYS
        assert set(told["claims"]) == {"sd_merge_recipe", "ss_network_dim"}
        assert told["digests"] == {"sha256": {"value": "b" * 64, "stated_by": "huggingface"}}
        assert PRIVATE not in json.dumps(told) + caplog.text
        assert len(storage.requests) == 1

    def test_cost_a_thousandth_of_a_large_file(self, storage: FakeStorage) -> None:
        size = 2_000_000_000
        storage.put(RESOLVE, large_safetensors(size_bytes=size, header_bytes=360_000))

        text = inspect("org/name:m.safetensors", "--base-url", storage.url)

        assert "bytes in 1 requests" in text
        assert storage.bytes_sent <= size // 1000
        assert len(storage.requests) <= 3

    def test_may_be_pages_of_civitai(self) -> None:
        hub = CivitaiWithFiles()
        content = safetensors(METADATA)
        with hub.running():
            hub.publish(4, "Mix", content)

            told = as_json("civitai:4", "--base-url", hub.url)

        assert told["digests"]["sha256"]["value"] == hashlib.sha256(content).hexdigest()
        assert told["digests"]["sha256"]["stated_by"] == "civitai"

    @pytest.mark.parametrize(
        ("status", "error", "code"),
        [(404, PageAbsent, 3), (403, PageGated, 3), (400, HubError, 4)],
    )
    def test_that_the_hub_does_not_give_end_with_its_exit_code(
        self, storage: FakeStorage, status: int, error: type[Exception], code: int
    ) -> None:
        storage.planned.append(Reply(status))

        with pytest.raises(error) as caught:
            inspect("org/name:m.safetensors", "--base-url", storage.url)

        assert isinstance(caught.value, Exception)
        assert explain(caught.value)[0] == code

    def test_are_not_looked_for_on_this_machine_unless_the_operator_says_so(
        self, storage: FakeStorage
    ) -> None:
        url = storage.put(RESOLVE, safetensors())

        with pytest.raises(BadInput):
            inspect(url)

        assert storage.requests == []

    def test_are_not_followed_into_a_private_network(self, storage: FakeStorage) -> None:
        storage.redirects[RESOLVE] = "http://10.0.0.1/m.safetensors"

        with pytest.raises(RefusedHost) as caught:
            inspect("org/name:m.safetensors", "--base-url", storage.url)

        assert explain(caught.value)[0] == 4

    @pytest.mark.parametrize(
        "location",
        [
            *("http://[::1/m", "file:///etc/passwd", "/\x7f", f"/{'a' * 70_000}"),
            *("https://a..huggingface.co/m", f"https://{'a' * 64}.hf.co/m"),
        ],
    )
    def test_are_not_followed_to_what_is_no_address(
        self, storage: FakeStorage, location: str
    ) -> None:
        storage.redirects[RESOLVE] = location

        with pytest.raises(HubRefused, match="not followed"):
            inspect("org/name:m.safetensors", "--base-url", storage.url)

    def test_leave_no_digests(self, storage: FakeStorage) -> None:
        with pytest.raises(BadInput, match="--keep"):
            inspect("org/name:m.safetensors", "--keep", "--base-url", storage.url)
