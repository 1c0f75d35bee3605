"""Work out answers about subjects that are read together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from registry.licensing.combined import Combined
from registry.licensing.profile import NOBODY, Profile
from registry.licensing.terms import Permission
from registry.lineage.coverage import weakest
from registry.lineage.references import ReferenceKind
from registry.selectors.answer_notices import candidates_of, notices_on, shown_notices
from registry.selectors.answer_shape import Answer
from registry.selectors.asker import asker_notices, fields_said
from registry.selectors.claims import iso_time
from registry.selectors.combined import combined_rights
from registry.selectors.depictions import may_depict_somebody, not_covered
from registry.selectors.lineage import Book, book_of
from registry.selectors.listings import Listed
from registry.selectors.rights import Judged, judge, key_of, rights_json
from registry.selectors.standing import Standing, standing_of
from registry.selectors.subjects import MAX_LISTED, Subject

_NO_CONTACT = "The operator of this registry has given no address (KEIFU_CONTACT)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a question is asked: about which use, of which moment, by whom."""

    use: Permission | None = None
    as_of: datetime | None = None
    profile: Profile = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer, and what it was worked out from."""

    answer: Answer
    book: Book
    judged: Sequence[Judged] = ()
    combined: Combined


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known above some subjects, and how operators stand to their bytes."""

    book: Book
    bytes_standing: Standing
    asked: Asked

    def tell(self, *, query: str, subject: Subject) -> Told:
        """Return the answer about one of the subjects that were read."""
        asked = self.asked
        judged = [self._judge(row) for row in subject.listed[:MAX_LISTED]]
        combined = combined_rights(
            subject=subject, judged=judged, obtained_from=asked.profile.obtained_from
        )
        told: Answer = {
            "query": query,
            "as_of": iso_time(asked.as_of) if asked.as_of else "",
            "matched_by": subject.matched_by,
            "exact": subject.is_exact,
            "use": asked.use.value if asked.use else "",
            "profile": fields_said(asked.profile),
            "listings": [row.json for row in judged],
            "combined": rights_json(combined.rights, asked.use, only_binding=True),
            "lineage_coverage": weakest([row.verdict.coverage for row in judged]).value,
            "candidates": [*subject.candidates, *candidates_of(subject, judged)],
            "notices": [
                *shown_notices(subject.notices, judged),
                *notices_on(subject, judged, self.book, combined.note),
                *asker_notices(asked.profile),
            ],
            "not_covered": not_covered(may_depict=depicts_any(judged)),
            "contact": contact(),
        }
        return Told(answer=told, book=self.book, judged=judged, combined=combined)

    def _judge(self, row: Listed) -> Judged:
        return judge(
            book=self.book,
            listed=row,
            use=self.asked.use,
            is_disputed=_named(row) in self.bytes_standing.disputed,
            profile=self.asked.profile,
        )


def read_together(*, subjects: Sequence[Subject], asked: Asked) -> Reading:
    """Return what is known above all of ``subjects``, which have to be of the moment asked about.

    A node is called the same in the answer about each of them.
    """
    listed = [row for subject in subjects for row in subject.listed[:MAX_LISTED]]
    standing = standing_of(
        subjects={_named(row) for row in listed if row.sha256}, as_of=asked.as_of
    )
    book = book_of(
        subjects=list(dict.fromkeys(key_of(row) for row in listed)),
        hidden=[key_of(row) for row in listed if _named(row) in standing.withheld],
        unlisted=[
            key_of(row)
            for subject in subjects
            if not subject.is_exact
            for row in subject.listed[:MAX_LISTED]
        ],
        as_of=asked.as_of,
        obtained_on=asked.profile.obtained_on,
    )
    return Reading(book=book, bytes_standing=standing, asked=asked)


def contact() -> str:
    """Return whom to write to."""
    return settings.KEIFU_CONTACT or _NO_CONTACT


def depicts_any(judged: Sequence[Judged]) -> bool:
    """Return whether some page may depict a person or a character."""
    return any(may_depict_somebody(row.page) for row in judged)


def _named(listed: Listed) -> str:
    """Return how operators name the bytes of a listing."""
    return f"{ReferenceKind.SHA256.value}:{listed.sha256}"
