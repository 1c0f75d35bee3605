"""What is read of the answer to a range request, and for how long."""

import time
from collections.abc import Iterator

import httpx2
import pytest

from hub_sync.clients.part_answers import part_of
from hub_sync.clients.retrying import Interrupted


class Dripping(httpx2.SyncByteStream):
    """A body that comes byte by byte."""

    def __init__(self) -> None:
        self.sent = 0

    def __iter__(self) -> Iterator[bytes]:
        for self.sent in range(1, 1000):
            yield b"x"


def test_time_is_looked_at_whenever_something_comes() -> None:
    body = Dripping()
    response = httpx2.Response(206, headers={"Content-Range": "bytes 0-999/1000"}, stream=body)

    with pytest.raises(Interrupted, match="took too long"):
        part_of(response, start=0, upto=1000, deadline=time.monotonic())

    assert body.sent == 1
