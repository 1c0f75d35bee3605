"""Which bytes a digest could name, and where they are listed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from registry.fingerprints.algorithms import Algorithm
from registry.fingerprints.digest_query import DigestCandidate
from registry.models import Artifact, ArtifactDigest, Hub, ModelFile, ModelVersion
from registry.selectors.as_of import known

MAX_CANDIDATES = 50  # artifacts; a value of AutoV1 may stand for a thousand files


class Bytes(NamedTuple):
    """One row of ``Artifact``."""

    pk: int
    sha256: str


class Listed(NamedTuple):
    """One version of one page, found by the bytes ``sha256`` it lists (empty: by its page).

    ``version`` is 0 for a page that shows no version.
    """

    page: int
    version: int
    sha256: str = ""
    filename: str = ""  # as this version calls the bytes
    file_kind: str = ""  # the hub's word: Model, VAE, Config, ...


@dataclass(frozen=True, slots=True)
class Match:
    """The bytes that a digest could name; ``is_exact``: there is no doubt."""

    matched_by: str
    artifacts: tuple[Bytes, ...]
    is_exact: bool
    has_more: bool = False


def bytes_named_by(candidates: Sequence[DigestCandidate]) -> Match | None:
    """Return the artifacts that a digest could name, by SHA-256; nothing if none is known.

    A whole SHA-256 or BLAKE3 names bytes. A match of any other kind, or two artifacts under one
    BLAKE3 (one listing errs), leaves candidates; so does a digest of tensors, which names what is
    in a file.
    """
    for candidate in candidates:
        if candidate.is_exact and (found := _artifacts_of(candidate)):
            return Match(candidate.algorithm.value, tuple(found), is_exact=len(found) == 1)
    weak = [(one, _artifacts_of(one)) for one in candidates if not one.is_exact]
    matching = [(one, found) for one, found in weak if found]
    if not matching:
        return None
    every = sorted({row for _, found in matching for row in found}, key=lambda row: row.sha256)
    return Match(
        kind_of(matching[0][0]),
        tuple(every[:MAX_CANDIDATES]),
        is_exact=False,
        has_more=len(every) > MAX_CANDIDATES,
    )


def kind_of(candidate: DigestCandidate) -> str:
    """Return what a match by a candidate is called."""
    is_bare_prefix = candidate.is_prefix and candidate.algorithm is Algorithm.SHA256
    return "sha256_prefix" if is_bare_prefix else candidate.algorithm.value


def _artifacts_of(candidate: DigestCandidate) -> list[Bytes]:
    some = slice(MAX_CANDIDATES + 1)
    if candidate.algorithm is Algorithm.SHA256 or candidate.is_prefix:
        rows = Artifact.objects.filter(sha256__startswith=candidate.value).order_by("sha256")
        return [Bytes._make(row) for row in rows.values_list("pk", "sha256")[some]]
    digests = ArtifactDigest.objects.filter(
        value=candidate.value, algorithm=candidate.algorithm.value
    ).order_by("artifact__sha256")
    return [Bytes._make(row) for row in digests.values_list("artifact", "artifact__sha256")[some]]


def first_listed_at(artifacts: Iterable[Bytes]) -> datetime | None:
    """Return when a version that lists bytes was first read; nothing if none does."""
    pks = [row.pk for row in artifacts]
    listing = ModelVersion.objects.filter(files__artifact__in=pks).order_by("first_seen_at")
    return listing.values_list("first_seen_at", flat=True).first()


def listings_of(artifacts: Iterable[Bytes], *, as_of: datetime | None = None) -> tuple[Listed, ...]:
    """Return where bytes are listed, the earliest publication first, sample pages last.

    Of a Hugging Face page only the newest revision that lists the bytes counts.
    """
    rows = (
        ModelFile.objects.filter(
            known(as_of, "version__first_seen_at"), artifact__in=[row.pk for row in artifacts]
        )
        .order_by("version__hub_model", "-version__first_seen_at", "-version", "pk")
        .values_list(
            "version__hub_model__pk",
            "version_id",
            "artifact__sha256",
            "version__hub_model__hub",
            "version__published_at",
            "filename",
            "kind",
        )
    )
    listed: dict[tuple[int, int, str], tuple[tuple[object, ...], Listed]] = {}
    newest: dict[tuple[int, str], int] = {}
    for page, version, sha256, hub, published_at, filename, kind in rows:
        is_older = newest.setdefault((page, sha256), version) != version
        if hub == Hub.HUGGING_FACE and is_older:
            continue
        published = published_at.timestamp() if published_at else float("inf")
        place = (hub == Hub.SAMPLE, published, page, version, sha256)
        row = Listed(page, version, sha256, filename, kind)
        listed.setdefault((page, version, sha256), (place, row))
    return tuple(row for _, row in sorted(listed.values(), key=lambda pair: pair[0]))
