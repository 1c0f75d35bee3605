"""Digests of a file's tensors as they are kept and compared: by component, leaves cut short.

Pure Python: importing this module must never import Django.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from registry.fingerprints.components import Component
from registry.fingerprints.tensor_digests import Form, TensorDigests

# Of 32. Nobody can be made to take one tensor for a given other (2**128); who makes both files can
# find two (2**64), and fools nobody but about his own. Roots are kept whole.
LEAF_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedComponent:
    """One component: its roots (32 bytes), and its tensors' leaves one after another.

    ``leaves`` are of form ``bytes``, ``leaves_f16`` of form ``f16``, in the same order.
    """

    component: Component
    roots: Mapping[Form, bytes]
    leaves: bytes
    leaves_f16: bytes

    @property
    def tensors(self) -> int:
        """Return how many tensors it has."""
        return len(self.leaves) // LEAF_BYTES


class WholeComponent(NamedTuple):
    """A component of another file that is one of ours: the strictest form in which it is.

    ``component`` may be of another name: a VAE alone is a "model".
    """

    form: Form
    component: Component


@dataclass(frozen=True, slots=True)
class CommonTensors:
    """How many of a component's tensors another file holds, under the same name in a component.

    ``same_bytes``: with the same type and bytes. ``same_rounded``: with the same numbers in F16,
    those included. ``whole``: where the other file holds all of it. ``theirs``: how many tensors
    the other file has in a component of the same name.
    """

    component: Component
    tensors: int
    same_bytes: int
    same_rounded: int
    whole: WholeComponent | None
    theirs: int


def pack_tensors(digests: TensorDigests) -> tuple[PackedComponent, ...]:
    """Return what is kept of a file's tensors."""
    return tuple(
        PackedComponent(
            component=one.component,
            roots=one.roots,
            leaves=b"".join(leaf[:LEAF_BYTES] for leaf in one.leaves[Form.BYTES]),
            leaves_f16=b"".join(leaf[:LEAF_BYTES] for leaf in one.leaves[Form.F16]),
        )
        for one in digests.components
    )


def tensors_in_common(
    ours: Sequence[PackedComponent], theirs: Sequence[PackedComponent]
) -> tuple[CommonTensors, ...]:
    """Return, for each of our components, how much of it another file holds.

    Where a VAE was swapped, all tensors of the UNet and of the text encoder are in common, and
    none or few of the VAE's.
    """
    leaves = set(chain.from_iterable(_split(one.leaves) for one in theirs))
    rounded = set(chain.from_iterable(_split(one.leaves_f16) for one in theirs))
    counts = {one.component: one.tensors for one in theirs}
    whole = {root: one.component for one in theirs for root in one.roots.items()}
    return tuple(
        CommonTensors(
            component=one.component,
            tensors=one.tensors,
            same_bytes=sum(leaf in leaves for leaf in _split(one.leaves)),
            same_rounded=sum(leaf in rounded for leaf in _split(one.leaves_f16)),
            whole=_whole(one, whole),
            theirs=counts.get(one.component, 0),
        )
        for one in ours
    )


def _whole(
    one: PackedComponent, theirs: Mapping[tuple[Form, bytes], Component]
) -> WholeComponent | None:
    strictest = (form for form in Form if (form, one.roots[form]) in theirs)
    form = next(strictest, None)
    return WholeComponent(form, theirs[form, one.roots[form]]) if form else None


def _split(leaves: bytes) -> Iterator[bytes]:
    return (leaves[at : at + LEAF_BYTES] for at in range(0, len(leaves), LEAF_BYTES))
