"""Look-ups that the newest epoch's files do not answer: out of the tables, through their indexes.

Two queries for any number of digests. What no epoch knows yet is worked out by the object engine,
for a few at once.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.db import connection

from registry.fingerprints.algorithms import Algorithm
from registry.fingerprints.digest_query import DigestCandidate
from registry.models import Artifact, ModelFile
from registry.rights.answers import RowAnswer
from registry.rights.keys import MOST
from registry.selectors.pages import UnknownSubject
from registry.selectors.rights_engine import keys_of, told_of, told_of_bytes
from registry.selectors.subjects import subject_of_digest

# "g" follows every hexadecimal digit: the range holds what begins with the value, or is the value.
_BY_BEGINNING = """
SELECT asked.value, found.id
FROM unnest(%(values)s::text[]) asked(value) CROSS JOIN LATERAL (
    SELECT a.id FROM registry_artifact a
    WHERE a.sha256 >= asked.value COLLATE "C" AND a.sha256 < asked.value || 'g' COLLATE "C"
    ORDER BY a.sha256 LIMIT %(most)s
) found
"""
_BY_DIGEST = """
SELECT asked.algorithm, asked.value, found.artifact_id
FROM unnest(%(algorithms)s::text[], %(values)s::text[]) asked(algorithm, value)
CROSS JOIN LATERAL (
    SELECT d.artifact_id FROM registry_artifactdigest d
    WHERE d.value = asked.value COLLATE "C" AND d.algorithm = asked.algorithm
    ORDER BY d.artifact_id LIMIT %(most)s
) found
"""


_BEGINNING = "beginning"


def artifacts_named_by(
    candidates: Collection[DigestCandidate],
) -> Mapping[DigestCandidate, Sequence[int]]:
    """Return the primary keys of the bytes that each candidate could name, ``MOST`` at most."""
    values = [c.value for c in candidates if _is_beginning(c)]
    others = [(c.algorithm.value, c.value) for c in candidates if not _is_beginning(c)]
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        if values:
            cursor.execute(_BY_BEGINNING, {"values": values, "most": MOST})
            for value, pk in cursor.fetchall():
                found[_BEGINNING, value].append(pk)
        if others:
            algorithms, values = (list(column) for column in zip(*others, strict=True))
            cursor.execute(_BY_DIGEST, {"algorithms": algorithms, "values": values, "most": MOST})
            for algorithm, value, pk in cursor.fetchall():
                found[algorithm, value].append(pk)
    kinds = {c: _BEGINNING if _is_beginning(c) else c.algorithm.value for c in candidates}
    return {c: sorted(set(found[kind, c.value])) for c, kind in kinds.items()}


def _is_beginning(candidate: DigestCandidate) -> bool:
    return candidate.is_prefix or candidate.algorithm is Algorithm.SHA256


def listed_among(artifacts: Collection[int]) -> frozenset[int]:
    """Return those of ``artifacts`` that some page lists."""
    if not artifacts:
        return frozenset()
    files = ModelFile.objects.filter(artifact__in=artifacts).order_by("artifact")
    return frozenset(files.values_list("artifact", flat=True).distinct())


def rights_now(artifacts: Collection[int]) -> Mapping[int, RowAnswer]:
    """Return what the object engine says of those of ``artifacts`` that some page lists."""
    digests = dict(Artifact.objects.filter(pk__in=artifacts).values_list("pk", "sha256"))
    found = {}
    for pk, sha256 in digests.items():
        try:
            subject = subject_of_digest(f"sha256:{sha256}")
        except UnknownSubject:
            continue  # bytes whose listings are gone
        found[pk] = told_of_bytes(subject, told_of(keys_of(subject)))
    return found
