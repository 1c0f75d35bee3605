"""The rights of everything mirrored, as of an epoch (house.md H10).

A row of rights is a few words of bits (``registry.rights.answers``); models share rows, so a chunk
holds the codes of 512 models' rows.
"""

from django.db import models


class RightsEpoch(models.Model):
    """One computation of all rights; its primary key is the epoch's number.

    ``seen`` digests how far the tables and rules went that it was computed from: while they go no
    further, the epoch is the newest there can be.
    """

    layout = models.CharField(max_length=16, help_text="Which bit stands for what.")
    seen = models.CharField(max_length=64)
    computed_at = models.DateTimeField()
    models_count = models.PositiveIntegerField()
    cyclic_count = models.PositiveIntegerField(help_text="Models that are their own ancestors.")
    chunks_written = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"epoch {self.pk}"


class RightsRow(models.Model):
    """One distinct row of rights; a code never stands for another row."""

    code = models.IntegerField(primary_key=True)
    layout = models.CharField(max_length=16)
    words = models.BinaryField(help_text="64-bit words, little endian.")

    def __str__(self) -> str:
        return f"row {self.code}"


class RightsKind(models.TextChoices):
    """What a chunk's numbers are primary keys of."""

    VERSION = "version", "Version"
    PAGE = "page", "Page"  # one that is a model of its own; others are their newest version
    ARTIFACT = "artifact", "Bytes"


class RightsChunk(models.Model):
    """The codes of 512 neighbours: number ``n`` is in chunk ``n // 512``.

    They stay in the row as they are (the migration says so): they are just long enough for the
    server to compress them and to move them out, which takes longer than writing them.
    """

    pk = models.CompositePrimaryKey("kind", "number")
    kind = models.CharField(max_length=8, choices=RightsKind.choices)
    number = models.IntegerField()
    codes = models.BinaryField(help_text="512 codes of 32 bits, little endian; 0: nobody.")
    epoch = models.BigIntegerField(help_text="The epoch that last changed it.")

    def __str__(self) -> str:
        return f"{self.kind} chunk {self.number}"
