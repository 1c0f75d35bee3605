from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from hub_sync.clients.civitai import OFFICIAL_URL, CivitaiClient
from hub_sync.clients.errors import HubError, HubRefused, PageGone
from hub_sync.clients.waiting import Patience
from registry.errors import BadInput
from tests.fakes.hubs import FakeCivitai, FakeHub, Reply, json_reply

KEY = "t0ken"
QUICK = Patience(attempts=2, base_seconds=0.001)


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeCivitai().running() as running:
        yield running


@pytest.fixture
def client(hub: FakeHub) -> Iterator[CivitaiClient]:
    client = CivitaiClient(base_url=hub.url, user_agent="keifu/test", token=KEY, patience=QUICK)
    yield client
    client.close()


class TestCivitaiClient:
    def test_asks_for_everything_that_is_listed(self, hub: FakeHub, client: CivitaiClient) -> None:
        client.models(cursor="0|1002")

        query = parse_qs(urlsplit(hub.requests[0][0]).query)
        assert query["nsfw"] == ["true"]
        assert query["cursor"] == ["0|1002"]
        assert int(query["limit"][0]) <= 100

    def test_takes_a_base_url_with_or_without_the_api_path(self, hub: FakeHub) -> None:
        client = CivitaiClient(base_url=f"{hub.url}/api/v1/", user_agent="x")

        client.models(cursor="")

        client.close()
        assert hub.paths == ["/api/v1/models"]

    def test_sends_the_token_to_civitai_only(self, hub: FakeHub, client: CivitaiClient) -> None:
        client.models(cursor="")
        official = CivitaiClient(base_url=OFFICIAL_URL, user_agent="x", token=KEY)
        official.close()

        assert "authorization" not in hub.requests[0][1]
        assert official.transport._headers["Authorization"] == f"Bearer {KEY}"

    def test_says_that_a_model_is_gone(self, client: CivitaiClient) -> None:
        with pytest.raises(PageGone, match="9999"):
            client.model("9999")

    def test_does_not_take_a_proxys_page_for_an_answer(
        self, hub: FakeHub, client: CivitaiClient
    ) -> None:
        hub.planned.append(Reply(404, b"<html>not found</html>"))

        with pytest.raises(HubRefused, match="404"):
            client.model("1001")

    @pytest.mark.parametrize("status", [400, 401, 403])
    def test_says_that_it_was_refused(
        self, hub: FakeHub, client: CivitaiClient, status: int
    ) -> None:
        hub.planned.append(json_reply({"error": "no"}, status))

        with pytest.raises(HubError, match=str(status)):
            client.version("2001")

    @pytest.mark.parametrize(
        "number", ["", "0", "007", "-1", "2147483648", "1e3", "x", "１", "9" * 40]
    )
    def test_asks_for_no_id_that_cannot_be(
        self, hub: FakeHub, client: CivitaiClient, number: str
    ) -> None:
        with pytest.raises(BadInput):
            client.model(number)
        assert hub.requests == []
