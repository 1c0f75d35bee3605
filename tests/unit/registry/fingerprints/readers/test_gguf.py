import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.fingerprints.model_file import FileFormat, TensorFact
from registry.fingerprints.readers.front_door import read_file_facts
from registry.fingerprints.readers.sources import Buffer
from tests.unit.registry.fingerprints.readers import samples
from tests.unit.registry.fingerprints.readers.samples import (
    codes,
    gguf,
    gguf_tensor,
    gguf_text,
    read,
    recorded,
    refusal,
)

TEXT, ARRAY, UINT32 = 8, 9, 4


def _key(name: bytes, kind: int, value: bytes) -> bytes:
    return gguf_text(name) + struct.pack("<I", kind) + value


class TestRecorded:
    @pytest.mark.parametrize("name", ["model.gguf", "model_big_endian.gguf"])
    def test_is_read_in_either_byte_order(self, name: str) -> None:
        facts = recorded(name)

        start = (facts.header_bytes + 31) // 32 * 32
        assert facts.format is FileFormat.GGUF
        assert facts.tensors == (
            TensorFact("token_embd.weight", "F32", (4, 8), start, start + 128),
            TensorFact("blk.0.attn_q.weight", "F16", (2, 8), start + 128, start + 160),
            TensorFact("blk.0.ffn.weight", "Q4_0", (2, 64), start + 160, start + 232),
        )
        assert facts.findings == ()

    def test_gives_texts_as_they_are_and_other_values_as_json(self) -> None:
        facts = recorded("model.gguf")

        assert facts.metadata == {
            "general.architecture": "llama",
            "general.name": "recorded",
            "llama.context_length": "128",
            "general.license": "apache-2.0",
            "general.tags": '["a", "b"]',
            "x.rope": "1.5",
            "x.flag": "true",
        }

    def test_steps_over_a_vocabulary_and_names_it(self) -> None:
        facts = recorded("model.gguf")

        assert facts.unread == ("tokenizer.ggml.tokens", "tokenizer.ggml.scores")


class TestVersions:
    def test_one_counts_with_32_bits(self) -> None:
        text = gguf_text(b"general.name", count="<I") + struct.pack("<I", TEXT)
        tensor = gguf_text(b"w", count="<I") + struct.pack("<IIIQ", 1, 8, 0, 0)
        head = b"GGUF" + struct.pack("<III", 1, 1, 1)
        header = head + text + gguf_text(b"old", count="<I") + tensor
        content = header + bytes(-len(header) % 32) + bytes(32)

        facts = read(content)

        assert facts.metadata == {"general.name": "old"}
        assert facts.tensors[0].shape == (8,)
        assert codes(facts) == []

    def test_beyond_three_are_refused(self) -> None:
        assert refusal(lambda: read(gguf(version=4))) == "unknown_version"


class TestLimits:
    def test_give_what_was_read_before_the_cap(self) -> None:
        first = _key(b"general.name", TEXT, gguf_text(b"large"))
        words = struct.pack("<IQ", TEXT, 100_000) + gguf_text(b"word") * 100_000
        content = gguf(first, _key(b"tokenizer.ggml.tokens", ARRAY, words), keys=2, tensors=1)

        facts = read_file_facts(Buffer(content), most_header_bytes=1000)

        assert facts.metadata == {"general.name": "large"}
        assert codes(facts) == ["header_exceeds_cap"]
        assert "1 of 2 metadata keys and 0 of 1 tensors" in facts.findings[0].because

    def test_let_long_arrays_of_numbers_be_skipped_unread(self) -> None:
        numbers = struct.pack("<IQ", UINT32, 1 << 20) + bytes(4 << 20)
        content = gguf(_key(b"x", ARRAY, numbers), keys=1)

        facts = read_file_facts(Buffer(content), most_header_bytes=10_000)

        assert facts.unread == ("x",)
        assert codes(facts) == []

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (gguf(keys=1 << 40), "too_many_metadata_keys"),
            (gguf(tensors=1 << 40), "too_many_tensors"),
            (gguf(keys=1), "file_truncated"),
            (gguf(struct.pack("<Q", 1 << 62), keys=1), "file_truncated"),
            (gguf(_key(b"a", 77, b""), keys=1), "unknown_value_type"),
            (
                gguf(
                    gguf_text(b"a"),
                    struct.pack("<I", ARRAY),
                    struct.pack("<IQ", ARRAY, 1) * 50,
                    keys=1,
                ),
                "header_too_deep",
            ),
            (
                gguf(_key(b"general.alignment", UINT32, struct.pack("<I", 3)), keys=1),
                "bad_alignment",
            ),
            (gguf(gguf_text(b"w") + struct.pack("<I", 99), tensors=1), "too_many_dimensions"),
            (gguf(gguf_tensor(b"w", 1 << 40, 1 << 40), tensors=1), "size_overflow"),
            (gguf(gguf_tensor(b"w", 33, kind=2), bytes(99), tensors=1), "misaligned_tensor"),
            (gguf(gguf_tensor(b"w", 32), bytes(64), tensors=1), "file_truncated"),
            (
                gguf(gguf_tensor(b"w", 1), gguf_tensor(b"w", 1), bytes(99), tensors=2),
                "duplicate_tensor",
            ),
        ],
    )
    def test_refuse_by_name(self, content: bytes, code: str) -> None:
        assert refusal(lambda: read(content)) == code


class TestFindings:
    def test_tell_of_a_repeated_key(self) -> None:
        pairs = [_key(b"general.license", TEXT, gguf_text(text)) for text in (b"other", b"mit")]

        facts = read(gguf(*pairs, keys=2))

        assert facts.metadata == {"general.license": "mit"}
        assert facts.overridden == (("general.license", "other"),)
        assert codes(facts) == ["repeated_metadata_key"]

    def test_tell_of_overlaps_unknown_types_and_what_follows(self) -> None:
        twice = gguf_tensor(b"a", 8) + gguf_tensor(b"b", 8, offset=4)

        overlapping = read(gguf(twice, bytes(200), tensors=2))
        unknown = read(gguf(gguf_tensor(b"a", 8, kind=99), bytes(200), tensors=1))

        assert codes(overlapping) == ["tensors_overlap", "trailing_bytes"]
        assert codes(unknown) == ["unknown_dtype"]
        assert unknown.tensors == (TensorFact("a", "GGML_99", (8,)),)


class TestAnyFile:
    @given(st.binary(max_size=200), st.integers(0, 3), st.integers(0, 3))
    def test_gives_facts_or_a_named_error(self, rest: bytes, keys: int, tensors: int) -> None:
        assert samples.outcome(gguf(rest, keys=keys, tensors=tensors))
