"""Show what a verdict finds besides its words as JSON."""

from collections.abc import Iterable, Iterator, Sequence

from registry.licensing.findings import Cap, Duty, ExcludedTerritory, Finding
from registry.licensing.limits import lowest_caps
from registry.selectors.finding_shape import CapJson, FindingJson, TerritoryJson

MOST_CONFLICTS = 300  # shown; they are pairs of texts, so a hundred texts have thousands


def conflicts_json(found: Sequence[Finding]) -> list[FindingJson]:
    """Return conflicts, ``MOST_CONFLICTS`` at most."""
    return [finding_json(finding) for finding in found[:MOST_CONFLICTS]]


def left_out(found: Sequence[Finding]) -> Iterator[str]:
    """Say how many conflicts are not shown, if any."""
    if len(found) > MOST_CONFLICTS:
        yield f"{len(found)} conflicts were found; the first {MOST_CONFLICTS} are shown."


def finding_json(finding: Finding) -> FindingJson:
    """Return one conflict, or one way in which a declaration differs."""
    return {
        "code": finding.code.value,
        "because": finding.because,
        "ancestors": [*finding.ancestors],
        "licenses": [*finding.licenses],
        "clause": finding.clause,
        "grade": finding.grade.value,
        "firm": finding.is_firm,
    }


def caps_json(caps: Sequence[Cap]) -> list[CapJson]:
    """Return every cap, the lowest of each metric before the others (rule L24)."""
    lowest = [*lowest_caps(caps).values()]
    first = sorted(lowest, key=lambda cap: cap.threshold.metric.value)
    return [cap_json(cap) for cap in (*first, *(cap for cap in caps if cap not in lowest))]


def cap_json(cap: Cap) -> CapJson:
    """Return one limit on who may do something."""
    return {
        "metric": cap.threshold.metric.value,
        "value": cap.threshold.value,
        "comparison": cap.threshold.comparison.value,
        "scope": cap.threshold.scope.value,
        "effect": cap.threshold.effect.value,
        "measured": cap.threshold.measured.value,
        "license": cap.license,
        "exceeded": cap.exceeded.value,
        "from": [*cap.ancestors],
    }


def territories_json(excluded: Iterable[ExcludedTerritory]) -> list[TerritoryJson]:
    """Return every region that is left out."""
    return [
        {
            "region": one.region,
            "scope": one.scope,
            "licenses": [*one.licenses],
            "from": [*one.ancestors],
        }
        for one in excluded
    ]


def owed_to(duty: Duty) -> list[str]:
    """Return every ancestor a duty is owed to, the nearest first."""
    return [*dict.fromkeys([duty.ancestor, *(node for _, node in duty.owed)])]
