import gzip
import time
from collections.abc import Iterator

import httpx2
import pytest

from hub_sync.clients.errors import HubError, OtherOrigin, TooLarge
from hub_sync.clients.transport import Limits, Transport, origin
from hub_sync.clients.waiting import Patience
from registry.errors import BadInput
from tests.fakes.hubs import FakeCivitai, FakeHub, Reply, json_reply

QUICK = Patience(attempts=4, base_seconds=0.001, longest_wait_seconds=5, total_wait_seconds=20)


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeCivitai([]).running() as running:
        yield running


@pytest.fixture
def session() -> Iterator[httpx2.Client]:
    with httpx2.Client() as client:
        yield client


@pytest.fixture
def transport(hub: FakeHub, session: httpx2.Client) -> Transport:
    return make(hub, session)


def make(
    hub: FakeHub,
    session: httpx2.Client,
    *,
    limits: Limits | None = None,
    patience: Patience = QUICK,
) -> Transport:
    return Transport(
        hub.url,
        session=lambda: session,
        headers={"User-Agent": "keifu/test"},
        limits=limits,
        patience=patience,
    )


class TestGet:
    def test_says_who_asks(self, hub: FakeHub, transport: Transport) -> None:
        transport.get("/x")

        assert hub.requests[0][1]["user-agent"] == "keifu/test"

    @pytest.mark.parametrize(
        "fault",
        [
            Reply(503, b"busy"),
            Reply(500, b"oops"),
            Reply(429, b"slow", {"Retry-After": "0"}),
            Reply(200, b'{"whole": true}', is_cut=True),
            Reply(200, gzip.compress(b'{"whole": true}' * 99)[:-9], {"Content-Encoding": "gzip"}),
        ],
        ids=["503", "500", "429", "truncated", "truncated gzip"],
    )
    def test_tries_again(self, hub: FakeHub, transport: Transport, fault: Reply) -> None:
        hub.planned += [fault, json_reply({"whole": True})]

        answer = transport.get("/x")

        assert answer.body == b'{"whole": true}'
        assert (transport.requests, transport.retries) == (2, 1)

    def test_tries_again_when_nobody_listens(self, session: httpx2.Client) -> None:
        transport = Transport(
            "http://127.0.0.1:9", session=lambda: session, headers={}, patience=QUICK
        )

        with pytest.raises(HubError, match="cannot be reached, tried 4 times"):
            transport.get("/x")

    def test_gives_up_after_its_attempts(self, hub: FakeHub, transport: Transport) -> None:
        hub.planned += [Reply(503, b"busy")] * 9

        with pytest.raises(HubError, match="answered 503, tried 4 times"):
            transport.get("/x")

    def test_hands_over_other_errors_as_they_are(self, hub: FakeHub, transport: Transport) -> None:
        hub.planned.append(json_reply({"error": "no"}, 404))

        assert transport.get("/x").status == 404
        assert transport.requests == 1

    @pytest.mark.parametrize(
        "headers", [{"Retry-After": "1"}, {"RateLimit": '"api";r=0;t=0'}], ids=["seconds", "window"]
    )
    def test_waits_as_long_as_the_hub_asks(
        self, hub: FakeHub, transport: Transport, headers: dict[str, str]
    ) -> None:
        hub.planned += [Reply(429, b"", headers), json_reply({})]
        before = time.monotonic()

        transport.get("/x")

        assert time.monotonic() - before >= 1.0

    def test_pauses_before_the_next_request_when_none_remain(
        self, hub: FakeHub, transport: Transport
    ) -> None:
        hub.planned += [json_reply({}, RateLimit='"api";r=0;t=0'), json_reply({})]
        transport.get("/x")
        before = time.monotonic()

        transport.get("/y")

        assert time.monotonic() - before >= 0.9

    def test_does_not_wait_for_ever(self, hub: FakeHub, transport: Transport) -> None:
        hub.planned.append(Reply(429, b"", {"Retry-After": "86400"}))

        with pytest.raises(HubError, match="86400 s"):
            transport.get("/x")

    def test_stops_waiting_when_it_is_closed(self, hub: FakeHub, transport: Transport) -> None:
        transport.close()

        with pytest.raises(HubError, match="stopped"):
            transport.get("/x")
        assert hub.requests == []


