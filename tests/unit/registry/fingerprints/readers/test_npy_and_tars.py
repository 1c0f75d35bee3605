import io
import pickle
import tarfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.fingerprints.model_file import FileFormat, TensorFact
from tests.unit.registry.fingerprints.readers import samples
from tests.unit.registry.fingerprints.readers.samples import (
    Asks,
    codes,
    read,
    recorded,
    refusal,
)


def _npy(header: bytes, data: bytes = b"") -> bytes:
    return b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header + data


def _tar(members: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return written.getvalue()


class TestArray:
    def test_gives_its_type_and_shape(self) -> None:
        facts = recorded("array.npy")

        assert facts.format is FileFormat.NPY
        assert facts.tensors == (TensorFact("array", "F32", (2, 3), 128, 152),)
        assert facts.findings == ()

    def test_of_objects_has_its_pickle_walked(self) -> None:
        facts = recorded("objects.npy")

        assert [(found.name, found.shape) for found in facts.tensors] == [("0.x", (3,))]
        assert codes(facts) == ["pickled_objects"]

    def test_that_is_cut_or_longer_is_told(self) -> None:
        content = (samples.RECORDED / "array.npy").read_bytes()

        assert codes(read(content[:-1])) == ["file_truncated"]
        assert codes(read(content + b"x")) == ["trailing_bytes"]

    @pytest.mark.parametrize(
        "content",
        [
            b"\x93NUMPY\x09\0" + bytes(9),
            _npy(b"{}"),
            _npy(b"{'descr': '<f4', 'shape': (%s)}" % (b"9" * 30)),
            _npy(b"{'descr': '<f4', 'shape': (%s)}" % (b"1," * 70)),
            _npy(b"{'descr': '<f4', 'shape': (L)}"),
        ],
    )
    def test_that_is_broken_is_refused(self, content: bytes) -> None:
        assert refusal(lambda: read(content)) == "npy_broken"

    @given(
        st.sampled_from(["f2", "f4", "f8", "i1", "i4", "u8", "b1", "c8"]),
        st.lists(st.integers(0, 3), max_size=4),
    )
    def test_is_read_as_numpy_writes_it(self, dtype: str, shape: list[int]) -> None:
        written = io.BytesIO()
        np.save(written, np.zeros(shape, dtype))

        facts = read(written.getvalue())

        assert facts.tensors[0].shape == tuple(shape)
        assert not facts.tensors[0].dtype.startswith("NUMPY")
        assert facts.findings == ()

    @given(st.binary(max_size=80))
    def test_of_any_header_gives_facts_or_a_named_error(self, header: bytes) -> None:
        assert samples.outcome(_npy(b"{'descr': '<f4', 'shape': (" + header))


class TestTar:
    def test_of_torchs_first_format_has_its_pickles_walked(self) -> None:
        plain = pickle.dumps(1, 2) + b"rest"
        members = {"storages": plain, "tensors": plain, "pickle": pickle.dumps(Asks(eval, "1"), 2)}

        facts = read(_tar(members))

        assert facts.format is FileFormat.PICKLE
        assert facts.members == ("storages", "tensors", "pickle")
        assert codes(facts) == ["pickle_global_not_allowed"]

    def test_of_anything_else_stays_unknown(self) -> None:
        facts = read(_tar({"../a": b"x"}))

        assert facts.format is FileFormat.UNKNOWN
        assert codes(facts) == ["path_traversal", "looks_like"]

    def test_with_a_wrong_checksum_is_refused(self) -> None:
        content = _tar({"a": b"x"}).replace(b"a", b"b", 1)

        assert refusal(lambda: read(content)) == "tar_broken"

    @given(st.integers(0, 512), st.binary(min_size=1, max_size=12))
    def test_that_was_changed_gives_facts_or_a_named_error(self, place: int, change: bytes) -> None:
        content = bytearray(_tar({"storages": b"", "tensors": b"", "pickle": b"N."}))
        content[place : place + len(change)] = change

        assert samples.outcome(bytes(content))
