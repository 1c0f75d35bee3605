"""Take the words of headers away with what is erased; digests and the ends of edges stay."""

from collections.abc import Collection, Sequence

from django.db.models import Q

from registry.lineage.references import Reference, ReferenceKind
from registry.models import FetchRequest, HeaderInspection, HeaderStatement, HubModel, ModelFile
from registry.selectors.aliases import MARK, Aliases

_NAME = f"{ReferenceKind.NAME.value}:"


def erase_headers_of_bytes(artifacts: Collection[int]) -> None:
    """Empty what is kept of headers: the bytes, claims, findings, names and words.

    What they say of parents that are no names stays, as other edges do: it binds whoever builds
    on the bytes.
    """
    inspections = HeaderInspection.objects.filter(artifact__in=artifacts)
    statements = HeaderStatement.objects.filter(inspection__in=inspections)
    statements.filter(Q(parent_ref__startswith=_NAME) | Q(child_ref__startswith=_NAME)).delete()
    statements.update(detail="", source="")
    inspections.update(header=b"", claims={}, findings=[])
    FetchRequest.objects.filter(artifact__in=artifacts).update(failure="")


def artifacts_only_on(page: HubModel) -> Sequence[int]:
    """Return the bytes that a page lists and no other page does that was not erased."""
    own = ModelFile.objects.filter(version__hub_model=page, artifact__isnull=False)
    others = (
        ModelFile.objects.filter(artifact__in=own.values("artifact"))
        .exclude(version__hub_model=page)
        .exclude(version__hub_model__hub_model_id__startswith=MARK)
    )
    rows = own.exclude(artifact__in=others.values("artifact")).order_by("artifact")
    return list(rows.values_list("artifact", flat=True).distinct())


def hide_in_headers(reference: Reference, aliases: Aliases, *, also: Collection[str] = ()) -> None:
    """Let headers that name an erased page, or a version of it, point at its tombstone.

    :param also: further references by which the page's versions are named
    """
    for field in ("parent_ref", "child_ref"):
        named = naming(reference, field=field) | Q(**{f"{field}__in": list(also)})
        spelt = HeaderStatement.objects.filter(named).order_by(field)
        for spelling in list(spelt.values_list(field, flat=True).distinct()):
            HeaderStatement.objects.filter(**{field: spelling}).update(
                **{field: aliases.of_reference(spelling)}, detail="", source=""
            )


def naming(reference: Reference, *, field: str) -> Q:
    """Select rows whose ``field`` names a page, a repository in any case of letters."""
    any_case = "i" if reference.kind is ReferenceKind.HUGGING_FACE else ""
    exact, begins = f"{field}__{any_case}exact", f"{field}__{any_case}startswith"
    return Q(**{exact: str(reference)}) | Q(**{begins: f"{reference}@"})
