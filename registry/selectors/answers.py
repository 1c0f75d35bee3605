"""Answer "may I?" about anything that can be named: the one function every interface calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from registry.fingerprints.digests import FileDigests
from registry.licensing.terms import Permission
from registry.lineage.coverage import weakest
from registry.lineage.references import ReferenceKind
from registry.models import Hub
from registry.selectors.answer_shape import Answer, CandidateJson, LineageJson, NoticeJson
from registry.selectors.claims import iso_time
from registry.selectors.combined import combined_rights
from registry.selectors.depictions import may_depict_somebody, not_covered
from registry.selectors.lineage import Book, book_of
from registry.selectors.listings import Bytes, Listed
from registry.selectors.node_ids import WITHHELD
from registry.selectors.rights import Judged, judge, key_of, rights_json
from registry.selectors.standing import standing_of
from registry.selectors.subjects import (
    MAX_LISTED,
    Subject,
    subject_of,
    subject_of_digest,
    subject_of_file,
)
from registry.snapshots import PageState

_NO_CONTACT = "The operator of this registry has given no address (KEIFU_CONTACT)."
_AS_OF = (
    "As known on {:%Y-%m-%d at %H:%M} UTC: later readings of the hubs do not count. Names and "
    "kinds of pages are as they are now; the texts in force then are read by today's catalogue."
)
_WHOLE_MODELS = ("", "Model", "Pruned Model")
_PART = (
    "A page lists these bytes as a part (a VAE, a configuration ...), not as its model. What it "
    "declares is about the model; the part may come from somebody else, under terms of its own."
)
_STATES = {
    PageState.ARCHIVED: "archived by its author",
    PageState.TAKEN_DOWN: "taken down by the hub",
    PageState.DISABLED: "disabled by the hub",
    PageState.WITHDRAWN: "no longer public",
    PageState.GONE: "no longer there",
    PageState.RENAMED: "renamed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer, and the rows it was worked out from."""

    answer: Answer
    book: Book


def answer(*, what: str, use: Permission | None = None, as_of: datetime | None = None) -> Answer:
    """Return what the registry knows about ``what``; with ``use``, about that permission only.

    With ``as_of``, what it knew at that moment, under the texts in force then.

    ``what`` is a digest, a page or download URL, ``civitai:ID``, a Hugging Face repository id,
    ``sample:SLUG`` or a name. A path on disk is hashed by the command before it gets here.

    :raises UnreadableQuestion: if ``what`` has none of these forms
    :raises UnknownSubject: if nothing mirrored matches it
    :raises NotKnownYet: if what matches it was first read after ``as_of``
    """
    return _answer(query=what, subject=subject_of(what, as_of=as_of), use=use, as_of=as_of)


def answer_for_digest(
    *, digest: str, use: Permission | None = None, as_of: datetime | None = None
) -> Answer:
    """Return what the registry knows about the bytes that ``digest`` names or could name.

    :raises UnreadableDigest: if ``digest`` is none
    :raises UnknownSubject: if no mirrored page lists such bytes
    """
    subject = subject_of_digest(digest, as_of=as_of)
    return _answer(query=digest, subject=subject, use=use, as_of=as_of)


def answer_for_file(
    *,
    name: str,
    digests: FileDigests,
    use: Permission | None = None,
    as_of: datetime | None = None,
) -> Answer:
    """Return what the registry knows about a file on disk that is called ``name``.

    Where its SHA-256 is unknown, what shares a weaker digest with it is answered as candidates.

    :raises UnknownSubject: if no digest of the file is known
    """
    subject = subject_of_file(digests, as_of=as_of)
    return _answer(query=name, subject=subject, use=use, as_of=as_of)


def lineage_json(*, what: str, as_of: datetime | None = None) -> LineageJson:
    """Return the part of ``answer`` that tells what ``what`` was made from.

    :raises UnreadableQuestion: if ``what`` has none of the forms we read
    :raises UnknownSubject: if nothing mirrored matches it
    """
    told = answer(what=what, as_of=as_of)
    return {
        "query": what,
        "as_of": told["as_of"],
        "listings": [
            {
                "hub": row["hub"],
                "model_id": row["model_id"],
                "version_id": row["version_id"],
                "state": row["state"],
                "lineage_coverage": row["lineage_coverage"],
                "lineage": row["lineage"],
                "open_edges": row["open_edges"],
                "ancestors": row["ancestors"],
            }
            for row in told["listings"]
        ],
        "notices": told["notices"],
    }


def _answer(
    *, query: str, subject: Subject, use: Permission | None, as_of: datetime | None
) -> Answer:
    return tell(query=query, subject=subject, use=use, as_of=as_of).answer


