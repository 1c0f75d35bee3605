"""Look-ups that the newest epoch's files do not answer: out of the tables, through their indexes.

Two queries for any number of digests. What no epoch knows yet is worked out by the object engine,
for a few at once.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.db import connection

from registry.fingerprints.digests import Algorithm, DigestCandidate
from registry.licensing.terms import Permission, Word
from registry.lineage.relations import Coverage
from registry.models import Artifact
from registry.rights.answers import RowAnswer, Said
from registry.rights.keys import MOST
from registry.rights.layout import Duty
from registry.selectors.answer_shape import Answer
from registry.selectors.answers import answer_for_digest
from registry.selectors.pages import UnknownSubject

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


def rights_now(artifacts: Collection[int]) -> Mapping[int, RowAnswer]:
    """Return what the object engine says of those of ``artifacts`` that some page lists."""
    digests = dict(Artifact.objects.filter(pk__in=artifacts).values_list("pk", "sha256"))
    found = {}
    for pk, sha256 in digests.items():
        try:
            found[pk] = _told(answer_for_digest(digest=f"sha256:{sha256}"))
        except UnknownSubject:
            continue  # bytes whose listings are gone
    return found


def _told(answer: Answer) -> RowAnswer:
    listings = answer["listings"]
    return RowAnswer(
        rights={
            Permission(name): Said(Word(one["word"]), Word(one["best"]), Word(one["worst"]))
            for name, one in answer["combined"].items()
        },
        coverage=Coverage(answer["lineage_coverage"]),
        uses=tuple(sorted({use["tag"] for row in listings for use in row["use_restrictions"]})),
        duties=tuple(
            sorted(
                {Duty(duty["duty"], duty["value"]) for row in listings for duty in row["duties"]}
            )
        ),
        is_cyclic=False,
        listings_disagree=any(n["code"] == "listings_disagree" for n in answer["notices"]),
    )
