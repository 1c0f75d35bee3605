import os
import pickle
import pickletools
import struct
import subprocess
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.fingerprints.model_file import FileFormat
from registry.fingerprints.readers.pickle_machine import ALLOWED
from registry.fingerprints.readers.pickle_operations import _OPERATIONS
from registry.fingerprints.readers.pickle_values import Global
from tests.unit.registry.fingerprints.readers import samples
from tests.unit.registry.fingerprints.readers.samples import Asks, codes, read, recorded

PROTOCOLS = range(6)
SYSTEM = Asks(os.system, "true")


def _tensors(name: str) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(found.name, found.dtype, found.shape) for found in recorded(name).tensors]


class TestRecorded:
    @pytest.mark.parametrize("name", ["checkpoint.ckpt", "legacy.pth"])
    def test_gives_names_types_and_shapes(self, name: str) -> None:
        assert _tensors(name) == [
            ("w", "F32", (4, 4)),
            ("b", "F32", (4,)),
            ("h", "F16", (2, 2)),
            ("bf", "BF16", (4,)),
            ("i", "I64", (5,)),
            ("view", "F32", (2, 3)),
        ]
        assert recorded(name).findings == ()

    def test_gives_plain_values_beside_the_tensors(self) -> None:
        facts = recorded("checkpoint.ckpt")

        assert facts.format is FileFormat.PYTORCH_ZIP
        assert facts.metadata == {"epoch": "3", "note": "recorded"}

    def test_gives_an_embedding_by_its_path(self) -> None:
        assert _tensors("embedding.pt") == [("string_to_param.*", "F32", (2, 8))]

    def test_reads_parameters_and_eight_bit_floats(self) -> None:
        assert _tensors("parameter.pt") == [("p", "F32", (3,)), ("f8", "F8_E4M3", (2, 2))]
        assert recorded("parameter.pt").findings == ()

    def test_reads_dictionaries_of_arrays(self) -> None:
        facts = recorded("dfl_encoder.npy")

        assert facts.format is FileFormat.PICKLE
        assert _tensors("dfl_encoder.npy") == [
            ("conv/weight:0", "F16", (3, 3, 2, 4)),
            ("conv/bias:0", "F32", (4,)),
        ]
        assert facts.findings == ()

    def test_names_the_class_that_a_whole_module_would_import(self) -> None:
        facts = recorded("whole_module.pt")

        assert codes(facts) == ["pickle_global_not_allowed"] * 2
        assert "torch.nn.modules.linear.Linear" in facts.findings[0].because


class TestCalls:
    @pytest.mark.parametrize("protocol", PROTOCOLS)
    @pytest.mark.parametrize(
        "asked",
        [SYSTEM, Asks(eval, "1"), Asks(subprocess.check_output, ["true"]), Asks(open, "x", "w")],
    )
    def test_outside_the_list_are_found_in_every_protocol(self, protocol: int, asked: Asks) -> None:
        content = pickle.dumps({"state_dict": {}, "x": asked}, protocol)

        facts = read(content)

        assert facts.format is FileFormat.PICKLE
        assert "pickle_global_not_allowed" in codes(facts)

    @pytest.mark.parametrize("protocol", PROTOCOLS)
    def test_inside_the_list_are_not_told(self, protocol: int) -> None:
        content = pickle.dumps(
            OrderedDict(a=1, b=[None, True, 2.5, b"x", "y", (1,), 1 << 70]), protocol
        )

        facts = read(content)

        assert facts.format is FileFormat.PICKLE
        assert [code for code in codes(facts) if protocol > 2 or "not_allowed" not in code] == []

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (pickle.dumps({"a": 1}) + pickle.dumps(SYSTEM), "pickle_after_stop"),
            (
                b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x94h\x00h\x01\x93\x8c\x04true\x85R.",
                "pickle_global_not_allowed",
            ),
            (b"\x80\x04cposix\nsystem\n(S'true'\ntR\xff\xff", "pickle_global_not_allowed"),
            (b"\x80\x04cposix\nsystem\n(S'true'\ntR\xff\xff", "pickle_broken"),
            (b"\x80\x02U\x05posixU\x06system\x93.", "pickle_global_not_allowed"),
            (b"\x80\x04K\x01\x8c\x01a\x93.", "pickle_global_unresolved"),
            (b"\x80\x02\x82\x01.", "pickle_extension"),
            (b"\x80\x02I" + b"1" * 5000 + b"\n.", "pickle_broken"),
            (b"\x80\x05\x97.", "pickle_out_of_band"),
            (b"\x80\x02ccollections\nOrderedDict\n)R)R.", "pickle_unusual_call"),
            (b"(cposix\nsystem\nS'true'\no.", "pickle_global_not_allowed"),
            (b"(S'true'\niposix\nsystem\n.", "pickle_global_not_allowed"),
            (b"\x80\x04" + b"(" * 300_000, "pickle_too_large"),
            (b"\x80\x04N." + b"\0" * 9, "bytes_after_stop"),
            (b"(" * 200_001 + b"cposix\nsystem\n.", "pickle_too_large"),
        ],
    )
    def test_by_trick_are_told(self, content: bytes, code: str) -> None:
        facts = read(content)

        assert facts.format is FileFormat.PICKLE
        assert code in codes(facts)

    def test_under_another_name_are_told(self) -> None:
        facts = read(pickle.dumps(SYSTEM), "weights.safetensors")

        assert "pickle_global_not_allowed" in codes(facts)
        assert codes(facts)[-1] == "not_what_its_name_says"

    def test_without_end_are_told_by_the_first_of_each_kind(self) -> None:
        extensions = b"".join(b"\x83%c\x010" % n for n in range(1, 250))
        names = b"".join(b"cmodule%d\nname\n0" % n for n in range(200))

        facts = read(b"\x80\x02" + extensions + names + b"N.")

        assert codes(facts).count("pickle_extension") == 50
        assert codes(facts).count("pickle_global_not_allowed") == 50

    def test_are_never_made(self, tmp_path: os.PathLike[str]) -> None:
        canary = os.fspath(tmp_path) + "/canary"

        for protocol in PROTOCOLS:
            read(pickle.dumps(Asks(open, canary, "w"), protocol))

        assert not os.path.exists(canary)  # noqa: PTH110 - as the payload would


