"""Civitai as a source of pages."""

from collections.abc import Mapping
from datetime import datetime

from hub_sync.clients.civitai import OFFICIAL_URL, CivitaiClient
from hub_sync.clients.waiting import Patience
from hub_sync.models import PayloadKind
from hub_sync.payloads import civitai
from hub_sync.payloads.contents import (
    PayloadError,
    body_sha256,
    content_sha256,
    cut_items,
    cut_members,
    read_json,
)
from hub_sync.services.sources import (
    ItemRefused,
    Kept,
    Listed,
    ListedPage,
    PageRead,
    PageStanding,
    Part,
    Reading,
)
from registry.errors import BadInput
from registry.lineage.references import ReferenceKind, parse_reference
from registry.models import Hub
from registry.snapshots import ModelSnapshot, PageState


class CivitaiSource:
    """Reads Civitai, or what speaks its REST API v1."""

    hub = Hub.CIVITAI.value
    batch = 100
    reads_alone = True

    def __init__(
        self,
        *,
        base_url: str = "",
        user_agent: str,
        token: str = "",
        patience: Patience | None = None,
    ) -> None:
        """Prepare a client.

        :raises BadInput: if ``base_url`` is not an http(s) URL
        """
        self._client = CivitaiClient(
            base_url=base_url or OFFICIAL_URL,
            user_agent=user_agent,
            token=token,
            patience=patience,
        )
        self.base_url = self._client.transport.base_url

    @property
    def requests(self) -> int:
        """Return how many requests were sent."""
        return self._client.transport.requests

    @property
    def retries(self) -> int:
        """Return how many of them repeated another."""
        return self._client.transport.retries

    def listing(self, cursor: str) -> ListedPage:
        """Return one page of the listing."""
        members = cut_members(self._client.models(cursor=cursor))
        if "items" not in members:
            raise PayloadError("Civitai's listing has no items")
        items: list[Listed] = []
        refused: list[ItemRefused] = []
        for raw in cut_items(members["items"]):
            try:
                items.append(self._listed(raw))
            except PayloadError as error:
                refused.append(_unreadable(raw, error))
        return ListedPage(
            items=tuple(items), refused=tuple(refused), next_cursor=_next_cursor(members)
        )

    def fetch(self, external_id: str) -> Listed:
        """Return the answer about one model."""
        raw = self._client.model(external_id)
        return listed(external_id, raw)

    def page_of(self, reference: str) -> str:
        """Return the model that a model or version reference names."""
        kind, value = parse_reference(reference)
        if kind is ReferenceKind.CIVITAI_MODEL:
            return value
        if kind is ReferenceKind.CIVITAI_VERSION:
            return civitai.page_of_version(read_json(self._client.version(value)))
        raise BadInput(f"{reference[:200]!r} is no reference to Civitai")

    def content_sha256(self, item: Listed) -> str:
        """Return the digest of a model object without its statistics."""
        return content_sha256(item.raw, hub=self.hub)

    def read(self, item: Listed, *, kept: Mapping[str, Kept], observed_at: datetime) -> Reading:
        """Return what a model object says."""
        _ = kept  # everything is in the one answer
        try:
            model = civitai.decode_model(item.raw)
        except civitai.PrivatePage:
            return PageStanding(external_id=item.external_id, state=PageState.WITHDRAWN)
        snapshot = civitai.read_model(model, observed_at=observed_at)
        if snapshot.hub_model_id != item.external_id:
            raise PayloadError(f"asked for {item.external_id}, answered {snapshot.hub_model_id}")
        part = Part(
            kind=item.kind,
            body=item.raw,
            body_sha256=item.body_sha256,
            content_sha256=self.content_sha256(item),
        )
        return PageRead(external_id=item.external_id, snapshot=snapshot, parts=(part,))

    def signpost(self, moved: PageStanding, *, observed_at: datetime) -> ModelSnapshot:
        """Return the snapshot of a page that only says where it went."""
        return civitai.moved_page(moved.external_id, moved_to=moved.moved_to, seen_at=observed_at)

    def close(self) -> None:
        """Let waiting threads give up."""
        self._client.close()

    def _listed(self, raw: bytes) -> Listed:
        try:
            external_id = civitai.model_id_of(raw)
        except PayloadError:  # the fast way does not clean; the slow one does
            external_id = civitai.model_id_in(read_json(raw))
        return listed(external_id, raw)


def listed(external_id: str, raw: bytes) -> Listed:
    """Return an answer about a model as it is compared and read."""
    return Listed(
        external_id=external_id,
        kind=PayloadKind.MODEL.value,
        raw=raw,
        body_sha256=body_sha256(raw),
    )


def _unreadable(raw: bytes, error: PayloadError) -> ItemRefused:
    digest = body_sha256(raw)
    return ItemRefused(
        external_id=f"unreadable:{digest[:16]}", reason=str(error), payload_sha256=digest
    )


def _next_cursor(members: Mapping[str, bytes]) -> str:
    metadata = read_json(members.get("metadata", b"{}"))
    cursor = metadata.get("nextCursor") if isinstance(metadata, dict) else None
    return "" if cursor is None else str(cursor)
