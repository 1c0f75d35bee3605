"""Digests of what a file's tensors are, whatever file they stand in. Definition 1.

Everything is BLAKE3 with 32 bytes of output; ``derive(CONTEXT, x)`` is its key-derivation mode, so
that no two kinds below can be mistaken for each other. Integers are little-endian and unsigned.

content       BLAKE3 of a tensor's bytes as they stand in the file.
rounded       BLAKE3 of its numbers cast to F16 (or BF16) as ``float_rounding`` says, if it is
              F64, F32, BF16 or, to F16 only, F16; of any other type the content.
leaf          derive("keifu tensor 1 FORM", len8(name) name len8(dtype) dtype len8(shape) shape
              digest), where len8 is a length in 8 bytes (bytes, bytes, dimensions), name is UTF-8,
              every dimension takes 8 bytes, and FORM, dtype and digest are:
                bytes   the tensor's own type                           content
                f16     F16 for F64, F32, F16 and BF16, else its own    rounded to F16
                bf16    BF16 for F64, F32 and BF16, else its own        rounded to BF16
root          derive("keifu tensors 1 FORM", the leaves in ascending order).

``tensors1``, the *tensor digest*, is the root of all leaves of form ``bytes``, with names as in the
file: equal where names, shapes, types and bytes of all tensors are, whatever the header's order,
metadata and offsets. ``canonical1-f16`` and ``canonical1-bf16``, the *canonical* ones, are
the roots of the other two forms. A *component* (``components``) has a root of each form, over the
leaves of its tensors under their names inside it: a file that is nothing but a VAE has, for its one
component, the roots of that VAE in a checkpoint.

Casts and what they share (facts/provenance.md 3.4; the same was seen of torch's casts; "no" is of
numbers in general: a file of a wider type whose numbers all survive the cast shares both):

file and its cast                              canonical1-f16   canonical1-bf16
F64 and F32 of it                              yes              yes
F32, or F64, and F16 of it                     yes              no
F32, or F64, and BF16 of it                    no               yes
F16 and F32 of it                              yes              no: see below
F16 and BF16 of it                             no               no: see below
BF16 and F32 of it                             yes              yes (no number changes)
BF16 and F16 of it                             yes              no: see below
F32 and BF16 of F16 of it                      no               no: rounded twice, about one number
                                                                in sixteen ends on the other side
an 8-bit, 4-bit or quantised cast              no               no

So a cast is found if either agrees, but for one: F16 stands as it is in ``canonical1-bf16``. To
round it too would take the pass over an F16 file 2.6 CPU seconds a GB instead of 1.9, and below the
speed that it has to have (tests/benchmarks/digests.py), for a cast that is rare: BF16 has fewer
digits, and a range that no number of such a file needs. BF16 is often cast to F16, because many
processors have no BF16; so all floating-point types meet in ``canonical1-f16``.

Neither digest proves a cast: numbers that differ by less than F16 (BF16) can hold are the same in
it, and so is a fine-tune that moved none by more. Subnormal results are kept, what is
too large becomes infinity, every NaN that is rounded is one NaN. An integer tensor that a tool
casts to floating point (``position_ids``) changes the roots that it is in; other tensors' leaves
stay.

A later definition gets other names and contexts, and stands beside this one.
Pure Python: importing this module must never import Django.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from blake3 import blake3

from registry.fingerprints.components import Component, component_of
from registry.fingerprints.float_rounding import ROUNDINGS, Rounded

DEFINITION = 1


class Form(StrEnum):
    """As what a tensor's numbers are compared."""

    BYTES = "bytes"
    F16 = "f16"
    BF16 = "bf16"


ROUNDED: Mapping[Form, Rounded] = {Form.F16: Rounded.F16, Form.BF16: Rounded.BF16}


@dataclass(frozen=True, slots=True)
class TensorDigest:
    """One tensor, with a digest (32 bytes) of its content in every form."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    digests: Mapping[Form, bytes]

    def leaf(self, form: Form, *, name: str) -> bytes:
        """Return the leaf (32 bytes) of this tensor under a name."""
        to = ROUNDED.get(form)
        dtype = to.value if to in ROUNDINGS.get(self.dtype, ()) else self.dtype
        leaf = blake3(derive_key_context=f"keifu tensor {DEFINITION} {form.value}")
        for text in (name.encode("utf-8", "surrogatepass"), dtype.encode("utf-8", "surrogatepass")):
            leaf.update(_length(len(text)) + text)
        leaf.update(_length(len(self.shape)) + b"".join(map(_length, self.shape)))
        return leaf.update(self.digests[form]).digest()


@dataclass(frozen=True, slots=True)
class ComponentDigest:
    """One component: in every form its root and its tensors' leaves, 32 bytes each.

    Leaves stand in the same order in every form, that of the names.
    """

    component: Component
    roots: Mapping[Form, bytes]
    leaves: Mapping[Form, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class TensorDigests:
    """What a file's tensors are: all of them, by name, and its components, by their word."""

    tensors: tuple[TensorDigest, ...]
    components: tuple[ComponentDigest, ...]
    roots: Mapping[Form, bytes]


def tensor_digests(tensors: Iterable[TensorDigest]) -> TensorDigests:
    """Return the digests of a file that holds ``tensors``, whose names differ."""
    found = sorted(tensors, key=lambda tensor: tensor.name)
    parts: dict[Component, list[tuple[str, TensorDigest]]] = defaultdict(list)
    for tensor in found:
        component, name = component_of(tensor.name)
        parts[component].append((name, tensor))
    return TensorDigests(
        tensors=tuple(found),
        components=tuple(_component(part, parts[part]) for part in sorted(parts)),
        roots={
            form: _root(form, [tensor.leaf(form, name=tensor.name) for tensor in found])
            for form in Form
        },
    )


def _component(component: Component, named: Sequence[tuple[str, TensorDigest]]) -> ComponentDigest:
    leaves = {form: tuple(tensor.leaf(form, name=name) for name, tensor in named) for form in Form}
    roots = {form: _root(form, leaves[form]) for form in Form}
    return ComponentDigest(component, roots, leaves)


def _root(form: Form, leaves: Iterable[bytes]) -> bytes:
    root = blake3(derive_key_context=f"keifu tensors {DEFINITION} {form.value}")
    return root.update(b"".join(sorted(leaves))).digest()


def _length(count: int) -> bytes:
    return count.to_bytes(8, "little")
