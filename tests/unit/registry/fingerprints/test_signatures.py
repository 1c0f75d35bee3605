"""The signatures as data: each fits what it is for, and a mistake in a file is named."""

from pathlib import Path

import pytest

from registry.fingerprints.architecture import architecture_of
from registry.fingerprints.architecture_index import index_of, pattern_of
from registry.fingerprints.architecture_rules import (
    BrokenSignature,
    condition_of,
    families,
    read_signatures,
    signatures,
)
from registry.fingerprints.model_file import FileFacts, FileFormat, PortFact, TensorFact
from tests.unit.registry.fingerprints.architectures import facts, facts_of, recorded

LIKENESS = {
    *("ip_adapter.faceid", "ip_adapter.faceid_portrait", "instantid", "pulid.flux", "pulid.sdxl"),
    *("photomaker", "reactor_face", "dfm", "inswapper", "face_swap.onnx"),
    *("deepfacelab.training", "deepfacelab.tensors"),
}
# signature: what decides, from the public structure of the network; no library here builds these
SAMPLES = {
    "ssd_1b.ldm": [
        "unet.input_blocks.7.1.transformer_blocks.{0-3}.attn2.to_k.weight 1280x2048",
        "unet.label_emb.0.0.weight 1280x2816",
    ],
    "ssd_1b.diffusers": [
        "down_blocks.2.attentions.0.transformer_blocks.{0-3}.attn2.to_k.weight 1280x2048",
        *("add_embedding.linear_1.weight 1280x2816", "conv_out.weight 4x320x3x3"),
    ],
    "kolors.diffusers": [
        "down_blocks.2.attentions.1.transformer_blocks.{0-9}.attn2.to_k.weight 1280x2048",
        "add_embedding.linear_1.weight 1280x5632",
    ],
    "svd.ldm": [
        "model.diffusion_model.input_blocks.1.1.time_stack.0.attn1.to_k.weight 320x320",
        "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight 320x1024",
    ],
    "pixart.original": [
        *("t_block.1.weight 6912x1152", "y_embedder.y_proj.fc1.weight 1152x4096"),
        *("blocks.0.cross_attn.kv_linear.weight 2304x1152", "blocks.0.scale_shift_table 6x1152"),
    ],
    "hunyuan_dit.original": ["mlp_t5.0.weight 8192x2048", "blocks.0.attn1.Wqkv.weight 4224x1408"],
    "wan_vace": [
        *("patch_embedding.weight 1536x16x1x2x2", "text_embedding.0.weight 1536x4096"),
        *("vace_patch_embedding.weight 1536x96x1x2x2", "vace_blocks.0.after_proj.weight 1536x1536"),
    ],
    "aura_flow.original": [
        *("double_layers.0.attn.w1q.weight 3072x3072", "cond_seq_linear.weight 3072x2048"),
    ],
    "mochi.original": ["t5_yproj.weight 1536x4096", "blocks.0.attn.qkv_x.weight 9216x3072"],
    "ltx_video.original": [
        *("patchify_proj.weight 2048x128", "transformer_blocks.0.attn2.k_norm.weight 2048"),
        "adaln_single.emb.timestep_embedder.linear_1.weight 2048x256",
    ],
    "stable_cascade_b": [
        *("effnet_mapper.0.weight 320x16x1x1", "pixels_mapper.0.weight 320x3x1x1"),
    ],
    "lumina_2.original": [
        *("cap_embedder.1.weight 2304x2304", "noise_refiner.0.attention.qkv.weight 3840x2304"),
    ],
    "cosmos_1.original": [
        "net.blocks.block0.blocks.0.block.attn.to_q.0.weight 4096x4096",
        "net.x_embedder.proj.1.weight 4096x68",
    ],
    "cosmos_predict_2": [
        *("net.blocks.0.adaln_modulation_self_attn.1.weight 256x2048",),
        *("net.blocks.0.mlp.layer1.weight 8192x2048", "net.x_embedder.proj.1.weight 2048x68"),
    ],
    "anima": [
        *("net.blocks.0.mlp.layer1.weight 8192x2048", "net.x_embedder.proj.1.weight 2048x68"),
        "net.llm_adapter.blocks.0.cross_attn.q_proj.weight 1024x1024",
    ],
    "hidream": ["double_stream_blocks.0.block.adaLN_modulation.1.bias 30720"],
    "vae.tiny.original": ["1.weight 64x4x3x3", "3.conv.0.weight 64x64x3x3"],
    "controlnet.sdxl.small": [
        *("controlnet_cond_embedding.conv_in.weight 16x3x3x3",),
        *("add_embedding.linear_1.weight 1280x2816", "controlnet_down_blocks.0.weight 320x320x1x1"),
    ],
    "controlnet.qwen_image": [
        *(
            "controlnet_blocks.0.weight 3072x3072",
            "transformer_blocks.0.img_mod.1.weight 18432x3072",
        ),
    ],
    "controlnet.z_image": ["control_layers.0.adaLN_modulation.0.weight 15360x256"],
    "controlnet.control_lora": ["lora_controlnet 0", "input_blocks.0.0.up 320x128x1x1"],
    "controlnet_lllite.sdxl": [
        "lllite_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q.down.0.weight 64x640",
    ],
    "controlnet_lllite.anima": ["lllite_dit_blocks_0_self_attn_q_proj.down.0.weight 64x2048"],
    "embedding.a1111": ["string_to_param.* 4x768"],
    "embedding.emb_params": ["emb_params 4x1024"],
    "embedding.sdxl": ["clip_g 4x1280", "clip_l 4x768"],
    "embedding.sd_3": ["t5xxl 4x4096", "clip_g 4x1280"],
    "embedding.single": ["<my-token> 768"],
    "hypernetwork": ["768.{0-1}.linear.{0,2}.weight 768x768", "320.{0-1}.linear.0.weight 640x320"],
    "esrgan.new": ["conv_first.weight 64x3x3x3", "body.0.rdb1.conv1.weight 32x64x3x3"],
    "esrgan.old": ["model.0.weight 64x3x3x3", "model.1.sub.0.RDB1.conv1.0.weight 32x64x3x3"],
    "esrgan.compact": [
        *("body.0.weight 64x3x3x3", "body.1.weight 64", "body.2.weight 64x64x3x3"),
    ],
    "swinir": [
        "conv_first.weight 180x3x3x3",
        "layers.0.residual_group.blocks.0.attn.relative_position_bias_table 225x6",
    ],
    "flux_redux": [
        *("redux_down.weight 4096x12288", "redux_down.bias 4096"),
        *("redux_up.weight 12288x1152", "redux_up.bias 12288"),
    ],
    "ip_adapter": [
        *("image_proj.proj.weight 3072x1024", "image_proj.norm.weight 768"),
        "ip_adapter.{1,3,5}.to_k_ip.weight 320x768",
    ],
    "ip_adapter.xlabs": ["ip_adapter_proj_model.proj.weight 16384x768"],
    "ip_adapter.faceid": [
        *("image_proj.proj.0.weight 1024x512", "ip_adapter.0.to_q_lora.up.weight 320x128"),
        *("ip_adapter.0.to_q_lora.down.weight 128x320", "ip_adapter.1.to_k_ip.weight 320x768"),
    ],
    "ip_adapter.faceid_portrait": [
        *("image_proj.proj.0.weight 1024x512", "image_proj.proj.2.weight 12288x1024"),
        "ip_adapter.1.to_k_ip.weight 320x768",
    ],
    "instantid": [
        *("image_proj.latents 1x16x1280", "image_proj.proj_in.weight 1280x512"),
        "ip_adapter.1.to_k_ip.weight 640x2048",
    ],
    "pulid.flux": [
        "pulid_ca.{0-19}.to_q.weight 2048x3072",
        "pulid_encoder.proj_out 1024x2048",
    ],
    "pulid.sdxl": [
        *("id_adapter.latents 1x5x1024", "id_adapter_attn_layers.1.id_to_k.weight 640x2048"),
    ],
    "photomaker": [
        "id_encoder.visual_projection_2.weight 1280x1024",
        "lora_weights.unet.down_blocks.1.attn1.to_q_lora.down.weight 64x640",
    ],
    "reactor_face": ["bbox 4", "kps 5x2", "embedding 512", "landmark_3d_68 68x3", "det_score"],
    "deepfacelab.tensors": ["encoder/down1/downs_0/conv1/weight:0 5x5x3x64"],
    "gpt_2.larger": ["h.{0-23}.attn.c_attn.weight 1024x3072", "wpe.weight 1024x1024"],
    "llama_4": [
        "model.layers.0.feed_forward.router.weight 16x5120",
        "model.layers.0.self_attn.q_proj.weight 5120x5120",
    ],
    "internlm_2": [
        "model.layers.0.attention.wqkv.weight 6144x4096",
        "model.layers.0.feed_forward.w1.weight 14336x4096",
    ],
    "baichuan": ["model.layers.0.self_attn.W_pack.weight 12288x4096"],
    "rwkv": ["blocks.0.att.receptance.weight 2048x2048"],
}
# modules that an adapter changes, with the shape of the weight
MODULES = {
    "adapter.anima": ("diffusion_model.llm_adapter.blocks.0.self_attn.q_proj", 1024, 1024),
    "adapter.cosmos": ("diffusion_model.blocks.0.self_attn.q_proj", 2048, 2048),
    "adapter.hunyuan_dit": ("lora_unet_blocks_0_attn1_Wqkv", 4224, 1408),
    "adapter.pixart": ("transformer.transformer_blocks.0.attn1.to_q", 1152, 1152),
    "adapter.ltx_4096": ("transformer.transformer_blocks.0.attn1.to_q", 4096, 4096),
    "adapter.ltx_2": ("transformer.transformer_blocks.0.audio_attn1.to_q", 2048, 2048),
    "adapter.hidream": ("diffusion_model.double_stream_blocks.0.block.attn1.to_q", 2560, 2560),
    "adapter.krea_2": ("diffusion_model.txtfusion.projector", 1, 12),
    "adapter.stable_cascade": (
        "lora_prior_unet_down_blocks_0_2_attention_attn_in_proj",
        6144,
        2048,
    ),
    "adapter.qwen_3": ("base_model.model.model.layers.0.mlp.gate_proj", 9728, 2560),
}
PICTURE = PortFact("x", "F32", (1, 3, 224, 224))
GRAPHS = {
    "dfm": (
        [PortFact("in_face:0", "F32", ("N", 224, 224, 3)), PortFact("morph_value:0", "F32", (1,))],
        ["out_face_mask:0", "out_celeb_face:0", "out_celeb_face_mask:0"],
    ),
    "inswapper": (
        [PortFact("target", "F32", (1, 3, 128, 128)), PortFact("source", "F32", (1, 512))],
        ["output"],
    ),
    "face_swap.onnx": ([PICTURE, PortFact("id", "F32", (1, 512))], ["y"]),
    "arcface.onnx": ([PortFact("data", "F32", ("N", 3, 112, 112))], ["fc1"]),
    "bert.onnx": (
        [PortFact(n, "I64", ("b", "s")) for n in ("input_ids", "attention_mask", "token_type_ids")],
        ["last_hidden_state"],
    ),
    "roberta.onnx": (
        [PortFact(n, "I64", ("b", "s")) for n in ("input_ids", "attention_mask")],
        ["last_hidden_state"],
    ),
}


