from pathlib import Path

import numpy as np
import pytest

from registry.rights.files import TornFile, open_arrays, write_arrays


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "codes"
    arrays = {
        "numbers": np.arange(1000, dtype="<u8"),
        "none": np.empty(0, dtype="<i4"),
        "bytes": np.frombuffer(b"abcdef", dtype="V3"),
    }
    write_arrays(path, about={"epoch": 7}, arrays=arrays)
    return path


def test_a_file_is_read_as_it_was_written(file: Path) -> None:
    found = open_arrays(file)

    assert found.about == {"epoch": 7}
    assert (found.arrays["numbers"][999], len(found.arrays["none"])) == (999, 0)
    assert bytes(found.arrays["bytes"]) == b"abcdef"


def test_a_file_without_arrays_is_one(tmp_path: Path) -> None:
    write_arrays(tmp_path / "current", about={"keys": "k"}, arrays={})

    assert open_arrays(tmp_path / "current").about == {"keys": "k"}


@pytest.mark.parametrize("at", [0, 9, 20, 60, 90, 3000, -70])
def test_a_changed_byte_is_noticed(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)

    with pytest.raises(TornFile):
        open_arrays(file)


@pytest.mark.parametrize("size", [0, 1, 79, 80, 200, 5000])
def test_a_cut_file_is_noticed(file: Path, size: int) -> None:
    file.write_bytes(file.read_bytes()[:size])

    with pytest.raises(TornFile):
        open_arrays(file)


def test_a_missing_file_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(TornFile):
        open_arrays(tmp_path / "nothing")


def test_an_open_file_stays_readable_after_it_is_replaced(file: Path) -> None:
    before = open_arrays(file)

    write_arrays(file, about={"epoch": 8}, arrays={"numbers": np.zeros(5, dtype="<u8")})

    assert before.arrays["numbers"][999] == 999
    assert open_arrays(file).about == {"epoch": 8}
    assert [path.name for path in file.parent.iterdir()] == ["codes"]
