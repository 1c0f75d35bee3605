"""Which licences an author may put on a work of his own, and how well each meets his wish.

Pure Python: importing this module must never import Django. Source: README.md, rules L42 and L45.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from registry.errors import BadInput
from registry.licensing.catalog import all_terms
from registry.licensing.interval import ALLOWED, Interval
from registry.licensing.outbound_texts import TermSet
from registry.licensing.readings import interval_of
from registry.licensing.terms import Level, LicenseTerms, Permission
from registry.licensing.vocabulary import DesignedFor, Kind

# Texts that name no licensor: anybody may use them for his own work.
_ANYBODYS = frozenset({
    "cc", "data", "epl", "eupl", "faipl", "gnu", "modelgo", "mpl", "odc", "ofl", "openmdw",
    "openrail", "openweights", "osl", "permissive", "public_domain",
})  # fmt: skip
# By how often Hugging Face's models declare them (facts/license_terms.md section 6, 2025-05), then
# by how often merges and image models meet them.
POPULAR = (
    "apache-2.0", "mit", "openrail++", "creativeml-openrail-m", "cc-by-nc-4.0", "llama2", "llama3",
    "gemma", "llama3.1", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-sa-4.0", "cc0-1.0", "gpl-3.0",
    "agpl-3.0", "bsd-3-clause", "bigscience-openrail-m", "faipl-1.0-sd", "openmdw-1.1",
    "flux-1-dev-nc-1.1.1", "stability-ai-community",
)  # fmt: skip
_MADE_FOR = (
    DesignedFor.MODEL,
    DesignedFor.SOFTWARE,
    DesignedFor.CONTENT,
    DesignedFor.DATA,
    DesignedFor.FONT,
)


class ContradictoryWish(BadInput):
    """A permission is to be allowed and forbidden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an author wants to allow, and what not; the rest is of no account to him."""

    allow: frozenset[Permission] = frozenset(Permission)
    forbid: frozenset[Permission] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a wish that cannot be met.

        :raises ContradictoryWish: if a permission is in both sets
        """
        if both := sorted(self.allow & self.forbid):
            raise ContradictoryWish(f"wish: {', '.join(both)} cannot be allowed and forbidden.")

    def distance(self, declared: TermSet, above: Mapping[Permission, Interval]) -> int:
        """Return how far the work under a licence is from the wish; 0 meets it wholly.

        The levels above allowed of what is to be allowed, and those below forbidden of what is
        to be forbidden, of what recipients may do: no licence gives more than the parents let it.

        :param above: the join over the ancestors
        """
        worst = {
            permission: declared.interval(permission).join(above.get(permission, ALLOWED)).worst
            for permission in self.allow | self.forbid
        }
        refused = sum(worst[permission].value for permission in self.allow)
        return refused + sum(Level.FORBIDDEN - worst[permission] for permission in self.forbid)


def candidates() -> Iterator[LicenseTerms]:
    """Yield every record of the catalogue that could be declared, in the order of ids.

    Services, placeholders, addenda and tags that name no text are none (rule L42).
    """
    for terms in all_terms():
        if terms.kind in {Kind.LICENCE, Kind.FAMILY_TAG} and not terms.names_no_text:
            yield terms


def is_anybodys(terms: LicenseTerms) -> bool:
    """Return whether a text is written for any licensor, not for one company's models."""
    has_name = bool(terms.identifiers.hf_id or terms.identifiers.spdx)
    return terms.family in _ANYBODYS and (has_name or terms.family == "modelgo")


def rank(
    terms: LicenseTerms,
    wish: Wish,
    own: frozenset[str],
    above: Mapping[Permission, Interval],
) -> tuple[int, ...]:
    """Return the place of a licence in the answer: near to the wish, a parent's, popular."""
    popularity = POPULAR.index(terms.id) if terms.id in POPULAR else len(POPULAR)
    return (
        wish.distance(TermSet((terms,)), above),
        terms.id not in own,
        popularity,
        _MADE_FOR.index(terms.designed_for),
        _strictness(terms),
    )


def _strictness(terms: LicenseTerms) -> int:
    return sum(interval_of(terms, permission).worst.value for permission in Permission)