def graph(name: str) -> FileFacts:
    inputs, outputs = GRAPHS[name]
    shape: tuple[int, ...] = (1, 512) if name == "arcface.onnx" else (1, 3, 224, 224)
    return FileFacts(
        format=FileFormat.ONNX,
        inputs=tuple(inputs),
        outputs=tuple(PortFact(output, "F32", shape) for output in outputs),
        tensors=(TensorFact("emap", "F32", (512, 512)),) if name == "inswapper" else (),
    )


def adapter(module: str, width: int, depth: int) -> FileFacts:
    return facts(f"{module}.lora_A.weight 4x{depth}", f"{module}.lora_B.weight {width}x4")


def recognised_in_recordings() -> set[str]:
    files = ("diffusers", "original", "transformers", "adapters")
    return {
        architecture_of(facts_of(file, name)).signature for file in files for name in recorded(file)
    }


class TestEachSignature:
    @pytest.mark.parametrize("signature", SAMPLES)
    def test_fits_the_tensors_it_is_for(self, signature: str) -> None:
        found = architecture_of(facts(*SAMPLES[signature]))

        assert found.signature == signature
        assert found.touches_likeness == (signature in LIKENESS)

    @pytest.mark.parametrize("signature", MODULES)
    def test_fits_the_modules_it_is_for(self, signature: str) -> None:
        found = architecture_of(adapter(*MODULES[signature]))

        assert found.signature == signature
        assert found.kind == "lora"

    @pytest.mark.parametrize("signature", GRAPHS)
    def test_fits_the_graph_it_is_for(self, signature: str) -> None:
        found = architecture_of(graph(signature))

        assert found.signature == signature
        assert found.touches_likeness == (signature in LIKENESS)

    def test_is_tried(self) -> None:
        tried = {*SAMPLES, *MODULES, *GRAPHS, "deepfacelab.training"}  # in test_architecture
        marks = {c.signature.id for c in signatures() if c.signature.kind == "mark"}
        together = {"adapter.sdxl_by_encoder"}  # in test_architecture_adapters

        untried = {c.signature.id for c in signatures()} - tried - marks - together

        assert untried <= recognised_in_recordings()

    def test_marks_likeness_where_a_face_is_worked_on_and_nowhere_else(self) -> None:
        marked = {c.signature.id for c in signatures() if c.signature.likeness}

        assert marked == LIKENESS


