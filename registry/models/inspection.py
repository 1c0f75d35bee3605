"""What is to be read of bytes at a hub, and what a file's own header was found to say.

The registry holds the requests, ``hub_sync`` fulfils them (house.md H13). A header speaks for the
bytes, so it is valid on every page that lists them; what it says of parents is spread over those
pages' edges (``registry.services.header_edges``).
"""

from django.db import models
from django.db.models import Q

from registry.models.artifact import Artifact
from registry.models.claims import EVIDENCE, GRADES, RELATIONS
from registry.models.hub_model import Hub


class Wanted(models.TextChoices):
    """What somebody wants of bytes."""

    HEADER = "header", "What the file says of itself"


class FetchState(models.TextChoices):
    """How far a request is."""

    WAITING = "waiting", "Waiting, or being fetched under a lease"
    DONE = "done", "Done"
    FAILED = "failed", "Given up"


class FetchRequest(models.Model):
    """Something to be read of bytes at a hub: the row is the queue, a message only a wake-up.

    Whoever fetches holds a lease until ``leased_until`` and writes back only while
    ``lease_token`` is still his (facts/infra.md section 6); an expired lease is taken over.
    """

    artifact = models.ForeignKey(
        Artifact, on_delete=models.CASCADE, related_name="fetches", db_constraint=False
    )
    wanted = models.CharField(max_length=16, choices=Wanted.choices)
    hub = models.CharField(max_length=32, choices=Hub.choices, help_text="Where it is read.")
    state = models.CharField(
        max_length=16, choices=FetchState.choices, default=FetchState.WAITING.value
    )
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="Not before this; moved by every failure.")
    attempts = models.PositiveIntegerField(default=0)
    lease_token = models.PositiveIntegerField(default=0, help_text="Counts the leases.")
    leased_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=64, default="", help_text="Of the last attempt.")
    failure = models.TextField(default="", help_text="Ours, never words out of the file.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["artifact", "wanted"], name="one_fetch_request_per_bytes_and_wish"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", finished_at__isnull=True)
                | (~Q(state="waiting") & Q(finished_at__isnull=False)),
                name="a_finished_fetch_says_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["hub", "due_at"], condition=Q(state="waiting"), name="waiting_fetches"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wanted} of {self.artifact}: {self.state}"


class HeaderInspection(models.Model):
    """What a version of our readers found in a file's header; the newest version stands.

    ``claims`` and ``findings`` are the public form (``registry.inspection.disclosure``). ``header``
    is restricted evidence: the bytes as they stood at the file's start, for the author and
    moderators; an erasure empties it.
    """

    artifact = models.ForeignKey(
        Artifact, on_delete=models.CASCADE, related_name="inspections", db_constraint=False
    )
    reader_version = models.PositiveIntegerField()
    read_at = models.DateTimeField()
    hub = models.CharField(max_length=32, choices=Hub.choices, help_text="Where it was read.")
    file_format = models.CharField(max_length=32)
    kind = models.CharField(max_length=64)
    family = models.CharField(max_length=64)
    role = models.CharField(max_length=64)
    tensors = models.JSONField(default=dict)
    claims = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    has_complete_recipe = models.BooleanField(default=False)
    header_sha256 = models.CharField(max_length=64)
    header = models.BinaryField(help_text="zstd-compressed; empty after an erasure.")
    bytes_read = models.PositiveBigIntegerField(help_text="From the hub, in all requests.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["artifact", "reader_version"], name="one_inspection_per_reader_version"
            ),
        ]
        indexes = [models.Index(fields=["read_at"], name="inspection_by_reading")]

    def __str__(self) -> str:
        return f"{self.file_format} header of {self.artifact}"


class HeaderStatement(models.Model):
    """A header says what was made from ``parent_ref``: its own file, or one it was made from.

    ``child_ref`` is empty for the file itself. A header may say anything about other people's
    files, so what it says of them counts only for those who build on it, and only while nobody
    mirrored those files (``registry.selectors.told_ancestry``).
    """

    inspection = models.ForeignKey(
        HeaderInspection, on_delete=models.CASCADE, related_name="statements"
    )
    child_ref = models.TextField(db_collation="C", default="")
    parent_ref = models.TextField(db_collation="C")
    relation = models.CharField(max_length=16, choices=RELATIONS)
    evidence = models.CharField(max_length=32, choices=EVIDENCE)
    grade = models.CharField(max_length=2, choices=GRADES)
    weight = models.FloatField(null=True)
    detail = models.TextField(default="")
    source = models.TextField(default="", help_text="Which key of the header.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["inspection", "child_ref", "parent_ref", "evidence", "relation"],
                name="one_header_statement_each",
            ),
        ]
        indexes = [
            models.Index(
                fields=["child_ref"], condition=~Q(child_ref=""), name="told_ancestry_by_child"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_ref or self.inspection.artifact} <- {self.parent_ref}"
