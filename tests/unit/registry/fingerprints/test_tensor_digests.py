"""What changes a digest of tensors, and what does not."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from registry.fingerprints import fan_out
from registry.fingerprints.algorithms import OF_TENSORS
from registry.fingerprints.components import Component
from registry.fingerprints.digests import FileDigests, digest_file
from registry.fingerprints.packed_tensors import (
    CommonTensors,
    WholeComponent,
    pack_tensors,
    tensors_in_common,
)
from registry.fingerprints.tensor_digests import Form, TensorDigests
from tests.factories.safetensors_files import (
    DTYPES,
    Tensor,
    safetensors_file,
    tensor,
)

_WIDTHS = {name: np.dtype(spelt).itemsize for name, spelt in DTYPES.items()}


@st.composite
def _tensor(draw: st.DrawFn) -> Tensor:
    dtype = draw(st.sampled_from(sorted(DTYPES)))
    shape = tuple(draw(st.lists(st.integers(0, 4), max_size=3)))
    size = int(np.prod(shape)) * _WIDTHS[dtype]
    return Tensor(dtype, shape, draw(st.binary(min_size=size, max_size=size)))


_tensors = st.dictionaries(st.text(max_size=8).filter("__metadata__".__ne__), _tensor(), max_size=6)


def digests_of(content: bytes) -> FileDigests:
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.safetensors")
        path.write_bytes(content)
        return digest_file(path)


def tensors_of(content: bytes) -> TensorDigests:
    found = digests_of(content).tensors
    assert found is not None
    return found


def of_arrays(dtype: str, **arrays: NDArray[np.generic]) -> TensorDigests:
    return tensors_of(safetensors_file({name: tensor(a, dtype) for name, a in arrays.items()}))


def weights(seed: int = 0, count: int = 3000) -> NDArray[np.float32]:
    """Weights of every size from subnormal halves to beyond the largest."""
    random = np.random.default_rng(seed)
    return (random.normal(0, 1, count) * 2.0 ** random.integers(-27, 17, count)).astype(np.float32)


def brain(singles: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Cast to BF16, as patterns."""
    patterns = singles.view(np.uint32).astype(np.uint64)
    return ((patterns + 0x7FFF + ((patterns >> 16) & 1)) >> 16).astype(np.uint16)


