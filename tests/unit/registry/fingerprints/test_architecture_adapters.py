"""Adapters: kind, family, algorithm, rank, parts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.fingerprints.architecture import MOST_TENSORS, architecture_of
from registry.fingerprints.architecture_rules import UNKNOWN
from registry.fingerprints.model_file import FileFacts, FileFormat, TensorFact
from tests.unit.registry.fingerprints.architectures import facts, facts_of, recorded

DECODERS = (
    "llama_1 llama_2 llama_3 mistral qwen_2 qwen_3 gemma_1 gemma_2 gemma_3 yi tinyllama smollm"
)
# adapter: (kind, every family that fits, rank; 0: shapes show none)
ADAPTERS = {
    "lora_sd1_kohya": ("lora", "sd_1", 32),
    "lora_sd1_diffusers": ("lora", "sd_1", 16),
    "locon_sd1_kohya": ("locon", "sd_1", 8),
    "lora_sd1_kohya_attn1_only": ("lora", "sd_1 sd_2", 4),
    "lora_sd1_kohya_text_encoder_only": ("lora", "sd_1 sdxl sd_3 flux_1", 4),
    "lora_sd2_kohya": ("lora", "sd_2", 32),
    "lora_sdxl_kohya": ("lora", "sdxl", 16),
    "lora_sdxl_kohya_attn1_only": ("lora", "sdxl", 16),
    "lora_sdxl_kohya_diffusers_names": ("lora", "sdxl", 32),
    "lora_sdxl_diffusers": ("lora", "sdxl", 8),
    "dora_sdxl_diffusers": ("dora", "sdxl", 8),
    "lora_flux_kohya": ("lora", "flux_1", 16),
    "lora_flux_comfy": ("lora", "flux_1 chroma", 16),
    "lora_flux_diffusers": ("lora", "flux_1 chroma", 16),
    "lora_flux_diffusers_double_only": (
        *("lora", "flux_1 chroma flux_2 qwen_image hunyuan_video", 16),
    ),
    "lora_flux_kohya_attention_only": ("lora", "flux_1 chroma hunyuan_video", 16),
    "lora_chroma_kohya": ("lora", "chroma", 16),
    "lora_chroma_blocks_only": ("lora", "flux_1 chroma", 16),
    "lora_flux2_dev_comfy": ("lora", "flux_2", 16),
    "lora_flux2_klein4b_comfy": ("lora", "flux_2", 16),
    "lora_flux2_diffusers": ("lora", "flux_2", 16),
    "lora_qwen_image_diffusers": ("lora", "qwen_image", 16),
    "lora_sd3_kohya": ("lora", "sd_3 sd_3_5_medium", 16),
    "lora_sd35_medium_kohya": ("lora", "sd_3_5_medium", 16),
    "lora_sd35_large_kohya": ("lora", "sd_3_5_large", 16),
    "lora_sd35_large_diffusers": ("lora", "sd_3_5_large", 16),
    "lora_wan21_14b_kohya": ("lora", "wan_2_1 wan_2_2_a14b wan_2_2_animate", 16),
    "lora_wan21_14b_diffusers": ("lora", "wan_2_1 wan_2_2_a14b wan_2_2_animate", 16),
    "lora_wan21_i2v_kohya": ("lora", "wan_2_1 wan_2_2_animate", 16),
    "lora_wan21_i2v_diffusers": ("lora", "wan_2_1 wan_2_2_animate", 16),
    "lora_wan21_1_3b_comfy": ("lora", "wan_2_1", 16),
    "lora_wan22_5b_kohya": ("lora", "wan_2_2_5b", 16),
    "lora_wan22_5b_diffusers": ("lora", "wan_2_2_5b", 16),
    "lora_hunyuan_video_kohya": ("lora", "hunyuan_video", 16),
    "lora_hunyuan_video_diffusers": ("lora", "hunyuan_video", 16),
    "lora_z_image_diffusers": ("lora", "z_image", 16),
    "lora_lumina2_diffusers": ("lora", "lumina_2", 16),
    "lora_ltx_diffusers": ("lora", "ltx_video", 16),
    "lora_aura_diffusers": ("lora", "aura_flow", 16),
    "lycoris_dora": ("dora", "sd_1", 8),
    "lycoris_loha": ("loha", "sd_1", 8),
    "lycoris_loha_conv": ("loha", "sd_1", 8),
    "lycoris_lokr": ("lokr", "sd_1", 8),
    "lycoris_lokr_full": ("lokr", "sd_1", 0),
    "lycoris_diag_oft": ("oft", "sd_1 sd_2", 0),
    "lycoris_glora": ("glora", "sd_1", 8),
    "lycoris_ia3": ("ia3", "sd_1 sd_2", 0),
    "lycoris_full": ("full_difference", "sd_1", 0),
    "peft_llama2_7b": ("lora", "llama_1 llama_2", 16),
    "peft_llama3_8b": ("lora", "llama_3 mistral mixtral qwen_3 granite", 64),
    "peft_llama_loha": ("loha", "llama_1 llama_2", 8),
    "peft_llama_lokr": ("lokr", "llama_1 llama_2", 8),
    "peft_llama_ia3": ("ia3", DECODERS, 0),
    "peft_llama_oft": ("oft", DECODERS, 0),
    "peft_qwen2_7b": ("lora", "qwen_2 qwen_2_vl", 8),
    "peft_qwen2_05b_dora": ("dora", "qwen_2 qwen_2_vl", 8),
    "peft_phi3": ("lora", "phi_3", 8),
    "peft_gpt2": ("lora", "gpt_2", 8),
    "peft_bert_lora": ("lora", "bert roberta", 4),
}


class TestAdapters:
    @pytest.mark.parametrize("name", ADAPTERS)
    def test_are_recognised_with_base_and_rank(self, name: str) -> None:
        kind, fitting, rank = ADAPTERS[name]

        found = architecture_of(facts_of("adapters", name))

        assert found.kind == kind
        assert found.possible_families == set(fitting.split())
        assert found.adapter is not None
        assert found.adapter.rank == rank

    def test_of_every_recording_is_expected_something(self) -> None:
        assert recorded("adapters").keys() == ADAPTERS.keys()

    def test_say_which_parts_they_change(self) -> None:
        found = architecture_of(facts_of("adapters", "lora_sdxl_kohya_diffusers_names")).adapter

        assert found is not None
        assert found.parts == {"denoiser": 722, "text_encoder": 72, "text_encoder_2": 192}
        assert (found.written_as, found.stores_alpha) == ("kohya", True)

    def test_of_a_second_encoder_alone_belong_to_the_larger_model(self) -> None:
        module = "lora_te2_text_model_encoder_layers_0_mlp_fc1"

        found = architecture_of(
            facts(f"{module}.lora_down.weight 4x1280", f"{module}.lora_up.weight 5120x4")
        )

        assert found.family == "sdxl"

    def test_say_where_they_change_convolutions(self) -> None:
        found = architecture_of(facts_of("adapters", "locon_sd1_kohya")).adapter

        assert found is not None
        assert found.convolutions == 58 - 14  # two of each residual block; fourteen are shortcuts

    @pytest.mark.parametrize("kept", ["lora_A.default.weight", "lora_A.weight", "lora_down.weight"])
    def test_are_read_under_an_adapters_own_name(self, kept: str) -> None:
        other = kept.replace("A", "B").replace("down", "up")
        module = "base_model.model.model.layers.0.self_attn.q_proj"

        found = architecture_of(facts(f"{module}.{kept} 8x4096", f"{module}.{other} 4096x8"))

        assert found.adapter is not None
        assert found.adapter.ranks == {8: 1}

    def test_of_2023_are_read_too(self) -> None:
        module = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.processor.to_k"

        found = architecture_of(
            facts(f"{module}_lora.down.weight 4x768", f"{module}_lora.up.weight 320x4")
        )

        assert (found.kind, found.family) == ("lora", "sd_1")

    def test_of_a_gguf_file_are_read_too(self) -> None:
        read = facts("blk.0.attn_q.weight.lora_a 8x4096", "blk.0.attn_q.weight.lora_b 4096x8")

        found = architecture_of(FileFacts(format=FileFormat.GGUF, tensors=read.tensors))

        assert found.adapter is not None
        assert (found.kind, found.adapter.written_as) == ("lora", "gguf")

    def test_left_over_in_a_checkpoint_make_it_no_adapter(self) -> None:
        left = facts("lora_unet_x.lora_down.weight 4x320", "lora_unet_x.lora_up.weight 320x4")
        tensors = (*facts_of("original", "sd1_ldm_checkpoint").tensors, *left.tensors)

        found = architecture_of(FileFacts(format=FileFormat.SAFETENSORS, tensors=tensors))

        assert (found.kind, found.adapter) == ("checkpoint", None)

    def test_of_an_unknown_network_have_an_unknown_family(self) -> None:
        found = architecture_of(facts("x.y.lora_A.weight 4x10", "x.y.lora_B.weight 20x4"))

        assert (found.kind, found.family) == ("lora", UNKNOWN)
        assert found.possible_families == frozenset()


ENDS = st.sampled_from(
    [
        *(".lora_down.weight", ".lora_up.weight", ".alpha", ".hada_w1_a", ".hada_t1", ".lokr_w1"),
        *(".lokr_w2_b", ".lokr_t2", ".oft_blocks", ".a1.weight", ".diff", ".dora_scale", ".weight"),
    ]
)
NAMES = st.builds(str.__add__, st.text(max_size=20), ENDS)
SHAPES = st.lists(st.integers(0, 10**12), max_size=5).map(tuple)


class TestHostileNames:
    @settings(deadline=None)  # the first example reads the signatures
    @given(st.lists(st.builds(TensorFact, NAMES, st.sampled_from(["F16", "?"]), SHAPES)))
    def test_never_raise(self, tensors: list[TensorFact]) -> None:
        found = architecture_of(FileFacts(format=FileFormat.SAFETENSORS, tensors=tuple(tensors)))

        assert found.parameters >= 0

    def test_of_great_length_are_counted_and_nothing_else(self) -> None:
        read = facts(*(f"{'a.' * 5000}{i}.lora_down.weight 4x4" for i in range(20)))

        found = architecture_of(read)

        assert (found.kind, found.parameters) == (UNKNOWN, 320)
        assert found.because == ()

    def test_beyond_a_number_are_not_looked_at(self) -> None:
        many = tuple(TensorFact(f"x{i}", "U8", (1,)) for i in range(MOST_TENSORS))
        late = facts_of("original", "sd1_ldm_checkpoint").tensors

        found = architecture_of(FileFacts(format=FileFormat.SAFETENSORS, tensors=(*many, *late)))

        assert found.kind == UNKNOWN
        assert found.notes == (f"only the first {MOST_TENSORS:,} tensors were looked at",)
