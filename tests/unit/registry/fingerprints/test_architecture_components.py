"""Sizes, types and packing of what a file is made of."""

from registry.fingerprints.architecture import architecture_of
from registry.fingerprints.architecture_components import inventory_of
from registry.fingerprints.model_file import TensorFact
from tests.unit.registry.fingerprints.architectures import facts, facts_of, tensors_of


class TestInventory:
    def test_counts_what_stable_diffusion_1_holds(self) -> None:
        found = architecture_of(facts_of("original", "sd1_ldm_checkpoint"))

        sizes = {part.name: (part.tensors, part.parameters) for part in found.components}
        assert sizes == {
            "denoiser": (686, 859_520_964),  # facts/provenance.md section 5: 859.52 M
            "text_encoder": (197, 123_060_557),  # position ids among them
            "vae": (248, 83_653_863),
        }
        assert found.parameters == sum(parameters for _, parameters in sizes.values())

    def test_counts_every_dtype(self) -> None:
        read = (*tensors_of("a 10x10"), *tensors_of("b 3", dtype="F32"))

        found = inventory_of(read)

        assert found.dtypes == {"F16": 100, "F32": 3}

    def test_takes_bytes_from_their_place_or_from_the_type(self) -> None:
        placed = TensorFact("a", "Q4_0", (32,), start=100, end=118)
        typed = TensorFact("b", "BF16", (10,))
        neither = TensorFact("c", "Q4_0", (32,))

        found = inventory_of((placed, typed, neither))

        assert found.components[0].size_bytes == 18 + 20

    def test_counts_four_bit_weights_as_what_they_stand_for(self) -> None:
        packed = architecture_of(facts_of("original", "flux_dev_nf4"))
        plain = architecture_of(facts_of("original", "flux_dev_bfl"))

        assert packed.parameters == plain.parameters == 11_901_408_320
        assert packed.quantization == ("nf4",)

    def test_counts_gptq_words_as_eight_weights(self) -> None:
        read = tensors_of("m.qweight 512x4096", "m.qzeros 32x512", "m.g_idx 4096", dtype="I32")
        scales = tensors_of("m.scales 32x4096")

        found = inventory_of((*read, *scales))

        assert found.parameters == 4096 * 4096
        assert set(found.quantization) == {"gptq", "gptq_or_awq"}

    def test_names_eight_bit_floats_and_their_scales(self) -> None:
        read = (*tensors_of("a.weight 4x4", dtype="F8_E4M3"), *tensors_of("a.scale_weight 1"))

        found = inventory_of(read)

        assert set(found.quantization) == {"fp8", "fp8_scaled"}
        assert found.parameters == 16

    def test_takes_a_scale_without_a_packed_weight_for_a_weight(self) -> None:
        found = inventory_of(tensors_of("norm.scales 10"))

        assert (found.parameters, found.quantization) == (10, ())

    def test_names_ggml_types(self) -> None:
        found = inventory_of(tensors_of("a 256x2", dtype="Q6_K"))

        assert found.quantization == ("gguf_q6_k",)


class TestShapesOfPackedWeights:
    def test_tell_nothing(self) -> None:
        name = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight"
        marks = (f"{name}.quant_state.bitsandbytes__nf4 100", f"{name} 1x768")

        found = architecture_of(
            facts("conv_in.weight 320x4x3x3", "conv_out.weight 4x320x3x3", *marks)
        )

        assert found.family == "unknown"
