"""Licence claims and lineage, each kept as observed evidence."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from registry.lineage.relations import Evidence, Grade, Relation
from registry.models.artifact import Artifact
from registry.models.hub_model import HubModel, ModelVersion
from registry.snapshots import ClaimSource

_SOURCES = [(source.value, source.value.replace("_", " ")) for source in ClaimSource]
GRADES = [(grade.value, grade.value) for grade in Grade]
RELATIONS = [(relation.value, relation.value) for relation in Relation]
CORRECTING = (ClaimSource.MODERATOR.value, ClaimSource.AUTHOR.value)
EVIDENCE = [(evidence.value, evidence.value.replace("_", " ")) for evidence in Evidence]


class LicenseClaim(models.Model):
    """What somebody said about a page's licence, in their words; never edited.

    The latest claim of each source stands; a page may change A, B, A and leaves three rows.
    Which catalogue licence the words mean is worked out on read (``registry.licensing.identify``).
    A correction (``registry.services.corrections``) has a ``reason`` and may be taken back: it
    stood until ``withdrawn_at``.
    """

    hub_model = models.ForeignKey(
        HubModel, on_delete=models.CASCADE, related_name="claims", db_constraint=False
    )
    source = models.CharField(max_length=16, choices=_SOURCES)
    declared = ArrayField(models.TextField(), default=list, help_text="Licence ids as written.")
    license_name = models.TextField(default="")
    license_link = models.TextField(default="")
    flags = models.JSONField(default=dict)
    grade = models.CharField(max_length=2, choices=GRADES)
    source_url = models.TextField(default="")
    reason = models.TextField(db_default="", default="", help_text="Why; of corrections only.")
    seen_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, help_text="Of corrections only.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(source__in=CORRECTING),
                name="only_corrections_are_withdrawn",
            ),
        ]
        indexes = [  # of few rows; the newest is asked for whenever rights are computed
            models.Index(
                fields=["withdrawn_at"],
                name="claim_by_withdrawal",
                condition=Q(withdrawn_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hub_model} {self.source} ({self.seen_at:%Y-%m-%d})"


class LineageEdge(models.Model):
    """``child`` is said to be made from ``parent_ref`` (see ``registry.lineage.references``).

    The edge is *open* until what it names is mirrored: a page (``parent_model``, with
    ``parent_version`` where the reference names one) or bytes (``parent_artifact``). It counts all
    the same, because what we have not seen may forbid. ``retracted_at`` says since when the page
    no longer states it; the statement stays. Stated again, it leaves an ``EdgeLapse``.
    """

    child = models.ForeignKey(
        ModelVersion,
        on_delete=models.CASCADE,
        related_name="parent_edges",
        db_index=False,
        db_constraint=False,
    )
    parent_ref = models.TextField(db_collation="C")
    parent_model = models.ForeignKey(
        HubModel,
        on_delete=models.SET_NULL,
        null=True,
        related_name="child_edges",
        db_index=False,
        db_constraint=False,
    )
    parent_version = models.ForeignKey(
        ModelVersion,
        on_delete=models.SET_NULL,
        null=True,
        related_name="child_edges",
        db_index=False,
        db_constraint=False,
    )
    parent_artifact = models.ForeignKey(
        Artifact,
        on_delete=models.SET_NULL,
        null=True,
        related_name="child_edges",
        db_index=False,
        db_constraint=False,
    )
    relation = models.CharField(max_length=16, choices=RELATIONS)
    evidence = models.CharField(max_length=32, choices=EVIDENCE)
    grade = models.CharField(max_length=2, choices=GRADES)
    weight = models.FloatField(null=True)
    detail = models.TextField(default="")
    source = models.TextField(default="", help_text="Where it was read.")
    seen_at = models.DateTimeField()
    retracted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child", "parent_ref", "evidence", "relation"],
                name="one_edge_per_statement",
            ),
            models.CheckConstraint(
                condition=~Q(child=F("parent_version")), name="no_version_is_its_own_parent"
            ),
        ]
        indexes = [
            # A page-level edge stays here too: a revision it names may still arrive.
            models.Index(
                fields=["parent_ref"],
                condition=Q(parent_version__isnull=True, parent_artifact__isnull=True),
                name="open_edges_by_reference",
            ),
            models.Index(
                fields=["parent_model"],
                condition=Q(parent_model__isnull=False),
                name="edges_by_parent_model",
            ),
            models.Index(
                fields=["parent_version"],
                condition=Q(parent_version__isnull=False),
                name="edges_by_parent_version",
            ),
            models.Index(
                fields=["parent_artifact"],
                condition=Q(parent_artifact__isnull=False),
                name="edges_by_parent_artifact",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child} <- {self.parent_ref}"


class EdgeLapse(models.Model):
    """A time in which a page did not state an edge that it stated before and after."""

    edge = models.ForeignKey(LineageEdge, on_delete=models.CASCADE, related_name="lapses")
    retracted_at = models.DateTimeField()
    restated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.edge} lapsed from {self.retracted_at:%Y-%m-%d}"
