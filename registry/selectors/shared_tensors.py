"""Which other bytes hold the same tensors, component by component."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from registry.fingerprints.components import Component
from registry.fingerprints.packed_tensors import (
    LEAF_BYTES,
    CommonTensors,
    PackedComponent,
    tensors_in_common,
)
from registry.fingerprints.tensor_digests import DEFINITION, Form
from registry.models import ArtifactTensors
from registry.selectors.listings import Bytes

MOST_FILES = 5  # for one component: thousands share the usual VAE


@dataclass(frozen=True, slots=True)
class SharingFile:
    """Other bytes, and how much of each of our components they hold."""

    bytes: Bytes
    components: tuple[CommonTensors, ...]


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who shares a component; ``has_more``: further bytes do."""

    files: tuple[SharingFile, ...]
    has_more: bool


def tensors_of(sha256: str) -> tuple[PackedComponent, ...]:
    """Return what is kept of the tensors of some bytes; nothing if they were never read."""
    row = ArtifactTensors.objects.filter(artifact__sha256=sha256, definition=DEFINITION).first()
    return _unpacked(row) if row is not None else ()


def files_sharing(components: Sequence[PackedComponent], *, besides: str = "") -> Sharing:
    """Return which bytes hold one of ``components`` whole, in any form, one query a component.

    Those that share our largest component come first, and of them those of the fewest components:
    a VAE by itself tells more about a VAE than a thousand checkpoints do. What belongs to no
    component (noise schedules, which all checkpoints of a family have) counts only in a file that
    is nothing else. These bytes may be listed by a page that is not shown: what may be told of them
    is for ``registry.selectors.known_files`` to say.

    :param besides: the SHA-256 of bytes to leave out, those that are asked about
    """
    found: dict[Bytes, ArtifactTensors] = {}
    has_more = False
    for one in sorted(_telling(components), key=lambda part: -part.tensors):
        rows = list(
            ArtifactTensors.objects.filter(
                definition=DEFINITION, roots__overlap=list(one.roots.values())
            )
            .exclude(artifact__sha256=besides)
            .select_related("artifact")
            .order_by("components__len", "artifact__sha256")[: MOST_FILES + 1]
        )
        has_more = has_more or len(rows) > MOST_FILES
        for row in rows[:MOST_FILES]:
            found.setdefault(Bytes(row.artifact.pk, row.artifact.sha256), row)
    return Sharing(
        tuple(
            SharingFile(named, tensors_in_common(components, _unpacked(row)))
            for named, row in found.items()
        ),
        has_more=has_more,
    )


def _telling(components: Iterable[PackedComponent]) -> list[PackedComponent]:
    """Return the components by which a file can be known again."""
    whole = [one for one in components if one.tensors]
    named = [one for one in whole if one.component is not Component.MODEL]
    return named or whole


def _unpacked(row: ArtifactTensors) -> tuple[PackedComponent, ...]:
    ends = accumulate(row.tensor_counts, initial=0)
    spans = [slice(a * LEAF_BYTES, b * LEAF_BYTES) for a, b in pairwise(ends)]
    leaves, leaves_f16 = bytes(row.leaves), bytes(row.leaves_f16)
    roots = list(map(bytes, row.roots))
    return tuple(
        PackedComponent(
            component=Component(word),
            roots=dict(zip(Form, roots[number * len(Form) :], strict=False)),
            leaves=leaves[span],
            leaves_f16=leaves_f16[span],
        )
        for number, (word, span) in enumerate(zip(row.components, spans, strict=True))
    )
