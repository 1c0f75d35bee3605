"""What hubs sent us verbatim, how far a walk got, and what could not be read or found."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class PayloadKind(models.TextChoices):
    """Which answer of a hub a payload is."""

    MODEL = "model", "Civitai model"
    ITEM = "item", "Hugging Face list item"
    INFO = "info", "Hugging Face model info with blobs"
    CARD = "card", "Hugging Face README.md"
    MERGEKIT = "mergekit", "Hugging Face mergekit_config.yml"


class HubPayload(models.Model):
    """The last answer of a kind that said something new about a page, kept verbatim.

    ``body_sha256`` is the digest of the bytes as they came; ``content_sha256`` leaves out the
    counters that move every day (``hub_sync.payloads.contents``), so popularity writes nothing.
    Erasing a page deletes its payloads in the same transaction (``hub_sync.services.erasure``).
    """

    hub = models.CharField(max_length=32)
    kind = models.CharField(max_length=16, choices=PayloadKind.choices)
    external_id = models.CharField(max_length=255)
    body_sha256 = models.CharField(max_length=64)
    content_sha256 = models.CharField(max_length=64)
    body = models.BinaryField(
        help_text="The bytes as received, zstd-compressed; empty where they spell what was erased."
    )
    revision = models.CharField(
        max_length=64, default="", help_text="The commit it was read at (Hugging Face)."
    )
    is_current = models.BooleanField(
        default=True,
        help_text="The page stands as this answer says; false once the hub said something else.",
    )
    received_at = models.DateTimeField()

    content_digest_columns = ("hub", "external_id", "kind", "content_sha256", "is_current")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hub", "external_id", "kind"], name="one_payload_per_page_and_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.hub}:{self.external_id}"


class WalkPhase(models.TextChoices):
    """What a walk is doing; it passes through these in order."""

    LISTING = "listing", "Reading the listing"
    CHECKING = "checking", "Fetching by id what the listing did not show"
    SWEEPING = "sweeping", "Fetching by id what others refer to"
    FINISHED = "finished", "Finished"


class Walk(models.Model):
    """One reading of a whole hub, resumed by the next run until it is finished."""

    hub = models.CharField(max_length=32)
    base_url = models.TextField()
    phase = models.CharField(
        max_length=16, choices=WalkPhase.choices, default=WalkPhase.LISTING.value
    )
    is_full = models.BooleanField(help_text="Every payload is read again, changed or not.")
    next_cursor = models.TextField(default="", help_text="Opaque; empty: the first page.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hub"],
                condition=Q(finished_at__isnull=True),
                name="one_unfinished_walk_per_hub",
            ),
            models.CheckConstraint(
                condition=Q(phase="finished", finished_at__isnull=False)
                | (~Q(phase="finished") & Q(finished_at__isnull=True)),
                name="a_finished_walk_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"walk of {self.hub} since {self.started_at:%Y-%m-%d %H:%M}"


class WalkPage(models.Model):
    """The ids one step of a walk saw; deleted when the walk is finished."""

    walk = models.ForeignKey(Walk, on_delete=models.CASCADE, related_name="pages")
    number = models.PositiveIntegerField()
    cursor_sha256 = models.CharField(
        max_length=64, default="", help_text="Of the cursor a listing was read with."
    )
    seen = ArrayField(models.TextField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["walk", "number"], name="walk_pages_are_numbered"),
            models.UniqueConstraint(
                fields=["walk", "cursor_sha256"],
                condition=~Q(cursor_sha256=""),
                name="a_walk_reads_no_cursor_twice",
            ),
        ]

    def __str__(self) -> str:
        return f"page {self.number} of {self.walk}"


class QuarantinedItem(models.Model):
    """An item of a hub that could not be read; tried again on every run, deleted when it can."""

    hub = models.CharField(max_length=32)
    external_id = models.CharField(max_length=255)
    reason = models.TextField()
    payload_sha256 = models.CharField(max_length=64, default="")
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="When the reason or the payload last differed.")

    content_digest_columns = ("hub", "external_id", "payload_sha256", "reason")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hub", "external_id"], name="one_quarantine_row_per_item"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hub}:{self.external_id}: {self.reason}"


class Absence(models.Model):
    """A reference somebody makes to something that the hub, asked by id, does not have."""

    hub = models.CharField(max_length=32)
    reference = models.TextField()
    outcome = models.CharField(max_length=16, help_text="A page state, or unlisted.")
    moved_to = models.CharField(max_length=255, default="")
    seen_at = models.DateTimeField()

    content_digest_columns = ("reference", "outcome", "moved_to")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="one_absence_per_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} is {self.outcome}"


class HubTraffic(models.Model):
    """What was read of one hub's files on one day, against the daily budget."""

    hub = models.CharField(max_length=32)
    day = models.DateField(help_text="In UTC.")
    requests = models.PositiveBigIntegerField(default=0)
    bytes_read = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hub", "day"], name="one_traffic_row_per_hub_and_day"),
        ]

    def __str__(self) -> str:
        return f"{self.hub} on {self.day:%Y-%m-%d}: {self.bytes_read} bytes"
