"""The words about many pages at once: what ``answers.answer`` says of each, read together."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from registry.selectors.combined import combined_rights
from registry.selectors.lineage import Book, book_of
from registry.selectors.rights import judge, key_of
from registry.selectors.subjects import MAX_LISTED, Subject, subject_of_page


def words_of(*, pages: Sequence[str], as_of: datetime | None = None) -> list[Mapping[str, str]]:
    """Return the word for each permission, for each of ``pages``, which are references.

    Pages whose ancestors together are more than one answer reads are asked about apart.

    :raises UnknownSubject: if one is not mirrored
    :raises NotKnownYet: if one was first read after ``as_of``
    """
    subjects = [subject_of_page(page, as_of=as_of) for page in pages]
    listed = [row for subject in subjects for row in subject.listed[:MAX_LISTED]]
    book = book_of(subjects=[key_of(row) for row in listed], as_of=as_of)
    if book.is_cut_short and len(pages) > 1:
        half = len(pages) // 2
        return [
            *words_of(pages=pages[:half], as_of=as_of),
            *words_of(pages=pages[half:], as_of=as_of),
        ]
    return [_words(book, subject) for subject in subjects]


def _words(book: Book, subject: Subject) -> Mapping[str, str]:
    judged = [judge(book=book, listed=row, use=None) for row in subject.listed[:MAX_LISTED]]
    rights = combined_rights(subject=subject, judged=judged).rights
    return {permission.value: right.word.value for permission, right in rights.items()}
