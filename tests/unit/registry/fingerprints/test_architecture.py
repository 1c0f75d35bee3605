"""Whole networks: kind, family, role, from key names and shapes of the real ones."""

import pytest

from registry.fingerprints.architecture import architecture_of
from registry.fingerprints.architecture_rules import UNKNOWN
from registry.fingerprints.model_file import FileFacts, FileFormat, PortFact
from tests.unit.registry.fingerprints.architectures import facts, facts_of, recorded

KL_4 = "sd_1 sd_2 sdxl sdxl_refiner pixart hunyuan_dit aura_flow kolors"
KL_16 = "flux_1 sd_3 sd_3_5_medium sd_3_5_large chroma lumina_2 z_image hidream"
WAN_16 = "wan_2_1 wan_2_2_a14b wan_2_2_animate qwen_image anima cosmos_predict_2 krea_2"
LLAMAS = "llama_1 llama_2 llama_3 mistral yi tinyllama smollm deepseek_llama granite gemma_1"
# network: (kind, every family that fits, role, variants)
DIFFUSERS = {
    "sd1_unet_diffusers": ("diffusion_model", "sd_1", "text_to_image", ""),
    "sd1_inpainting_unet_diffusers": ("diffusion_model", "sd_1", "inpainting", "inpainting"),
    "sd2_unet_diffusers": ("diffusion_model", "sd_2", "text_to_image", ""),
    "sdxl_unet_diffusers": ("diffusion_model", "sdxl", "text_to_image", ""),
    "sdxl_refiner_unet_diffusers": ("diffusion_model", "sdxl_refiner", "refiner", ""),
    "svd_unet_diffusers": ("diffusion_model", "svd", "image_to_video", ""),
    "sd1_controlnet_diffusers": ("controlnet", "sd_1", "control", "sd_1"),
    "sdxl_controlnet_diffusers": ("controlnet", "sdxl", "control", "sdxl"),
    "flux_controlnet_diffusers": ("controlnet", "flux_1", "control", ""),
    "sd3_controlnet_diffusers": ("controlnet", "sd_3 sd_3_5_medium sd_3_5_large", "control", ""),
    "flux_schnell_diffusers": (
        *("diffusion_model", "flux_1", "text_to_image", "no_guidance_embedding"),
    ),
    "flux_dev_diffusers": ("diffusion_model", "flux_1", "text_to_image", "guidance_embedding"),
    "flux_fill_diffusers": ("diffusion_model", "flux_1", "inpainting", "guidance_embedding fill"),
    "flux_control_diffusers": (
        *("diffusion_model", "flux_1", "control", "guidance_embedding control"),
    ),
    "flux2_dev_diffusers": ("diffusion_model", "flux_2", "text_to_image", "dev"),
    "flux2_klein4b_diffusers": ("diffusion_model", "flux_2", "text_to_image", "klein_4b"),
    "flux2_klein9b_diffusers": ("diffusion_model", "flux_2", "text_to_image", "klein_9b"),
    "sd3_medium_diffusers": ("diffusion_model", "sd_3", "text_to_image", ""),
    "sd35_medium_diffusers": ("diffusion_model", "sd_3_5_medium", "text_to_image", ""),
    "sd35_large_diffusers": ("diffusion_model", "sd_3_5_large", "text_to_image", ""),
    "chroma_diffusers": ("diffusion_model", "chroma", "text_to_image", ""),
    "pixart_alpha_diffusers": ("diffusion_model", "pixart", "text_to_image", "alpha_1024"),
    "pixart_sigma_diffusers": ("diffusion_model", "pixart", "text_to_image", ""),
    "hunyuan_dit_diffusers": ("diffusion_model", "hunyuan_dit", "text_to_image", "1.0_or_1.1"),
    "hunyuan_video_diffusers": ("diffusion_model", "hunyuan_video", "text_to_video", ""),
    "hunyuan_image21_diffusers": ("diffusion_model", "hunyuan_image", "text_to_image", ""),
    "wan21_t2v_14b_diffusers": ("diffusion_model", "wan_2_1 wan_2_2_a14b", "text_to_video", ""),
    "wan21_t2v_1_3b_diffusers": ("diffusion_model", "wan_2_1", "text_to_video", "1.3b"),
    "wan21_i2v_14b_diffusers": ("diffusion_model", "wan_2_1", "image_to_video", ""),
    "wan22_i2v_a14b_diffusers": ("diffusion_model", "wan_2_2_a14b", "image_to_video", ""),
    "wan22_ti2v_5b_diffusers": ("diffusion_model", "wan_2_2_5b", "text_to_video", ""),
    "wan_vace_14b_diffusers": (
        *("diffusion_model", "wan_2_1 wan_2_2_a14b", "video_editing", "vace_14b"),
    ),
    "wan_animate_diffusers": ("diffusion_model", "wan_2_2_animate", "character_animation", ""),
    "aura_flow_diffusers": ("diffusion_model", "aura_flow", "text_to_image", ""),
    "mochi_diffusers": ("diffusion_model", "mochi", "text_to_video", ""),
    "ltx_video_diffusers": ("diffusion_model", "ltx_video", "text_to_video", "2b"),
    "ltx2_diffusers": ("diffusion_model", "ltx_2", "text_to_video", ""),
    "stable_cascade_c_diffusers": ("diffusion_model", "stable_cascade", "text_to_image", "stage_c"),
    "qwen_image_diffusers": ("diffusion_model", "qwen_image", "text_to_image", ""),
    "lumina2_diffusers": ("diffusion_model", "lumina_2", "text_to_image", ""),
    "z_image_diffusers": ("diffusion_model", "z_image", "text_to_image", ""),
    "cosmos1_diffusers": ("diffusion_model", "cosmos_1", "text_to_video", ""),
    "sana_diffusers": ("diffusion_model", "sana", "text_to_image", ""),
    "cogvideox_diffusers": ("diffusion_model", "cogvideox", "text_to_video", ""),
    "krea2_diffusers": ("diffusion_model", "krea_2", "text_to_image", ""),
    "ernie_image_diffusers": ("diffusion_model", "ernie_image", "text_to_image", ""),
    "motion_adapter_diffusers": ("motion_module", "animatediff", UNKNOWN, ""),
    "t2i_adapter_sd1_diffusers": ("t2i_adapter", "sd_1", "control", "sd_1"),
    "t2i_adapter_sdxl_diffusers": ("t2i_adapter", "sdxl", "control", "sdxl"),
    "vae_sd_diffusers": ("vae", KL_4, UNKNOWN, "4_channels"),
    "vae_flux_diffusers": ("vae", KL_16, UNKNOWN, "16_channels"),
    "vae_flux2_diffusers": ("vae", "flux_2 ernie_image", UNKNOWN, "32_channels"),
    "vae_wan21_diffusers": ("vae", WAN_16, UNKNOWN, "16_channels"),
    "vae_qwen_image_diffusers": ("vae", WAN_16, UNKNOWN, "16_channels"),
    "vae_wan22_diffusers": ("vae", "wan_2_2_5b", UNKNOWN, "48_channels"),
    "vae_hunyuan_video_diffusers": ("vae", "hunyuan_video", UNKNOWN, ""),
    "vae_ltx_diffusers": ("vae", "ltx_video ltx_2", UNKNOWN, ""),
    "vae_dc_diffusers": ("vae", "sana", UNKNOWN, "deep_compression"),
    "vae_tiny_diffusers": ("vae", "", UNKNOWN, "tiny"),
    "vqgan_diffusers": ("vae", "", UNKNOWN, "vq"),
}
ORIGINAL = {
    "sd1_ldm_checkpoint": ("checkpoint", "sd_1", "text_to_image", ""),
    "sd1_nai_checkpoint": ("checkpoint", "sd_1", "text_to_image", ""),
    "sd1_inpainting_ldm_checkpoint": ("checkpoint", "sd_1", "inpainting", "inpainting"),
    "sd1_pix2pix_ldm_checkpoint": ("checkpoint", "sd_1", "instruct_pix2pix", "instruct_pix2pix"),
    "sd1_ldm_unet_pruned": ("diffusion_model", "sd_1", "text_to_image", ""),
    "sd2_ldm_checkpoint": ("checkpoint", "sd_2", "text_to_image", ""),
    "sd2_depth_ldm_checkpoint": ("checkpoint", "sd_2", "depth_to_image", "depth"),
    "sdxl_ldm_checkpoint": ("checkpoint", "sdxl", "text_to_image", ""),
    "sdxl_vpred_ldm_checkpoint": (
        *("checkpoint", "sdxl", "text_to_image", "v_prediction zero_terminal_snr"),
    ),
    "sdxl_inpainting_ldm_checkpoint": ("checkpoint", "sdxl", "inpainting", "inpainting"),
    "sdxl_refiner_ldm_checkpoint": ("checkpoint", "sdxl_refiner", "refiner", ""),
    "vae_sd_ldm": ("vae", KL_4, UNKNOWN, "4_channels"),
    "vae_flux_ldm": ("vae", KL_16, UNKNOWN, "16_channels"),
    "sd1_controlnet_ldm": ("controlnet", "sd_1", "control", "sd_1"),
    "sd1_controlnet_ldm_bare": ("controlnet", "sd_1", "control", "sd_1"),
    "flux_dev_bfl": ("diffusion_model", "flux_1", "text_to_image", "guidance_embedding"),
    "flux_schnell_bfl": ("diffusion_model", "flux_1", "text_to_image", "no_guidance_embedding"),
    "flux_fill_bfl": ("diffusion_model", "flux_1", "inpainting", "guidance_embedding fill"),
    "flux_control_bfl": ("diffusion_model", "flux_1", "control", "guidance_embedding control"),
    "flux_dev_comfy_checkpoint": ("checkpoint", "flux_1", "text_to_image", "guidance_embedding"),
    "flux_dev_nf4": ("diffusion_model", "flux_1", "text_to_image", "guidance_embedding"),
    "flux_gguf": ("diffusion_model", "flux_1", "text_to_image", "guidance_embedding"),
    "chroma_bfl": ("diffusion_model", "chroma", "text_to_image", ""),
    "flux2_dev_bfl": ("diffusion_model", "flux_2", "text_to_image", "dev"),
    "flux2_klein4b_bfl": ("diffusion_model", "flux_2", "text_to_image", "klein_4b"),
    "sd3_medium_checkpoint": ("checkpoint", "sd_3", "text_to_image", ""),
    "sd35_medium_original": ("diffusion_model", "sd_3_5_medium", "text_to_image", ""),
    "sd35_large_original": ("diffusion_model", "sd_3_5_large", "text_to_image", ""),
    "wan21_t2v_14b_original": ("diffusion_model", "wan_2_1 wan_2_2_a14b", "text_to_video", ""),
    "wan21_i2v_14b_original": ("diffusion_model", "wan_2_1", "image_to_video", ""),
    "wan22_i2v_a14b_original": ("diffusion_model", "wan_2_2_a14b", "image_to_video", ""),
    "wan22_ti2v_5b_original": ("diffusion_model", "wan_2_2_5b", "text_to_video", ""),
    "wan21_t2v_1_3b_original": ("diffusion_model", "wan_2_1", "text_to_video", "1.3b"),
    "wan_gguf": ("diffusion_model", "wan_2_1 wan_2_2_a14b", "text_to_video", ""),
    "hunyuan_video_original": ("diffusion_model", "hunyuan_video", "text_to_video", ""),
    "hunyuan_video_i2v_original": ("diffusion_model", "hunyuan_video", "image_to_video", "i2v"),
}
TRANSFORMERS = {
    "llama1_65b": ("language_model", "llama_1"),
    "llama2_7b": ("language_model", "llama_2 llama_1"),
    "llama2_70b": ("language_model", "llama_2"),
    "llama3_8b": ("language_model", "llama_3"),
    "llama32_1b": ("language_model", "llama_3"),
    "llama_unknown_widths": ("language_model", LLAMAS),
    "granite": ("language_model", LLAMAS),
    "mistral_7b": ("language_model", "mistral"),
    "mistral_nemo": ("language_model", "mistral"),
    "mixtral_8x7b": ("language_model", "mixtral"),
    "yi_6b": ("language_model", "yi"),
    "tinyllama": ("language_model", "tinyllama"),
    "smollm_135m": ("language_model", "smollm"),
    "qwen2_7b": ("language_model", "qwen_2"),
    "qwen2_05b": ("language_model", "qwen_2"),
    "qwen2_moe": ("language_model", "qwen_2_moe"),
    "qwen25_vl_7b": ("language_model", "qwen_2"),
    "qwen3_8b": ("language_model", "qwen_3"),
    "qwen3_4b": ("language_model", "qwen_3"),
    "qwen3_30b_a3b": ("language_model", "qwen_3_moe"),
    "gemma_2b": ("language_model", "gemma_1"),
    "gemma2_2b": ("language_model", "gemma_2"),
    "gemma3_1b": ("language_model", "gemma_3"),
    "phi2": ("language_model", "phi_1"),
    "phi3_mini": ("language_model", "phi_3"),
    "falcon_7b": ("language_model", "falcon"),
    "bloom_560m": ("language_model", "bloom"),
    "gpt2": ("language_model", "gpt_2"),
    "gptj": ("language_model", "gpt_j"),
    "gpt_neo": ("language_model", "gpt_neo"),
    "pythia_160m": ("language_model", "gpt_neox"),
    "gpt_oss_20b": ("language_model", "gpt_oss"),
    "starcoder1": ("language_model", "gpt_bigcode"),
    "starcoder2": ("language_model", "starcoder_2"),
    "opt_125m": ("language_model", "opt"),
    "mpt": ("language_model", "mpt"),
    "deepseek_v2": ("language_model", "deepseek_2"),
    "deepseek_v3": ("language_model", "deepseek_2"),
    "cohere": ("language_model", "cohere"),
    "stablelm": ("language_model", "stablelm"),
    "olmo2": ("language_model", "olmo_2"),
    "glm4": ("language_model", "glm_4"),
    "mamba": ("language_model", "mamba"),
    "jamba": ("language_model", "jamba"),
    "bert_base": ("text_encoder", "bert"),
    "minilm_l6_v2": ("text_encoder", "bert"),
    "roberta_base": ("text_encoder", "roberta"),
    "distilbert": ("text_encoder", "distilbert"),
    "modernbert_base": ("text_encoder", "modernbert"),
    "t5_small": ("text_encoder", "t5"),
    "t5_xxl_encoder": ("text_encoder", "t5"),
    "umt5_xxl_encoder": ("text_encoder", "umt5"),
    "clip_l_text": ("text_encoder", "clip_l"),
    "clip_g_text": ("text_encoder", "open_clip_bigg"),
    "clip_h_text": ("text_encoder", "open_clip_h"),
    "clip_vision_h": ("image_encoder", "clip_vision"),
    "clip_whole": ("image_encoder", "clip_vision"),
    "siglip_vision": ("image_encoder", "siglip"),
    "dinov2": ("image_encoder", "dinov2"),
    "vit": ("image_encoder", "vit"),
    "whisper_tiny": ("speech_model", "whisper"),
}


