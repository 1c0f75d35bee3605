"""Answer "may I?" about anything that can be named: the one function every interface calls."""

from datetime import datetime

from registry.fingerprints.digests import FileDigests
from registry.licensing.profile import NOBODY, Profile
from registry.licensing.terms import Permission
from registry.selectors.answer_shape import Answer, LineageJson
from registry.selectors.combined import check_listing
from registry.selectors.subjects import (
    Subject,
    subject_of,
    subject_of_digest,
    subject_of_file,
)
from registry.selectors.told import Asked, Told, read_together


def answer(
    *,
    what: str,
    use: Permission | None = None,
    as_of: datetime | None = None,
    profile: Profile = NOBODY,
) -> Answer:
    """Return what the registry knows about ``what``; with ``use``, about that permission only.

    With ``as_of``, what it knew at that moment, under the texts in force then; with ``profile``,
    for the one who asks: his figures, his place, his copy.

    ``what`` is a digest, a page or download URL, ``civitai:ID``, a Hugging Face repository id,
    ``sample:SLUG`` or a name. A path on disk is hashed by the command before it gets here.

    :raises UnreadableQuestion: if ``what`` has none of these forms
    :raises UnknownSubject: if nothing mirrored matches it
    :raises NotKnownYet: if what matches it was first read after ``as_of``
    """
    subject = subject_of(what, as_of=as_of)
    asked = Asked(use=use, as_of=as_of, profile=profile)
    return tell(query=what, subject=subject, asked=asked).answer


def answer_for_digest(
    *,
    digest: str,
    use: Permission | None = None,
    as_of: datetime | None = None,
    profile: Profile = NOBODY,
) -> Answer:
    """Return what the registry knows about the bytes that ``digest`` names or could name.

    :raises UnreadableDigest: if ``digest`` is none
    :raises UnknownSubject: if no mirrored page lists such bytes
    """
    subject = subject_of_digest(digest, as_of=as_of)
    asked = Asked(use=use, as_of=as_of, profile=profile)
    return tell(query=digest, subject=subject, asked=asked).answer


def answer_for_file(
    *,
    name: str,
    digests: FileDigests,
    use: Permission | None = None,
    as_of: datetime | None = None,
    profile: Profile = NOBODY,
) -> Answer:
    """Return what the registry knows about a file on disk that is called ``name``.

    Where its SHA-256 is unknown, what shares a weaker digest with it is answered as candidates.

    :raises UnknownSubject: if no digest of the file is known
    """
    subject = subject_of_file(digests, as_of=as_of)
    asked = Asked(use=use, as_of=as_of, profile=profile)
    return tell(query=name, subject=subject, asked=asked).answer


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


def tell(*, query: str, subject: Subject, asked: Asked) -> Told:
    """Return the answer about a subject with everything it was worked out from.

    ``subject`` has to be of the moment asked about.

    :raises UnknownListing: if the asker's copy is from none of the listings
    """
    told = read_together(subjects=[subject], asked=asked).tell(query=query, subject=subject)
    check_listing(told.judged, obtained_from=asked.profile.obtained_from)
    return told
