import json
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import SafetensorError
from safetensors import deserialize as library_deserialize

from registry.fingerprints.model_file import FileFormat, TensorFact, UnreadableModelFile
from registry.fingerprints.readers.front_door import read_file_facts
from registry.fingerprints.readers.safetensors import DTYPE_BITS
from registry.fingerprints.readers.sources import Buffer, FileStart
from tests.unit.registry.fingerprints.readers import samples
from tests.unit.registry.fingerprints.readers.samples import codes, read, refusal, tensor

Listed = list[tuple[str, dict[str, list[int]]]]
deserialize: Callable[[bytes], Listed] = library_deserialize

BAD = samples.RECORDED.parent / "safetensors_bad" / "cases.json"
DEEP = samples.safetensors(b'{"a":' * 50_000)
CASES = {
    case["name"]: (DEEP if case["bytes_hex"] is None else bytes.fromhex(case["bytes_hex"]), case)
    for case in json.loads(BAD.read_text(encoding="utf-8"))["cases"]
}
REFUSED = {
    "empty_file": "empty_file",
    "shorter_than_8": "header_too_small",
    "length_only": "header_past_end",
    "header_len_past_eof": "header_past_end",
    "header_len_u64_huge": "header_too_large",
    "header_len_100MB_plus_1": "header_too_large",
    "header_len_25MB_plus_1": "header_too_large",
    "header_not_utf8": "header_not_utf8",
    "header_not_json": "header_not_json",
    "header_is_list": "header_not_an_object",
    "trailing_bytes_polyglot": "trailing_bytes",
    "truncated_data": "file_truncated",
    "offset_shape_mismatch": "size_disagrees",
    "overlapping_tensors": "tensors_overlap",
    "hole_between_tensors": "hole_between_tensors",
    "hole_at_start": "hole_between_tensors",
    "offsets_reversed": "offsets_reversed",
    "negative_offset": "bad_numbers",
    "negative_dim": "bad_numbers",
    "shape_overflow_mul": "size_overflow",
    "size_overflow_bits": "size_overflow",
    "unknown_dtype": "unknown_dtype",
    "fp4_misaligned": "misaligned_tensor",
    "missing_dtype": "tensor_incomplete",
    "tensor_is_int": "tensor_not_an_object",
    "offsets_null": "bad_numbers",
    "metadata_value_number": "metadata_not_text",
    "metadata_value_object": "metadata_not_text",
    "metadata_is_list": "metadata_not_an_object",
    "metadata_dup_block": "duplicate_metadata",
    "dup_tensor_same_span": "duplicate_tensor",
    "dup_tensor_diff_span": "duplicate_tensor",
    "metadata_nan": "metadata_not_text",
    "metadata_lone_surrogate": "lone_surrogate",
    "deep_json_50k": "header_too_deep",
    "zip_renamed": "zip_broken",
    "html_instead_of_file": "html_instead",
    "lfs_pointer_instead": "lfs_pointer_instead",
}
ACCEPTED = {
    "header_leading_whitespace": ["header_leading_space"],
    "header_trailing_padding_ok": [],
    "extra_tensor_field": [],
    "metadata_null": [],
    "metadata_empty": [],
    "metadata_dup_inner_key": ["repeated_metadata_key"],
    "metadata_nul_char": ["nul_character"],
    "metadata_bidi": ["bidi_character"],
    "metadata_html": ["markup"],
    "zero_dim_ok": [],
    "scalar_ok": [],
    "pickle_renamed": ["not_what_its_name_says"],
}


class TestBadFiles:
    def test_are_fifty_and_each_has_an_answer(self) -> None:
        assert len(CASES) == 50
        assert CASES.keys() == REFUSED.keys() | ACCEPTED.keys()

    @pytest.mark.parametrize("name", REFUSED)
    def test_are_refused_by_name(self, name: str) -> None:
        content, _ = CASES[name]

        code = refusal(lambda: read(content, f"{name}.safetensors"))

        assert code == REFUSED[name]

    @pytest.mark.parametrize("name", ACCEPTED)
    def test_that_loaders_accept_are_accepted_with_a_finding(self, name: str) -> None:
        content, _ = CASES[name]

        facts = read(content, f"{name}.safetensors")

        assert codes(facts) == ACCEPTED[name]

    @pytest.mark.parametrize("name", sorted(CASES.keys() - {"dup_tensor_same_span"}))
    def test_are_judged_as_the_library_does(self, name: str) -> None:
        content, case = CASES[name]

        try:
            deserialize(content)
            is_accepted = True
        except SafetensorError:
            is_accepted = False

        assert is_accepted == case["rust"].startswith("OK")
        assert is_accepted == (name in ACCEPTED and name != "pickle_renamed")

    def test_of_a_pointer_name_the_file_it_points_to(self) -> None:
        content, _ = CASES["lfs_pointer_instead"]

        with pytest.raises(UnreadableModelFile, match=f"4265380512 bytes, sha256:{'a' * 64}"):
            read(content)


