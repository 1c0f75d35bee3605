"""Read files of one hub by range requests, wherever the hub keeps them.

Every hop is checked before anything is sent to it (``hub_sync.clients.hosts``), the connection is
made to the very address that was checked while TLS and ``Host`` keep the name, and a token goes to
the first origin only. A redirect's end is remembered: the next part of a file is asked for there.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from urllib.parse import urlsplit, urlunsplit

import httpx2

from hub_sync.clients import hosts
from hub_sync.clients.errors import HubError, HubRefused, PageAbsent, PageGated
from hub_sync.clients.hosts import Hops, Resolve
from hub_sync.clients.part_answers import PartAnswer, part_of
from hub_sync.clients.remote_file import Part, ReadLimits, RemoteFile
from hub_sync.clients.retrying import Interrupted, Retrying
from hub_sync.clients.transport import origin, pointed_to
from hub_sync.clients.waiting import Patience

MOST_REDIRECTS = 5
_FOLLOWED = frozenset({301, 302, 303, 307, 308})
_REFUSED = frozenset({401, 402, 403, 451})
_GONE = frozenset({404, 410})
_TIMEOUT = httpx2.Timeout(20.0, connect=10.0)
_ATTEMPT_SECONDS = 60.0
# What a server may have sent before we close on it: a small window keeps that small.
_RECEIVE_BUFFER_BYTES = 64 << 10
_SOCKET_OPTIONS = [(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)]
_KEPT_HEADERS = ("x-linked-etag", "x-linked-size", "x-repo-commit", "etag")


@cache
def _tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How one hub's files are read.

    ``token`` is sent to ``token_origin`` and nowhere else.
    """

    name: str  # what the hub is called in messages
    hops: Hops
    user_agent: str
    token: str = ""
    token_origin: tuple[str, str, int] | None = None


class HubFiles:
    """Opens files of one hub; safe to share between threads."""

    def __init__(
        self,
        opening: Opening,
        *,
        patience: Patience | None = None,
        limits: ReadLimits | None = None,
        resolve: Resolve = hosts.resolve,
        pace: Callable[[], None] | None = None,
    ) -> None:
        """Prepare to read; nothing is asked yet.

        :param pace: called before every request; waits for its turn
        """
        self._pace = pace
        self._opening = opening
        self._limits = limits
        self._resolve = resolve
        self._retrying = Retrying(opening.name, patience=patience)
        self._clients: dict[str, httpx2.Client] = {}
        self._making = threading.Lock()

    @property
    def requests(self) -> int:
        """Return how many requests were sent, redirects and repetitions among them."""
        return self._retrying.requests

    def close(self) -> None:
        """Let waiting threads give up, and the connections go."""
        self._retrying.close()
        with self._making:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def open(self, url: str) -> RemoteFile:
        """Return a file by its address on the hub; nothing is asked yet.

        :raises RefusedHost: if no file of this hub is read there
        :raises BadInput: if ``url`` is not an http(s) URL
        """
        self._opening.hops.check(url)
        fetcher = _Fetcher(self, url)
        return RemoteFile(fetcher, headers=fetcher.headers, limits=self._limits)

    def ask(self, url: str, start: int, upto: int, *, first: bool) -> PartAnswer:
        """Return the answer to one range request at one hop.

        :param first: this is the file's own address, where a token may go
        :raises RefusedHost: if the hop is not allowed
        :raises HubError: if no answer came within our patience
        """
        self._opening.hops.check(url)
        return self._retrying.run(partial(self._once, url, start, upto, first))

    def _once(self, url: str, start: int, upto: int, first: bool) -> PartAnswer:
        addresses = self._addresses(url)
        if self._pace is not None:
            self._pace()
        failure: Exception | None = None
        for address in addresses:
            try:
                return self._from_address(url, address, start, upto, first)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
            except httpx2.TransportError as error:
                raise Interrupted(f"broke off ({type(error).__name__})") from error
        raise Interrupted("cannot be reached") from failure

    def _addresses(self, url: str) -> list[str]:
        """Return where a URL's host is, each address checked unless the operator named the host.

        :raises RefusedHost: if an address is not public
        :raises Interrupted: if the name has no address just now
        """
        _, host, port = origin(url)
        try:
            found = list(self._resolve(host, port))
        except OSError as error:
            raise Interrupted("cannot be found by its name") from error
        return found if self._opening.hops.is_own(url) else hosts.public_addresses(host, found)

    def _from_address(
        self, url: str, address: str, start: int, upto: int, first: bool
    ) -> PartAnswer:
        scheme, host, _ = origin(url)
        headers = {
            "Host": urlsplit(url).netloc.rpartition("@")[2],
            "User-Agent": self._opening.user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Range": f"bytes={start}-{upto - 1}",
            **self._authorization(url, first=first),
        }
        deadline = time.monotonic() + _ATTEMPT_SECONDS
        with self._client(f"{scheme}://{host}").stream(
            "GET",
            _at_address(url, address),
            headers=headers,
            extensions={"sni_hostname": host},
            follow_redirects=False,
            timeout=_TIMEOUT,
        ) as response:
            return part_of(response, start=start, upto=upto, deadline=deadline)

    def _authorization(self, url: str, *, first: bool) -> dict[str, str]:
        opening = self._opening
        if not (first and opening.token and origin(url) == opening.token_origin):
            return {}
        return {"Authorization": f"Bearer {opening.token}"}

    def _client(self, name: str) -> httpx2.Client:
        """Return the client of one host: connections are shared by address, never across names."""
        with self._making:
            if name not in self._clients:
                # An explicit transport: proxies of the environment would look names up themselves.
                transport = httpx2.HTTPTransport(
                    verify=_tls(), trust_env=False, socket_options=_SOCKET_OPTIONS
                )
                self._clients[name] = httpx2.Client(
                    transport=transport, trust_env=False, follow_redirects=False
                )
            return self._clients[name]


