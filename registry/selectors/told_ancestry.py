"""What headers tell of bytes that nobody mirrored: how a parent was made.

A merge's header carries its parents' own recipes. While such a parent is not mirrored, its parents
are told by the files that were made from it and by nobody else: a header may say anything about
other people's files, so it counts only in the lineage of the page that lists it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from registry.models import Artifact, HeaderStatement, HubModel
from registry.selectors.as_of import known
from registry.selectors.statements import Key, KeyKind, Statement

OF_BYTES = "sha256:"
_PAGES = ("civitai", "huggingface", "sample")


def references_of_bytes(keys: Collection[Key]) -> dict[Key, str]:
    """Return the references of artifacts that no page lists."""
    pks = [key.value for key in keys]
    if not pks:
        return {}
    digests = dict(Artifact.objects.filter(pk__in=pks).values_list("pk", "sha256"))
    return {key: f"{OF_BYTES}{digests[key.value]}" for key in keys if isinstance(key.value, int)}


def told_statements(
    references: Collection[str], *, versions: Collection[int], as_of: datetime | None
) -> dict[str, list[Statement]]:
    """Return what headers of files that ``versions`` list tell of ``references`` to bytes.

    Two queries more where anything is told, none where no reference names bytes.
    """
    if not references or not versions:
        return {}
    rows = list(
        HeaderStatement.objects.filter(
            known(as_of, "inspection__read_at"),
            child_ref__in=references,
            inspection__artifact__listings__version__in=versions,
        )
        .order_by("child_ref", "grade", "parent_ref", "evidence", "relation", "pk")
        .values_list(
            *("child_ref", "parent_ref", "relation", "evidence", "grade", "weight", "source"),
            "inspection__read_at",
        )
        .distinct()
    )
    parents = _keys_of({row[1] for row in rows}, as_of=as_of) if rows else {}
    told: dict[str, list[Statement]] = {}
    for child_ref, parent_ref, relation, evidence, grade, weight, source, read_at in rows:
        statement = Statement(
            child=0,
            parent_ref=parent_ref,
            relation=relation,
            evidence=evidence,
            grade=grade,
            weight=weight,
            source=source,
            is_retracted=False,
            parent=parents.get(parent_ref, Key(KeyKind.REFERENCE, parent_ref)),
            seen_at=read_at,
        )
        told.setdefault(child_ref, []).append(statement)
    return told


def _keys_of(references: Collection[str], *, as_of: datetime | None) -> Mapping[str, Key]:
    """Return the bytes and pages among what is mirrored that references name."""
    digests = [reference.removeprefix(OF_BYTES) for reference in references]
    artifacts = Artifact.objects.filter(
        known(as_of, "listings__version__first_seen_at"),
        sha256__in=digests,
        listings__isnull=False,
    )
    keys = {
        f"{OF_BYTES}{sha256}": Key(KeyKind.ARTIFACT, pk)
        for pk, sha256 in artifacts.order_by("pk").values_list("pk", "sha256").distinct()
    }
    named = [ref.partition(":")[2] for ref in references if ref.partition(":")[0] in _PAGES]
    pages = HubModel.objects.filter(known(as_of, "first_seen_at"), hub_model_id__in=named)
    found = {str(page): Key(KeyKind.PAGE, page.pk) for page in pages.order_by("pk")}
    return keys | {ref: found[ref] for ref in references if ref in found}
