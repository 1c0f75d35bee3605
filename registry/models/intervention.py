"""What an operator did about a page or bytes at somebody's request."""

from django.db import models
from django.db.models import Q


class InterventionKind(models.TextChoices):
    """How far an intervention goes."""

    SUPPRESS = "suppress", "Not shown"
    ERASE = "erase", "Erased"
    DISPUTE = "dispute", "Disputed"


class Intervention(models.Model):
    """An operator's act on a subject; its reason stands in the audit log.

    ``subject`` is a reference (``civitai:123``, ``huggingface:org/name``, ``sha256:...``). An
    ``erase`` is a tombstone: it is never lifted and outlives every later mirror run.
    """

    kind = models.CharField(max_length=16, choices=InterventionKind.choices)
    subject = models.CharField(max_length=300)
    made_by = models.CharField(max_length=255)
    made_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(lifted_at__isnull=True),
                name="one_standing_intervention_per_kind_and_subject",
            ),
            models.CheckConstraint(
                condition=~Q(kind="erase") | Q(lifted_at__isnull=True),
                name="an_erasure_is_never_lifted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
