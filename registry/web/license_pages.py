"""What the licence pages show: records with what they refer to."""

from collections.abc import Sequence
from typing import NamedTuple

from registry.licensing.catalog import Source, all_terms, source_of, terms_of, use_set
from registry.licensing.terms import Grant, LicenseTerms, Permission


class LicensePage(NamedTuple):
    """One licence: its record, its grants in the order of the permissions, what it refers to."""

    terms: LicenseTerms
    grants: tuple[tuple[Permission, Grant], ...]
    forbidden_uses: tuple[str, ...]
    uses_are_listed: bool  # false: the text names a list that nobody has itemised
    sources: tuple[Source, ...]


def license_page(license_id: str) -> LicensePage:
    """Return one licence with what its record refers to.

    :raises UnknownLicense: if no record has this id
    """
    terms = terms_of(license_id)
    named = terms.use_restrictions.set
    tags = use_set(named).tags if named else ()
    return LicensePage(
        terms=terms,
        grants=tuple((permission, terms.grant(permission)) for permission in Permission),
        forbidden_uses=tags,
        uses_are_listed=bool(tags) or not named,
        sources=tuple(source_of(key) for key in terms.sources),
    )


def licenses_named(query: str) -> Sequence[LicenseTerms]:
    """Return the records whose id or name contains every word of ``query``, by name."""
    words = query.casefold().split()
    found = [
        terms
        for terms in all_terms()
        if all(word in f"{terms.id} {terms.name}".casefold() for word in words)
    ]
    return sorted(found, key=lambda terms: terms.name.casefold())
