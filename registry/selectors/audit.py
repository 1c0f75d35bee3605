"""Read the audit log and check its chain (house.md H9)."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken

from registry.errors import Conflict
from registry.models import AuditEvent, AuditText, SubjectKey

FIRST_HASH = "0" * 64
SALT_BYTES = 32

# No floats: PostgreSQL's jsonb may give one back spelt otherwise, and the hash would not match.
Detail = str | int | bool | None | Sequence["Detail"] | Mapping[str, "Detail"]


class BrokenChain(Conflict):
    """An event of the audit log is not what was written, or one is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What a check of the whole log saw."""

    events: int
    head: str  # hash of the newest event; note it elsewhere to notice a cut-off end
    texts_read: int
    texts_destroyed: int  # their subject's key is gone


def chained_hash(row: AuditEvent) -> str:
    """Return the SHA-256 of the event and of the hash before it, in canonical JSON."""
    canonical = json.dumps(
        {
            "event": row.event,
            "actor": row.actor,
            "target": row.target,
            "details": row.details,
            "commitments": row.commitments,
            "occurred_at": row.occurred_at.isoformat(),
            "previous_hash": row.previous_hash,
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def commitment(salt: bytes, text: str) -> str:
    """Return what the chain holds in place of a personal text.

    The salt is as secret as the text: without it a short text could be guessed.
    """
    return hashlib.sha256(salt + text.encode()).hexdigest()


def verify_chain(*, noted_head: str = "") -> ChainReport:
    """Check every event's hash, its link to the one before and every readable personal text.

    :param noted_head: a head seen earlier, which must still be part of the chain
    :raises BrokenChain: naming the first event that does not fit
    """
    events, previous, noted = 0, FIRST_HASH, not noted_head
    for row in AuditEvent.objects.order_by("pk").iterator(chunk_size=2000):
        if row.previous_hash != previous or row.hash != chained_hash(row):
            raise BrokenChain(f"Event {row.pk} of the audit log does not follow the one before it.")
        events, previous = events + 1, row.hash
        noted = noted or previous == noted_head
    if not noted:
        raise BrokenChain(f"No event of the audit log has the hash {noted_head}.")
    read, destroyed = _verify_texts()
    return ChainReport(events=events, head=previous, texts_read=read, texts_destroyed=destroyed)


def read_texts(*, event: AuditEvent) -> Mapping[str, str]:
    """Return the personal texts of ``event`` that can still be read, by field."""
    keys = _keys()
    texts = ((text.field, _opened(text, keys)) for text in event.texts.order_by("pk"))
    return {field: opened[1] for field, opened in texts if opened is not None}


def _verify_texts() -> tuple[int, int]:
    """Check the readable texts against their commitments; count the read and the destroyed."""
    keys, read, destroyed = _keys(), 0, 0
    for text in _texts():
        opened = _opened(text, keys)
        if opened is None:
            destroyed += 1
            continue
        if commitment(*opened) != text.event.commitments.get(text.field):
            raise BrokenChain(f"A text of event {text.event_id} is not what was committed to.")
        read += 1
    return read, destroyed


def _texts() -> Iterator[AuditText]:
    return AuditText.objects.select_related("event").order_by("pk").iterator(chunk_size=2000)


def _keys() -> Mapping[str, bytes]:
    return {key.subject: bytes(key.key) for key in SubjectKey.objects.order_by("pk")}


def _opened(text: AuditText, keys: Mapping[str, bytes]) -> tuple[bytes, str] | None:
    """Return salt and text, or nothing where the key it was written under is gone."""
    key = keys.get(text.subject)
    if key is None:
        return None
    try:
        opened = Fernet(key).decrypt(bytes(text.ciphertext))
    except InvalidToken:  # the key was destroyed, and another made since
        return None
    return opened[:SALT_BYTES], opened[SALT_BYTES:].decode()
