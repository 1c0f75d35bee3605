"""Slices of a page on their way: rendered beside, or here where nobody has begun them."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from typing import cast

import pytest

from hub_sync.clients.errors import HubError
from hub_sync.services.coming import begin
from hub_sync.services.reading import Reader
from hub_sync.services.sources import ItemRefused, Listed, Rendered

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ITEMS = [
    Listed(external_id=str(number), kind="model", raw=b"", body_sha256="") for number in range(250)
]


class FakeReader:
    """Says of each item who rendered it."""

    fails = False

    def render(self, items: Sequence[Listed], *, observed_at: datetime) -> list[Rendered]:
        return [ItemRefused(external_id=item.external_id, reason="here") for item in items]

    def render_beside(self, items: Sequence[Listed], *, observed_at: datetime) -> list[Rendered]:
        if self.fails:
            raise HubError("the hub is down")
        return [ItemRefused(external_id=item.external_id, reason="beside") for item in items]


@pytest.fixture
def beside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def told(rendered: Sequence[Rendered]) -> tuple[list[str], set[str]]:
    refused = [one for one in rendered if isinstance(one, ItemRefused)]
    return [one.external_id for one in refused], {one.reason for one in refused}


class TestComing:
    def test_gives_what_was_rendered_beside_in_order(self, beside: ThreadPoolExecutor) -> None:
        coming = begin(cast(Reader, FakeReader()), ITEMS, observed_at=NOON, beside=beside)
        beside.submit(int).result()  # everything before it is done

        names, by = told(coming.result())

        assert names == [item.external_id for item in ITEMS]
        assert by == {"beside"}

    def test_renders_here_what_nobody_has_begun(self, beside: ThreadPoolExecutor) -> None:
        is_free = Event()
        beside.submit(is_free.wait)
        coming = begin(cast(Reader, FakeReader()), ITEMS, observed_at=NOON, beside=beside)

        names, by = told(coming.result())

        is_free.set()
        assert names == [item.external_id for item in ITEMS]
        assert by == {"here"}

    def test_raises_what_went_wrong_beside(self, beside: ThreadPoolExecutor) -> None:
        reader = FakeReader()
        reader.fails = True
        coming = begin(cast(Reader, reader), ITEMS, observed_at=NOON, beside=beside)
        beside.submit(int).result()

        with pytest.raises(HubError):
            coming.result()
