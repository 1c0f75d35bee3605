"""Model pages, their versions and their states, as hubs publish them.

No foreign key of a mirrored table is checked by the database: a check locks and rewrites the
parent's row, one child at a time, and took a fifth of the time of writing. What holds instead:
one writer at a time (``registry.services.locks``) writes a child after its parent, in one
transaction, and no parent is ever deleted. Every integration test ends by looking for orphans
(``tests/factories/orphans.py``).
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Upper

from registry.snapshots import PageState

STATES = [(state.value, state.value.replace("_", " ")) for state in PageState]


class Hub(models.TextChoices):
    """Where a page comes from."""

    CIVITAI = "civitai", "Civitai"
    HUGGING_FACE = "huggingface", "Hugging Face"
    SAMPLE = "sample", "Sample catalogue"


class HubModel(models.Model):
    """One model page on one hub (a Civitai model, a Hugging Face repository).

    ``depicts_person`` and ``depicts_minor`` are restricted evidence: they keep a page out of
    search, facets, feeds and lists, and are shown to nobody but moderators (house.md H12).
    """

    # Keys are compared byte by byte, as references are: "C" lets one index serve both.
    hub = models.CharField(max_length=32, choices=Hub.choices, db_collation="C")
    hub_model_id = models.CharField(
        max_length=255, db_collation="C", help_text="Civitai id or Hugging Face repo id."
    )
    name = models.TextField()
    url = models.TextField()
    author = models.TextField(default="")
    model_type = models.TextField(default="")
    description = models.TextField(default="")
    description_format = models.CharField(max_length=16, default="html")
    tags = ArrayField(models.TextField(), default=list)
    state = models.CharField(max_length=16, choices=STATES, default=PageState.LISTED.value)
    moved_to = models.CharField(
        max_length=255, default="", help_text="hub_model_id after a rename."
    )
    is_nsfw = models.BooleanField(default=False)
    depicts_person = models.BooleanField(default=False)
    depicts_minor = models.BooleanField(default=False)
    is_checkpoint = models.BooleanField(default=True)
    looks_merged = models.BooleanField(default=False)
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="When a reading of the page last differed.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hub", "hub_model_id"], name="one_row_per_hub_page"),
        ]
        indexes = [
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="hub_model_name_trigrams"),
            models.Index(Upper("hub_model_id"), name="hub_model_by_id_in_any_case"),
            models.Index(fields=["changed_at"], name="hub_model_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.hub}:{self.hub_model_id}"


class StateChange(models.Model):
    """A page entered a state; never edited, the reason is unknown unless somebody stated it."""

    hub_model = models.ForeignKey(
        HubModel, on_delete=models.CASCADE, related_name="state_changes", db_constraint=False
    )
    state = models.CharField(max_length=16, choices=STATES)
    moved_to = models.CharField(max_length=255, default="")
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.hub_model} became {self.state} ({self.seen_at:%Y-%m-%d})"


class ModelVersion(models.Model):
    """One published version of a page (a Civitai version, a Hugging Face revision)."""

    hub_model = models.ForeignKey(
        HubModel,
        on_delete=models.CASCADE,
        related_name="versions",
        db_index=False,
        db_constraint=False,
    )
    hub_version_id = models.CharField(max_length=255, db_collation="C")
    name = models.TextField()
    description = models.TextField(default="")
    base_model = models.TextField(default="", help_text="Civitai's base label.")
    published_at = models.DateTimeField(null=True)
    has_complete_recipe = models.BooleanField(default=False)
    first_seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hub_model", "hub_version_id"], name="one_row_per_hub_version"
            ),
        ]
        indexes = [models.Index(fields=["hub_version_id"], name="model_version_by_hub_id")]

    def __str__(self) -> str:
        return f"{self.hub_model}@{self.hub_version_id}"
