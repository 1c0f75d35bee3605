"""What one text imposes, compared with what another carries.

Pure functions of two records, shared by conflicts, drift and the search for outbound licences.
Pure Python: importing this module must never import Django.
Source: README.md, rules L26, L27 and L33; facts/license_terms.md section 5, rules 8 to 10.
"""

from collections.abc import Iterator
from typing import NamedTuple

from registry.licensing.catalog import use_set
from registry.licensing.terms import Grant, LicenseTerms, Permission, Threshold
from registry.licensing.vocabulary import DutyName, FurtherRestrictions, Trigger

_NAMING = {DutyName.NAME_PREFIX, DutyName.DISPLAY_TEXT}


class Imposition(NamedTuple):
    """One thing a text imposes that another lacks; not certain where a list is not itemised."""

    what: str
    is_certain: bool = True


def forbidden_uses(terms: LicenseTerms) -> frozenset[str]:
    """Return the tags of a text's use list; ``list:NAME`` for one nobody has itemised."""
    name = terms.use_restrictions.set
    if not name:
        return frozenset()
    return frozenset(use_set(name).tags) or frozenset({f"list:{name}"})


def tolerated_uses(terms: LicenseTerms) -> frozenset[str]:
    """Return the tags that are no further restriction under a text (rule L27)."""
    lists = (use_set(name).tags for name in terms.share_alike.tolerates_use_sets)
    return forbidden_uses(terms).union(*lists)


def bars_commerce(terms: LicenseTerms) -> bool:
    """Return whether a text forbids commercial use."""
    return terms.grant(Permission.USE_COMMERCIAL) is Grant.FORBIDDEN


def is_share_alike(terms: LicenseTerms) -> bool:
    """Return whether a text says under which licences derivatives go out (rule L26)."""
    return bool(terms.share_alike.accepts)


def bars_further_restrictions(terms: LicenseTerms) -> bool:
    """Return whether a text bars further restrictions on the whole (GPL, CC-SA, FAIPL)."""
    return terms.share_alike.forbids_further_restrictions is FurtherRestrictions.YES


def is_network_copyleft(terms: LicenseTerms) -> bool:
    """Return whether hosting counts as sharing under a text (AGPL, EUPL, OSL, FAIPL)."""
    return any(
        duty.duty is DutyName.SOURCE_DISCLOSURE and duty.trigger is Trigger.NETWORK_USE
        for duty in terms.duties
    )


def naming(terms: LicenseTerms) -> frozenset[tuple[DutyName, str]]:
    """Return the names and lines a text wants shown."""
    return frozenset((duty.duty, duty.value) for duty in terms.duties if duty.duty in _NAMING)


def naming_after_training(terms: LicenseTerms) -> frozenset[tuple[DutyName, str]]:
    """Return the names and lines a text asks of models trained on outputs (rule L11).

    What it asks of derivatives alone does not cross; where it counts them as derivatives, it
    binds as one anyway.
    """
    return frozenset(
        (duty.duty, duty.value)
        for duty in terms.duties
        if duty.duty in _NAMING
        and duty.trigger is Trigger.DISTRIBUTE_MODEL_TRAINED_OR_IMPROVED_WITH_IT
    )


def name_prefixes(terms: LicenseTerms) -> frozenset[str]:
    """Return what the name of a derivative must begin with."""
    return frozenset(value for duty, value in naming(terms) if duty is DutyName.NAME_PREFIX)


def prefixes_after_training(terms: LicenseTerms) -> frozenset[str]:
    """Return what the name of a model trained on outputs must begin with."""
    asked = naming_after_training(terms)
    return frozenset(value for duty, value in asked if duty is DutyName.NAME_PREFIX)


def carries_threshold(terms: LicenseTerms, threshold: Threshold) -> bool:
    """Return whether a text has a limit on the same figure that is at least as strict."""
    return any(
        own.metric is threshold.metric and own.value <= threshold.value for own in terms.thresholds
    )


def further_restrictions(over: LicenseTerms, added: LicenseTerms) -> tuple[Imposition, ...]:
    """Return what ``added`` imposes that ``over`` lacks, whether or not ``over`` bars it.

    Nothing if ``over`` accepts ``added`` as the licence of derivatives (rule L27).
    """
    if added.id in {over.id, *over.share_alike.accepts}:
        return ()
    return tuple(_impositions(over, added))


def _impositions(over: LicenseTerms, added: LicenseTerms) -> Iterator[Imposition]:
    if bars_commerce(added) and not bars_commerce(over):
        yield Imposition("no commercial use")
    for threshold in added.thresholds:
        if not carries_threshold(over, threshold):
            yield Imposition(f"a limit by {threshold.metric.value.replace('_', ' ')}")
    if lost := _regions(added) - _regions(over):
        yield Imposition(f"not in {'/'.join(sorted(lost))}")
    yield from _wider_list(over, added)
    for duty, value in sorted(naming(added) - naming(over)):
        yield Imposition(f"{duty.value.replace('_', ' ')} {value!r}")
    if _bars_paid_hosting(added) and not _bars_paid_hosting(over):
        yield Imposition("no paid hosting")


def _wider_list(over: LicenseTerms, added: LicenseTerms) -> Iterator[Imposition]:
    if extra := sorted(forbidden_uses(added) - tolerated_uses(over)):
        is_itemised = not any(tag.startswith("list:") for tag in extra)
        has_list = bool(tolerated_uses(over))
        yield Imposition(f"forbidden uses {', '.join(extra)}", is_itemised or not has_list)


def _regions(terms: LicenseTerms) -> frozenset[str]:
    return frozenset(region for t in terms.territory_excluded for region in t.regions)


def _bars_paid_hosting(terms: LicenseTerms) -> bool:
    return terms.grant(Permission.HOST_PAID) is Grant.FORBIDDEN
