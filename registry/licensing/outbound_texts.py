"""The two sides of the question under which licence a derivative may go out.

On one side the texts that bind it, on the other a licence, or several together, that its author
may declare. Pure Python: importing this module must never import Django.
Source: README.md, rules L8, L9 and L39.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from registry.licensing.copies import Copies
from registry.licensing.interval import Interval, join_all
from registry.licensing.lineage_view import Lineage
from registry.licensing.readings import interval_of
from registry.licensing.restrictions import carries_threshold, forbidden_uses
from registry.licensing.routes import Routes
from registry.licensing.statements import Bond, Statement, statements_of
from registry.licensing.terms import LicenseTerms, OwedDuty, Permission, Territory, Threshold
from registry.licensing.verdict import assess
from registry.lineage.relations import Relation

_NOT_HANDED_ON = frozenset({Relation.RUNTIME, Relation.DATASET})


@dataclass(frozen=True)
class TermSet:
    """A licence an author may declare, or several that all apply: read as one set of terms."""

    texts: tuple[LicenseTerms, ...]

    @cached_property
    def ids(self) -> frozenset[str]:
        """Return the catalogue ids."""
        return frozenset(text.id for text in self.texts)

    @cached_property
    def use_tags(self) -> frozenset[str]:
        """Return every use that some text forbids."""
        return frozenset().union(*map(forbidden_uses, self.texts))

    @property
    def territories(self) -> tuple[Territory, ...]:
        """Return what every text leaves out of its territory."""
        return tuple(territory for text in self.texts for territory in text.territory_excluded)

    @property
    def duties(self) -> tuple[OwedDuty, ...]:
        """Return what every text asks for."""
        return tuple(duty for text in self.texts for duty in text.duties)

    def keeps(self, threshold: Threshold) -> bool:
        """Return whether some text has a limit on the same figure that is at least as strict."""
        return any(carries_threshold(text, threshold) for text in self.texts)

    def interval(self, permission: Permission) -> Interval:
        """Return what all texts together make of a permission."""
        return join_all(interval_of(text, permission) for text in self.texts)


def handed_on(lineage: Lineage) -> Lineage:
    """Return the lineage of what is published: without runtime parts and data sets (rule L9)."""
    edges = tuple(edge for edge in lineage.edges if edge.relation not in _NOT_HANDED_ON)
    return replace(lineage, edges=edges)


def granted_above(lineage: Lineage) -> Mapping[Permission, Interval]:
    """Return the join over the ancestors of what is published, whatever its own page says.

    An ancestor that must be assumed (rule L19) counts as well.
    """
    subject = replace(lineage.nodes[lineage.subject], claims=(), awaits_license=True)
    unspoken = replace(lineage, nodes={**lineage.nodes, subject.id: subject})
    return {
        permission: join_all(ground.interval for ground in right.grounds if not ground.overruled)
        for permission, right in assess(unspoken).rights.items()
    }


def binding_texts(lineage: Lineage, bond: Bond) -> tuple[Statement, ...]:
    """Return what the ancestors say that binds as ``bond`` says, whatever the model's own page."""
    copies = Copies.of(lineage, None)
    routes = Routes.from_subject(copies.subject, copies.edges)
    nodes = [copies.nodes[place] for place in sorted(routes.reaches) if place in copies.nodes]
    return statements_of(nodes, routes, bond)
