import msgspec
import pytest

from registry.licensing.catalog import all_terms, terms_of
from registry.licensing.interval import ALLOWED, CONDITIONAL, DOUBTED, FORBIDDEN, UNKNOWN, Interval
from registry.licensing.readings import clause_of, interval_of, reads_as_derivative
from registry.licensing.terms import Permission, Word
from registry.licensing.vocabulary import Confidence


class TestIntervalOf:
    @pytest.mark.parametrize(
        ("license_id", "permission", "expected"),
        [
            ("mit", Permission.USE_COMMERCIAL, ALLOWED),
            ("creativeml-openrail-m", Permission.USE_COMMERCIAL, CONDITIONAL),
            ("cc-by-nc-4.0", Permission.USE_COMMERCIAL, FORBIDDEN),
            ("pony-v6-faipl-modified", Permission.USE_COMMERCIAL, UNKNOWN),
        ],
    )
    def test_is_what_the_record_states(
        self, license_id: str, permission: Permission, expected: Interval
    ) -> None:
        assert interval_of(terms_of(license_id), permission) == expected

    @pytest.mark.parametrize(
        ("license_id", "permission", "expected"),
        [
            ("mit", Permission.OUTPUTS_COMMERCIAL, ALLOWED),
            ("cc-by-nc-4.0", Permission.OUTPUTS_COMMERCIAL, UNKNOWN),
            ("llama3", Permission.SELL_WEIGHTS, CONDITIONAL),
        ],
    )
    def test_reads_silence_by_what_the_text_says_elsewhere(
        self, license_id: str, permission: Permission, expected: Interval
    ) -> None:
        assert interval_of(terms_of(license_id), permission) == expected

    @pytest.mark.parametrize(
        ("license_id", "permission", "expected"),
        [
            ("jamba-open-model", Permission.USE_COMMERCIAL, UNKNOWN),  # low, "conditional"
            ("bria-nc", Permission.USE_COMMERCIAL, UNKNOWN),  # low, "forbidden"
            ("midjourney-tos", Permission.OUTPUTS_COMMERCIAL, UNKNOWN),
            ("playground-v2.5", Permission.TRAIN_ON_OUTPUTS, FORBIDDEN),  # medium, from memory
        ],
    )
    def test_is_firm_about_nothing_in_a_text_that_nobody_verified(
        self, license_id: str, permission: Permission, expected: Interval
    ) -> None:
        assert interval_of(terms_of(license_id), permission) == expected

    def test_doubts_what_a_text_that_nobody_verified_allows(self) -> None:
        mit = msgspec.structs.replace(terms_of("mit"), confidence=Confidence.LOW)

        assert interval_of(mit, Permission.USE_COMMERCIAL) == DOUBTED

    def test_is_unknown_for_every_permission_where_no_text_is_named(self) -> None:
        for license_id in ("cc", "openrail", "gpl", "bsd", "lgpl", "other", "unknown"):
            found = {interval_of(terms_of(license_id), permission) for permission in Permission}

            assert found == {UNKNOWN}

    def test_never_grants_more_than_the_record(self) -> None:
        for terms in all_terms():
            for permission in Permission:
                word = interval_of(terms, permission).word

                assert word is not Word.ALLOWED or terms.grant(permission) in {"allowed", "silent"}


class TestClauseOf:
    @pytest.mark.parametrize(
        ("license_id", "permission", "clause"),
        [
            ("cc-by-nc-4.0", Permission.USE_COMMERCIAL, "use_commercial: forbidden"),
            (
                "creativeml-openrail-m",
                Permission.HOST_PAID,
                "host_paid: conditional; use list rail-creativeml-11",
            ),
            ("mit", Permission.OUTPUTS_COMMERCIAL, "outputs_commercial: silent; presumed allowed"),
            (
                "llama3",
                Permission.SELL_WEIGHTS,
                "sell_weights: silent; follows use_commercial (conditional)",
            ),
            ("cc", Permission.USE_PRIVATE, "use_private: unknown; no text is named"),
            (
                "midjourney-tos",
                Permission.TRAIN_ON_OUTPUTS,
                "train_on_outputs: unknown; terms not verified",
            ),
        ],
    )
    def test_says_what_the_record_says(
        self, license_id: str, permission: Permission, clause: str
    ) -> None:
        assert clause_of(terms_of(license_id), permission) == clause

    def test_names_caps_and_territories(self) -> None:
        clause = clause_of(terms_of("tencent-hunyuan-community"), Permission.USE_COMMERCIAL)

        assert "mau above 100,000,000" in clause
        assert "not in EU/UK/KR" in clause


class TestReadsAsDerivative:
    @pytest.mark.parametrize(
        ("license_id", "expected"), [("gemma", True), ("llama3.1", False), ("other", None)]
    )
    def test_follows_the_text(self, license_id: str, expected: bool | None) -> None:
        assert reads_as_derivative(terms_of(license_id)) is expected