class TestHeader:
    def test_gives_tensors_with_their_place_and_metadata(self) -> None:
        header = {
            "__metadata__": {"format": "pt"},
            "a": tensor(0, 16),
            "b": tensor(16, 16, shape=(0,)),
        }
        content = samples.safetensors(header, bytes(16))

        facts = read(content)

        start = len(content) - 16
        assert facts.format is FileFormat.SAFETENSORS
        assert facts.tensors == (
            TensorFact("a", "I32", (2, 2), start, start + 16),
            TensorFact("b", "I32", (0,), start + 16, start + 16),
        )
        assert facts.metadata == {"format": "pt"}
        assert (facts.size_bytes, facts.header_bytes) == (len(content), start)

    def test_tells_of_html_and_not_of_the_marks_of_chats(self) -> None:
        chat = samples.safetensors({"__metadata__": {"a": "<s>[INST] <|im_start|> </s> 1 < 2 > 0"}})
        page = samples.safetensors({"__metadata__": {"a": "see <A href=x>", "javascript:b": ""}})

        assert codes(read(chat)) == []
        assert codes(read(page)) == ["markup"]

    def test_keeps_the_value_that_a_repeated_key_hides(self) -> None:
        content = samples.safetensors(
            b'{"__metadata__":{"license":"cc-by-nc-4.0","license":"mit"}}'
        )

        facts = read(content)

        assert facts.metadata == {"license": "mit"}
        assert facts.overridden == (("license", "cc-by-nc-4.0"),)
        assert "cc-by-nc-4.0" in facts.findings[0].because
        assert "mit" in facts.findings[0].because

    @pytest.mark.parametrize(
        ("header", "code"),
        [
            (b'{"a":{"x":' + b"[" * 9_000_000, "header_too_deep"),
            (b'{"a":{"shape":[' + b"9" * 4_000 + b"]}}", "bad_numbers"),
            (b'{"a":{"shape":[1e3]}}', "bad_numbers"),
            (b'{"a":{"shape":[01]}}', "bad_numbers"),
            (b'{"a":{"shape":[' + b"1," * 70 + b"1]}}", "too_many_dimensions"),
            (b'{"a":{"dtype":"I8","dtype":"I8"}}', "duplicate_field"),
            (b'{"a":{"data_offsets":[1,2,3]}}', "bad_offsets"),
            (b'{"a" {}}', "header_not_json"),
            (b'{"__metadata__":{}} x', "header_not_json"),
            (b'{"__metadata__":{"a":"\n"}}', "header_not_json"),
            (b'{"__metadata__":{"a":"b"},}', "header_not_json"),
            (b'{"a' + b'\\"' * 1_000_000, "header_not_json"),
            (b'{"a":{"x":tru}}', "header_not_json"),
        ],
    )
    def test_of_hostile_json_is_refused(self, header: bytes, code: str) -> None:
        content = samples.safetensors(header)

        assert refusal(lambda: read(content)) == code

    def test_with_too_many_keys_is_refused(self) -> None:
        pairs = b",".join(b'"%d":""' % place for place in range(70_000))
        content = samples.safetensors(b'{"__metadata__":{' + pairs + b"}}")

        assert refusal(lambda: read(content)) == "too_many_metadata_keys"

    def test_steps_over_fields_that_it_does_not_know(self) -> None:
        header = {"a": {**tensor(0, 16), "x": {"y": [1.5e3, -2, None, True, False, "z", {}, []]}}}
        content = samples.safetensors(header, bytes(16))

        facts = read(content)

        assert [found.name for found in facts.tensors] == ["a"]

    def test_is_bounded_by_the_cap_that_is_given(self) -> None:
        content = samples.safetensors({"__metadata__": {"a": "b" * 1000}})

        code = refusal(lambda: read_file_facts(Buffer(content), most_header_bytes=1000))

        assert code == "header_too_large"

    def test_alone_is_enough_where_the_whole_size_is_told(self) -> None:
        content = samples.safetensors({"a": tensor(0, 16)}, bytes(16))

        facts = read_file_facts(FileStart(content[:-16], size_bytes=len(content)))

        assert [found.name for found in facts.tensors] == ["a"]
        assert codes(facts) == []

    @pytest.mark.parametrize("given_bytes", [200, 400 << 10])
    def test_of_a_file_of_unknown_size_says_so(self, given_bytes: int) -> None:
        content = samples.safetensors({"a": tensor(0, 1 << 20, shape=(1 << 18,))}, bytes(1 << 20))
        source = FileStart(content[:given_bytes])

        facts = read_file_facts(source)

        assert codes(facts) == ["size_unknown"]
        assert facts.size_bytes is None

    def test_that_is_cut_asks_for_the_rest(self) -> None:
        content = samples.safetensors({"a": tensor(0, 16)}, bytes(16))

        code = refusal(lambda: read_file_facts(FileStart(content[:40])))

        assert code == "beyond_what_was_given"

    def test_knows_every_dtype_of_the_library(self) -> None:
        for dtype, bits in DTYPE_BITS.items():
            content = samples.safetensors(
                {"a": tensor(0, bits, shape=(8,), dtype=dtype)}, bytes(bits)
            )

            deserialize(content)
            facts = read(content)

            assert facts.tensors[0].dtype == dtype