class TestLegacyFile:
    def test_that_is_cut_or_longer_is_told(self) -> None:
        content = (samples.RECORDED / "legacy.pth").read_bytes()

        assert codes(read(content[:-1])) == ["file_truncated"]
        assert codes(read(content + b"x")) == ["trailing_bytes"]

    def test_whose_list_of_storages_is_a_knot_is_answered(self) -> None:
        magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
        knot = b"\x80\x04]\x94N\x94" + b"".join(b"h%ch%c\x86\x94" % (n, n) for n in range(1, 200))

        facts = read(magic + pickle.dumps(1001, 2) * 3 + knot + b"ah\x00h\xc0a.")

        assert codes(facts) == ["pickle_broken"]

    def test_whose_storages_are_named_by_a_knot_is_answered(self) -> None:
        magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
        knot = b"".join(b"h%ch%c\x86\x94" % (n, n) for n in range(1, 200))
        keys = b"\x80\x04]\x94N\x94" + knot + b"\x85\x94(l0" + b"(" + b"h\xc0l."

        facts = read(magic + pickle.dumps(1001, 2) * 3 + keys)

        assert codes(facts) == ["storages_disagree"]


class TestShapes:
    def test_beyond_their_storage_are_told(self) -> None:
        storage = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0aX\x03\0\0\0cpuK\x04tQ"
        content = b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n(" + storage
        content += b"K\x00K\x08\x85K\x01\x85\x89NtRs."

        facts = read(content)

        assert [(found.name, found.shape) for found in facts.tensors] == [("w", (8,))]
        assert codes(facts) == ["tensor_outside_storage"]

    @given(
        st.dictionaries(
            st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=5),
            st.sampled_from([np.zeros((2, 3), np.float32), np.zeros(0, np.int64), np.float64(1)]),
            max_size=5,
        ),
        st.integers(3, 5),
    )
    def test_of_arrays_are_those_of_numpy(
        self, arrays: dict[str, np.ndarray], protocol: int
    ) -> None:
        facts = read(pickle.dumps(arrays, protocol))

        assert {found.name: found.shape for found in facts.tensors} == {
            name: array.shape for name, array in arrays.items() if isinstance(array, np.ndarray)
        }
        assert facts.findings == ()


class TestOperations:
    def test_are_those_of_python(self) -> None:
        theirs = {known.code.encode("latin-1"): known.name for known in pickletools.opcodes}

        assert {code: name for code, (name, _) in _OPERATIONS.items()} == theirs

    def test_of_shared_objects_do_not_multiply(self) -> None:
        content = b"\x80\x04]\x94" + b"".join(b"](h%ch%ce\x94" % (n, n) for n in range(250)) + b"."

        facts = read(content)

        assert facts.format is FileFormat.PICKLE

    @given(st.binary(max_size=100))
    def test_of_any_bytes_give_facts_or_a_named_error(self, rest: bytes) -> None:
        assert samples.outcome(b"\x80\x04" + rest) == "pickle"


class TestAllowList:
    def test_has_what_a_state_dict_needs_and_no_way_to_run_code(self) -> None:
        assert Global("torch._utils", "_rebuild_tensor_v2") in ALLOWED
        assert not {found.module for found in ALLOWED} & {"os", "posix", "builtins", "subprocess"}


def test_a_number_of_a_torch_file_is_not_a_pickle_of_protocol_zero() -> None:
    assert samples.outcome(struct.pack("<Q", 40) + b"\1\2\3") == "unknown"
