"""What tensors a file holds, by digests: no names, no other words of the file."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from registry.models.artifact import Artifact


class ArtifactTensors(models.Model):
    """The tensors of one artifact, under one definition (``registry.fingerprints.tensor_digests``).

    One row, not one a tensor: a checkpoint has 1,100 to 2,600, and nobody asks for a single one.
    ``components`` and ``tensor_counts`` belong together. ``roots`` holds, for each component in
    turn, its root of every form (bytes, f16, bf16). ``leaves`` and ``leaves_f16`` hold, component
    by component and in one order, the first 16 bytes of each tensor's leaf. Foreign keys are not
    checked by the database, for the reason given at ``registry.models.hub_model``.
    """

    pk = models.CompositePrimaryKey("artifact_id", "definition")
    artifact = models.ForeignKey(
        Artifact,
        on_delete=models.CASCADE,
        related_name="tensors",
        db_index=False,
        db_constraint=False,
    )
    definition = models.PositiveSmallIntegerField()
    components = ArrayField(models.CharField(max_length=16))
    tensor_counts = ArrayField(models.PositiveIntegerField())
    roots = ArrayField(models.BinaryField())
    leaves = models.BinaryField()
    leaves_f16 = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(components__len=F("tensor_counts__len"))
                & Q(roots__len=F("components__len") * 3),
                name="every_component_has_a_count_and_three_roots",
            ),
            models.CheckConstraint(
                condition=Q(Exact(Length("leaves"), Length("leaves_f16"))),
                name="every_tensor_has_a_leaf_of_both_forms",
            ),
        ]
        # Rows are few and come one by one; a list of pending entries would slow every question.
        indexes = [
            GinIndex(fields=["roots"], name="artifact_tensors_by_root", fastupdate=False),
        ]

    def __str__(self) -> str:
        return f"tensors of artifact {self.artifact_id}"
