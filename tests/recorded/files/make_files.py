# mypy: ignore-errors
"""Make the files in this folder with the libraries that write such files: see README.md.

python make_files.py FOLDER
"""

import json
import pickle
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import diffusers
import gguf
import numpy as np
import onnx
import py7zr
import torch
from huggingface_hub import save_torch_state_dict
from onnx import TensorProto, helper, numpy_helper
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file

FLOAT = TensorProto.FLOAT


class Small(torch.nn.Module):
    """A module with one layer to adapt."""

    def __init__(self) -> None:
        """Make the layer."""
        super().__init__()
        self.q = torch.nn.Linear(8, 8)

    def forward(self, given):
        """Apply the layer."""
        return self.q(given)


def safetensors_file(out: Path) -> None:
    """Write several dtypes, a scalar and metadata."""
    tensors = {
        "model.diffusion_model.input_blocks.0.0.weight": torch.zeros(4, 4, 3, 3).half(),
        "a.bf16": torch.ones(3, dtype=torch.bfloat16),
        "a.f8": torch.zeros(2, 2, dtype=torch.float8_e4m3fn),
        "scalar": torch.tensor(3, dtype=torch.int64),
    }
    metadata = {"format": "pt", "modelspec.title": "recorded"}
    save_file(tensors, str(out / "weights.safetensors"), metadata=metadata)


def torch_files(out: Path) -> None:
    """Write torch's zip and legacy formats: a checkpoint, an embedding, a whole module."""
    state = OrderedDict(
        w=torch.randn(4, 4),
        b=torch.zeros(4),
        h=torch.randn(2, 2).half(),
        bf=torch.randn(4).bfloat16(),
        i=torch.arange(5),
        view=torch.arange(12.0).reshape(3, 4)[1:, 1:],
    )
    checkpoint = {"state_dict": state, "epoch": 3, "note": "recorded"}
    torch.save(checkpoint, out / "checkpoint.ckpt")
    torch.save(state, out / "legacy.pth", _use_new_zipfile_serialization=False)
    embedding = {
        "string_to_param": {"*": torch.randn(2, 8)},
        "string_to_token": {"*": 265},
        "name": "recorded",
        "step": 100,
        "sd_checkpoint": None,
    }
    torch.save(embedding, out / "embedding.pt")
    torch.save(torch.nn.Linear(2, 2), out / "whole_module.pt")
    parameter = torch.nn.Parameter(torch.randn(3))
    eighth = torch.zeros(2, 2, dtype=torch.float8_e4m3fn)
    torch.save({"p": parameter, "f8": eighth}, out / "parameter.pt")


def numpy_files(out: Path) -> None:
    """Write arrays, an array of objects, and a dictionary as DeepFaceLab pickles it."""
    weights = {
        "conv/weight:0": np.zeros((3, 3, 2, 4), np.float16),
        "conv/bias:0": np.zeros(4, np.float32),
    }
    (out / "dfl_encoder.npy").write_bytes(pickle.dumps(weights, 4))
    np.save(out / "array.npy", np.zeros((2, 3), np.float32))
    np.savez_compressed(out / "arrays.npz", a=np.arange(3), b=np.zeros((2, 2), np.float16))
    np.save(out / "objects.npy", np.array({"x": np.zeros(3)}, dtype=object), allow_pickle=True)


