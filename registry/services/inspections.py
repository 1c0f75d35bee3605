"""Keep what was read of headers: the reading, the header itself, and what it says of parents."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import zstandard
from django.db import transaction
from django.utils import timezone

from registry.inspection.disclosure import public_claims, public_findings
from registry.inspection.inspected import READER_VERSION, Inspected
from registry.inspection.report import tensors_json
from registry.lineage.parents import ParentClaim
from registry.models import HeaderInspection, HeaderStatement
from registry.selectors.aliases import Aliases, stored_aliases
from registry.selectors.interventions import erased_subjects
from registry.services import audit
from registry.services.fetch_requests import Lease, finish_request
from registry.services.header_edges import spread_header_edges
from registry.services.locks import Lock, hold


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderRead:
    """One request fulfilled: what was found, and the bytes it rests on."""

    lease: Lease
    inspected: Inspected
    header: bytes
    hub: str
    bytes_read: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What one call kept."""

    inspections: int = 0
    edges: int = 0


@transaction.atomic
def store_headers(*, read: Sequence[HeaderRead], by: str) -> Stored:
    """Keep what was read of headers, and let the pages that list the files state it.

    A reading whose lease has ended, or of bytes that were erased meanwhile, is dropped.

    :param by: the actor, e.g. ``job:inspect``
    """
    hold(Lock.MIRRORED_TABLES)
    subjects = {f"sha256:{one.lease.sha256}" for one in read}
    erased = erased_subjects(subjects=subjects)
    kept = [
        one
        for one in read
        if finish_request(one.lease) and f"sha256:{one.lease.sha256}" not in erased
    ]
    if not kept:
        return Stored()
    hidden = _Hidden.among([one.inspected for one in kept])
    for one in kept:
        _keep(one, hidden)
    edges = spread_header_edges(
        artifacts={one.lease.artifact for one in kept}, seen_at=timezone.now()
    )
    audit.record(
        event="headers.inspected",
        actor=by,
        target=",".join(sorted({one.hub for one in kept})),
        files=len(kept),
        edges=edges,
    )
    return Stored(inspections=len(kept), edges=edges)


def _keep(one: HeaderRead, hidden: "_Hidden") -> None:
    metadata = one.inspected.facts.metadata
    findings = public_findings(one.inspected.findings, metadata=metadata)
    values = {
        "hub": one.hub,
        "file_format": one.inspected.facts.format.value,
        "kind": one.inspected.architecture.kind,
        "family": one.inspected.architecture.family,
        "role": one.inspected.architecture.role,
        "tensors": tensors_json(one.inspected),
        "claims": public_claims(metadata),
        "findings": [{"code": f.code, "because": f.because} for f in findings],
        "has_complete_recipe": one.inspected.recipe.complete,
        "header_sha256": hashlib.sha256(one.header).hexdigest(),
        "header": zstandard.compress(one.header),
        "bytes_read": one.bytes_read,
    }
    row, _ = HeaderInspection.objects.update_or_create(
        artifact_id=one.lease.artifact,
        reader_version=READER_VERSION,
        defaults=values,
        create_defaults={**values, "read_at": timezone.now()},  # known since it was first read
    )
    HeaderStatement.objects.filter(inspection=row).delete()
    recipe = one.inspected.recipe
    told = [("", claim) for claim in recipe.edges]
    told += [(ancestor.child_ref, ancestor.claim) for ancestor in recipe.ancestry]
    HeaderStatement.objects.bulk_create(
        [hidden.statement(row, child_ref, claim) for child_ref, claim in told],
        ignore_conflicts=True,
    )


@dataclass(frozen=True, slots=True)
class _Hidden:
    """References that were erased, and how they are spelt since."""

    aliases: Aliases | None
    references: Collection[str]

    @classmethod
    def among(cls, inspected: Sequence[Inspected]) -> "_Hidden":
        """Return what must not be spelt out of what some headers name."""
        recipes = [one.recipe for one in inspected]
        named = {claim.parent_ref for recipe in recipes for claim in recipe.edges}
        told = [ancestor for recipe in recipes for ancestor in recipe.ancestry]
        named |= {one.claim.parent_ref for one in told} | {one.child_ref for one in told}
        return cls(stored_aliases(), erased_subjects(subjects=named))

    def statement(
        self, row: HeaderInspection, child_ref: str, claim: ParentClaim
    ) -> HeaderStatement:
        """Return the row of one statement; what it names may have been erased."""
        is_hidden = claim.parent_ref in self.references
        return HeaderStatement(
            inspection=row,
            child_ref=self._spelt(child_ref),
            parent_ref=self._spelt(claim.parent_ref),
            relation=claim.relation.value,
            evidence=claim.evidence.value,
            grade=claim.grade.value,
            weight=claim.weight,
            detail="" if is_hidden else claim.detail,
            source="" if is_hidden else claim.source,
        )

    def _spelt(self, reference: str) -> str:
        if self.aliases is None or reference not in self.references:
            return reference
        return self.aliases.of_reference(reference)
