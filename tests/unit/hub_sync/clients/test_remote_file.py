import json
import re
from collections.abc import Iterator

import pytest

from hub_sync.clients.errors import HubError, HubRefused, PageAbsent, PageGated, TooLarge
from hub_sync.clients.hosts import HOSTS, Hops, RefusedHost
from hub_sync.clients.hub_files import HubFiles, Opening
from hub_sync.clients.remote_file import (
    SPECULATIVE_BYTES,
    FileChangedOnHub,
    RangesNotAnswered,
    ReadLimits,
    RemoteFile,
)
from hub_sync.clients.transport import origin
from hub_sync.clients.waiting import Patience
from tests.fakes.files import FakeStorage, StoredFile, large_safetensors, safetensors
from tests.fakes.hubs import Reply

QUICK = Patience(attempts=3, base_seconds=0.001)
TWO_GB = 2_000_000_000
OPENED: list[HubFiles] = []


@pytest.fixture
def storage() -> Iterator[FakeStorage]:
    fake = FakeStorage()
    with fake.running():
        yield fake


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def files_at(opening: Opening, **fields: object) -> HubFiles:
    OPENED.append(HubFiles(opening, patience=QUICK, **fields))  # type: ignore[arg-type]
    return OPENED[-1]


def files_of(storage: FakeStorage, **fields: object) -> HubFiles:
    opening = Opening(
        name="the hub",
        hops=Hops(hosts=HOSTS["civitai"], own=origin(storage.url)),
        user_agent="keifu/test",
    )
    return files_at(opening, **fields)


def header_of(file: RemoteFile) -> bytes:
    """Read as a reader of safetensors does: the length, then the header."""
    length = int.from_bytes(file.read(0, 8), "little")
    return file.read(8, length)


class TestRanges:
    def test_read_the_header_of_a_large_file_in_one_request(self, storage: FakeStorage) -> None:
        url = storage.put("/f", large_safetensors(size_bytes=TWO_GB, header_bytes=300_000))

        file = files_of(storage).open(url)
        header = header_of(file)

        assert json.loads(header)["weight"]["dtype"] == "U8"
        assert (file.size_bytes, file.requests, len(storage.requests)) == (TWO_GB, 1, 1)
        assert storage.bytes_sent <= TWO_GB // 1000

    def test_ask_a_second_time_for_exactly_the_rest_of_a_longer_header(
        self, storage: FakeStorage
    ) -> None:
        url = storage.put("/f", large_safetensors(size_bytes=TWO_GB, header_bytes=1_500_000))

        file = files_of(storage).open(url)
        header = header_of(file)

        assert len(header) == 1_500_000
        assert len(storage.requests) == 2
        assert storage.bytes_sent == 1_500_008 <= TWO_GB // 1000

    def test_stop_in_time_where_the_server_sends_the_whole_file(self, storage: FakeStorage) -> None:
        storage.ignores_range = True
        url = storage.put("/f", large_safetensors(size_bytes=TWO_GB, header_bytes=300_000))

        file = files_of(storage).open(url)
        header = header_of(file)

        assert len(header) == 300_000
        assert (file.size_bytes, file.bytes_read) == (TWO_GB, SPECULATIVE_BYTES)
        # What lies in the buffers of both sockets was sent and not taken.
        assert storage.bytes_sent < TWO_GB // 100

    def test_begin_again_where_a_longer_header_comes_from_such_a_server(
        self, storage: FakeStorage
    ) -> None:
        storage.ignores_range = True
        url = storage.put("/f", large_safetensors(size_bytes=TWO_GB, header_bytes=1_500_000))

        file = files_of(storage).open(url)

        assert len(header_of(file)) == 1_500_000
        assert file.requests == 2

    def test_do_not_read_through_a_file_to_its_end(self, storage: FakeStorage) -> None:
        storage.ignores_range = True
        url = storage.put("/f", StoredFile(b"", TWO_GB))
        file = files_of(storage).open(url)
        size = file.size_bytes or 0

        with pytest.raises(RangesNotAnswered):
            file.read(size - 100, 100)

    def test_read_a_small_file_whole_and_not_beyond(self, storage: FakeStorage) -> None:
        content = safetensors()
        file = files_of(storage).open(storage.put("/f", content))

        assert file.read(0, 10**9) == content
        assert file.read(len(content), 5) == b""
        assert len(storage.requests) == 1

    def test_find_an_empty_file_empty(self, storage: FakeStorage) -> None:
        file = files_of(storage).open(storage.put("/f", b""))

        assert file.read(0, 8) == b""
        assert file.size_bytes == 0

    def test_hand_more_to_whoever_nibbles(self, storage: FakeStorage) -> None:
        content = bytes(range(256)) * 20_000
        file = files_of(storage).open(storage.put("/f", content))

        read = b"".join(file.read(at, 1000) for at in range(0, 3_000_000, 1000))

        assert read == content[:3_000_000]
        assert len(storage.requests) <= 5

    def test_put_parts_together_in_any_order(self, storage: FakeStorage) -> None:
        content = bytes(range(256)) * 8_000
        file = files_of(storage).open(storage.put("/f", content))

        file.read(0, 8)
        file.read(1_500_000, 100_000)

        assert file.read(300_000, 1_300_000) == content[300_000:1_600_000]

    def test_end_at_the_limit(self, storage: FakeStorage) -> None:
        url = storage.put("/f", StoredFile(b"", TWO_GB))
        file = files_of(storage, limits=ReadLimits(total_bytes=1 << 20)).open(url)

        with pytest.raises(TooLarge):
            file.read(0, 2 << 20)

        assert storage.bytes_sent <= 1 << 20

    def test_notice_a_file_that_changes(self, storage: FakeStorage) -> None:
        url = storage.put("/f", StoredFile(b"", 1_000_000))
        file = files_of(storage).open(url)
        file.read(0, 8)
        storage.put("/f", StoredFile(b"", 1_000_001))

        with pytest.raises(FileChangedOnHub):
            file.read(500_000, 100_000)

    @pytest.mark.parametrize(
        "said", ["", "bytes 1-8/100", "bytes 0-99", "bytes 9-3/100", "bytes a-b/c"]
    )
    def test_refuse_another_range_than_was_asked_for(self, storage: FakeStorage, said: str) -> None:
        headers = {"Content-Range": said} if said else {}
        storage.planned.extend([Reply(206, bytes(100), headers)] * 3)

        with pytest.raises(HubError):
            files_of(storage).open(f"{storage.url}/f").read(0, 8)


