import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.fingerprints.model_file import FileFormat, PortFact, TensorFact
from registry.fingerprints.readers.front_door import read_file_facts
from registry.fingerprints.readers.sources import Buffer, FileStart
from tests.unit.registry.fingerprints.readers import samples
from tests.unit.registry.fingerprints.readers.samples import (
    codes,
    message,
    number,
    onnx,
    read,
    recorded,
    refusal,
)

INITIALIZER, INPUT, OUTPUT = 5, 11, 12
NAME, RAW, EXTERNAL, LOCATION = 8, 9, 13, 14


def _property(tag: int, key: bytes, value: bytes) -> bytes:
    return message(tag, message(1, key) + message(2, value))


def _outside(place: bytes) -> bytes:
    tensor = message(NAME, b"w") + _property(EXTERNAL, b"location", place) + number(LOCATION, 1)
    return message(INITIALIZER, tensor)


class TestRecorded:
    def test_gives_ports_initializers_and_properties(self) -> None:
        facts = recorded("graph.onnx")

        content = (samples.RECORDED / "graph.onnx").read_bytes()
        assert facts.format is FileFormat.ONNX
        assert facts.inputs == (
            PortFact("target", "F32", (1, 3, 128, 128)),
            PortFact("source", "F32", (1, 512)),
        )
        assert facts.outputs == (PortFact("output", "F32", (1, 3, 128, 128)),)
        assert [(found.name, found.dtype, found.shape) for found in facts.tensors] == [
            ("w", "F32", (4, 3)),
            ("emap", "F16", (5, 5)),
        ]
        assert [content[found.start : found.end] for found in facts.tensors] == [
            bytes(48),
            bytes(50),
        ]
        assert facts.metadata["author"] == "recorded"
        assert facts.metadata["producer_name"] == "recorded"
        assert facts.findings == ()

    def test_with_the_ports_of_deepfacelive_is_a_dfm(self) -> None:
        facts = recorded("face.dfm")

        assert facts.format is FileFormat.DFM
        assert facts.inputs[0] == PortFact("in_face:0", "F32", ("N", 224, 224, 3))
        assert facts.findings == ()

    def test_does_not_read_the_other_file_its_weights_are_in(self) -> None:
        facts = recorded("external/external.onnx")

        assert facts.tensors == (TensorFact("big", "F32", (64,)),)
        assert codes(facts) == ["external_data"]


class TestGraph:
    @pytest.mark.parametrize("place", [b"../../secret", b"/etc/passwd", b"C:\\x", b"\\\\host\\x"])
    def test_that_refers_outside_its_folder_is_told(self, place: bytes) -> None:
        facts = read(onnx(_outside(place)))

        assert codes(facts) == ["external_data", "external_data_outside_folder"]

    def test_steps_over_weights_without_reading_them(self) -> None:
        weights = message(NAME, b"w") + number(1, 1 << 20) + message(RAW, bytes(8 << 20))
        content = onnx(message(INITIALIZER, weights), message(INPUT, message(1, b"x")))

        facts = read_file_facts(Buffer(content), most_header_bytes=10_000)

        assert facts.tensors[0].end == facts.tensors[0].start + (8 << 20)  # type: ignore[operator]
        assert facts.inputs == (PortFact("x", "", ()),)

    def test_takes_packed_dimensions_and_unknown_types(self) -> None:
        packed = message(1, b"\x02\x03") + number(2, 99) + message(NAME, b"w")

        facts = read(onnx(message(INITIALIZER, packed)))

        assert facts.tensors == (TensorFact("w", "ONNX_99", (2, 3)),)

    def test_tells_of_a_repeated_property(self) -> None:
        pairs = _property(14, b"license", b"other") + _property(14, b"license", b"mit")

        facts = read(onnx(message(INPUT, b""), rest=pairs))

        assert facts.overridden == (("license", "other"),)
        assert codes(facts) == ["repeated_metadata_key"]

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (number(1, 7) + number(5, 1), "not_onnx"),
            (onnx() + onnx(), "not_onnx"),
            (onnx()[:-1] + b"\x80", "file_truncated"),
            (onnx(message(INITIALIZER, b"\x0a\x09"), bytes(9)), "not_protobuf"),
            (onnx(message(INITIALIZER, message(1, b"\xff" * 9 + b"\x01"))), "size_overflow"),
            (onnx(message(INITIALIZER, message(1, b"\x01" * 100))), "too_many_dimensions"),
            (onnx(b"\x0b"), "not_protobuf"),
            (number(1, 7) + b"\x3a\x7f", "file_truncated"),
        ],
    )
    def test_that_breaks_the_format_is_refused(self, content: bytes, code: str) -> None:
        assert refusal(lambda: read(content, "model.onnx")) == code

    def test_of_unknown_size_is_refused(self) -> None:
        content = onnx(message(INITIALIZER, message(RAW, bytes(1 << 20))))

        code = refusal(lambda: read_file_facts(FileStart(content)))

        assert code == "size_unknown"


class TestAnyFile:
    @given(st.binary(max_size=200), st.binary(max_size=50))
    def test_gives_facts_or_a_named_error(self, graph: bytes, rest: bytes) -> None:
        assert samples.outcome(onnx(graph, rest=rest), "model.onnx")
