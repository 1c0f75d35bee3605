"""What the mirror needs from a hub: its listing, its pages, and what they say.

A source asks over HTTP and reads JSON; it knows nothing of tables. What it hands over holds no
cycles and comes by the thousand, so the garbage collector is spared it (``gc=False``).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from registry.services.ingest import PageRows
from registry.snapshots import ModelSnapshot, PageState


class Listed(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """A hub's answer about one page, not read yet."""

    external_id: str
    kind: str  # PayloadKind
    raw: bytes
    body_sha256: str  # of ``raw``; taken where it arrives, beside the database's work


class Kept(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part of a page that we hold from before."""

    body: bytes
    revision: str


class Part(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One answer that a page's snapshot was made from."""

    kind: str  # PayloadKind
    body: bytes  # as it came
    body_sha256: str
    content_sha256: str
    revision: str = ""


class PageRead(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A page was read whole."""

    external_id: str
    snapshot: ModelSnapshot
    parts: tuple[Part, ...]  # the first is what a later answer is compared with; none: a redirect


class AnswerRow(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """An answer as COPY takes it (``hub_sync.services.rendering``)."""

    kind: str
    row: bytes  # all but the body, which is its last column
    body: bytes  # as it came, compressed


class PageReady(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=True, gc=False):
    """A page was read whole, and its rows are rendered."""

    external_id: str
    rows: PageRows
    answers: tuple[AnswerRow, ...]  # the first is what a later answer is compared with
    body_sha256: str  # of the first answer; empty: a redirect


class PageStanding(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=True, gc=False):
    """The hub says that the page cannot be read, and how it stands."""

    external_id: str
    state: PageState
    moved_to: str = ""


class ItemRefused(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=True, gc=False):
    """An item could not be read; it goes to quarantine."""

    external_id: str
    reason: str
    payload_sha256: str = ""
    is_transient: bool = False  # the hub did not answer, rather than answered nonsense


Reading = PageRead | PageStanding | ItemRefused
Rendered = PageReady | PageStanding | ItemRefused


class ListedPage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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
