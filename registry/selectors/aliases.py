"""What something is called where its name must not stand.

An alias is a keyed hash of a reference: whoever holds the reference finds its tombstone, but the
name cannot be read off it. The key is a row of the database, so that a tombstone outlives every
setting; somebody who holds the whole database could still *try* names. That is the price of
recognising an erased page when a hub lists it again.
"""

import hmac
from dataclasses import dataclass

from registry.lineage.references import Reference, ReferenceKind, parse_reference
from registry.models import Hub, SubjectKey

KEY_SUBJECT = "aliases"  # the row of SubjectKey that holds the key; no reference is spelt so
MARK = "alias-"
_PAGES = {ReferenceKind.CIVITAI_MODEL, ReferenceKind.HUGGING_FACE, ReferenceKind.SAMPLE}
_HIDDEN = {*_PAGES, ReferenceKind.CIVITAI_VERSION}


@dataclass(frozen=True, slots=True)
class Aliases:
    """Names things under one key."""

    key: bytes

    def of(self, text: str, *, unless: str = "") -> str:
        """Return the alias of any text; ``unless`` it is called by an alias already."""
        if unless.startswith(MARK):
            return unless
        return MARK + hmac.digest(self.key, text.encode(), "sha256").hex()[:40]

    def of_reference(self, reference: str) -> str:
        """Return a reference of the same kind that names nothing; bytes and prose stay.

        A repository's revision is hidden apart from it: ``huggingface:alias-a@alias-b``.
        """
        kind, value = parse_reference(reference)
        if kind not in _HIDDEN:
            return reference
        page, at, revision = value.partition("@")
        hidden = self.of(f"{kind.value}:{page}", unless=page)
        return str(Reference(kind, hidden + (at and at + self.of(f"@{revision}", unless=revision))))

    def of_any_case(self, reference: str) -> str:
        """Return the alias that a repository's id has in every case of letters."""
        is_repository = reference.startswith(f"{ReferenceKind.HUGGING_FACE.value}:")
        return self.of_reference(reference.casefold() if is_repository else reference)

    def of_version(self, *, hub: str, hub_version_id: str) -> str:
        """Return how a version of a hidden page is called, as ``of_reference`` spells it."""
        name = f"civitai-version:{hub_version_id}" if hub == Hub.CIVITAI else f"@{hub_version_id}"
        return self.of(name, unless=hub_version_id)


def stored_aliases() -> Aliases | None:
    """Return this database's aliases, or nothing while none was ever needed."""
    key = SubjectKey.objects.filter(subject=KEY_SUBJECT).values_list("key", flat=True).first()
    return None if key is None else Aliases(bytes(key))