class TestLikeness:
    def test_is_not_hidden_behind_another_network(self) -> None:
        face = facts("bbox 4", "kps 5x2", "embedding 512", "landmark_3d_68 68x3").tensors
        others = (
            facts_of("original", "sd1_ldm_checkpoint").tensors,
            facts_of("adapters", "lora_sdxl_kohya").tensors,
        )

        found = [
            architecture_of(FileFacts(format=FileFormat.SAFETENSORS, tensors=(*face, *other)))
            for other in others
        ]

        assert [one.touches_likeness for one in found] == [True, True]


class TestMarks:
    def test_an_edm_model_says_so(self) -> None:
        read = (
            *facts_of("original", "sdxl_ldm_checkpoint").tensors,
            *facts("edm_mean 4", "edm_std 4").tensors,
        )

        found = architecture_of(FileFacts(format=FileFormat.SAFETENSORS, tensors=read))

        assert found.variants == ("edm",)

    def test_a_vision_tower_beside_a_language_model_shows(self) -> None:
        found = architecture_of(facts_of("transformers", "qwen25_vl_7b"))

        assert found.variants == ("vision",)


class TestConditions:
    @pytest.mark.parametrize(
        ("written", "shape", "fits"),
        [
            ("a.weight", (1, 2), True),
            ("b.weight", (1, 2), False),
            ("a.weight [1, 2]", (1, 2), True),
            ("a.weight [1, 2]", (1, 2, 3), False),
            ("a.weight [1, ..]", (1, 2, 3), True),
            ("a.weight [*, 2|3]", (7, 3), True),
            ("a.weight [*, 2|3]", (7, 4), False),
            ("a.weight [5-9, 2]", (9, 2), True),
            ("a.weight [5-9, 2]", (10, 2), False),
            ("a.weight [1, 2]", (1,), False),
        ],
    )
    def test_look_at_name_and_shape(self, written: str, shape: tuple[int, ...], fits: bool) -> None:
        index = index_of([("a.weight", "a.weight", shape)])

        assert bool(condition_of(written).met_by(index)) is fits

    def test_count_what_goes_by_a_pattern(self) -> None:
        names = [f"blocks.{i}.w" for i in range(3)]
        index = index_of((name, pattern_of(name), (2,)) for name in names)

        assert condition_of("blocks.#.w x3").met_by(index) == "blocks.0.w (x3)"
        assert condition_of("blocks.#.w x2|4").met_by(index) == ""

    def test_look_at_how_names_begin(self) -> None:
        index = index_of([("lllite_unet_x.y", "lllite_unet_x.y", ())])

        assert condition_of("lllite_unet_*").met_by(index)
        assert condition_of("lllite_*").met_by(index)
        assert not condition_of("lllite_dit_*").met_by(index)

    def test_show_no_hostile_name(self) -> None:
        index = index_of([("lllite_unet_<b>\u202e", "lllite_unet_<b>\u202e", ())])

        assert condition_of("lllite_unet_*").met_by(index) == "lllite_unet_*"

    @pytest.mark.parametrize("written", ["", "a b", "a [x]", "a [1", "a x", "a [1] x", "a [3-]x2"])
    def test_written_wrongly_are_refused(self, written: str) -> None:
        with pytest.raises(BrokenSignature):
            condition_of(written)


class TestFiles:
    @pytest.mark.parametrize(
        ("text", "named"),
        [
            ("signatures = 1", "broken.signatures.toml"),
            ('[[signatures]]\nid = "x"\nkind = "vae"', "fits everything"),
            ('[[signatures]]\nid = "x"\nkind = "vae"\nall = ["a [?]"]', "no readable shape"),
            ('[[signatures]]\nid = "x"\nkind = "vae"\nall = ["a"]\nfamily = "sd_9"', "sd_9"),
            ('[[signatures]]\nid = "x"\nkind = "vae"\nall = ["a"]\ncolour = "red"', "colour"),
            ('[[signatures]]\nid = "x"\nkind = "vae"\nall = ["a"]\n' * 2, "twice"),
        ],
    )
    def test_with_a_mistake_name_it(self, tmp_path: Path, text: str, named: str) -> None:
        (tmp_path / "broken.signatures.toml").write_text(text)

        with pytest.raises(BrokenSignature, match=named):
            list(read_signatures(tmp_path))

    def test_of_families_name_each_once(self) -> None:
        names = [family.name for family in families().values()]

        assert len(names) == len(set(names)) > 90