class TestWholeNetworks:
    @pytest.mark.parametrize("name", DIFFUSERS)
    def test_are_recognised_as_diffusers_names_them(self, name: str) -> None:
        kind, fitting, role, variants = DIFFUSERS[name]

        found = architecture_of(facts_of("diffusers", name))

        assert (found.kind, found.role) == (kind, role)
        assert found.possible_families == set(fitting.split())
        assert found.variants == tuple(variants.split())

    @pytest.mark.parametrize("name", ORIGINAL)
    def test_are_recognised_as_their_authors_name_them(self, name: str) -> None:
        kind, fitting, role, variants = ORIGINAL[name]

        found = architecture_of(facts_of("original", name))

        assert (found.kind, found.role) == (kind, role)
        assert found.possible_families == set(fitting.split())
        assert found.variants == tuple(variants.split())

    @pytest.mark.parametrize("name", TRANSFORMERS)
    def test_are_recognised_as_transformers_names_them(self, name: str) -> None:
        kind, fitting = TRANSFORMERS[name]

        found = architecture_of(facts_of("transformers", name))

        assert found.kind == kind
        assert found.possible_families == set(fitting.split())

    def test_of_every_recording_is_expected_something(self) -> None:
        recordings = [recorded(file).keys() for file in ("diffusers", "original", "transformers")]

        assert recordings == [DIFFUSERS.keys(), ORIGINAL.keys(), TRANSFORMERS.keys()]

    def test_touch_nobodys_likeness(self) -> None:
        found = [architecture_of(facts_of("diffusers", name)) for name in DIFFUSERS]

        assert not any(one.touches_likeness for one in found)

    def test_name_a_family_only_if_no_other_fits(self) -> None:
        several = architecture_of(facts_of("diffusers", "wan21_t2v_14b_diffusers"))
        one = architecture_of(facts_of("diffusers", "sdxl_unet_diffusers"))

        assert (several.family, several.is_firm) == (UNKNOWN, False)
        assert (one.family, one.is_firm) == ("sdxl", True)

    def test_show_the_tensors_that_decided(self) -> None:
        found = architecture_of(facts_of("original", "sd1_inpainting_ldm_checkpoint"))

        assert "input_blocks.0.0.weight [320, 9, 3, 3]" in found.because

    def test_say_what_cannot_be_told(self) -> None:
        found = architecture_of(facts_of("original", "flux_schnell_bfl"))

        assert found.notes == ("FLUX.1 schnell, or a dev whose guidance embedding was taken out",)


