"""Who asks: the asker's own figures, place and purpose. Whatever is not said is unknown.

Pure Python: importing this module must never import Django. Source: README.md, rule L24.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from registry.errors import BadInput
from registry.licensing.findings import Exceeded
from registry.licensing.regions import regions_of
from registry.licensing.terms import Threshold
from registry.licensing.vocabulary import Comparison, Measured, Metric


class BadProfile(BadInput):
    """A field of a profile makes no sense."""


class Purpose(StrEnum):
    """What the asker means to do."""

    UNKNOWN = "unknown"
    NON_COMMERCIAL = "non_commercial"
    COMMERCIAL = "commercial"


class Answer(StrEnum):
    """A yes-or-no question the asker may leave open."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_FIXED = Measured.MONTH_BEFORE_VERSION_RELEASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the asker says of himself; a metric that is absent is unknown.

    ``figures`` are as they are now, ``figures_at_release`` as they were in the month before the
    model's version was released: a text that fixes its limit there looks at these first. Amounts
    are in the currency the metric names, counts are people, visits or tokens.

    :raises BadProfile: naming the field, if a figure is negative or a region does not exist
    """

    figures: Mapping[Metric, int] = field(default_factory=lambda: MappingProxyType({}))
    figures_at_release: Mapping[Metric, int] = field(default_factory=lambda: MappingProxyType({}))
    region: str = ""  # ISO 3166 country, or EU, UK, US, KR; empty: unknown
    obtained_on: date | None = None  # the day the copy was obtained
    obtained_from: str = ""  # the listing it was obtained from
    academic: Answer = Answer.UNKNOWN
    purpose: Purpose = Purpose.UNKNOWN
    image_generation_business: Answer = Answer.UNKNOWN
    competes_with_licensor: Answer = Answer.UNKNOWN

    def __post_init__(self) -> None:
        """Check the figures and the region."""
        for figures in (self.figures, self.figures_at_release):
            for metric, value in figures.items():
                if value < 0:
                    raise BadProfile(f"{metric.value}: a figure cannot be negative ({value}).")
        if self.region and not regions_of(self.region):
            raise BadProfile(f"region: {self.region[:40]!r} is no country or region code.")

    @property
    def regions(self) -> frozenset[str]:
        """Return every region the asker is in, as the records name them; empty: unknown."""
        return regions_of(self.region)

    def exceeds(self, threshold: Threshold) -> Exceeded:
        """Return whether the asker is beyond a threshold, by its exact comparison."""
        if threshold.comparison is Comparison.IS:
            return _EXCEEDED[self._answer(threshold.metric)]
        figure = self._figure(threshold)
        if figure is None:
            return Exceeded.UNKNOWN
        is_beyond = (
            figure > threshold.value
            if threshold.comparison is Comparison.GT
            else figure >= threshold.value
        )
        return Exceeded.YES if is_beyond else Exceeded.NO

    def _figure(self, threshold: Threshold) -> int | None:
        if threshold.measured is _FIXED and threshold.metric in self.figures_at_release:
            return self.figures_at_release[threshold.metric]
        return self.figures.get(threshold.metric)

    def _answer(self, metric: Metric) -> Answer:
        known = metric is Metric.COMPETES_WITH_LICENSOR
        return self.competes_with_licensor if known else Answer.UNKNOWN


_EXCEEDED: Mapping[Answer, Exceeded] = {
    Answer.YES: Exceeded.YES,
    Answer.NO: Exceeded.NO,
    Answer.UNKNOWN: Exceeded.UNKNOWN,
}
NOBODY = Profile()
