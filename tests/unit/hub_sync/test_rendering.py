"""Readings as rows: all in their order, and a page that cannot be stored costs no other."""

from datetime import UTC, datetime
from typing import cast

from hub_sync.services.packing import pack
from hub_sync.services.rendering import rendered
from hub_sync.services.sources import (
    ItemRefused,
    PageRead,
    PageReady,
    PageStanding,
    Part,
    Reading,
)
from registry.snapshots import ModelSnapshot, PageState

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GONE = PageStanding(external_id="9", state=PageState.GONE)


def page(external_id: str, *, name: str = "a name") -> PageRead:
    return PageRead(
        external_id=external_id,
        snapshot=ModelSnapshot(
            hub="civitai", hub_model_id=external_id, name=name, url="", observed_at=NOON
        ),
        parts=(
            Part(
                kind="model",
                body=b"body of " + external_id.encode(),
                body_sha256=f"digest of {external_id}",
                content_sha256="",
            ),
        ),
    )


def made(*readings: Reading) -> list[object]:
    return list(rendered(readings, hub="civitai", received_at=NOON))


class TestRendered:
    def test_keeps_the_order_of_pages_and_of_what_is_no_page(self) -> None:
        refused = ItemRefused(external_id="8", reason="not JSON")

        found = made(page("1"), GONE, page("2"), refused, page("3"))

        ids = [one.external_id for one in found if isinstance(one, PageReady)]
        assert ids == ["1", "2", "3"]
        assert [found[1], found[3]] == [GONE, refused]

    def test_packs_the_answers_as_they_came(self) -> None:
        (ready,) = made(page("1"))

        assert isinstance(ready, PageReady)
        assert [answer.body for answer in ready.answers] == [pack(b"body of 1")]
        assert ready.body_sha256 == "digest of 1"

    def test_refuses_a_page_that_no_table_takes(self) -> None:
        before, unfit, after = made(page("1"), page("2", name="nul \0"), page("3"))

        assert isinstance(before, PageReady)
        assert isinstance(after, PageReady)
        assert unfit == ItemRefused(
            external_id="2",
            reason="text holds a NUL character",
            payload_sha256="digest of 2",
        )

    def test_lets_a_fault_of_ours_cost_one_page(self) -> None:
        no_snapshot = PageRead(external_id="2", snapshot=cast(ModelSnapshot, None), parts=())

        before, refused, after = made(page("1"), no_snapshot, page("3"))

        assert isinstance(before, PageReady)
        assert isinstance(after, PageReady)
        assert isinstance(refused, ItemRefused)
        assert refused.reason.startswith("our reader failed: AttributeError")