class TestTrouble:
    def test_waits_as_the_hub_asks_and_goes_on(
        self, storage: FakeStorage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = storage.put("/f", safetensors())
        storage.planned.append(Reply(429, headers={"Retry-After": "0"}))
        storage.planned.append(Reply(503))
        slept: list[float] = []
        monkeypatch.setattr(
            "hub_sync.clients.retrying.Retrying._wait", lambda _, seconds: slept.append(seconds)
        )

        file = files_of(storage).open(url)

        assert len(file.read(0, 8)) == 8
        assert max(slept) >= 1.0

    def test_asks_again_after_a_truncated_part(self, storage: FakeStorage) -> None:
        url = storage.put("/f", bytes(1000))
        headers = {"Content-Range": "bytes 0-999/1000"}
        storage.planned.append(Reply(206, bytes(1000), headers, is_cut=True))

        assert files_of(storage).open(url).read(0, 1000) == bytes(1000)

    @pytest.mark.parametrize(
        ("status", "error"),
        [(401, PageGated), (403, PageGated), (404, PageAbsent), (410, PageAbsent)],
    )
    def test_says_that_there_is_no_file(
        self, storage: FakeStorage, status: int, error: type[Exception]
    ) -> None:
        storage.planned.append(Reply(status, b"x" * 1000))

        with pytest.raises(error):
            files_of(storage).open(f"{storage.url}/f").read(0, 8)

    def test_refuses_an_encoded_body(self, storage: FakeStorage) -> None:
        storage.planned.append(Reply(200, b"x", {"Content-Encoding": "gzip"}))

        with pytest.raises(HubRefused):
            files_of(storage).open(f"{storage.url}/f").read(0, 8)


class TestRedirects:
    def test_are_followed_and_remembered(self, storage: FakeStorage) -> None:
        storage.put("/kept/f", StoredFile(b"x", 2_000_000))
        storage.redirects["/f"] = "/kept/f"
        storage.headers = {"X-Linked-Etag": '"abc"'}
        file = files_of(storage).open(f"{storage.url}/f")

        file.read(0, 8)
        file.read(500_000, 100_000)

        assert storage.paths == ["/f", "/kept/f", "/kept/f"]
        assert file.stated["x-linked-etag"] == '"abc"'

    def test_begin_again_when_a_signature_has_expired(self, storage: FakeStorage) -> None:
        storage.put("/kept/f", StoredFile(b"x", 2_000_000))
        storage.redirects["/f"] = "/kept/f"
        file = files_of(storage).open(f"{storage.url}/f")
        file.read(0, 8)
        storage.planned.append(Reply(403))

        assert file.read(500_000, 100_000) == bytes(100_000)
        assert storage.paths == ["/f", "/kept/f", "/kept/f", "/f", "/kept/f"]

    def test_end_after_five(self, storage: FakeStorage) -> None:
        storage.redirects["/f"] = "/f"

        with pytest.raises(HubRefused, match="without end"):
            files_of(storage).open(f"{storage.url}/f").read(0, 8)

        assert len(storage.requests) == 6

    @pytest.mark.parametrize(
        "place",
        [
            "https://evil.example/f",
            "https://civitai.com.evil.example/f",
            "https://evilcivitai.com/f",
            "http://civitai.com/f",
            "https://civitai.com:8443/f",
            "https://user:secret@civitai.com/f",
            "http://169.254.169.254/latest/meta-data/",
            "https://[::1]/f",
            "http://localhost/f",
            "https://another.r2.cloudflarestorage.com/f",
        ],
    )
    def test_to_other_places_are_refused(self, storage: FakeStorage, place: str) -> None:
        storage.redirects["/f"] = place

        with pytest.raises(RefusedHost):
            files_of(storage).open(f"{storage.url}/f").read(0, 8)

        assert storage.paths == ["/f"]

    def test_to_another_port_of_the_own_host_are_refused(self, storage: FakeStorage) -> None:
        other = FakeStorage()
        with other.running():
            storage.redirects["/f"] = other.put("/f", b"x" * 100)

            with pytest.raises(RefusedHost):
                files_of(storage).open(f"{storage.url}/f").read(0, 8)

        assert other.requests == []


class TestAddresses:
    def opened(self, storage: FakeStorage, *answers: list[str]) -> tuple[HubFiles, list[str]]:
        """Return files of the official hub whose names resolve as said, one answer a look-up."""
        asked: list[str] = []
        left = list(answers)

        def resolve(host: str, port: int) -> list[str]:
            asked.append(host)
            return left.pop(0) if len(left) > 1 else left[0]

        opening = Opening(name="c", hops=Hops(hosts=HOSTS["civitai"]), user_agent="keifu/test")
        return files_at(opening, resolve=resolve), asked

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
            "0.0.0.1", "224.0.0.1", "255.255.255.255", "192.0.0.8", "192.88.99.1", "198.18.0.1",
            "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1",
            "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1",
            "2002:a00:1::", "2001::1", "2001:db8::1", "3fff::1", "not an address",
        ],
    )  # fmt: skip
    def test_that_are_not_public_are_refused(self, storage: FakeStorage, address: str) -> None:
        files, _ = self.opened(storage, ["8.8.8.8", address])

        with pytest.raises(RefusedHost, match="not public"):
            files.open("https://civitai.com/f").read(0, 8)

    def test_are_looked_up_once_and_connected_to(
        self, storage: FakeStorage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files, asked = self.opened(storage, ["8.8.8.8"], ["127.0.0.1"])
        reached: list[str] = []

        def connect(*args: object, **kwargs: object) -> object:
            reached.append(str(args[0]))
            raise OSError("refused")

        monkeypatch.setattr("socket.create_connection", connect)
        with pytest.raises(RefusedHost):  # the second attempt resolves anew, and is checked anew
            files.open("https://civitai.com/f").read(0, 8)

        assert asked == ["civitai.com", "civitai.com"]
        assert [re.sub(r"[(' ]", "", one).split(",")[0] for one in reached] == ["8.8.8.8"]

    def test_of_the_operators_own_base_url_may_be_loopback(self, storage: FakeStorage) -> None:
        url = storage.put("/f", b"x" * 100)

        assert files_of(storage).open(url).read(0, 3) == b"xxx"

    def test_of_a_loopback_url_nobody_gave_are_not(self, storage: FakeStorage) -> None:
        files, _ = self.opened(storage, ["127.0.0.1"])

        with pytest.raises(RefusedHost):
            files.open(storage.put("/f", b"x"))


class TestTokens:
    def test_go_to_their_origin_only(self, storage: FakeStorage) -> None:
        storage.put("/kept/f", b"x" * 100)
        storage.redirects["/f"] = "/kept/f"
        opening = Opening(
            name="c",
            hops=Hops(hosts=HOSTS["civitai"], own=origin(storage.url)),
            user_agent="keifu/test",
            token="secret",  # noqa: S106
            token_origin=origin(storage.url),
        )

        files_at(opening).open(f"{storage.url}/f").read(0, 8)

        sent = [headers.get("authorization") for _, headers in storage.requests]
        assert sent == ["Bearer secret", None]

    def test_are_kept_from_a_base_url_that_is_not_the_hubs(self, storage: FakeStorage) -> None:
        opening = Opening(
            name="c",
            hops=Hops(hosts=HOSTS["civitai"], own=origin(storage.url)),
            user_agent="keifu/test",
            token="secret",  # noqa: S106
            token_origin=origin("https://civitai.com"),
        )

        files_at(opening).open(storage.put("/f", b"x")).read(0, 1)

        assert all("authorization" not in headers for _, headers in storage.requests)