class TestLimits:
    def test_refuses_a_body_that_is_too_large(self, hub: FakeHub, session: httpx2.Client) -> None:
        transport = make(hub, session, limits=Limits(body_bytes=1000))
        hub.planned.append(Reply(200, b"x" * 1001))

        with pytest.raises(TooLarge):
            transport.get("/x")
        assert transport.requests == 1

    def test_takes_a_body_of_just_the_size(self, hub: FakeHub, session: httpx2.Client) -> None:
        transport = make(hub, session, limits=Limits(body_bytes=1000))
        hub.planned.append(Reply(200, b"x" * 1000))

        assert len(transport.get("/x").body) == 1000

    def test_bounds_a_compression_bomb(self, hub: FakeHub, session: httpx2.Client) -> None:
        transport = make(hub, session, limits=Limits(body_bytes=1000))
        bomb = gzip.compress(b"\0" * 50_000_000)
        hub.planned.append(Reply(200, bomb, {"Content-Encoding": "gzip"}))

        with pytest.raises(TooLarge):
            transport.get("/x")

    def test_refuses_an_encoding_it_did_not_ask_for(
        self, hub: FakeHub, transport: Transport
    ) -> None:
        hub.planned.append(Reply(200, b"x", {"Content-Encoding": "br"}))

        with pytest.raises(HubError, match="encoding"):
            transport.get("/x")

    def test_gives_up_on_a_body_that_drips(self, hub: FakeHub, session: httpx2.Client) -> None:
        patience = Patience(attempts=1)
        transport = make(hub, session, limits=Limits(seconds=0.3), patience=patience)
        hub.planned.append(Reply(200, b"x" * 100, seconds_per_byte=0.05))

        with pytest.raises(HubError, match="longer than"):
            transport.get("/x")


class TestRedirects:
    def test_follows_within_the_origin(self, hub: FakeHub, transport: Transport) -> None:
        hub.planned += [Reply(307, headers={"Location": "/there"}), json_reply({"here": 1})]

        assert transport.get("/x").url == f"{hub.url}/there"

    def test_hands_a_redirect_back_when_told_to(self, hub: FakeHub, transport: Transport) -> None:
        hub.planned.append(Reply(307, headers={"Location": "/there"}))

        assert transport.get("/x", follows=False).headers["location"] == "/there"

    @pytest.mark.parametrize(
        "location",
        [
            *("https://elsewhere.example/x", "//127.0.0.2/x", "http://127.0.0.1:1/x"),
            *("http://[::1/x", "http://127.0.0.1:99999/x", "file:///x", "/\x7f", "http://a..b/x"),
        ],
    )
    def test_never_leaves_the_origin(
        self, hub: FakeHub, transport: Transport, location: str
    ) -> None:
        hub.planned.append(Reply(302, headers={"Location": location}))

        with pytest.raises(OtherOrigin):
            transport.get("/x")
        assert transport.requests == 1

    def test_does_not_run_in_circles(self, hub: FakeHub, transport: Transport) -> None:
        hub.planned += [Reply(301, headers={"Location": "/x"})] * 20

        with pytest.raises(HubError, match="without end"):
            transport.get("/x")

    def test_asks_no_other_origin_even_if_told_to(self, transport: Transport) -> None:
        with pytest.raises(OtherOrigin):
            transport.get("http://127.0.0.2:80/x")


class TestOrigin:
    def test_counts_the_port(self) -> None:
        assert origin("https://Hub.example/a") == origin("https://hub.example:443/b")
        assert origin("http://hub.example") != origin("https://hub.example")

    @pytest.mark.parametrize(
        "url", ["", "hub.example", "ftp://hub.example", "http://", "http://a:b"]
    )
    def test_refuses_what_is_no_web_address(self, url: str) -> None:
        with pytest.raises(BadInput):
            origin(url)
