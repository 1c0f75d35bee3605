"""What may be done with bytes, by any digest of them: words only, out of the newest epoch.

Answers name no page and nobody (house.md H12): the whole answer, with every reason, is one link
away. Looked-up digests are never logged.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from registry.fingerprints.algorithms import FULL_HEX, Algorithm
from registry.fingerprints.digest_query import DigestCandidate, parse_digest
from registry.models import RightsKind
from registry.rights.answers import RowAnswer, is_to_ask, read_row
from registry.rights.coding import NOBODY
from registry.rights.keys import MOST
from registry.selectors.listings import kind_of
from registry.selectors.pages import UnknownSubject
from registry.selectors.rights_epochs import newest_epoch
from registry.selectors.rights_lookup_shape import RENDERED_DOUBTED, RENDERED_EMPTY, rendered
from registry.selectors.rights_newer import artifacts_named_by, listed_among, rights_now
from registry.selectors.rights_snapshot import snapshot, stamp_of
from registry.selectors.rights_store import stored_codes, stored_rows

MOST_DIGESTS = 1000  # in one question
_DIGITS = "0123456789abcdef"
_MOST_NOW = 20  # bytes newer than the epoch, worked out for one question


@dataclass(frozen=True, slots=True)
class Lookup:
    """A rendered answer; ``is_of_epoch``: it holds until there is another epoch."""

    body: bytes
    epoch: int
    is_of_epoch: bool


def lookup(*, digest: str, answers_at: str) -> Lookup:
    """Return what may be done with the bytes that a digest names, rendered as ``LookupJson``.

    :param answers_at: the address below which whole answers are
    :raises UnreadableDigest: if ``digest`` is none
    :raises UnknownSubject: if nothing mirrored has it
    """
    reader = _Reader(answers_at)
    found = reader.one(digest)
    if not found.is_known:
        raise UnknownSubject(_UNKNOWN)
    return Lookup(b"{%s,%s" % (reader.stamp, found.body[1:]), reader.epoch, found.is_of_epoch)


def lookups(*, digests: Sequence[str], answers_at: str) -> Lookup:
    """Return the same for many digests in their order, rendered as ``LookupsJson``.

    :raises UnreadableDigest: if one of them is no digest
    """
    reader = _Reader(answers_at)
    found = reader.read(digests)
    results = b",".join([one.body for one in found])
    body = b'{%s,"results":[%s]}' % (reader.stamp, results)
    return Lookup(body, reader.epoch, all(one.is_of_epoch for one in found))


_UNKNOWN = (
    "No mirrored page lists a file with this digest. That says nothing about what may be done with "
    "it. Mirror more of the hubs (manage.py mirror), or ask with the page's address or name."
)


class _Named(NamedTuple):
    """The bytes that a digest could name; ``is_exact``: there is no doubt."""

    matched_by: str
    artifacts: Sequence[int]
    is_exact: bool

    def among(self, listed: Collection[int]) -> "_Named":
        """Return what of it some page lists; bytes that none does are not known."""
        artifacts = [artifact for artifact in self.artifacts if artifact in listed]
        return self._replace(artifacts=artifacts) if artifacts else _Named("", (), is_exact=False)


class _Found(NamedTuple):
    body: bytes
    is_known: bool
    is_of_epoch: bool


_NOTHING = _Named("", (), is_exact=False)
_Look = Callable[[DigestCandidate], Sequence[int]]


def _named(candidates: Sequence[DigestCandidate], look: _Look) -> _Named:
    """Return what a digest names, weighed as ``registry.selectors.listings`` does."""
    for candidate in candidates:
        if candidate.is_exact and (found := look(candidate)):
            return _Named(candidate.algorithm.value, found, is_exact=len(found) == 1)
    weak = [(one, found) for one in candidates if not one.is_exact and (found := look(one))]
    if not weak:
        return _NOTHING
    every = sorted({artifact for _, found in weak for artifact in found})
    return _Named(kind_of(weak[0][0]), every[:MOST], is_exact=False)


class _Reader:
    """Answers one question out of one epoch."""

    def __init__(self, answers_at: str) -> None:
        self.answers_at = answers_at.encode()
        self.snapshot = snapshot()
        if self.snapshot:
            self.epoch, self.stamp = self.snapshot.epoch, self.snapshot.stamp
        else:
            newest = newest_epoch()
            self.epoch = newest.pk if newest else 0
            self.stamp = stamp_of(self.epoch, newest.computed_at.isoformat() if newest else "")

    def one(self, digest: str) -> _Found:
        """Return one digest's answer.

        :raises UnreadableDigest: if it is none
        """
        return self._whole(digest) or self.read([digest])[0]

    def read(self, digests: Sequence[str]) -> list[_Found]:
        """Return every digest's answer.

        :raises UnreadableDigest: if one of them is no digest
        """
        found = [self._whole(digest) for digest in digests]
        rest = [at for at, one in enumerate(found) if one is None]
        asked = {at: parse_digest(digests[at]).candidates for at in rest}
        mapped = {at: self._mapped(digests[at], asked[at]) for at in rest}
        still = [at for at, one in mapped.items() if one is None]
        told = self._newer([(digests[at], asked[at]) for at in still]) if still else []
        newer = dict(zip(still, told, strict=True))
        return [one or mapped[at] or newer[at] for at, one in enumerate(found)]

    def _whole(self, digest: str) -> _Found | None:
        """Answer for 64 digits out of the files, if they name bytes: the most frequent question."""
        held = self.snapshot
        if held is None or len(digest) != FULL_HEX or digest.strip(_DIGITS):
            return None
        for algorithm in (Algorithm.SHA256, Algorithm.BLAKE3):
            found = held.keys.named_whole(algorithm, digest)
            if found:
                named = _Named(algorithm.value, found, is_exact=len(found) == 1)
                return self._exact(digest, named) if named.is_exact else None
        return None

    def _mapped(self, digest: str, candidates: Sequence[DigestCandidate]) -> _Found | None:
        """Return an answer out of the files; nothing if they do not have it."""
        held = self.snapshot
        if held is None:
            return None
        named = _named(candidates, held.keys.artifacts)
        if not named.is_exact:
            are_listed = all(held.code(artifact) != NOBODY for artifact in named.artifacts)
            is_told = bool(named.artifacts) and are_listed
            return self._candidates(digest, named, is_mapped=True) if is_told else None
        return self._exact(digest, named)

    def _exact(self, digest: str, named: _Named) -> _Found | None:
        held = self.snapshot
        if held is None:
            return None
        code = held.code(named.artifacts[0])
        if code == NOBODY:
            return None
        body = held.json.get(code)
        if body is None:
            row = held.rows[code]
            if row is None:
                return None
            body = held.json[code] = rendered(row)
        return _Found(self._begun(digest, named, b"epoch") + body, True, True)

    def _newer(self, asked: Sequence[tuple[str, Sequence[DigestCandidate]]]) -> list[_Found]:
        """Return answers out of the tables."""
        known = artifacts_named_by({one for _, candidates in asked for one in candidates})
        names = [_named(candidates, lambda one: known[one]) for _, candidates in asked]
        named = {artifact for one in names for artifact in one.artifacts}
        codes = stored_codes(kind=RightsKind.ARTIFACT, numbers=named)
        listed = codes.keys() | listed_among(named - codes.keys())
        names = [one.among(listed) for one in names]
        rows = stored_rows(codes=codes.values())
        told = {code: read_row(row) for code, row in rows.items() if not is_to_ask(row)}
        stored = {pk: told[code] for pk, code in codes.items() if code in told}
        exact = {one.artifacts[0] for one in names if one.is_exact}
        now = rights_now(sorted(exact - stored.keys())[:_MOST_NOW])
        return [
            self._late(digest, named, stored, now)
            for (digest, _), named in zip(asked, names, strict=True)
        ]

    def _late(
        self,
        digest: str,
        named: _Named,
        stored: Mapping[int, RowAnswer],
        now: Mapping[int, RowAnswer],
    ) -> _Found:
        if not named.artifacts:
            return _Found(self._begun(digest, _NOTHING, b"") + RENDERED_EMPTY, False, False)
        if not named.is_exact:
            return self._candidates(digest, named, is_mapped=False)
        pk = named.artifacts[0]
        if pk in stored:
            return _Found(self._begun(digest, named, b"epoch") + rendered(stored[pk]), True, True)
        if pk in now:
            return _Found(self._begun(digest, named, b"now") + rendered(now[pk]), True, False)
        return _Found(self._begun(digest, named, b"") + RENDERED_EMPTY, True, False)

    def _candidates(self, digest: str, named: _Named, *, is_mapped: bool) -> _Found:
        """Return the answer where nobody knows which bytes are meant: unclear."""
        begun = self._begun(digest, named, b"epoch" if is_mapped else b"now")
        return _Found(begun + RENDERED_DOUBTED, True, is_mapped)

    def _begun(self, digest: str, named: _Named, computed: bytes) -> bytes:
        text = "".join(digest.lower().split()).encode()  # nothing in a digest needs escaping
        return (
            b'{"digest":"%s","found":%s,"exact":%s,"matched_by":"%s","candidates":%d,'
            b'"computed":"%s","answer":"%s%s/",'
        ) % (
            text,
            b"true" if named.artifacts else b"false",
            b"true" if named.is_exact else b"false",
            named.matched_by.encode(),
            len(named.artifacts),
            computed,
            self.answers_at,
            text,
        )
