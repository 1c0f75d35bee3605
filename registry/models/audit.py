"""The append-only record of who did what (house.md H9)."""

from django.db import models


class AuditEvent(models.Model):
    """One thing somebody did.

    Holds text, never foreign keys, so the log outlives every row it mentions. ``hash`` covers the
    row and ``previous_hash``; a database trigger refuses updates and deletes.
    ``commitments`` are salted hashes of personal text kept apart in ``AuditText``.
    """

    event = models.CharField(max_length=64)
    actor = models.CharField(max_length=255)
    target = models.CharField(max_length=255)
    details = models.JSONField(default=dict)
    commitments = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["previous_hash"], name="the_audit_chain_never_forks"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.event} by {self.actor}"


class SubjectKey(models.Model):
    """The key under which one subject's personal text is kept; erasing destroys it."""

    subject = models.CharField(max_length=255, unique=True)
    key = models.BinaryField()

    def __str__(self) -> str:
        return self.subject


class AuditText(models.Model):
    """Personal text of an audit event, encrypted under its subject's key."""

    event = models.ForeignKey(AuditEvent, on_delete=models.PROTECT, related_name="texts")
    subject = models.CharField(max_length=255)
    field = models.CharField(max_length=64)
    ciphertext = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.field} of {self.event}"
