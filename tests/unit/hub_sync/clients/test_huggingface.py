import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from hub_sync.clients.errors import (
    HubRefused,
    OtherOrigin,
    PageAbsent,
    PageDisabled,
    PageGated,
    PageGone,
    PageMoved,
    TooLarge,
)
from hub_sync.clients.huggingface import OFFICIAL_URL, HuggingFaceClient
from hub_sync.clients.waiting import Patience
from registry.errors import BadInput
from tests.fakes.hubs import FakeHuggingFace, Reply, json_reply

KEY = "t0ken"
QUICK = Patience(attempts=2, base_seconds=0.001)


@pytest.fixture
def hub() -> Iterator[FakeHuggingFace]:
    fake = FakeHuggingFace()
    with fake.running():
        yield fake


@pytest.fixture
def client(hub: FakeHuggingFace) -> HuggingFaceClient:
    return HuggingFaceClient(base_url=hub.url, user_agent="keifu/test", token=KEY, patience=QUICK)


class TestModels:
    def test_follows_the_hubs_own_link(
        self, hub: FakeHuggingFace, client: HuggingFaceClient
    ) -> None:
        first = client.models(next_url="")
        second = client.models(next_url=first.next_url)

        assert [len(json.loads(page.body)) for page in (first, second)] == [2, 1]
        assert second.next_url == ""

    def test_asks_for_no_counter(self, hub: FakeHuggingFace, client: HuggingFaceClient) -> None:
        client.models(next_url="")

        expanded = parse_qs(urlsplit(hub.requests[0][0]).query)["expand"]
        assert {"sha", "cardData", "siblings", "gated", "disabled"} <= set(expanded)
        assert not {"downloads", "likes", "trendingScore"} & set(expanded)

    def test_follows_no_link_to_another_origin(
        self, hub: FakeHuggingFace, client: HuggingFaceClient
    ) -> None:
        hub.next_origin = "http://127.0.0.2:1"

        with pytest.raises(OtherOrigin):
            client.models(next_url="")

    def test_replays_no_cursor_of_another_origin(self, client: HuggingFaceClient) -> None:
        with pytest.raises(OtherOrigin):
            client.models(next_url="http://127.0.0.2:1/api/models?cursor=x")

    def test_keeps_the_token_from_other_origins(
        self, hub: FakeHuggingFace, client: HuggingFaceClient
    ) -> None:
        client.models(next_url="")
        official = HuggingFaceClient(base_url=OFFICIAL_URL, user_agent="x", token=KEY)

        assert "authorization" not in hub.requests[0][1]
        assert official._authorization() == {"Authorization": f"Bearer {KEY}"}


class TestInfo:
    def test_says_that_a_repository_is_gone(self, client: HuggingFaceClient) -> None:
        with pytest.raises(PageGone):
            client.info("waders/none")

    def test_says_where_a_repository_moved(
        self, hub: FakeHuggingFace, client: HuggingFaceClient
    ) -> None:
        hub.moved["waders/old"] = "waders/heron"

        with pytest.raises(PageMoved) as raised:
            client.info("waders/old")
        assert raised.value.moved_to == "waders/heron"

    @pytest.mark.parametrize(
        "location", ["http://127.0.0.2/api/models/a/b", "/elsewhere", "/api/models/a/../../x", ""]
    )
    def test_refuses_a_move_to_what_is_no_repository(
        self, hub: FakeHuggingFace, client: HuggingFaceClient, location: str
    ) -> None:
        hub.planned.append(Reply(307, headers={"Location": location}))

        with pytest.raises(HubRefused):
            client.info("waders/old")

    def test_says_that_a_repository_is_disabled(
        self, hub: FakeHuggingFace, client: HuggingFaceClient
    ) -> None:
        hub.repos["waders/heron"]["disabled"] = True

        with pytest.raises(PageDisabled):
            client.info("waders/heron")

    def test_does_not_take_a_bad_token_for_a_missing_repository(
        self, hub: FakeHuggingFace, client: HuggingFaceClient
    ) -> None:
        message = "Invalid credentials in Authorization header"
        hub.planned.append(json_reply({"error": message}, 401, X_Error_Message=message))

        with pytest.raises(HubRefused):
            client.info("waders/heron")

    def test_does_not_take_a_proxys_404_for_the_hubs(
        self, hub: FakeHuggingFace, client: HuggingFaceClient
    ) -> None:
        hub.planned.append(Reply(404, b"<html>"))

        with pytest.raises(HubRefused):
            client.info("waders/heron")

    @pytest.mark.parametrize("repo_id", ["", "../x", "a/b/c", "a b", "a/..", "a?b"])
    def test_asks_for_no_id_that_cannot_be(self, client: HuggingFaceClient, repo_id: str) -> None:
        with pytest.raises(BadInput):
            client.info(repo_id)


class TestTextFile:
    def test_reads_a_card(self, client: HuggingFaceClient) -> None:
        card = client.text_file("waders/heron", revision="main", path="README.md")

        assert card.startswith(b"---\nlicense:")

    def test_reads_without_the_token(self) -> None:
        official = HuggingFaceClient(base_url=OFFICIAL_URL, user_agent="x", token=KEY)

        assert "Authorization" not in official._cards._headers

    def test_says_that_a_file_is_gated(
        self, hub: FakeHuggingFace, client: HuggingFaceClient
    ) -> None:
        hub.repos["waders/heron"]["gated"] = "manual"

        with pytest.raises(PageGated):
            client.text_file("waders/heron", revision="main", path="README.md")

    def test_says_that_there_is_no_such_file(self, client: HuggingFaceClient) -> None:
        with pytest.raises(PageAbsent):
            client.text_file("waders/heron", revision="main", path="NOTICE.md")

    def test_refuses_a_card_of_an_absurd_size(
        self, hub: FakeHuggingFace, client: HuggingFaceClient
    ) -> None:
        hub.repos["waders/heron"]["texts"]["README.md"] = "x" * (5 << 20)

        with pytest.raises(TooLarge):
            client.text_file("waders/heron", revision="main", path="README.md")
