"""Which other bytes hold the same tensors, component by component."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from registry.fingerprints.components import Component
from registry.fingerprints.packed_tensors import LEAF_BYTES, PackedComponent
from registry.fingerprints.tensor_digests import DEFINITION, Form
from registry.models import ArtifactTensors

MAX_SHARING = 50  # artifacts; thousands share the usual VAE


class SharedComponent(NamedTuple):
    """A component that other bytes hold as well, perhaps as another one (a VAE alone is "other").

    ``form``: the strictest in which all of its tensors are equal.
    """

    sha256: str
    component: Component
    other_component: Component
    form: Form
    tensors: int


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who shares components, by SHA-256; ``has_more``: further bytes do."""

    found: tuple[SharedComponent, ...]
    has_more: bool


def tensors_of(sha256: str) -> tuple[PackedComponent, ...]:
    """Return what is kept of the tensors of some bytes; nothing if they were never read."""
    row = ArtifactTensors.objects.filter(artifact__sha256=sha256, definition=DEFINITION).first()
    return _unpacked(row) if row is not None else ()


def sharing_components(components: Sequence[PackedComponent], *, besides: str = "") -> Sharing:
    """Return which bytes hold one of ``components`` whole, in any form.

    These bytes may be listed by a page that is not shown: ask ``registry.selectors.answers``, by
    SHA-256, about what may be told of them.

    :param besides: the SHA-256 of bytes to leave out, those that are asked about
    """
    roots = [root for one in components for root in one.roots.values()]
    if not roots:
        return Sharing((), has_more=False)
    rows = list(
        ArtifactTensors.objects.filter(definition=DEFINITION, roots__overlap=roots)
        .exclude(artifact__sha256=besides)
        .order_by("artifact__sha256")
        .values_list("artifact__sha256", "components", "roots")[: MAX_SHARING + 1]
    )
    shared = [
        shared
        for sha256, words, kept in rows[:MAX_SHARING]
        for shared in _shared(sha256, components, _places(words, kept))
    ]
    return Sharing(tuple(shared), has_more=len(rows) > MAX_SHARING)


def _places(
    words: Sequence[str], roots: Iterable[bytes | memoryview]
) -> Mapping[bytes, tuple[Component, Form]]:
    """Return of which component, in which form, each root is."""
    named = [(Component(word), form) for word in words for form in Form]
    return dict(zip(map(bytes, roots), named, strict=True))


def _shared(
    sha256: str,
    ours: Sequence[PackedComponent],
    places: Mapping[bytes, tuple[Component, Form]],
) -> Iterator[SharedComponent]:
    for one in ours:
        matching = [places[root] for root in one.roots.values() if root in places]
        if matching:  # forms stand with the strictest first
            other, form = matching[0]
            yield SharedComponent(sha256, one.component, other, form, one.tensors)


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
