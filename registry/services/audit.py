"""Write the audit log (house.md H9)."""

import secrets
from collections.abc import Mapping

from cryptography.fernet import Fernet
from django.utils import timezone

from registry.models import AuditEvent, AuditText, SubjectKey
from registry.selectors.audit import FIRST_HASH, SALT_BYTES, Detail, chained_hash, commitment
from registry.services.locks import Lock, hold


def record(
    *,
    event: str,
    actor: str,
    target: str,
    personal: Mapping[str, str] | None = None,
    **details: Detail,
) -> AuditEvent:
    """Append one event; call it inside the transaction it describes.

    The log waits for the transaction that wrote the event before, so the chain never forks.

    :param event: dotted past-tense name, e.g. ``pages.mirrored``
    :param actor: stable label of a person or a job, e.g. ``user:alice`` or ``job:mirror``
    :param target: what it was done to, spelt without anybody's name
    :param personal: text that names or describes people; kept under the target's own key
    :param details: plain values that name nobody
    """
    hold(Lock.AUDIT_CHAIN)
    salts = {field: secrets.token_bytes(SALT_BYTES) for field in personal or {}}
    row = AuditEvent(
        event=event,
        actor=actor,
        target=target,
        details=details,
        commitments={
            field: commitment(salts[field], text) for field, text in (personal or {}).items()
        },
        occurred_at=timezone.now(),
        previous_hash=AuditEvent.objects.order_by("-pk").values_list("hash", flat=True).first()
        or FIRST_HASH,
    )
    row.hash = chained_hash(row)
    row.save(force_insert=True)
    for field, text in (personal or {}).items():
        AuditText.objects.create(
            event=row,
            subject=target,
            field=field,
            ciphertext=_key_of(target).encrypt(salts[field] + text.encode()),
        )
    return row


def forget(*, subject: str) -> None:
    """Destroy the key of ``subject``: its personal text is lost for good, the chain stands."""
    SubjectKey.objects.filter(subject=subject).delete()


def _key_of(subject: str) -> Fernet:
    row, _ = SubjectKey.objects.get_or_create(
        subject=subject, defaults={"key": Fernet.generate_key()}
    )
    return Fernet(bytes(row.key))
