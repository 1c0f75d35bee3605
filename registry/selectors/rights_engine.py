"""What the object engine says of models and bytes, in the form in which rights are stored."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from registry.licensing.verdict import assess
from registry.models import Hub
from registry.rights.answers import RowAnswer, answer_of
from registry.rights.listings import combined_answer
from registry.selectors.lineage import Book, book_of
from registry.selectors.rights import key_of
from registry.selectors.statements import Key
from registry.selectors.subjects import MAX_LISTED, Subject


class Told(NamedTuple):
    """The engine's answer about one version or page.

    ``is_cut_short``: its lineage is larger than what is read for one question.
    """

    answer: RowAnswer
    is_official: bool  # the page of an original publisher
    is_sample: bool
    is_cut_short: bool


def told_of(keys: Collection[Key]) -> Mapping[Key, Told]:
    """Return the answers about versions and pages, each over its whole lineage."""
    subjects = list(dict.fromkeys(keys))
    book = book_of(subjects=subjects)
    if book.is_cut_short and len(subjects) > 1:  # too large together, perhaps not one by one
        half = len(subjects) // 2
        return {**told_of(subjects[:half]), **told_of(subjects[half:])}
    return {key: _told(book, key) for key in subjects}


def _told(book: Book, key: Key) -> Told:
    lineage = book.lineage_of(key)
    is_cyclic = any(edge.parent == lineage.subject for edge in lineage.edges)
    page, _ = book.place_of(lineage.subject)
    return Told(
        answer=answer_of(assess(lineage), is_cyclic=is_cyclic),
        is_official=lineage.nodes[lineage.subject].is_official_base,
        is_sample=page is not None and page.hub == Hub.SAMPLE,
        is_cut_short=book.is_cut_short,
    )


def keys_of(subject: Subject) -> Sequence[Key]:
    """Return the listings of bytes that are answered at once."""
    return [key_of(row) for row in subject.listed[:MAX_LISTED]]


def told_of_bytes(subject: Subject, known: Mapping[Key, Told]) -> RowAnswer:
    """Return one answer about bytes out of those about their listings (``keys_of``)."""
    told = [known[key] for key in keys_of(subject)]
    elsewhere = [one for one in told if not one.is_sample] or told
    rows = [(one.answer, one.is_official) for one in elsewhere]
    return combined_answer(rows, has_more=len(subject.listed) > len(told))