class TestRequests:
    def test_are_at_most_three_for_a_long_header_and_one_for_a_short(self) -> None:
        long = samples.safetensors({"__metadata__": {"a": "b" * (1 << 20)}})
        short = samples.safetensors({"a": tensor(0, 1 << 24, shape=(1 << 22,))}, bytes(1 << 24))

        counts = []
        for content in (long, short):
            source = Counted(content)
            read_file_facts(source)
            counts.append((source.requests, source.given_bytes <= len(content)))

        assert counts == [(2, True), (1, True)]


class Counted(Buffer):
    """Counts what is asked of it."""

    requests = 0
    given_bytes = 0

    def read(self, start: int, count: int) -> bytes:
        found = super().read(start, count)
        self.requests += 1
        self.given_bytes += len(found)
        return found


class TestAnyHeader:
    @given(st.binary(max_size=300))
    def test_gives_facts_or_a_named_error(self, header: bytes) -> None:
        content = struct.pack("<Q", len(header)) + header

        assert samples.outcome(content, "a.safetensors")

    @given(
        st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(
                lambda name: name != "__metadata__"
            ),
            st.tuples(
                st.sampled_from(["F32", "F16", "I64", "BOOL", "F4"]), st.lists(st.integers(0, 4))
            ),
            max_size=6,
        ),
        st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
        st.integers(-2, 2),
    )
    def test_is_judged_as_the_library_does(
        self, shapes: dict[str, tuple[str, list[int]]], metadata: dict[str, str], extra: int
    ) -> None:
        header, at = _packed(shapes)
        content = samples.safetensors(
            {"__metadata__": metadata, **header}, bytes(max(at + extra, 0))
        )

        try:
            theirs = {name: info["shape"] for name, info in deserialize(content)}
        except SafetensorError:
            theirs = None
        try:
            ours = {
                found.name: list(found.shape) for found in read(content, "a.safetensors").tensors
            }
        except UnreadableModelFile:
            ours = None

        assert ours == theirs


def _packed(shapes: dict[str, tuple[str, list[int]]]) -> tuple[dict[str, object], int]:
    header: dict[str, object] = {}
    at = 0
    for name, (dtype, shape) in shapes.items():
        bits = DTYPE_BITS[dtype]
        for size in shape:
            bits *= size
        header[name] = tensor(at, at + bits // 8, shape=tuple(shape), dtype=dtype)
        at += bits // 8
    return header, at


class TestLengthsThatLookLikeAnotherFormat:
    @pytest.mark.parametrize("length", [0x280, 0x380, 0x480, 0x580])
    def test_are_no_pickles_protocol(self, length: int) -> None:
        header = json.dumps({"a": tensor(0, 16)}).encode().ljust(length)

        facts = read_file_facts(Buffer(samples.safetensors(header, bytes(16))))

        assert [found.name for found in facts.tensors] == ["a"]

    def test_are_no_archive_because_of_a_word_in_the_header(self) -> None:
        name = "n" * (257 - 8 - 2) + "ustar"  # where a tar archive has its mark

        facts = read_file_facts(Buffer(samples.safetensors({name: tensor(0, 16)}, bytes(16))))

        assert facts.format is FileFormat.SAFETENSORS

    def test_hide_no_pickle_that_goes_on(self) -> None:
        number = b"G" + bytes(5) + b'{"a'  # as a length: 4,653,696
        content = b"\x80\x02" + number + b"0cos\nsystem\n."

        facts = read_file_facts(Buffer(content), filename="m.safetensors")

        assert facts.format is FileFormat.PICKLE
        assert "pickle_global_not_allowed" in codes(facts)