class TestMiniLm:
    def test_shows_its_depth_and_width(self) -> None:
        found = architecture_of(facts_of("transformers", "minilm_l6_v2"))

        assert found.variants == ("6_layers_384",)
        assert found.parameters == 22_713_216


class TestGguf:
    def test_language_models_are_told_by_their_widths(self) -> None:
        read = facts(
            *("token_embd.weight 128256x4096", "blk.{0-31}.attn_q.weight 4096x4096"),
            *("blk.{0-31}.attn_k.weight 1024x4096", "blk.{0-31}.ffn_gate.weight 14336x4096"),
            dtype="Q4_K",
            general__architecture="llama",
        )

        found = architecture_of(
            FileFacts(format=FileFormat.GGUF, tensors=read.tensors, metadata=read.metadata)
        )

        assert (found.kind, found.family) == ("language_model", "llama_3")
        assert found.quantization == ("gguf_q4_k",)

    def test_the_architecture_word_decides_between_families_that_fit(self) -> None:
        tensors = facts_of("original", "wan21_t2v_14b_original").tensors
        said = {"general.architecture": "wan"}

        found = architecture_of(FileFacts(format=FileFormat.GGUF, tensors=tensors, metadata=said))

        assert found.possible_families == {"wan_2_1", "wan_2_2_a14b"}

    def test_the_architecture_word_decides_where_no_signature_fits(self) -> None:
        said = {"general.architecture": "gptneox"}
        read = facts("blk.{0-3}.attn_qkv.weight 3072x1024")

        found = architecture_of(
            FileFacts(format=FileFormat.GGUF, tensors=read.tensors, metadata=said)
        )

        assert found.family == "gpt_neox"
        assert "general.architecture = gptneox" in found.because

    def test_the_architecture_word_does_not_overrule_shapes(self) -> None:
        tensors = facts_of("original", "flux_dev_bfl").tensors
        said = {"general.architecture": "llama"}

        found = architecture_of(FileFacts(format=FileFormat.GGUF, tensors=tensors, metadata=said))

        assert found.family == "flux_1"


