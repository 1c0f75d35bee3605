"""References that edges make to what is not mirrored."""

from collections.abc import Collection
from functools import reduce
from operator import or_

from django.db.models import Q

from registry.lineage.references import ReferenceKind
from registry.models import HubModel, LineageEdge

# Spelt so that the index of open edges serves it; an edge at a version is at its page, too.
_OPEN = Q(parent_model=None, parent_version=None, parent_artifact=None, retracted_at=None)


def open_references(
    *, kinds: Collection[ReferenceKind], after: str = "", limit: int = 1000
) -> list[str]:
    """Return references of some kinds that stand open, distinct and in order.

    An edge is open while what it names is not mirrored, or a version of it is named that its
    page does not list. Edges that their page no longer states are left out.

    :param after: the last reference of the batch before
    """
    if not kinds:
        return []
    of_a_kind = reduce(or_, (_of_kind(kind) for kind in kinds))
    rows = (
        LineageEdge.objects.filter(of_a_kind, parent_ref__gt=after)
        .filter(_OPEN)
        .order_by("parent_ref")
        .values_list("parent_ref", flat=True)
        .distinct()
    )
    return list(rows[:limit])


def open_among(references: Collection[str]) -> set[str]:
    """Return those of ``references`` that an edge still makes and nothing answers to."""
    rows = LineageEdge.objects.filter(_OPEN, parent_ref__in=list(references))
    return set(rows.order_by("parent_ref").values_list("parent_ref", flat=True).distinct())


def known_pages(*, hub: str, hub_model_ids: Collection[str]) -> set[str]:
    """Return those of ``hub_model_ids`` that are mirrored."""
    rows = HubModel.objects.filter(hub=hub, hub_model_id__in=list(hub_model_ids))
    return set(rows.order_by("hub_model_id").values_list("hub_model_id", flat=True))


def _of_kind(kind: ReferenceKind) -> Q:
    """Match a kind's prefix as a range: the column is in C order, where ";" follows ":"."""
    return Q(parent_ref__gte=f"{kind.value}:", parent_ref__lt=f"{kind.value};")