def widened(words: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Return the numbers that BF16 patterns stand for."""
    return (words.astype(np.uint32) << 16).view(np.float32)


def half(singles: NDArray[np.float32]) -> NDArray[np.float16]:
    with np.errstate(all="ignore"):
        return singles.astype(np.float16)


def leaf(name: str, dtype: str, shape: tuple[int, ...], content: bytes, *, form: str) -> bytes:
    """Return a leaf as the definition says."""

    def len8(count: int) -> bytes:
        return count.to_bytes(8, "little")

    spelt = b"".join(len8(len(text)) + text for text in (name.encode(), dtype.encode()))
    spelt += len8(len(shape)) + b"".join(map(len8, shape)) + blake3(content).digest()
    return blake3(spelt, derive_key_context=f"keifu tensor 1 {form}").digest()


class TestTensorDigest:
    @settings(deadline=None, max_examples=60)
    @given(_tensors, st.data())
    def test_does_not_depend_on_order_metadata_and_offsets(
        self, tensors: Mapping[str, Tensor], data: st.DataObject
    ) -> None:
        header_order = data.draw(st.permutations(sorted(tensors)))
        again = safetensors_file(
            {name: tensors[name] for name in header_order},
            data_order=data.draw(st.permutations(sorted(tensors))),
            metadata=data.draw(st.none() | st.dictionaries(st.text(), st.text(), max_size=3)),
            padding=data.draw(st.integers(0, 9)),
        )

        assert tensors_of(again) == tensors_of(safetensors_file(tensors))

    @settings(deadline=None, max_examples=60)
    @given(_tensors.filter(bool), st.data())
    def test_changes_with_any_byte(self, tensors: dict[str, Tensor], data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(tensors)))
        content = bytearray(tensors[name].content)
        if not content:
            return
        before = tensors_of(safetensors_file(tensors)).roots[Form.BYTES]

        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        tensors[name] = tensors[name]._replace(content=bytes(content))

        assert tensors_of(safetensors_file(tensors)).roots[Form.BYTES] != before

    @pytest.mark.parametrize(
        "change",
        [
            lambda one: {"b": one},
            lambda one: {"a": one._replace(shape=(4, 1))},
            lambda one: {"a": one._replace(shape=(4,))},
            lambda one: {"a": one._replace(dtype="BF16")},
            lambda one: {"a": one._replace(dtype="I16")},
            lambda one: {"a": one, "b": Tensor("F16", (0,), b"")},
            lambda one: {},
        ],
    )
    def test_changes_with_name_shape_type_and_number_of_tensors(
        self, change: Callable[[Tensor], dict[str, Tensor]]
    ) -> None:
        one = Tensor("F16", (2, 2), b"8 bytes.")

        assert (
            tensors_of(safetensors_file(change(one))).roots
            != tensors_of(safetensors_file({"a": one})).roots
        )

    def test_does_not_take_what_stands_between_names_and_types_for_another_name(self) -> None:
        one = tensors_of(safetensors_file({"aF": Tensor("F16", (1,), b"ab")}))
        other = tensors_of(safetensors_file({"a": Tensor("F16", (1,), b"ab")}))

        assert one.roots[Form.BYTES] != other.roots[Form.BYTES]

    def test_is_what_its_definition_says(self) -> None:
        found = tensors_of(safetensors_file({"é": Tensor("I8", (1, 2), b"xy")}))

        one = leaf("é", "I8", (1, 2), b"xy", form="bytes")
        assert found.roots[Form.BYTES] == (
            blake3(one, derive_key_context="keifu tensors 1 bytes").digest()
        )

    def test_stays_what_it_was_when_it_was_published(self) -> None:
        values = digests_of(
            safetensors_file(
                {"a": tensor(np.arange(6).reshape(2, 3), "F32"), "b": tensor(np.ones(1), "I64")}
            )
        ).values

        assert {kind.value: value for kind, value in values.items() if kind in OF_TENSORS} == {
            "tensors1": "ff85d94f714e4555702c8b72b80627c9db4debff4db7112ee464583a23f4a943",
            "canonical1-f16": "e7eab55906fcc02b23a42e1e85572faf6afe4b0b2b76577de2b50f4a4e16ec81",
            "canonical1-bf16": "4ab82d9e4ccc6921d0da70ecbf68e86fb810971f34def3c84971977143e61a72",
        }

    def test_does_not_depend_on_how_the_file_is_cut_into_chunks(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        odd = Tensor("U8", (3,), b"odd")
        numbers = weights()
        numbers[5] = np.nan
        file = safetensors_file(
            {
                "0": odd,
                **{
                    kind: tensor(brain(numbers) if kind == "BF16" else half(numbers), kind)
                    for kind in ("F64", "F32", "F16", "BF16")
                },
            }
        )
        whole = tensors_of(file)

        for size in (7, 64, 1021):
            monkeypatch.setattr(fan_out, "CHUNK_BYTES", size)
            assert tensors_of(file) == whole


class TestAgainstTheLibrary:
    @settings(deadline=None, max_examples=30)
    @given(_tensors)
    def test_digests_the_bytes_that_the_library_loads(self, tensors: dict[str, Tensor]) -> None:
        known = {n: t for n, t in tensors.items() if t.dtype not in {"BF16", "F8_E4M3"}}
        with TemporaryDirectory() as folder:
            path = Path(folder, "model.safetensors")
            path.write_bytes(safetensors_file(known))
            loaded = load_file(path)
            found = digest_file(path).tensors

        assert found is not None
        assert {one.name: one.digests[Form.BYTES] for one in found.tensors} == {
            name: blake3(array.tobytes()).digest() for name, array in loaded.items()
        }
        assert {one.name: one.shape for one in found.tensors} == {
            name: array.shape for name, array in loaded.items()
        }

    def test_is_the_same_after_the_library_wrote_the_file_again(self, tmp_path: Path) -> None:
        tensors = {name: tensor(weights(len(name)), "F32") for name in ("z", "aa", "mmm")}
        path = tmp_path / "again.safetensors"
        one = tmp_path / "one.safetensors"
        one.write_bytes(safetensors_file(tensors))

        save_file(load_file(one), path, metadata={"format": "pt"})

        assert digest_file(path).tensors == digest_file(one).tensors
        assert digest_file(path).sha256 != digest_file(one).sha256


class TestCasts:
    """The table in the module's docstring, line by line."""

    def same(self, one: TensorDigests, other: TensorDigests) -> tuple[bool, bool, bool]:
        return tuple(one.roots[form] == other.roots[form] for form in Form)  # type: ignore[return-value]

    def test_f32_and_its_f16_share_the_f16_form_only(self) -> None:
        wide = weights()

        assert self.same(of_arrays("F32", w=wide), of_arrays("F16", w=half(wide))) == (
            *(False, True, False),
        )

    @settings(deadline=None)
    @given(st.lists(st.floats(width=32), min_size=1, max_size=40))
    def test_any_f32_and_its_f16_share_the_f16_form(self, numbers: list[float]) -> None:
        wide = np.array(numbers, np.float32)

        assert self.same(of_arrays("F32", w=wide), of_arrays("F16", w=half(wide)))[1]

    def test_f32_and_its_bf16_share_the_bf16_form_only(self) -> None:
        wide = weights()

        assert self.same(of_arrays("F32", w=wide), of_arrays("BF16", w=brain(wide))) == (
            *(False, False, True),
        )

    def test_f16_and_its_f32_share_the_f16_form_only(self) -> None:
        narrow = half(weights())

        assert self.same(
            of_arrays("F16", w=narrow), of_arrays("F32", w=narrow.astype(np.float32))
        ) == (False, True, False)

    def test_f16_and_its_bf16_share_nothing(self) -> None:
        narrow = half(weights())

        assert self.same(
            of_arrays("F16", w=narrow), of_arrays("BF16", w=brain(narrow.astype(np.float32)))
        ) == (False, False, False)

    def test_bf16_and_its_f32_share_both(self) -> None:
        words = brain(weights())

        assert self.same(of_arrays("BF16", w=words), of_arrays("F32", w=widened(words))) == (
            *(False, True, True),
        )

    def test_bf16_and_its_f16_share_the_f16_form_only(self) -> None:
        words = brain(weights())

        assert self.same(of_arrays("BF16", w=words), of_arrays("F16", w=half(widened(words)))) == (
            *(False, True, False),
        )

    def test_f16_stands_as_it_is_in_the_bf16_form(self) -> None:
        content = half(weights(count=4)).tobytes()

        (one,) = tensors_of(safetensors_file({"w": Tensor("F16", (4,), content)})).tensors

        assert one.digests[Form.BF16] == one.digests[Form.BYTES]
        assert one.leaf(Form.BF16, name="w") == leaf("w", "F16", (4,), content, form="bf16")

    def test_rounding_twice_ends_elsewhere_for_about_one_number_in_sixteen(self) -> None:
        wide = np.random.default_rng(0).normal(0, 1, 100_000).astype(np.float32)
        twice = brain(half(wide).astype(np.float32))

        share = (twice != brain(wide)).mean()

        assert 1 / 20 < share < 1 / 12
        assert self.same(of_arrays("F32", w=wide), of_arrays("BF16", w=twice)) == (
            *(False, False, False),
        )

    def test_f64_goes_through_f32(self) -> None:
        wide = np.random.default_rng(0).normal(0, 1, 3000)

        single = wide.astype(np.float32)
        assert self.same(of_arrays("F64", w=wide), of_arrays("F32", w=single)) == (
            *(False, True, True),
        )

    def test_8_bits_share_nothing(self) -> None:
        numbers = np.arange(4)

        assert self.same(of_arrays("F8_E4M3", w=numbers), of_arrays("F16", w=numbers)) == (
            *(False, False, False),
        )

    @pytest.mark.parametrize("dtype", ["F16", "BF16"])
    def test_nans_are_one_nan_but_not_one_sequence_of_bytes(self, dtype: str) -> None:
        nan = {"F16": (0x7E01, 0xFE00), "BF16": (0x7FC1, 0xFFC0)}[dtype]
        files = [
            safetensors_file({"w": Tensor(dtype, (2,), word.to_bytes(2, "little") + b"\0\1")})
            for word in nan
        ]

        assert self.same(*map(tensors_of, files)) == (False, True, dtype == "BF16")

    def test_zeros_keep_their_sign(self) -> None:
        assert self.same(
            of_arrays("F32", w=np.array([0.0])), of_arrays("F32", w=np.array([-0.0]))
        ) == (False, False, False)


class TestComponents:
    def checkpoint(self, *, vae: int = 0, dtype: str = "F32") -> TensorDigests:
        names = {
            "model.diffusion_model.input_blocks.0.0.weight": 1,
            "cond_stage_model.transformer.text_model.final_layer_norm.weight": 2,
            "first_stage_model.decoder.conv_in.weight": 3 + vae,
            "first_stage_model.decoder.conv_in.bias": 30 + vae,
        }
        return of_arrays(
            dtype,
            **{n: weights(s) if dtype == "F32" else half(weights(s)) for n, s in names.items()},
        )

    def roots(self, digests: TensorDigests, form: Form = Form.BYTES) -> dict[Component, bytes]:
        return {one.component: one.roots[form] for one in digests.components}

    def test_a_swapped_vae_shows_as_such(self) -> None:
        one, other = self.checkpoint(), self.checkpoint(vae=1)

        differing = {
            part for part, root in self.roots(one).items() if self.roots(other)[part] != root
        }

        assert differing == {Component.VAE}
        assert tensors_in_common(pack_tensors(one), pack_tensors(other)) == (
            CommonTensors(
                Component.DENOISER, 1, 1, 1, WholeComponent(Form.BYTES, Component.DENOISER), 1
            ),
            CommonTensors(
                Component.TEXT_ENCODER,
                1,
                1,
                1,
                WholeComponent(Form.BYTES, Component.TEXT_ENCODER),
                1,
            ),
            CommonTensors(Component.VAE, 2, 0, 0, None, 2),
        )

    def test_a_swapped_vae_shows_in_a_cast_too(self) -> None:
        one, other = self.checkpoint(), self.checkpoint(vae=1, dtype="F16")

        assert [
            (common.same_bytes, common.same_rounded, common.whole and common.whole.form)
            for common in tensors_in_common(pack_tensors(one), pack_tensors(other))
        ] == [(0, 1, Form.F16), (0, 1, Form.F16), (0, 0, None)]

    def test_a_vae_alone_is_that_of_a_checkpoint(self) -> None:
        alone = of_arrays(
            "F32", **{"decoder.conv_in.weight": weights(3), "decoder.conv_in.bias": weights(30)}
        )

        assert self.roots(alone)[Component.MODEL] == self.roots(self.checkpoint())[Component.VAE]
        (*_, vae) = tensors_in_common(pack_tensors(self.checkpoint()), pack_tensors(alone))
        whole = WholeComponent(Form.BYTES, Component.MODEL)
        assert vae == CommonTensors(Component.VAE, 2, 2, 2, whole, 0)

    @pytest.mark.parametrize("prefix", ["cond_stage_model.transformer.", "text_model."])
    def test_clip_is_the_same_however_it_is_nested(self, prefix: str) -> None:
        nested = of_arrays("F32", **{f"{prefix}final_layer_norm.weight": weights(2)})

        assert (
            self.roots(nested)[Component.TEXT_ENCODER]
            == (self.roots(self.checkpoint())[Component.TEXT_ENCODER])
        )
