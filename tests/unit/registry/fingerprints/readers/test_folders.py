import json
import shutil
from pathlib import Path

import pytest

from registry.fingerprints.model_file import FileFormat, TensorFact, UnreadableModelFile
from registry.fingerprints.readers.folders import read_folder_facts
from tests.unit.registry.fingerprints.readers import samples
from tests.unit.registry.fingerprints.readers.samples import (
    codes,
    read,
    refusal,
    safetensors,
    tensor,
)

WEIGHTS = safetensors({"w": tensor(0, 16)}, bytes(16))
OTHER = safetensors({"v": tensor(0, 16)}, bytes(16))


def _index(folder: Path, **weight_map: str) -> None:
    text = json.dumps({"metadata": {"total_size": 32}, "weight_map": weight_map})
    (folder / "model.safetensors.index.json").write_text(text, encoding="utf-8")


class TestPipeline:
    def test_gives_each_components_tensors(self) -> None:
        facts = read_folder_facts(samples.RECORDED / "diffusers")

        names = {found.name: found.shape for found in facts.tensors}
        assert facts.format is FileFormat.DIFFUSERS_FOLDER
        assert names["unet/conv_in.weight"] == (4, 4, 3, 3)
        assert names["vae/decoder.conv_in.weight"] == (2, 4, 3, 3)
        assert facts.metadata["_class_name"] == "StableDiffusionPipeline"
        assert facts.metadata["vae"] == '["diffusers", "AutoencoderKL"]'
        assert "vae/config.json" in facts.members
        assert codes(facts) == []

    def test_reads_one_set_of_weights_of_each_component(self, tmp_path: Path) -> None:
        (tmp_path / "model_index.json").write_text('{"_class_name": "X"}', encoding="utf-8")
        (tmp_path / "unet").mkdir()
        (tmp_path / "unet" / "model.safetensors").write_bytes(WEIGHTS)
        (tmp_path / "unet" / "model.fp16.safetensors").write_bytes(OTHER)
        (tmp_path / "unet" / "model.bin").write_bytes(b"\x80\x02N.")

        facts = read_folder_facts(tmp_path)

        assert facts.tensors == (TensorFact("unet/w", "I32", (2, 2)),)
        assert len(facts.members) == 4

    def test_keeps_going_where_a_component_is_broken(self, tmp_path: Path) -> None:
        shutil.copytree(samples.RECORDED / "diffusers", tmp_path / "pipeline")
        (tmp_path / "pipeline" / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(
            b"<html>"
        )

        facts = read_folder_facts(tmp_path / "pipeline")

        assert codes(facts) == ["html_instead"]
        assert len(facts.tensors) == 3


class TestAdapter:
    def test_gives_its_configuration_and_weights(self) -> None:
        facts = read_folder_facts(samples.RECORDED / "peft")

        assert facts.format is FileFormat.PEFT_FOLDER
        assert facts.metadata["peft_type"] == "LORA"
        assert facts.metadata["r"] == "2"
        assert [found.shape for found in facts.tensors] == [(2, 8), (8, 2)]
        assert codes(facts) == []

    def test_is_read_without_its_older_checkpoints(self, tmp_path: Path) -> None:
        shutil.copytree(samples.RECORDED / "peft", tmp_path / "peft")
        shutil.copytree(samples.RECORDED / "peft", tmp_path / "peft" / "checkpoint-1")

        facts = read_folder_facts(tmp_path / "peft")

        assert len(facts.tensors) == 2

    @pytest.mark.parametrize(
        ("text", "code"),
        [("[", "configuration_unreadable"), (" " * (2 << 20), "configuration_too_large")],
    )
    def test_with_a_broken_configuration_says_so(
        self, tmp_path: Path, text: str, code: str
    ) -> None:
        (tmp_path / "adapter_config.json").write_text(text, encoding="utf-8")

        assert codes(read_folder_facts(tmp_path)) == [code]


class TestShards:
    def test_are_read_as_one_model(self, tmp_path: Path) -> None:
        (tmp_path / "a.safetensors").write_bytes(WEIGHTS)
        (tmp_path / "b.safetensors").write_bytes(OTHER)
        _index(tmp_path, w="a.safetensors", v="b.safetensors")

        facts = read_folder_facts(tmp_path)

        assert facts.format is FileFormat.SAFETENSORS_INDEX
        assert [found.name for found in facts.tensors] == ["w", "v"]
        assert facts.metadata == {"total_size": "32"}
        assert codes(facts) == []

    def test_that_are_missing_or_elsewhere_are_told(self, tmp_path: Path) -> None:
        (tmp_path / "a.safetensors").write_bytes(WEIGHTS)
        _index(
            tmp_path, w="a.safetensors", v="b.safetensors", x="../x.safetensors", y="/y.safetensors"
        )

        facts = read_folder_facts(tmp_path)

        assert codes(facts) == ["path_traversal", "shard_missing"]
        assert facts.names_only == ("v", "x", "y")

    def test_that_disagree_with_their_index_are_told(self, tmp_path: Path) -> None:
        (tmp_path / "a.safetensors").write_bytes(WEIGHTS)
        _index(tmp_path, v="a.safetensors")

        assert codes(read_folder_facts(tmp_path)) == ["index_disagrees"]

    @pytest.mark.parametrize(
        ("shard", "expected"),
        [
            ("model-1.safetensors", FileFormat.SAFETENSORS_INDEX),
            ("pytorch_model-1.bin", FileFormat.PYTORCH_INDEX),
        ],
    )
    def test_of_an_index_alone_give_names_only(self, shard: str, expected: FileFormat) -> None:
        content = json.dumps({"weight_map": {"w": shard, "v": shard}}).encode()

        facts = read(content)

        assert facts.format is expected
        assert facts.names_only == ("w", "v")
        assert facts.members == (shard,)
        assert facts.tensors == ()

    def test_of_an_index_too_many_are_refused(self) -> None:
        weight_map = {str(place): f"{place}.safetensors" for place in range(1001)}

        assert refusal(lambda: read(json.dumps({"weight_map": weight_map}).encode())) == (
            "too_many_shards"
        )


class TestFolder:
    def test_with_one_file_is_that_file(self, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text("{}", encoding="utf-8")
        (tmp_path / "model.safetensors").write_bytes(WEIGHTS)

        facts = read_folder_facts(tmp_path)

        assert facts.format is FileFormat.SAFETENSORS
        assert facts.tensors == read(WEIGHTS).tensors

    def test_never_follows_a_link_out(self, tmp_path: Path) -> None:
        (tmp_path / "secret").mkdir()
        (tmp_path / "secret" / "model.safetensors").write_bytes(WEIGHTS)
        folder = tmp_path / "folder"
        folder.mkdir()
        (folder / "b.safetensors").write_bytes(OTHER)
        (folder / "a.safetensors").symlink_to(tmp_path / "secret" / "model.safetensors")
        (folder / "unet").symlink_to(tmp_path / "secret")
        (folder / "inside.safetensors").symlink_to(folder / "b.safetensors")

        facts = read_folder_facts(folder)

        assert [found.name for found in facts.tensors] == ["v"]
        assert codes(facts) == ["link_outside_folder"]
        assert facts.members == ("b.safetensors", "inside.safetensors")

    def test_says_that_nothing_is_there_where_links_lead_away(self, tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / ".venv").symlink_to(tmp_path)

        with pytest.raises(UnreadableModelFile, match=r"no weights .* not followed: '\.venv'"):
            read_folder_facts(tmp_path / "folder")

    def test_whose_only_weights_are_broken_has_their_error(self, tmp_path: Path) -> None:
        (tmp_path / "model.safetensors").write_bytes(b"<html>")

        assert refusal(lambda: read_folder_facts(tmp_path)) == "html_instead"

    def test_without_a_model_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "readme.md").write_text("x", encoding="utf-8")

        assert refusal(lambda: read_folder_facts(tmp_path)) == "no_model_in_folder"
        assert refusal(lambda: read_folder_facts(tmp_path / "readme.md")) == "cannot_open"
        assert refusal(lambda: read_folder_facts(tmp_path / "absent")) == "cannot_open"
