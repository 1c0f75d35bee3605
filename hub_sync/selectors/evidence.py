"""What we hold verbatim about pages, for an evidence pack (``settings.KEIFU_EVIDENCE``)."""

from collections.abc import Callable, Collection, Iterator

import zstandard

from hub_sync.models import HubPayload
from registry.selectors.evidence_shape import PayloadEvidence


def payload_evidence(*, pages: Collection[tuple[str, str]]) -> Iterator[PayloadEvidence]:
    """Yield every answer kept about ``pages`` (hub, id), in order; one query for each hub."""
    for hub in sorted({hub for hub, _ in pages}):
        ids = [name for one, name in pages if one == hub]
        rows = HubPayload.objects.filter(hub=hub, external_id__in=ids)
        for row in rows.defer("body").order_by("external_id", "kind").iterator():
            yield PayloadEvidence(
                hub=hub,
                hub_model_id=row.external_id,
                kind=row.kind,
                sha256=row.body_sha256,
                revision=row.revision,
                received_at=row.received_at,
                read=_reader(row.pk),
            )


def _reader(pk: int) -> Callable[[], bytes]:
    def read() -> bytes:
        body = HubPayload.objects.values_list("body", flat=True).get(pk=pk)
        return zstandard.decompress(bytes(body)) if body else b""

    return read
