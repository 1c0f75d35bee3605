"""What an operator does about a page or bytes at somebody's request (house.md H5, H12).

Every act has a reason, and holds for the names that a page had before, too. Reason and subject are
personal text of the audit log: they stand under a key of the subject's own, and the log's rows call
a page by its alias.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from registry.errors import BadInput, Conflict, NotFound
from registry.lineage.addresses import civitai_ids, reference_of
from registry.lineage.references import Reference, ReferenceKind, digest_reference, parse_reference
from registry.models import Hub, Intervention, InterventionKind, ModelVersion
from registry.selectors.interventions import standing
from registry.selectors.renames import names_of
from registry.selectors.subject_spelling import as_mirrored
from registry.services import audit, erasure
from registry.services.aliases import needed_aliases
from registry.services.locks import Lock, hold

_PAGES = {ReferenceKind.CIVITAI_MODEL, ReferenceKind.HUGGING_FACE, ReferenceKind.SAMPLE}
_RENAMED = "This stands on a page that goes by this name now."  # names none: that may be erased
_EVENTS = {
    InterventionKind.SUPPRESS: "subject.suppressed",
    InterventionKind.DISPUTE: "subject.disputed",
}
LONGEST_ACTOR = 255  # characters
FORMS = "a Civitai page's URL or id, a Hugging Face repository's URL or id, or a full SHA-256"


class UnknownSubject(BadInput):
    """A text names neither a page nor bytes."""


class NoReason(BadInput):
    """An intervention was asked for without a reason."""


class UnfitWords(BadInput):
    """A reason, or who acts, is nothing that the audit log can hold."""


class UnknownVersion(NotFound):
    """Which page a Civitai version belongs to is not known."""


class AlreadyStands(Conflict):
    """The subject is under this intervention already, or was erased."""


class NothingToLift(NotFound):
    """The subject is under no such intervention."""


def subject_of(text: str) -> str:
    """Return the page or the bytes that ``text`` names, as a reference.

    A Hugging Face id names a mirrored repository in any case of letters, as it does on the Hub.

    :raises UnknownSubject: if it names neither
    :raises UnknownVersion: if it names a Civitai version that is not mirrored
    """
    ids = civitai_ids(text)
    reference = (
        Reference(ReferenceKind.CIVITAI_MODEL, ids.model_id)
        if ids is not None and ids.model_id
        else digest_reference(text) or reference_of(text)
    )
    if reference.kind == ReferenceKind.CIVITAI_VERSION:
        return _page_of_version(reference.value)
    if reference.kind in _PAGES:
        return as_mirrored(str(reference).partition("@")[0])
    if reference.kind == ReferenceKind.SHA256:
        return str(reference)
    raise UnknownSubject(f"{text!r} is neither a page nor bytes: give {FORMS}.")


def suppress(*, subject: str, reason: str, by: str) -> Intervention:
    """Keep a page or bytes out of search and lists; answers call its listings withheld.

    :param subject: a reference, from ``subject_of``
    :raises NoReason: if ``reason`` is empty
    :raises UnfitWords: if the audit log cannot hold ``reason`` or ``by``
    :raises AlreadyStands: if the subject is suppressed or erased already
    """
    return _intervene(kind=InterventionKind.SUPPRESS, subject=subject, reason=reason, by=by)


def dispute(*, subject: str, reason: str, by: str) -> Intervention:
    """Mark what is said of a page or bytes as disputed; nothing is hidden.

    :param subject: a reference, from ``subject_of``
    :raises NoReason: if ``reason`` is empty
    :raises UnfitWords: if the audit log cannot hold ``reason`` or ``by``
    :raises AlreadyStands: if the subject is disputed or erased already
    """
    return _intervene(kind=InterventionKind.DISPUTE, subject=subject, reason=reason, by=by)


@transaction.atomic
def lift(*, kind: InterventionKind, subject: str, reason: str, by: str) -> Intervention:
    """End a suppression or a dispute; an erasure is never lifted.

    :raises NoReason: if ``reason`` is empty
    :raises UnfitWords: if the audit log cannot hold ``reason`` or ``by``
    :raises NothingToLift: if no such intervention stands
    """
    _check_words(reason, by)
    rows = {
        row.subject: row
        for row in Intervention.objects.select_for_update()
        .filter(kind=kind, subject__in=names_of(subject), lifted_at=None)
        .exclude(kind=InterventionKind.ERASE)
    }
    if subject not in rows:
        raise NothingToLift(f"Nothing to lift: {subject} is not under this: {kind.label.lower()}.")
    for name, row in sorted(rows.items()):
        row.lifted_at = timezone.now()
        row.save(update_fields=["lifted_at"])
        audit.record(
            event=f"{_EVENTS[kind]}.lifted",
            actor=by,
            target=needed_aliases().of_reference(name),
            personal={"subject": name, "reason": reason},
        )
    return rows[subject]


@transaction.atomic
def erase(*, subject: str, reason: str, by: str) -> Intervention:
    """Remove payload, names, words and URLs of a page, or what listings call bytes, for good.

    Digests and a tombstone stay. The key of everything the audit log held about the subject is
    destroyed; the reason given now is kept under a new one, so it must name nobody.

    :param subject: a reference, from ``subject_of``; it need not be mirrored yet
    :raises NoReason: if ``reason`` is empty
    :raises UnfitWords: if the audit log cannot hold ``reason`` or ``by``
    :raises AlreadyStands: if the subject was erased already
    """
    _check_words(reason, by)
    hold(Lock.MIRRORED_TABLES)
    _check_not_standing(InterventionKind.ERASE, subject)
    rows = [_erase(name, reason, by) for name in _free(InterventionKind.ERASE, names_of(subject))]
    return rows[0]


def _erase(subject: str, reason: str, by: str) -> Intervention:
    aliases = needed_aliases()
    tombstone = aliases.of_reference(subject)
    names = erasure.erase_subject(reference=parse_reference(subject), aliases=aliases)
    for spelling in _spellings(subject):
        hidden = aliases.of_reference(spelling)
        Intervention.objects.filter(subject=spelling).update(subject=hidden)
        audit.forget(subject=hidden)
    now = timezone.now()
    rows = Intervention.objects.bulk_create(
        Intervention(kind=InterventionKind.ERASE, subject=name, made_by=by, made_at=now)
        for name in dict.fromkeys([tombstone, aliases.of_any_case(subject), *names])
    )
    audit.record(event="subject.erased", actor=by, target=tombstone, personal={"reason": reason})
    return rows[0]


@transaction.atomic
def _intervene(*, kind: InterventionKind, subject: str, reason: str, by: str) -> Intervention:
    _check_words(reason, by)
    hold(Lock.MIRRORED_TABLES)
    _check_not_standing(kind, subject)
    rows = [_begin(kind, name, reason, by) for name in _free(kind, names_of(subject))]
    return rows[0]


def _begin(kind: InterventionKind, subject: str, reason: str, by: str) -> Intervention:
    row = Intervention.objects.create(
        kind=kind, subject=subject, made_by=by, made_at=timezone.now()
    )
    audit.record(
        event=_EVENTS[kind],
        actor=by,
        target=needed_aliases().of_reference(subject),
        personal={"subject": subject, "reason": reason},
    )
    return row


def follow_rename(*, old: str, new: str, by: str) -> None:
    """Let what stands on a page stand on the name it was renamed to, within the caller's lock.

    :param old: a reference, as ``new`` is
    """
    stands = standing([old]).get(old, frozenset())
    for kind in sorted(stands - {InterventionKind.ERASE}):
        for name in _free(kind, [new]):
            _begin(kind, name, _RENAMED, by)


def _spellings(subject: str) -> set[str]:
    """Return ``subject``, and other cases of letters in which something was done about it."""
    if not subject.startswith(f"{ReferenceKind.HUGGING_FACE.value}:"):
        return {subject}
    acts = Intervention.objects.filter(subject__iexact=subject).order_by("subject")
    return {subject, *acts.values_list("subject", flat=True)}


def check_actor(by: str) -> None:
    """Refuse whoever cannot be named in the audit log.

    :raises UnfitWords: saying what a name may be
    """
    if not 0 < len(by.strip()) <= len(by) <= LONGEST_ACTOR or not is_text(by):
        raise UnfitWords(f"by: it has to be text of 1 to {LONGEST_ACTOR} characters.")


def is_text(text: str) -> bool:
    """Return whether the database can hold ``text``: neither NUL nor half a character is in it."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _check_words(reason: str, by: str) -> None:
    if not reason.strip():
        raise NoReason("An intervention needs a reason.")
    if not is_text(reason):
        raise UnfitWords("reason: it has to be text in UTF-8.")
    check_actor(by)


def _check_not_standing(kind: InterventionKind, subject: str) -> None:
    stands = standing([subject]).get(subject, frozenset())
    if InterventionKind.ERASE in stands:
        raise AlreadyStands(f"{subject} was erased.")
    if kind in stands:
        raise AlreadyStands(f"{subject} is already under this: {kind.label.lower()}.")


def _free(kind: InterventionKind, subjects: Sequence[str]) -> list[str]:
    """Return those of ``subjects`` that are neither erased nor under this already."""
    stands = standing(subjects)
    return [
        one for one in subjects if not stands.get(one, frozenset()) & {kind, InterventionKind.ERASE}
    ]


def _page_of_version(hub_version_id: str) -> str:
    version = (
        ModelVersion.objects.filter(hub_version_id=hub_version_id, hub_model__hub=Hub.CIVITAI)
        .select_related("hub_model")
        .order_by("-pk")
        .first()
    )
    if version is None:
        raise UnknownVersion(
            f"Civitai version {hub_version_id} is not mirrored: give its page instead."
        )
    return str(version.hub_model)
