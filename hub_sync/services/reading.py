"""Turn answers about pages into rows: skip what is unchanged, read the rest, store it at once."""

import logging
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import msgspec
from django.utils import timezone

from hub_sync.clients.errors import HubError, PageAbsent
from hub_sync.models import PayloadKind
from hub_sync.selectors.payloads import kept_payloads, unlike_kept
from hub_sync.services.helper import Helper, HelperGone
from hub_sync.services.rendering import rendered
from hub_sync.services.sources import (
    ItemRefused,
    Kept,
    Listed,
    PageStanding,
    Reading,
    Rendered,
    Source,
)
from registry.errors import BadInput
from registry.selectors.interventions import erased_subjects

_LOG = logging.getLogger(__name__)
THREADS = 4  # towards one hub; all of them keep its pauses together
_HUB_IS_DOWN_AFTER = 3  # items of one batch that all failed for want of an answer
_PARTS = {
    PayloadKind.ITEM.value: (
        PayloadKind.INFO.value,
        PayloadKind.CARD.value,
        PayloadKind.MERGEKIT.value,
    ),
    PayloadKind.INFO.value: (PayloadKind.CARD.value, PayloadKind.MERGEKIT.value),
    PayloadKind.MODEL.value: (),
}

_T = TypeVar("_T")


class _Request(msgspec.Struct, array_like=True, gc=False):
    items: Sequence[Listed]
    observed_at: datetime


_REQUEST = msgspec.msgpack.Decoder(_Request)
_ANSWER = msgspec.msgpack.Decoder(list[Rendered])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads answers of one hub with a few threads; the database is left to the caller's."""

    source: Source
    pool: ThreadPoolExecutor
    rereads: bool = False  # read also what has not changed
    helper: Helper | None = None  # renders items in a second process

    def in_turn(
        self, names: Sequence[str], ask: Callable[[str], _T], *, alone: bool = False
    ) -> list[_T | PageStanding | ItemRefused]:
        """Return what ``ask`` gives for each name; a failure is a fact about that name.

        :param alone: it asks the hub nothing, so threads would only cost time
        :raises HubError: if the hub answers nothing at all
        """

        def guarded(name: str) -> _T | PageStanding | ItemRefused:
            try:
                return ask(name)
            except PageAbsent as absent:
                return PageStanding(external_id=name, state=absent.state, moved_to=absent.moved_to)
            except HubError as error:
                return ItemRefused(external_id=name, reason=str(error), is_transient=True)
            except BadInput as error:
                return ItemRefused(external_id=name, reason=str(error))
            except Exception as error:  # noqa: BLE001 - a fault of ours costs one item, no listing
                _LOG.exception("reading %s:%s", self.source.hub, name)
                return ItemRefused(external_id=name, reason=f"our reader failed: {error!r}")

        found = list(map(guarded, names) if alone else self.pool.map(guarded, names))
        unanswered = [one for one in found if isinstance(one, ItemRefused) and one.is_transient]
        if len(unanswered) == len(found) >= _HUB_IS_DOWN_AFTER:
            raise HubError(unanswered[0].reason)
        return found

    def changed(self, items: Sequence[Listed]) -> list[Listed]:
        """Return the items whose answer is not the one their page stands as; each page once."""
        latest = {item.external_id: item for item in items}
        if self.rereads or not latest:
            return list(latest.values())
        unlike = unlike_kept(
            hub=self.source.hub,
            kind=items[0].kind,
            digests={name: item.body_sha256 for name, item in latest.items()},
        )
        return [
            item
            for name, item in latest.items()
            if name in unlike and not self._says_the_same(item, unlike[name])
        ]

    def _says_the_same(self, item: Listed, kept_content: str) -> bool:
        return bool(kept_content) and self.source.content_sha256(item) == kept_content

    def erased(self, external_ids: Collection[str]) -> set[str]:
        """Return those pages that were erased here: neither asked for nor stored."""
        hub = self.source.hub
        subjects = erased_subjects(subjects=[f"{hub}:{name}" for name in external_ids])
        return {subject.partition(":")[2] for subject in subjects}

    def read(self, items: Sequence[Listed], *, observed_at: datetime) -> list[Reading]:
        """Return what changed items say, asking the hub for the parts that are missing.

        :raises HubError: if the hub answers nothing at all
        """
        if not items:
            return []
        by_id = {item.external_id: item for item in items}
        kinds = () if self.rereads else _PARTS[items[0].kind]
        kept = kept_payloads(hub=self.source.hub, kinds=kinds, external_ids=list(by_id))

        def read_one(name: str) -> Reading:
            parts = {
                kind: Kept(body=part.body, revision=part.revision)
                for kind, part in kept.get(name, {}).items()
            }
            return self.source.read(by_id[name], kept=parts, observed_at=observed_at)

        found = self.in_turn(list(by_id), read_one, alone=self.source.reads_alone)
        return [_with_digest(reading, by_id) for reading in found]

    def render(self, items: Sequence[Listed], *, observed_at: datetime) -> list[Rendered]:
        """Return what changed items say as rows.

        :raises HubError: if the hub answers nothing at all
        """
        readings = self.read(items, observed_at=observed_at)
        return rendered(readings, hub=self.source.hub, received_at=observed_at)

    def render_beside(self, items: Sequence[Listed], *, observed_at: datetime) -> list[Rendered]:
        """Do what ``render`` does in the second process, if there is one."""
        if self.helper is not None:
            try:
                request = msgspec.msgpack.encode(_Request(items, observed_at))
                return _ANSWER.decode(self.helper.ask(request))
            except HelperGone:
                _LOG.warning("the second process of the mirror has ended; it goes on in this one")
        return self.render(items, observed_at=observed_at)

    def answer(self, request: bytearray) -> bytes:
        """Render what another process asks for."""
        asked = _REQUEST.decode(request)
        return msgspec.msgpack.encode(self.render(asked.items, observed_at=asked.observed_at))


def _with_digest(reading: Reading, items: Mapping[str, Listed]) -> Reading:
    if not isinstance(reading, ItemRefused) or reading.is_transient:
        return reading
    return ItemRefused(
        external_id=reading.external_id,
        reason=reading.reason,
        payload_sha256=items[reading.external_id].body_sha256,
    )


@contextmanager
def reader_of(source: Source, *, rereads: bool = False, many: bool = False) -> Iterator[Reader]:
    """Open a reader; an interrupt ends its waiting threads at once.

    :param many: most pages will have to be read: worth a second process, where a core is left
    """
    pool = ThreadPoolExecutor(THREADS + 1, thread_name_prefix=f"mirror-{source.hub}")
    reader = Reader(source=source, pool=pool, rereads=rereads)
    helper = None
    if many and source.reads_alone and (os.cpu_count() or 1) > 1:
        helper = Helper(reader.answer)  # before there are threads
        reader = replace(reader, helper=helper)
    try:
        yield reader
    finally:
        source.close()
        pool.shutdown(wait=True, cancel_futures=True)
        if helper is not None:
            helper.close()


def now() -> datetime:
    """Return the time of observation."""
    return timezone.now()
