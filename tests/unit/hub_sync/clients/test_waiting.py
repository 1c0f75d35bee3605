from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.clients.waiting import Patience, asked_wait_seconds, backoff_seconds

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


class TestAskedWaitSeconds:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({}, 0),
            ({"retry-after": "7"}, 7),
            ({"retry-after": "Wed, 04 Mar 2026 05:06:17 GMT"}, 10),
            ({"retry-after": "Wed, 04 Mar 2020 05:06:17 GMT"}, 0),
            ({"retry-after": "soon"}, 0),
            ({"retry-after": "-3"}, 0),
            ({"ratelimit": '"api";r=0;t=41'}, 42),
            ({"ratelimit": '"api";r=3;t=41'}, 0),
            ({"ratelimit": '"api"; r=0; t=5', "retry-after": "9"}, 9),
        ],
    )
    def test_reads_what_a_hub_asks_for(self, headers: dict[str, str], seconds: float) -> None:
        assert asked_wait_seconds(headers, now=NOW) == seconds

    @given(st.text(), st.text())
    def test_never_fails(self, retry_after: str, rate_limit: str) -> None:
        headers = {"retry-after": retry_after, "ratelimit": rate_limit}

        assert asked_wait_seconds(headers, now=NOW) >= 0


class TestBackoffSeconds:
    @given(st.integers(1, 60))
    def test_stays_under_its_ceiling(self, attempt: int) -> None:
        patience = Patience(base_seconds=0.5, longest_backoff_seconds=60)

        assert 0 <= backoff_seconds(attempt=attempt, patience=patience) <= min(60, 2**attempt)