def tell(
    *,
    query: str,
    subject: Subject,
    use: Permission | None = None,
    as_of: datetime | None = None,
) -> Told:
    """Return the answer about a subject with everything it was worked out from.

    ``subject`` has to be of the same moment.
    """
    listed = subject.listed[:MAX_LISTED]
    bytes_standing = standing_of(
        subjects={_named(row) for row in listed if row.sha256}, as_of=as_of
    )
    book = book_of(
        subjects=[key_of(row) for row in listed],
        hidden=[key_of(row) for row in listed if _named(row) in bytes_standing.withheld],
        hide_flagged=not subject.is_exact,
        as_of=as_of,
    )
    judged = [
        judge(book=book, listed=row, use=use, is_disputed=_named(row) in bytes_standing.disputed)
        for row in listed
    ]
    combined = combined_rights(subject=subject, judged=judged)
    told: Answer = {
        "query": query,
        "as_of": iso_time(as_of) if as_of else "",
        "matched_by": subject.matched_by,
        "exact": subject.is_exact,
        "use": use.value if use else "",
        "listings": [row.json for row in judged],
        "combined": rights_json(combined.rights, use, only_binding=True),
        "lineage_coverage": weakest([row.verdict.coverage for row in judged]).value,
        "candidates": [*subject.candidates, *_candidates(subject, judged)],
        "notices": [
            *_public(subject.notices, judged),
            *_notices(subject, judged, book, combined.note),
        ],
        "not_covered": not_covered(may_depict=any(may_depict_somebody(row.page) for row in judged)),
        "contact": settings.KEIFU_CONTACT or _NO_CONTACT,
    }
    return Told(answer=told, book=book)


def _public(notices: Sequence[NoticeJson], judged: Sequence[Judged]) -> list[NoticeJson]:
    """Return notices; of a page that is not shown without where it moved."""
    is_hidden = any(row.json["state"] == WITHHELD for row in judged)
    return [one for one in notices if not (is_hidden and one["code"] == "renamed")]


def _named(listed: Listed) -> str:
    """Return how operators name the bytes of a listing."""
    return f"{ReferenceKind.SHA256.value}:{listed.sha256}"


def _candidates(subject: Subject, judged: Sequence[Judged]) -> list[CandidateJson]:
    """Return the bytes a weak digest could name, each with the page that lists it first."""
    if subject.is_exact:
        return []
    shown = [row for row in judged if row.json["state"] != WITHHELD]
    first = {row.listed.sha256: row for row in reversed(shown)}
    return [_candidate(row, first[row.sha256]) for row in subject.artifacts if row.sha256 in first]


def _candidate(artifact: Bytes, judged: Judged) -> CandidateJson:
    return {
        "kind": "artifact",
        "sha256": artifact.sha256,
        "hub": judged.page.hub,
        "model_id": judged.page.hub_model_id,
        "name": judged.page.name,
        "author": judged.page.author,
        "model_type": judged.page.model_type,
        "url": judged.page.url,
        "ask": artifact.sha256,
    }


def _notices(subject: Subject, judged: Sequence[Judged], book: Book, note: str) -> list[NoticeJson]:
    said = {
        "as_of": book.family.as_of and _AS_OF.format(book.family.as_of),
        "listings_disagree": note,
        "sample_catalogue": any(row.page.hub == Hub.SAMPLE for row in judged)
        and "A page of the built-in sample catalogue: facts written by this project, some of them "
        "fictional and marked so. It stands for no hub.",
        "withheld": any(row.json["state"] == WITHHELD for row in judged)
        and "A page is not shown here; its terms count all the same.",
        "disputed": any(row.json["disputed"] for row in judged)
        and "Somebody disputes what is said here; an operator has marked it.",
        "not_listed": _vanished(judged),
        "part_of_a_model": subject.is_bytes and any(map(_is_part, judged)) and _PART,
        "several_versions": not subject.is_bytes
        and len(judged) > 1
        and "This page has several versions, which may come from different parents. What holds "
        "for all of them is under combined; ask for one version for a firmer answer.",
        "listings_cut": len(subject.listed) > len(judged)
        and f"Only {len(judged)} of {len(subject.listed)} listings are answered here.",
        "lineage_cut": book.is_cut_short
        and "The lineage is larger than what is read for one answer; the rest counts as unknown.",
    }
    return [{"code": code, "text": text} for code, text in said.items() if text]


def _is_part(judged: Judged) -> bool:
    """Return whether the bytes are listed beside a model, as its VAE, configuration or the like."""
    kind = judged.listed.file_kind
    return kind not in {*_WHOLE_MODELS, judged.page.model_type}


def _vanished(judged: Sequence[Judged]) -> str:
    shown = [row.page for row in judged if row.json["state"] != WITHHELD]
    states = {str(page): _STATES.get(PageState(page.state)) for page in shown}
    said = [f"{page} is {state}" for page, state in states.items() if state]
    return f"{'; '.join(said)}. What was seen before is kept." if said else ""
