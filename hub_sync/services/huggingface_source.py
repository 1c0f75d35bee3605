"""A Hugging Face Hub as a source of pages."""

from collections.abc import Mapping
from datetime import datetime

from hub_sync.clients.errors import OtherOrigin, PageAbsent, TooLarge
from hub_sync.clients.huggingface import HuggingFaceClient
from hub_sync.clients.waiting import Patience
from hub_sync.models import PayloadKind
from hub_sync.payloads import huggingface
from hub_sync.payloads.contents import (
    PayloadError,
    body_sha256,
    content_sha256,
    cut_items,
    read_json,
)
from hub_sync.payloads.huggingface import CARD_PATH, MERGEKIT_PATH, Repository, Texts
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

_HUB = Hub.HUGGING_FACE.value
_ITEM = PayloadKind.ITEM.value
_INFO = PayloadKind.INFO.value
_CARD = PayloadKind.CARD.value
_MERGEKIT = PayloadKind.MERGEKIT.value


class HuggingFaceSource:
    """Reads a Hugging Face Hub, or what speaks its API."""

    hub = _HUB
    batch = 20
    reads_alone = False

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
        self._client = HuggingFaceClient(
            base_url=base_url, user_agent=user_agent, token=token, patience=patience
        )
        self.base_url = self._client.transport.base_url

    @property
    def requests(self) -> int:
        """Return how many requests were sent."""
        return self._client.requests

    @property
    def retries(self) -> int:
        """Return how many of them repeated another."""
        return self._client.retries

    def listing(self, cursor: str) -> ListedPage:
        """Return one page of the listing; the cursor is the Hub's own next URL."""
        listed = self._client.models(next_url=cursor)
        items: list[Listed] = []
        refused: list[ItemRefused] = []
        for raw in cut_items(listed.body):
            try:
                external_id = huggingface.repo_id_of(read_json(raw))
                items.append(_listed(external_id, _ITEM, raw))
            except PayloadError as error:
                digest = body_sha256(raw)
                refused.append(
                    ItemRefused(
                        external_id=f"unreadable:{digest[:16]}",
                        reason=str(error),
                        payload_sha256=digest,
                    )
                )
        return ListedPage(items=tuple(items), refused=tuple(refused), next_cursor=listed.next_url)

    def fetch(self, external_id: str) -> Listed:
        """Return the answer about one repository."""
        raw = self._client.info(external_id)
        return _listed(external_id, _INFO, raw)

    def page_of(self, reference: str) -> str:
        """Return the repository that a reference names, at whatever revision."""
        kind, value = parse_reference(reference)
        if kind is not ReferenceKind.HUGGING_FACE:
            raise BadInput(f"{reference[:200]!r} is no reference to the Hub")
        return value.partition("@")[0]

    def content_sha256(self, item: Listed) -> str:
        """Return the digest of an answer without its counters."""
        return content_sha256(item.raw, hub=self.hub)

    def read(self, item: Listed, *, kept: Mapping[str, Kept], observed_at: datetime) -> Reading:
        """Return what a repository says, asking for its files and texts where they are new.

        What was read at the same commit before is not asked for again: only state, tags or the
        like have changed then.
        """
        repository = huggingface.read_repository(read_json(item.raw))
        if repository.id != item.external_id:
            raise PayloadError(f"asked for {item.external_id}, answered {repository.id}")
        if repository.private:
            return PageStanding(external_id=item.external_id, state=PageState.WITHDRAWN)
        if repository.disabled:
            return PageStanding(external_id=item.external_id, state=PageState.DISABLED)
        own = _part(item.kind, item.raw, repository.sha or "")
        if item.kind == _INFO:
            info, parts = repository, [own]
        else:
            info, info_part = self._info(repository, kept)
            if info.private:
                return PageStanding(external_id=item.external_id, state=PageState.WITHDRAWN)
            parts = [own, info_part]
        texts, text_parts = self._texts(info, kept)
        snapshot = huggingface.read_page(
            repository, info=info, texts=texts, observed_at=observed_at
        )
        return PageRead(
            external_id=item.external_id, snapshot=snapshot, parts=(*parts, *text_parts)
        )

    def signpost(self, moved: PageStanding, *, observed_at: datetime) -> ModelSnapshot:
        """Return the snapshot of a page that only says where it went."""
        return huggingface.moved_page(
            moved.external_id, moved_to=moved.moved_to, seen_at=observed_at
        )

    def close(self) -> None:
        """Let waiting threads give up."""
        self._client.close()

    def _info(self, item: Repository, kept: Mapping[str, Kept]) -> tuple[Repository, Part]:
        """Return the model info at the item's commit, from before or from the Hub.

        :raises PayloadError: if it is not understood
        """
        before = kept.get(_INFO)
        is_same = before is not None and bool(item.sha) and before.revision == item.sha
        raw = before.body if before is not None and is_same else self._client.info(item.id)
        info = huggingface.read_repository(read_json(raw))
        return info, _part(_INFO, raw, info.sha or "")

    def _texts(self, info: Repository, kept: Mapping[str, Kept]) -> tuple[Texts, list[Part]]:
        """Return the card and the merge recipe, read as anybody may read them.

        :raises HubError: if the Hub did not answer
        """
        card, has_card = self._text(info, CARD_PATH, kept.get(_CARD))
        mergekit, has_mergekit = self._text(info, MERGEKIT_PATH, kept.get(_MERGEKIT))
        before = kept.get(_CARD)
        texts = Texts(
            card=_decoded(card),
            has_card=has_card,
            older_card="" if has_card or before is None else _decoded(before.body),
            mergekit=_decoded(mergekit),
        )
        revision = info.sha or ""
        parts = []
        if has_card:
            parts.append(_text_part(_CARD, card, revision))
        if has_mergekit:
            parts.append(_text_part(_MERGEKIT, mergekit, revision))
        return texts, parts

    def _text(self, info: Repository, path: str, before: Kept | None) -> tuple[bytes, bool]:
        if path not in info.paths or not info.sha:
            return b"", False
        if before is not None and before.revision == info.sha:
            return before.body, True
        try:
            return self._client.text_file(info.id, revision=info.sha, path=path), True
        except (PageAbsent, OtherOrigin, TooLarge):  # gated, gone since, or no ordinary text
            return b"", False


def _listed(external_id: str, kind: str, raw: bytes) -> Listed:
    return Listed(external_id=external_id, kind=kind, raw=raw, body_sha256=body_sha256(raw))


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _part(kind: str, raw: bytes, revision: str) -> Part:
    return Part(
        kind=kind,
        body=raw,
        body_sha256=body_sha256(raw),
        content_sha256=content_sha256(raw, hub=_HUB),
        revision=revision,
    )


def _text_part(kind: str, raw: bytes, revision: str) -> Part:
    digest = body_sha256(raw)
    return Part(kind=kind, body=raw, body_sha256=digest, content_sha256=digest, revision=revision)
