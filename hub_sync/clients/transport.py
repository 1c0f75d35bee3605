"""One way to read from a hub: bounded, patient, and loyal to one origin.

Every read has a limit in bytes and in seconds; a body that is compressed is bounded after
decompression. 5xx, 429, resets, time-outs and truncated bodies are tried again; what a hub
asks for (``Retry-After``, ``RateLimit``) is waited for. Nothing is ever sent to, or read from,
another origin than the base URL's.
"""

import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import urljoin, urlsplit

import httpx2

from hub_sync.clients.errors import HubError, OtherOrigin, TooLarge
from hub_sync.clients.retrying import Interrupted, Retrying
from hub_sync.clients.waiting import Patience
from registry.errors import BadInput

_FOLLOWED = frozenset({301, 302, 303, 307, 308})
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 30.0
_GZIP_OR_ZLIB = 47  # window bits: detect the header
_SHOWN = 200  # characters of a URL


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one read may take."""

    body_bytes: int = 64 << 20
    seconds: float = 120.0
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What a hub answered, whole and within the limits."""

    url: str
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port; two URLs with equal origins may share secrets.

    :raises BadInput: if ``url`` is not an http(s) URL
    """
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        httpx2.URL(url)
        (parts.hostname or "").encode("idna")  # no part is empty or too long
    except (ValueError, httpx2.InvalidURL) as error:
        raise BadInput(f"{url[:_SHOWN]!r} is not a URL: {error}") from error
    if not port or not parts.hostname:
        raise BadInput(f"a hub's base URL begins with http:// or https://, not {url[:_SHOWN]!r}")
    return parts.scheme, parts.hostname.lower(), port


def pointed_to(url: str, by: str) -> str:
    """Return where the answer from ``url`` points by a redirect or a link.

    :raises OtherOrigin: if that is no http(s) URL
    """
    try:
        target = urljoin(url, by)
        origin(target)
    except (ValueError, BadInput) as error:
        raise OtherOrigin("the hub points to what is no http(s) URL; not followed") from error
    return target


class Transport:
    """Reads from one origin; safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        *,
        session: Callable[[], httpx2.Client],
        headers: Mapping[str, str],
        limits: Limits | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Remember where to read from and how.

        :param session: returns the HTTP session (huggingface_hub replaces its own after a fork)
        :param headers: sent with every request, the token not among them
        :raises BadInput: if ``base_url`` is not an http(s) URL
        """
        self.base_url = base_url.rstrip("/")
        self._origin = origin(base_url)
        self._session = session
        self._headers = {**headers, "Accept-Encoding": "gzip"}
        self._limits = limits or Limits()
        self._retrying = Retrying(self.base_url, patience=patience)

    @property
    def requests(self) -> int:
        """Return how many requests were sent."""
        return self._retrying.requests

    @property
    def retries(self) -> int:
        """Return how many of them repeated another."""
        return self._retrying.retries

    def close(self) -> None:
        """Let every thread that waits give up at once."""
        self._retrying.close()

    def is_own(self, url: str) -> bool:
        """Return whether ``url`` lies on the origin we read from."""
        try:
            return origin(url) == self._origin
        except BadInput:
            return False

    def get(
        self,
        path: str,
        *,
        query: Mapping[str, str | list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        follows: bool = True,
    ) -> Answer:
        """Return the answer to a GET of ``path`` (or of a whole URL on our origin).

        Redirects within the origin are followed if ``follows``, else handed back.

        :raises HubError: if no whole answer could be had within patience and limits
        :raises OtherOrigin: if the hub points to another origin
        """
        url = urljoin(f"{self.base_url}/", path) if "://" in path else f"{self.base_url}{path}"
        if query:
            url = str(httpx2.URL(url).copy_merge_params(dict(query)))
        for _ in range(self._limits.redirects + 1):
            if not self.is_own(url):
                raise OtherOrigin(f"{self.base_url} points to another origin; not followed")
            answer = self._retrying.run(partial(self._once, url, headers or {}))
            if not (follows and answer.status in _FOLLOWED):
                return answer
            url = pointed_to(url, answer.headers.get("location", ""))
        raise HubError(f"{self.base_url} redirects without end")

    def _once(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Read one answer whole.

        :raises Interrupted: if the connection, the time or the body broke off
        :raises TooLarge: if the body is larger than we accept
        :raises HubError: if it is in an encoding that we did not ask for
        """
        deadline = time.monotonic() + self._limits.seconds
        timeout = httpx2.Timeout(min(_READ_SECONDS, self._limits.seconds), connect=_CONNECT_SECONDS)
        try:
            with self._session().stream(
                "GET",
                url,
                headers={**self._headers, **headers},
                follow_redirects=False,
                timeout=timeout,
            ) as response:
                body = self._bounded(response, deadline)
                names = {name.lower(): value for name, value in response.headers.items()}
                return Answer(url=url, status=response.status_code, headers=names, body=body)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise Interrupted("cannot be reached") from error
        except (httpx2.TransportError, zlib.error) as error:
            raise Interrupted(f"broke off ({type(error).__name__})") from error

    def _bounded(self, response: httpx2.Response, deadline: float) -> bytes:
        body = _body(response.headers.get("content-encoding", "").strip().lower())
        parts: list[bytes] = []
        left = self._limits.body_bytes
        for chunk in response.iter_raw():
            if time.monotonic() > deadline:
                raise Interrupted(f"took longer than {self._limits.seconds:.0f} s")
            part = body.feed(chunk, left + 1)
            left -= len(part)
            if left < 0:
                raise TooLarge(
                    f"{self.base_url} sent more than {self._limits.body_bytes} bytes; not read"
                )
            parts.append(part)
        if not body.is_whole():
            raise Interrupted("sent a truncated body")
        return b"".join(parts)


class _PlainBody:
    """A body as it is; its length is checked against Content-Length by the session."""

    def feed(self, chunk: bytes, most: int) -> bytes:
        """Return at most ``most`` bytes."""
        return chunk[:most]

    def is_whole(self) -> bool:
        """Return whether nothing is missing."""
        return True


class _GzipBody:
    """Decompresses gzip, never more than asked for at once."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._is_empty = True

    def feed(self, chunk: bytes, most: int) -> bytes:
        """Return at most ``most`` decompressed bytes."""
        self._is_empty = False
        return self._stream.decompress(chunk, most)

    def is_whole(self) -> bool:
        """Return whether the stream came to its end."""
        return self._is_empty or self._stream.eof


def _body(encoding: str) -> _PlainBody | _GzipBody:
    """Return what turns raw chunks into body bytes.

    :raises HubError: if the hub uses an encoding we did not ask for
    """
    if encoding in {"", "identity"}:
        return _PlainBody()
    if encoding in {"gzip", "x-gzip"}:
        return _GzipBody()
    raise HubError(f"a hub answered in the encoding {encoding[:40]!r}, which was not asked for")
