"""What the mirror needs from a hub: its listing, its pages, and what they say.

A source asks over HTTP and reads JSON; it knows nothing of tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registry.snapshots import ModelSnapshot, PageState


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A hub's answer about one page, not read yet."""

    external_id: str
    kind: str  # PayloadKind
    raw: bytes
    body_sha256: str  # of ``raw``; taken where it arrives, beside the database's work


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A part of a page that we hold from before."""

    body: bytes
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One answer that a page's snapshot was made from."""

    kind: str  # PayloadKind
    body: bytes
    body_sha256: str
    content_sha256: str
    revision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """A page was read whole."""

    external_id: str
    snapshot: ModelSnapshot
    parts: tuple[Part, ...]  # the first is what a later answer is compared with; none: a redirect


@dataclass(frozen=True, slots=True, kw_only=True)
class PageStanding:
    """The hub says that the page cannot be read, and how it stands."""

    external_id: str
    state: PageState
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRefused:
    """An item could not be read; it goes to quarantine."""

    external_id: str
    reason: str
    payload_sha256: str = ""
    is_transient: bool = False  # the hub did not answer, rather than answered nonsense


Reading = PageRead | PageStanding | ItemRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPage:
    """One page of a listing."""

    items: tuple[Listed, ...]
    refused: tuple[ItemRefused, ...]  # items without a readable id
    next_cursor: str  # opaque; empty: the last page


class Source(Protocol):
    """One hub under one base URL. Its methods may be called from several threads."""

    hub: str
    base_url: str
    batch: int  # items of a listing stored at once: few where each costs requests of its own
    reads_alone: bool  # whether ``read`` needs nothing but the answer: then no threads

    @property
    def requests(self) -> int:
        """Return how many requests were sent."""

    @property
    def retries(self) -> int:
        """Return how many of them repeated another."""

    def listing(self, cursor: str) -> ListedPage:
        """Return one page of the listing; an empty ``cursor`` is the first.

        :raises HubError: if the hub did not answer
        :raises PayloadError: if the answer is no listing
        """

    def fetch(self, external_id: str) -> Listed:
        """Return the hub's answer about one page.

        :raises BadInput: if ``external_id`` cannot be an id of this hub
        :raises PageAbsent: if the hub says that it cannot be read under this id
        :raises HubError: if the hub did not answer
        """

    def page_of(self, reference: str) -> str:
        """Return the id of the page that a reference to this hub names; may ask the hub.

        :raises BadInput: if the reference cannot be one to this hub
        :raises PageAbsent: if the hub knows no such thing
        :raises HubError: if the hub did not answer
        """

    def content_sha256(self, item: Listed) -> str:
        """Return the digest of what matters in an answer."""

    def read(self, item: Listed, *, kept: Mapping[str, Kept], observed_at: datetime) -> Reading:
        """Return what an answer says; may ask the hub for parts that are not ``kept``.

        :raises PayloadError: if it is not understood
        :raises PageAbsent: if the hub says that the page cannot be read
        :raises HubError: if the hub did not answer
        """

    def signpost(self, moved: PageStanding, *, observed_at: datetime) -> ModelSnapshot:
        """Return the snapshot of a page that only says where it went."""

    def close(self) -> None:
        """Let waiting threads give up."""
