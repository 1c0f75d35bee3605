"""Where a file of a hub may be read: which hosts, at which addresses, over which redirects.

A hub answers a download with a redirect to its storage, and its own data name URLs: neither may
lead us into the operator's network. So a host has to be one of the hub's (below), every address
its name resolves to has to be a public one, and the connection is made to the address that was
looked at, never to the name a second time.

Sources: facts/huggingface.md section 1 (``resolve/`` redirects to another origin) and
facts/civitai.md section 1 (``downloadUrl``); the storage hosts as their clients list them
(civitai/civitai issue #2113). Address blocks: IANA special-purpose registries, RFC 6890, RFC 6598
(carrier-grade NAT), RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4380 (Teredo).
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

from hub_sync.clients.errors import HubRefused
from hub_sync.clients.transport import origin

Resolve = Callable[[str, int], Sequence[str]]

_HTTPS_PORT = 443
_CIVITAI_STORAGE = (
    "civitai-delivery-worker-prod.5ac0637cfd0766c97916cefa3764fbdf.r2.cloudflarestorage.com"
)
_NOT_PUBLIC_V4 = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
)
_PUBLIC_V6 = IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = (
    IPv6Network("2001::/23"),  # protocol assignments, Teredo among them
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("2002::/16"),  # 6to4: holds an IPv4 address
    IPv6Network("3fff::/20"),  # documentation
)


class RefusedHost(HubRefused):
    """A URL or a redirect leads to where no file of this hub is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """The hosts that serve one hub's files: whole names, and domains with everything below."""

    names: frozenset[str] = frozenset()
    domains: tuple[str, ...] = ()

    def has(self, host: str) -> bool:
        """Return whether ``host`` (lower case) is one of them."""
        return host in self.names or any(
            host == domain or host.endswith(f".{domain}") for domain in self.domains
        )


HOSTS = {
    "civitai": Hosts(names=frozenset({_CIVITAI_STORAGE}), domains=("civitai.com", "civitai.red")),
    "huggingface": Hosts(domains=("huggingface.co", "hf.co")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hops:
    """The rules of one hub's downloads.

    ``own``: the origin of a base URL that the operator gave; it alone may be a loopback address
    and speak http.
    """

    hosts: Hosts
    own: tuple[str, str, int] | None = None

    def is_own(self, url: str) -> bool:
        """Return whether ``url`` lies on the origin that the operator gave."""
        return self.own is not None and origin(url) == self.own

    def check(self, url: str) -> None:
        """Refuse a URL that is none of the hub's.

        :raises RefusedHost: if it is another host's, not https, on an odd port or with a password
        :raises BadInput: if it is no URL
        """
        scheme, host, port = origin(url)
        if self.is_own(url):
            return
        parts = urlsplit(url)
        if scheme != "https" or port != _HTTPS_PORT or parts.username is not None:
            raise RefusedHost(f"{_shown(url)} is not plain https; not followed")
        if not self.hosts.has(host):
            raise RefusedHost(f"{_shown(url)} is no host of this hub's files; not followed")


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, in the order to try them.

    :raises OSError: if it has none
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


def public_addresses(host: str, addresses: Sequence[str]) -> list[str]:
    """Return ``addresses`` if every one is public.

    One that is not spoils them all: a name that points into a private network is no hub's.

    :raises RefusedHost: if one is private, loopback, link-local, shared, multicast, reserved, or
        an IPv6 address that stands for an IPv4 one
    """
    for address in addresses:
        if not is_public(address):
            raise RefusedHost(f"{host[:253]} resolves to {address}, which is not public; refused")
    return list(addresses)


def is_public(text: str) -> bool:
    """Return whether an IP address is one of a public host."""
    try:
        address = ip_address(text)
    except ValueError:  # with a zone, say
        return False
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    return address in _PUBLIC_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


def _shown(url: str) -> str:
    """Return a URL's origin: its path and query may hold a signature."""
    scheme, host, port = origin(url)
    return f"{scheme}://{host[:253]}:{port}"
