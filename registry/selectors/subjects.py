"""What is WHAT? Read a question and find the listings it is about.

Looked-up digests are never logged (house.md H12): nothing here logs, and no error repeats one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from registry.errors import BadInput
from registry.fingerprints.algorithms import Algorithm
from registry.fingerprints.digest_query import (
    ALIASES,
    DigestCandidate,
    UnreadableDigest,
    parse_digest,
)
from registry.fingerprints.digests import FileDigests
from registry.lineage.addresses import LONGEST_ADDRESS, reference_of
from registry.lineage.references import (
    Reference,
    ReferenceKind,
    UnreadableReference,
    parse_reference,
)
from registry.models import Hub, HubModel
from registry.selectors.answer_shape import CandidateJson, NoticeJson
from registry.selectors.digest_notices import ONLY_CANDIDATES, OTHER_BYTES, why_inexact
from registry.selectors.listings import (
    Bytes,
    Listed,
    Match,
    bytes_named_by,
    first_listed_at,
    listings_of,
)
from registry.selectors.pages import (
    HUB_OF,
    NotKnownYet,
    UnknownSubject,
    not_known_then,
    page_of,
    version_of,
    versions_of,
)
from registry.selectors.search import search_pages

FORMS = (
    "a digest (SHA-256, AutoV2, AutoV1, AutoV3, BLAKE3, CRC32, tensors:..., canonical-f16:..., "
    "canonical-bf16:...), a Civitai page or download URL or civitai:ID, a Hugging Face repository "
    "id or URL, sample:SLUG, or a model's name"
)
MAX_LISTED = 50  # listings answered at once
MAX_NAMED = 20  # pages suggested for a name
_NAMED_DIGEST = re.compile(rf"\s*({'|'.join([*Algorithm, *ALIASES])})\s*:", re.IGNORECASE)
# Of a file whose bytes nobody lists: what tells most about it comes first.
_WEAKER = (
    *(Algorithm.TENSORS, Algorithm.AUTOV3, Algorithm.CANONICAL_F16, Algorithm.CANONICAL_BF16),
    *(Algorithm.BLAKE3, Algorithm.AUTOV1, Algorithm.CRC32),
)

_ADDRESSED = re.compile(
    r"\s*(civitai|civitai-version|huggingface|sample)\s*:|https?://|"
    r"(www\.)?(civitai\.(com|red)|huggingface\.co|hf\.co)/",
    re.IGNORECASE,
)


class UnreadableQuestion(BadInput):
    """What was asked has none of the forms we read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a question is about.

    ``is_bytes``: the listings list the same bytes, or bytes that could be the asker's; otherwise
    they are versions of one page.
    """

    matched_by: str
    is_exact: bool
    is_bytes: bool = False
    artifacts: tuple[Bytes, ...] = ()
    listed: tuple[Listed, ...] = ()
    candidates: tuple[CandidateJson, ...] = ()
    notices: tuple[NoticeJson, ...] = ()


def subject_of(what: str, *, as_of: datetime | None = None) -> Subject:
    """Return what ``what`` names: bytes, a page, a version, or candidates for a name.

    A text that could be a digest is looked up as one first, then as anything else.

    :raises UnreadableQuestion: if ``what`` has none of the forms in ``FORMS``
    :raises UnknownSubject: if nothing mirrored matches it
    :raises NotKnownYet: if what matches it was first read after ``as_of``
    """
    text = _readable(what)
    candidates = _as_digest(text)
    match = bytes_named_by(candidates) if candidates else None
    if match is not None:
        return _bytes_matched(match, as_of)
    if any(candidate.is_exact for candidate in candidates) or _NAMED_DIGEST.match(text):
        raise UnknownSubject(_UNKNOWN_DIGEST)
    return _named(_reference(text), as_of)


def subject_of_page(page: str, *, as_of: datetime | None = None) -> Subject:
    """Return what a stored reference to a page names; an erased one is called by its alias.

    :raises UnknownSubject: if it is not mirrored
    :raises NotKnownYet: if it was first read after ``as_of``
    """
    return _named(parse_reference(page), as_of)


def subject_of_digest(digest: str, *, as_of: datetime | None = None) -> Subject:
    """Return where the bytes that a digest names, or could name, are listed.

    :raises UnreadableDigest: if ``digest`` is none
    :raises UnknownSubject: if no mirrored page lists such bytes
    :raises NotKnownYet: if the first to list them was read after ``as_of``
    """
    match = bytes_named_by(parse_digest(digest).candidates)
    if match is None:
        raise UnknownSubject(_UNKNOWN_DIGEST)
    return _bytes_matched(match, as_of)


def subject_of_file(digests: FileDigests, *, as_of: datetime | None = None) -> Subject:
    """Return where a file's bytes are listed, or what resembles them where they are not.

    The same tensors in another file (digests of tensors, AutoV3), or a weaker digest, leave
    candidates.

    :raises UnknownSubject: if no digest of the file is known
    """
    match = _listed_match(parse_digest(digests.sha256).candidates[:1])
    if match is not None:
        return _bytes_matched(match, as_of)
    for algorithm in _WEAKER:
        value = digests.values.get(algorithm)
        weak = [DigestCandidate(algorithm=algorithm, value=value)] if value else []
        match = _listed_match(weak)
        if match is not None:
            subject = _bytes_matched(match, as_of)
            others = [one for one in subject.notices if one["code"] != ONLY_CANDIDATES]
            return replace(subject, notices=(*others, OTHER_BYTES))
    raise UnknownSubject(_UNKNOWN_DIGEST)


def _listed_match(candidates: Sequence[DigestCandidate]) -> Match | None:
    """Return the bytes that a digest could name, if any page ever listed one of them."""
    match = bytes_named_by(candidates)
    return match if match is not None and first_listed_at(match.artifacts) else None


_UNKNOWN_DIGEST = (
    "No mirrored page lists a file with this digest. That says nothing about what may be done with "
    "it. Mirror more of the hubs (manage.py mirror), or ask with the page's address or name."
)


def _readable(what: str) -> str:
    text = what.strip()
    if not text or "\x00" in text:
        raise UnreadableQuestion(f"Ask about {FORMS}.")
    if len(text) > LONGEST_ADDRESS:
        raise UnreadableQuestion(f"That is too long. Ask about {FORMS}.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UnreadableQuestion(f"That is not text in UTF-8. Ask about {FORMS}.") from error
    return text


def _as_digest(text: str) -> tuple[DigestCandidate, ...]:
    try:
        return parse_digest(text).candidates
    except UnreadableDigest as error:
        if _NAMED_DIGEST.match(text):
            raise UnreadableQuestion(str(error)) from error
        return ()


def _bytes_matched(match: Match, as_of: datetime | None) -> Subject:
    listed = listings_of(match.artifacts, as_of=as_of)
    if not listed and as_of and (first := first_listed_at(match.artifacts)):
        raise NotKnownYet(not_known_then(first, "file"))
    if not listed:
        raise UnknownSubject(_UNKNOWN_DIGEST)
    notices: list[NoticeJson] = []
    if not match.is_exact:
        notices.append(why_inexact(match.matched_by))
    if match.has_more:
        text = f"More than {len(match.artifacts)} files share this digest; not all are shown."
        notices.append({"code": "more_candidates", "text": text})
    return Subject(
        matched_by=match.matched_by,
        is_exact=match.is_exact,
        is_bytes=True,
        artifacts=match.artifacts,
        listed=listed,
        notices=tuple(notices),
    )


def _reference(text: str) -> Reference:
    try:
        reference = reference_of(text)
    except UnreadableReference as error:
        raise UnreadableQuestion(f"Ask about {FORMS}.") from error
    if reference.kind is ReferenceKind.NAME and _ADDRESSED.match(text):
        raise UnreadableQuestion(f"{text!r} names no page we can look up. Ask about {FORMS}.")
    return reference


def _named(reference: Reference, as_of: datetime | None) -> Subject:
    if reference.kind is ReferenceKind.CIVITAI_VERSION:
        version = version_of(hub=Hub.CIVITAI, hub_version_id=reference.value, as_of=as_of)
        return Subject(
            matched_by=reference.kind.value,
            is_exact=True,
            listed=(Listed(version.hub_model_id, version.pk),),
        )
    if reference.kind in HUB_OF:
        return _page_named(reference, as_of)
    return _pages_resembling(reference.value, as_of)


def _page_named(reference: Reference, as_of: datetime | None) -> Subject:
    hub = HUB_OF[reference.kind]
    name, _, revision = reference.value.partition("@")
    found = page_of(hub=hub, hub_model_id=name, as_of=as_of)
    subject = Subject(matched_by=reference.kind.value, is_exact=True)
    if revision:
        version = version_of(hub=hub, hub_version_id=revision, page=found.page, as_of=as_of)
        listed: tuple[Listed, ...] = (Listed(found.page.pk, version.pk),)
    else:
        listed = _current_versions(found.page, as_of)
    return replace(subject, listed=listed, notices=_moved(found.page, found.moved_from))


def _current_versions(page: HubModel, as_of: datetime | None) -> tuple[Listed, ...]:
    """Return all versions of a page, the newest first; of a Hugging Face page the newest."""
    versions = versions_of(page, as_of=as_of).values_list("pk", flat=True)
    pks = list(versions[:1] if page.hub == Hub.HUGGING_FACE else versions)
    return tuple(Listed(page.pk, pk) for pk in pks) or (Listed(page.pk, 0),)


def _moved(page: HubModel, moved_from: str) -> tuple[NoticeJson, ...]:
    if not moved_from:
        return ()
    text = f"{moved_from} was renamed; the answer is for {page.hub_model_id}, where it is now."
    return ({"code": "renamed", "text": text},)


def _pages_resembling(name: str, as_of: datetime | None) -> Subject:
    found = search_pages(query=name, limit=MAX_NAMED).pages
    pages = [page for page in found if as_of is None or page.first_seen_at <= as_of]
    if found and not pages:
        raise NotKnownYet(f"Nothing was known then that is named like {name!r}.")
    if not pages:
        raise UnknownSubject(
            f"Nothing mirrored is named like {name!r}. Ask about {FORMS}, or mirror more of the "
            "hubs: manage.py mirror"
        )
    text = "A name identifies nothing: choose a page below and ask for it."
    return Subject(
        matched_by="name",
        is_exact=False,
        candidates=tuple(_candidate(page) for page in pages),
        notices=({"code": "name_only", "text": text},),
    )


def _candidate(page: HubModel) -> CandidateJson:
    return {
        "kind": "page",
        "sha256": "",
        "hub": page.hub,
        "model_id": page.hub_model_id,
        "name": page.name,
        "author": page.author,
        "model_type": page.model_type,
        "url": page.url,
        "ask": f"{page.hub}:{page.hub_model_id}",
    }
