"""Bytes, and the places where hubs list them."""

from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from registry.models.hub_model import ModelVersion


def _bytes_of_hex(text: F) -> Func:
    return Func(text, Value("hex"), function="decode")


def _hex_of_bytes(data: Func) -> Func:
    return Func(data, Value("hex"), function="encode", output_field=CharField())


class Artifact(models.Model):
    """A file's bytes, named by their SHA-256; re-uploads share one row."""

    sha256 = models.CharField(max_length=64, db_collation="C")
    size_bytes = models.PositiveBigIntegerField(
        null=True, help_text="Null: no hub says. The largest, where listings disagree."
    )

    class Meta:
        constraints = [
            # Not unique=True: Django would add a second index for LIKE, which C makes useless.
            # It covers the key, so that a look-up reads the index alone.
            models.UniqueConstraint(fields=["sha256"], include=["id"], name="one_row_per_sha256"),
            # Not a regular expression: that took a tenth of the time of writing a page.
            models.CheckConstraint(
                condition=Q(sha256=_hex_of_bytes(_bytes_of_hex(F("sha256"))))
                & Q(Exact(Length("sha256"), 64)),
                name="artifact_sha256_is_lower_case_hex",
            ),
        ]

    def __str__(self) -> str:
        return f"sha256:{self.sha256[:12]}"


class ArtifactDigest(models.Model):
    """Another digest of an artifact, as some listing gave it, or as we made it of the bytes.

    Two values of one kind mean that one listing errs.
    AutoV2 has no rows: it is the first ten characters of the SHA-256. Half of all mirrored rows
    are these. Values are only ever asked for whole, so their index is a hash: half the price of a
    B-tree, as values arrive in no order; one B-tree that served as key and for values, or a GIN
    over an array of the artifact's digests, costs as much to write as key and hash together.
    Foreign keys are not checked by the database, for the reason given at
    ``registry.models.hub_model``.
    """

    pk = models.CompositePrimaryKey("artifact_id", "algorithm", "value")
    artifact = models.ForeignKey(
        Artifact,
        on_delete=models.CASCADE,
        related_name="digests",
        db_index=False,
        db_constraint=False,
    )
    algorithm = models.CharField(max_length=16)
    value = models.CharField(max_length=64, db_collation="C")

    class Meta:
        indexes = [HashIndex(fields=["value"], name="artifact_digest_by_value")]

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"


class ModelFile(models.Model):
    """One file listed by one version; ``artifact`` is empty where the hub gives no SHA-256.

    A hub that puts other bytes under the same id adds a row: what was listed before stays.
    Foreign keys are not checked by the database, for the reason given at
    ``registry.models.hub_model``.
    """

    version = models.ForeignKey(
        ModelVersion,
        on_delete=models.CASCADE,
        related_name="files",
        db_index=False,
        db_constraint=False,
    )
    hub_file_id = models.TextField(help_text="Civitai file id; path in a Hugging Face repository.")
    filename = models.TextField()
    size_bytes = models.PositiveBigIntegerField(null=True)
    kind = models.TextField(default="")
    file_format = models.TextField(default="")
    is_primary = models.BooleanField(default=False)
    download_url = models.TextField(default="")
    artifact = models.ForeignKey(
        Artifact,
        on_delete=models.PROTECT,
        null=True,
        related_name="listings",
        db_constraint=False,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "hub_file_id", "artifact"],
                name="one_row_per_listed_file",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}/{self.filename}"