class TestFolders:
    def test_hold_a_checkpoint_in_parts(self) -> None:
        unet = facts_of("diffusers", "sdxl_unet_diffusers").tensors
        vae = facts_of("diffusers", "vae_sd_diffusers").tensors
        parts = [("unet/", unet), ("vae/", vae)]
        tensors = tuple(
            type(tensor)(prefix + tensor.name, tensor.dtype, tensor.shape)
            for prefix, held in parts
            for tensor in held
        )

        found = architecture_of(FileFacts(format=FileFormat.DIFFUSERS_FOLDER, tensors=tensors))

        assert (found.kind, found.family) == ("checkpoint", "sdxl")
        assert [part.name for part in found.components] == ["denoiser", "vae"]


class TestGraphs:
    def test_know_a_deepfacelive_model(self) -> None:
        outputs = ("out_face_mask:0", "out_celeb_face:0", "out_celeb_face_mask:0")

        found = architecture_of(
            FileFacts(
                format=FileFormat.DFM,
                inputs=(PortFact("in_face:0", "F32", ("N", 320, 320, 3)),),
                outputs=tuple(PortFact(name, "F32", ("N", 320, 320, 3)) for name in outputs),
            )
        )

        assert (found.kind, found.variants) == ("dfm", ("saehd",))
        assert found.touches_likeness

    def test_know_an_inswapper_by_its_matrix(self) -> None:
        ports = (
            PortFact("target", "F32", (1, 3, 128, 128)),
            PortFact("source", "F32", (1, 512)),
        )
        output = (PortFact("output", "F32", (1, 3, 128, 128)),)
        matrix = facts("emap 512x512").tensors

        found = architecture_of(
            FileFacts(format=FileFormat.ONNX, inputs=ports, outputs=output, tensors=matrix)
        )
        other = architecture_of(FileFacts(format=FileFormat.ONNX, inputs=ports, outputs=output))

        assert (found.kind, found.family) == ("face_swap", "inswapper")
        assert (other.kind, other.family) == ("face_swap", UNKNOWN)
        assert found.touches_likeness
        assert other.touches_likeness

    def test_know_a_deepfacelab_archive_by_its_members(self) -> None:
        names = ("data.dat", "encoder.npy", "inter.npy", "decoder_src.npy", "decoder_dst.npy")

        found = architecture_of(
            FileFacts(
                format=FileFormat.ZIP, members=tuple(f"model/new_SAEHD_{name}" for name in names)
            )
        )

        assert (found.kind, found.variants) == ("face_swap", ("saehd_df",))
        assert found.touches_likeness


class TestUnknown:
    @pytest.mark.parametrize(
        "read",
        [
            facts(),
            facts("weight 10x10"),
            facts("a.b.c 3", "d 4x4x4"),
            facts("conv_in.weight 320x4x3x3", "conv_out.weight 4x320x3x3"),
            facts("input_blocks.0.0.weight 320x4x3x3"),
        ],
    )
    def test_stays_unknown(self, read: FileFacts) -> None:
        found = architecture_of(read)

        assert (found.kind, found.family, found.role) == (UNKNOWN, UNKNOWN, UNKNOWN)
        assert found.possible_families == frozenset()

    def test_is_what_two_networks_in_one_are(self) -> None:
        both = (
            *facts_of("original", "flux_dev_bfl").tensors,
            *facts_of("original", "wan21_t2v_1_3b_original").tensors,
        )

        found = architecture_of(FileFacts(format=FileFormat.SAFETENSORS, tensors=both))

        assert found.family == UNKNOWN
        assert found.possible_families == {"flux_1", "wan_2_1"}