class _Fetcher:
    """Fetches parts of one file, and remembers where its redirects ended."""

    def __init__(self, files: HubFiles, url: str) -> None:
        self._files = files
        self._url = url
        self._place = url
        self._stated: dict[str, str] = {}

    def headers(self) -> Mapping[str, str]:
        return self._stated

    def __call__(self, start: int, upto: int) -> Part:
        """Return the bytes from ``start`` up to ``upto``.

        :raises PageAbsent: if the hub has no such file, or none for everybody
        :raises HubError: if it did not answer
        """
        is_old = self._place != self._url
        answer = self._followed(start, upto)
        if is_old and answer.status in _REFUSED | _GONE:  # a signature expires
            self._place = self._url
            answer = self._followed(start, upto)
        if answer.part is None:
            raise _refusal(answer.status)
        return answer.part

    def _followed(self, start: int, upto: int) -> PartAnswer:
        url = self._place
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._files.ask(url, start, upto, first=url == self._url)
            self._keep(answer)
            if answer.status not in _FOLLOWED:
                self._place = url
                return answer
            url = pointed_to(url, answer.headers.get("location", ""))
        raise HubRefused("the hub redirects the download without end")

    def _keep(self, answer: PartAnswer) -> None:
        """Keep what a hop says of the file; the hub's own word comes first and stands."""
        for name in _KEPT_HEADERS:
            if name in answer.headers:
                self._stated.setdefault(name, answer.headers[name])


def _at_address(url: str, address: str) -> str:
    """Return ``url`` with the host replaced by an address."""
    parts = urlsplit(url)
    host = f"[{address}]" if ":" in address else address
    return urlunsplit(parts._replace(netloc=f"{host}:{origin(url)[2]}", fragment=""))


def _refusal(status: int) -> PageAbsent | HubError:
    if status in _REFUSED:
        return PageGated("the hub gives this file to some accounts only")
    if status in _GONE:
        return PageAbsent("the hub has no such file")
    return HubRefused(f"the hub answered {status} to the download")
