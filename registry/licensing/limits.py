"""Caps and territories along a lineage, each with whom it is owed to.

Pure Python: importing this module must never import Django.
Source: README.md, rules L24 and L25; facts/license_terms.md section 5, rules 6 and 7.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from registry.licensing.findings import Cap, ExcludedTerritory
from registry.licensing.lineage_view import Node
from registry.licensing.profile import Profile
from registry.licensing.routes import Routes
from registry.licensing.statements import Bond, Statement, statements_of
from registry.licensing.terms import LicenseTerms, Territory
from registry.licensing.vocabulary import Metric, TerritoryScope


class Exclusion(NamedTuple):
    """One text's territorial exclusion; not certain if nobody says whether it is reached."""

    statement: Statement
    terms: LicenseTerms
    territory: Territory
    is_certain: bool


class Limits(NamedTuple):
    """What binds an asker along a lineage."""

    nodes: Sequence[Node]
    routes: Routes
    profile: Profile

    def said(self, bond: Bond) -> tuple[Statement, ...]:
        """Return what is said, the subject's own statements included."""
        return statements_of(self.nodes, self.routes, bond, of_subject=True)

    def exclusions(self, bond: Bond) -> Iterator[Exclusion]:
        """Yield every territorial exclusion.

        One of multimodal models only does not reach a model that is known to be none; where
        nobody says, it may.
        """
        for is_multimodal in (True, None, False):
            nodes = [node for node in self.nodes if node.is_multimodal is is_multimodal]
            for statement in statements_of(nodes, self.routes, bond, of_subject=True):
                for terms in statement.texts:
                    for territory in terms.territory_excluded:
                        of_some = territory.scope is TerritoryScope.MULTIMODAL_MODELS_ONLY
                        if not of_some or is_multimodal is not False:
                            is_certain = not of_some or is_multimodal is True
                            yield Exclusion(statement, terms, territory, is_certain)


def caps_of(limits: Limits) -> tuple[Cap, ...]:
    """Return every limit by figures, ordered by metric and value (rule L24).

    The full list: each is owed to another licensor.
    """
    caps: dict[tuple[str, int, str, str], Cap] = {}
    for statement in limits.said(Bond.RUN):
        for terms in statement.texts:
            for threshold in terms.thresholds:
                key = (threshold.metric.value, threshold.value, terms.id, threshold.scope.value)
                before = caps[key].ancestors if key in caps else ()
                caps[key] = Cap(
                    threshold=threshold,
                    license=terms.id,
                    ancestors=tuple(sorted({*before, *statement.ancestors})),
                    grade=statement.grade,
                    exceeded=limits.profile.exceeds(threshold),
                )
    return tuple(caps[key] for key in sorted(caps))


def lowest_caps(caps: Iterable[Cap]) -> Mapping[Metric, Cap]:
    """Return the lowest cap of each metric, for display (rule L24)."""
    lowest: dict[Metric, Cap] = {}
    for cap in sorted(caps, key=lambda cap: (cap.threshold.value, cap.license)):
        lowest.setdefault(cap.threshold.metric, cap)
    return lowest


def territories_of(limits: Limits) -> tuple[ExcludedTerritory, ...]:
    """Return every region left out, with its scope: the union (rule L25)."""
    found: dict[tuple[str, str], list[Exclusion]] = {}
    for exclusion in limits.exclusions(Bond.RUN):
        for region in exclusion.territory.regions:
            place = (region, exclusion.territory.scope.value)
            found.setdefault(place, []).append(exclusion)
    return tuple(
        ExcludedTerritory(
            region=region,
            scope=scope,
            licenses=tuple(sorted({e.terms.id for e in found[region, scope]})),
            ancestors=tuple(
                sorted({n for e in found[region, scope] for n in e.statement.ancestors})
            ),
        )
        for region, scope in sorted(found)
    )
