import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from registry.fingerprints.algorithms import Algorithm
from registry.fingerprints.digest_query import DigestCandidate, parse_digest
from registry.rights.keys import MOST, Keys, short_section, whole_section

# Few different bytes, so that digests share beginnings and keys.
digests = st.lists(
    st.lists(st.sampled_from([0, 1, 255]), min_size=32, max_size=32).map(bytes)
    | st.tuples(st.just(bytes(8)), st.binary(min_size=24, max_size=24)).map(b"".join),
    unique=True,
    max_size=20,
)


def keys_of(whole: list[bytes], short: list[int] | None = None) -> Keys:
    values = np.frombuffer(b"".join(whole), dtype="V32") if whole else np.empty(0, dtype="V32")
    artifacts = np.arange(1, len(whole) + 1)
    arrays = whole_section(Algorithm.SHA256, values, artifacts)
    arrays |= whole_section(Algorithm.BLAKE3, values[:0], artifacts[:0])
    numbers = np.array(short or [], dtype=np.uint64)
    arrays |= short_section(Algorithm.AUTOV1, numbers, np.arange(1, len(numbers) + 1))
    return Keys(
        {
            name: array.data if array.dtype.kind != "V" else memoryview(array.tobytes())
            for name, array in arrays.items()
        }
    )


@given(digests, st.integers(8, 64), st.data())
def test_every_beginning_names_all_bytes_that_begin_so(
    whole: list[bytes], length: int, data: st.DataObject
) -> None:
    asked = data.draw(st.sampled_from([digest.hex() for digest in whole] or ["0" * 64]))[:length]
    candidate = DigestCandidate(
        algorithm=Algorithm.SHA256, value=asked, is_prefix=length < 64, is_exact=length == 64
    )

    found = keys_of(whole).artifacts(candidate)

    expected = [at for at, digest in enumerate(whole, start=1) if digest.hex().startswith(asked)]
    assert sorted(found) == expected[:MOST]


def test_an_unknown_digest_with_a_known_key_names_nothing() -> None:
    known = bytes(8) + b"a" * 24
    other = (bytes(8) + b"b" * 24).hex()

    (candidate, *_) = parse_digest(other).candidates

    assert keys_of([known]).artifacts(candidate) == []


def test_a_short_digest_names_all_bytes_that_share_it() -> None:
    (candidate, *_) = parse_digest("autov1:0000ffff").candidates

    found = keys_of([], [5, 0xFFFF, 0xFFFF, 0xFFFFF]).artifacts(candidate)

    assert found == [2, 3]


def test_a_short_digest_names_a_bounded_number() -> None:
    (candidate, *_) = parse_digest("autov1:00000001").candidates

    assert len(keys_of([], [1] * 1000).artifacts(candidate)) == MOST
