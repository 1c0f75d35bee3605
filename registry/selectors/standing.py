"""What operators decided about pages and bytes, as far as readers are concerned."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from registry.models import HubModel, Intervention, InterventionKind
from registry.selectors.interventions import standing

_HIDING = frozenset({InterventionKind.SUPPRESS, InterventionKind.ERASE})


@dataclass(frozen=True, slots=True)
class Standing:
    """Subjects (``civitai:123``, ``sha256:...``) under a standing intervention."""

    withheld: frozenset[str]
    disputed: frozenset[str]


def standing_of(*, subjects: Collection[str], as_of: datetime | None = None) -> Standing:
    """Return which of ``subjects`` are withheld (suppressed or erased) and which disputed.

    A dispute counts by its dates. What is withheld now stays so whatever moment is asked about
    (house.md H12), and what was withheld then is told as it was then.
    """
    found = standing(set(subjects), as_of=as_of)
    now = found if as_of is None else standing(set(subjects))
    hiding = (*found.items(), *now.items())
    return Standing(
        withheld=frozenset(subject for subject, kinds in hiding if kinds & _HIDING),
        disputed=frozenset(
            subject for subject, kinds in found.items() if InterventionKind.DISPUTE in kinds
        ),
    )


def listed_pages() -> QuerySet[HubModel]:
    """Return the pages that search, lists and feeds may show (house.md H12), unordered."""
    hidden = Intervention.objects.filter(
        kind__in=_HIDING,
        lifted_at__isnull=True,
        subject=Concat(OuterRef("hub"), Value(":"), OuterRef("hub_model_id")),
    )
    return HubModel.objects.filter(~Exists(hidden), depicts_person=False, depicts_minor=False)
