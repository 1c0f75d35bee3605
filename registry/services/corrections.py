"""What a moderator or an author states about a page's licence, beside what the page says (H5).

A correction is one more claim: nothing of the page's is edited, an answer shows both, and the
verdict of any earlier day can still be asked for. How it weighs (rules L6 and L12):

* A moderator's is evidence E2. Where it gives the address of the text it rests on, that text beats
  the page's tags, as an entry of our index of official releases does: they are shown as overruled
  and bind nothing. Without an address it stands beside them, and all of them apply. Flags are
  never overruled; beside the index' own text both apply.
* An author's is a declaration like the page's tag, E3: it applies beside what the page says, so it
  can restrict and never widen.

The latest correction of each kind stands. Taking it back ends every one of that kind; what stood
before it on the page stands as before.
"""

from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from registry.errors import BadInput, Conflict, NotFound
from registry.licensing.identify import identify_claim
from registry.lineage.references import ReferenceKind, parse_reference
from registry.lineage.relations import Grade
from registry.models import HubModel, LicenseClaim
from registry.models.claims import CORRECTING
from registry.services import audit
from registry.services.aliases import needed_aliases
from registry.services.interventions import NoReason, check_actor, is_text
from registry.services.locks import Lock, hold
from registry.snapshots import ClaimSource

LONGEST_REASON = 2000  # characters
LONGEST_URL = 2000
GRADES = {ClaimSource.MODERATOR: Grade.TEXT_LINKED, ClaimSource.AUTHOR: Grade.TAG}


class NotACorrection(BadInput):
    """A statement about a licence that nobody can read, or by nobody who corrects."""


class NotAPage(BadInput):
    """Licences are stated of pages; the subject is none."""


class UnknownPage(NotFound):
    """The page is not mirrored."""


class AlreadyStated(Conflict):
    """The same correction stands already."""


class NothingToWithdraw(NotFound):
    """No such correction stands."""


@transaction.atomic
def correct(
    *, subject: str, declared: str, kind: ClaimSource, reason: str, evidence_url: str = "", by: str
) -> LicenseClaim:
    """State a page's licence as a moderator or on behalf of its author.

    :param subject: a page's reference, from ``registry.services.interventions.subject_of``
    :param declared: a catalogue id, another name the catalogue knows, or an SPDX expression
    :param reason: why; shown with every answer, so it names nobody who need not be named
    :param evidence_url: where the text stands
    :raises NotACorrection: if ``kind`` does not correct, or the licence, the reason or the address
        is none that can be stored
    :raises NoReason: if ``reason`` is empty
    :raises UnfitWords: if the audit log cannot hold ``by``
    :raises NotAPage: if ``subject`` is not a page
    :raises UnknownPage: if the page is not mirrored
    :raises AlreadyStated: if the same stands already
    """
    _check_kind(kind)
    _check_words(declared, reason, evidence_url)
    check_actor(by)
    hold(Lock.MIRRORED_TABLES)
    page = _page(subject)
    said = {"declared": [declared], "source_url": evidence_url, "reason": reason.strip()}
    latest = _standing(page, kind).last()
    if latest is not None and all(getattr(latest, key) == value for key, value in said.items()):
        raise AlreadyStated(f"{subject}: the same stands since {latest.seen_at:%Y-%m-%d}.")
    claim = LicenseClaim.objects.create(
        hub_model=page,
        source=kind.value,
        grade=GRADES[kind].value,
        seen_at=timezone.now(),
        **said,
    )
    audit.record(
        event="claim.corrected",
        actor=by,
        target=needed_aliases().of_reference(subject),
        personal={"subject": subject, "reason": reason},
        kind=kind.value,
        declared=declared,
    )
    return claim


@transaction.atomic
def withdraw(*, subject: str, kind: ClaimSource, reason: str, by: str) -> LicenseClaim:
    """Take a page's corrections of one kind back; return the one that stood.

    :raises NotACorrection: if ``kind`` does not correct
    :raises NoReason: if ``reason`` is empty
    :raises UnfitWords: if the audit log cannot hold ``by``
    :raises NotAPage: if ``subject`` is not a page
    :raises UnknownPage: if the page is not mirrored
    :raises NothingToWithdraw: if none stands
    """
    _check_kind(kind)
    _check_reason(reason)
    check_actor(by)
    hold(Lock.MIRRORED_TABLES)
    standing = _standing(_page(subject), kind)
    latest = standing.last()
    if latest is None:
        raise NothingToWithdraw(f"No correction by {_WHO[kind]} stands on {subject}.")
    latest.withdrawn_at = timezone.now()
    standing.update(withdrawn_at=latest.withdrawn_at)
    audit.record(
        event="claim.withdrawn",
        actor=by,
        target=needed_aliases().of_reference(subject),
        personal={"subject": subject, "reason": reason},
        kind=kind.value,
        declared=", ".join(latest.declared),
    )
    return latest


_WHO = {ClaimSource.MODERATOR: "a moderator", ClaimSource.AUTHOR: "the author"}
_PAGES = {ReferenceKind.CIVITAI_MODEL, ReferenceKind.HUGGING_FACE, ReferenceKind.SAMPLE}


def _standing(page: HubModel, kind: ClaimSource) -> QuerySet[LicenseClaim]:
    claims = LicenseClaim.objects.filter(hub_model=page, source=kind.value, withdrawn_at=None)
    return claims.order_by("seen_at", "pk")


def _page(subject: str) -> HubModel:
    reference = parse_reference(subject)
    if reference.kind not in _PAGES:
        raise NotAPage(f"{subject} is no page: a licence is stated of the page that lists a file.")
    page = HubModel.objects.filter(hub=reference.kind.value, hub_model_id=reference.value).first()
    if page is None:
        raise UnknownPage(f"{subject} is not mirrored here.")
    return page


def _check_kind(kind: ClaimSource) -> None:
    if kind.value not in CORRECTING:
        raise NotACorrection(f"kind: only {' and '.join(CORRECTING)} correct, not {kind.value!r}.")


def _check_words(declared: str, reason: str, evidence_url: str) -> None:
    _check_reason(reason)
    if not is_text(declared) or not identify_claim(declared=[declared]).is_resolved:
        raise NotACorrection(f"license: the catalogue knows no {declared[:100]!r}.")
    if evidence_url and not _is_address(evidence_url):
        raise NotACorrection(f"url: {evidence_url[:100]!r} is no http(s) address.")


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise NoReason("reason: a correction needs one.")
    if len(reason) > LONGEST_REASON or not is_text(reason):
        raise NotACorrection(f"reason: it has to be text of {LONGEST_REASON} characters at most.")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    fits = len(url) <= LONGEST_URL and is_text(url) and not any(map(str.isspace, url))
    return fits and parts.scheme in {"http", "https"} and bool(parts.netloc)