def gguf_file(path: Path, order: gguf.GGUFEndian) -> None:
    """Write metadata of several types, a long vocabulary and a quantised tensor."""
    writer = gguf.GGUFWriter(str(path), "llama", endianess=order)
    writer.add_name("recorded")
    writer.add_context_length(128)
    writer.add_string("general.license", "apache-2.0")
    writer.add_array("general.tags", ["a", "b"])
    writer.add_array("tokenizer.ggml.tokens", [f"t{place}" for place in range(1100)])
    writer.add_array("tokenizer.ggml.scores", [0.0] * 1100)
    writer.add_float32("x.rope", 1.5)
    writer.add_bool("x.flag", val=True)
    kind = gguf.GGMLQuantizationType.Q4_0
    writer.add_tensor("token_embd.weight", np.zeros((4, 8), np.float32))
    writer.add_tensor("blk.0.attn_q.weight", np.zeros((2, 8), np.float16))
    quantised = gguf.quants.quantize(np.ones((2, 64), np.float32), kind)
    writer.add_tensor("blk.0.ffn.weight", quantised, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def graph(name: str, inputs: list, outputs: list, constants: list, **properties: str):
    """Return a model of identities."""
    made = helper.make_graph(
        [helper.make_node("Identity", [inputs[0][0]], [output[0]]) for output in outputs],
        name,
        [helper.make_tensor_value_info(*port) for port in inputs],
        [helper.make_tensor_value_info(*port) for port in outputs],
        constants,
    )
    operators = [helper.make_opsetid("", 13)]
    model = helper.make_model(made, producer_name="recorded", opset_imports=operators)
    helper.set_model_props(model, properties)
    return model


def onnx_files(out: Path) -> None:
    """Write a face swapper's ports, DeepFaceLive's, and a graph with weights in another file."""
    constants = [
        numpy_helper.from_array(np.zeros((4, 3), np.float32), "w"),
        numpy_helper.from_array(np.zeros((5, 5), np.float16), "emap"),
    ]
    face = [1, 3, 128, 128]
    ports = [("target", FLOAT, face), ("source", FLOAT, [1, 512])]
    swapper = graph("swap", ports, [("output", FLOAT, face)], constants, author="recorded")
    onnx.save(swapper, str(out / "graph.onnx"))
    picture, mask = ["N", 224, 224, 3], ["N", 224, 224, 1]
    live = graph(
        "dfl",
        [("in_face:0", FLOAT, picture), ("morph_value:0", FLOAT, [1])],
        [
            ("out_face_mask:0", FLOAT, mask),
            ("out_celeb_face:0", FLOAT, picture),
            ("out_celeb_face_mask:0", FLOAT, mask),
        ],
        [],
    )
    onnx.save(live, str(out / "face.dfm"))
    (out / "external").mkdir(exist_ok=True)
    onnx.save(
        graph(
            "ext",
            [("x", FLOAT, [1])],
            [("y", FLOAT, [1])],
            [numpy_helper.from_array(np.zeros(64, np.float32), "big")],
        ),
        str(out / "external" / "external.onnx"),
        save_as_external_data=True,
        location="external.data",
        size_threshold=0,
    )


def archives(out: Path) -> None:
    """Write face sets as people share them."""
    faces = {f"aligned/0000{place}.jpg": b"face" * 20 for place in range(3)}
    with py7zr.SevenZipFile(out / "faces.7z", "w") as archive:
        for name, content in faces.items():
            archive.writestr(content, name)
        archive.writestr(b"", "aligned/empty.txt")
    with zipfile.ZipFile(out / "faces.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in faces.items():
            archive.writestr(name, content)


def folders(out: Path) -> None:
    """Write a PEFT adapter and a diffusers pipeline with a sharded component."""
    adapted = get_peft_model(Small(), LoraConfig(r=2, lora_alpha=4, target_modules=["q"]))
    adapted.save_pretrained(out / "peft")
    (out / "peft" / "README.md").unlink(missing_ok=True)
    pipeline = out / "diffusers"
    coder = diffusers.AutoencoderKL(
        block_out_channels=(2,), norm_num_groups=1, layers_per_block=1, latent_channels=4
    )
    coder.half().save_pretrained(pipeline / "vae")
    (pipeline / "unet").mkdir(exist_ok=True)
    save_torch_state_dict(
        {
            "conv_in.weight": torch.zeros(4, 4, 3, 3).half(),
            "mid.weight": torch.zeros(8, 8).half(),
            "conv_out.weight": torch.zeros(4, 4, 3, 3).half(),
        },
        pipeline / "unet",
        filename_pattern="diffusion_pytorch_model{suffix}.safetensors",
        max_shard_size=300,
    )
    index = {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": diffusers.__version__,
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    (pipeline / "model_index.json").write_text(json.dumps(index, indent=1))


def main(out: Path) -> None:
    """Write every file into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    safetensors_file(out)
    torch_files(out)
    numpy_files(out)
    gguf_file(out / "model.gguf", gguf.GGUFEndian.LITTLE)
    gguf_file(out / "model_big_endian.gguf", gguf.GGUFEndian.BIG)
    onnx_files(out)
    archives(out)
    folders(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
