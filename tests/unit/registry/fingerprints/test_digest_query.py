import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import BadInput
from registry.fingerprints.algorithms import Algorithm, other_order
from registry.fingerprints.digest_query import DigestCandidate, UnreadableDigest, parse_digest


class TestParseDigest:
    def test_takes_64_digits_for_kinds_of_which_two_name_the_bytes(self) -> None:
        found = parse_digest("AB" * 32)

        assert [(c.algorithm, c.is_exact) for c in found.candidates] == [
            (Algorithm.SHA256, True),
            (Algorithm.BLAKE3, True),
            (Algorithm.TENSORS, False),
            (Algorithm.CANONICAL_F16, False),
            (Algorithm.CANONICAL_BF16, False),
            (Algorithm.AUTOV3, False),
        ]
        assert found.hexadecimal == "ab" * 32

    def test_looks_a_full_autov3_up_by_the_twelve_digits_that_hubs_list(self) -> None:
        found = parse_digest("autov3:" + "ab" * 32)

        assert found.candidates == (
            DigestCandidate(algorithm=Algorithm.AUTOV3, value="abababababab"),
        )

    @pytest.mark.parametrize(
        ("digits", "kinds"),
        [
            (8, [Algorithm.AUTOV1, Algorithm.CRC32, Algorithm.SHA256]),
            (9, [Algorithm.SHA256]),
            (10, [Algorithm.AUTOV2]),
            (12, [Algorithm.AUTOV3, Algorithm.SHA256]),
            (63, [Algorithm.SHA256]),
        ],
    )
    def test_takes_fewer_digits_for_candidates(self, digits: int, kinds: list[Algorithm]) -> None:
        found = parse_digest("a" * digits)

        assert [candidate.algorithm for candidate in found.candidates] == kinds
        assert not any(candidate.is_exact for candidate in found.candidates)

    def test_takes_an_autov2_for_the_beginning_of_a_sha256(self) -> None:
        assert parse_digest("393BD05B0D").candidates == (
            DigestCandidate(algorithm=Algorithm.AUTOV2, value="393bd05b0d", is_prefix=True),
        )

    @pytest.mark.parametrize("text", ["85114A0D", "crc32:85114a0d", "0d4a1185", "crc32:0D4A1185"])
    def test_looks_a_crc32_up_in_both_byte_orders(self, text: str) -> None:
        found = parse_digest(text).candidates

        values = {one.value for one in found if one.algorithm is Algorithm.CRC32}
        assert values == {"85114a0d", "0d4a1185"}

    @pytest.mark.parametrize(
        ("text", "algorithm", "is_exact"),
        [
            ("sha256:" + "A" * 64, Algorithm.SHA256, True),
            ("SHA256: 0x" + "a" * 64, Algorithm.SHA256, True),
            ("sha256:" + "a" * 20, Algorithm.SHA256, False),
            ("blake3:" + "a" * 64, Algorithm.BLAKE3, True),
            ("AutoV1:de2f2560", Algorithm.AUTOV1, False),
            ("autov2:de2f256000", Algorithm.AUTOV2, False),
            ("crc32:abababab", Algorithm.CRC32, False),
            ("tensors1:" + "a" * 64, Algorithm.TENSORS, False),
            ("Tensors: " + "a" * 64, Algorithm.TENSORS, False),
            ("canonical-f16:" + "a" * 64, Algorithm.CANONICAL_F16, False),
            ("canonical1-bf16:" + "a" * 64, Algorithm.CANONICAL_BF16, False),
        ],
    )
    def test_keeps_the_kind_that_is_named(
        self, text: str, algorithm: Algorithm, is_exact: bool
    ) -> None:
        (candidate,) = parse_digest(text).candidates

        assert (candidate.algorithm, candidate.is_exact) == (algorithm, is_exact)

    @pytest.mark.parametrize(
        "text",
        [
            "", "abc", "a" * 7, "a" * 65, "a" * 10_000, "g" * 64, "0x", "md5:" + "a" * 32,
            "crc32:abc", "tensors:" + "a" * 12,
            "tensors2:" + "a" * 64, "blake3:" + "a" * 20, "autov1:" + "a" * 64, "\u0661" * 8,
            "aaaaaaaa\x00", "aaaa aaaa", "sha256:", ":aaaaaaaa",
        ],
    )  # fmt: skip
    def test_refuses_other_text(self, text: str) -> None:
        with pytest.raises(UnreadableDigest):
            parse_digest(text)

    @given(st.text(max_size=80) | st.from_regex(r"[0-9a-fA-Fx: ]{0,80}", fullmatch=True))
    def test_refuses_or_finds_a_candidate(self, text: str) -> None:
        try:
            found = parse_digest(text)
        except BadInput:
            return

        assert found.candidates
        assert all(
            found.hexadecimal.startswith(one.value)
            or (one.algorithm is Algorithm.CRC32 and found.hexadecimal == other_order(one.value))
            for one in found.candidates
        )
