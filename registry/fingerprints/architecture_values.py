"""What can be said of a file's architecture: the values that ``architecture_of`` returns.

Pure Python: importing this module must never import Django.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from registry.fingerprints.architecture_rules import UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A part of a file: ``name`` is a word of ours (denoiser, vae, text_encoder, ...).

    ``size_bytes`` adds up the tensors whose size is known. ``dtypes``: parameters by dtype.
    """

    name: str
    tensors: int
    parameters: int
    size_bytes: int
    dtypes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterDetails:
    """How an adapter is built.

    ``algorithms``: modules by algorithm; ``ranks``: modules by rank, as their shapes show it;
    ``parts``: modules by the part of the model they change; ``convolutions``: modules that change
    a convolution wider than one pixel. The value of alpha is inside a tensor: only whether it is
    stored can be told.
    """

    algorithms: Mapping[str, int]
    ranks: Mapping[int, int]
    parts: Mapping[str, int]
    modules: int
    convolutions: int
    is_decomposed: bool  # DoRA
    stores_alpha: bool
    written_as: str  # kohya | peft | diffusers | gguf

    @property
    def rank(self) -> int:
        """Return the rank of most modules; 0 where none shows one."""
        return max(self.ranks, key=lambda rank: (self.ranks[rank], rank), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """What a file is, as its tensors' names and shapes show it.

    ``kind``, ``family`` and ``role`` are ``unknown`` where nothing decides. ``alternatives``:
    further families that the same names and shapes fit; with ``family`` unknown, all that fit.
    ``because``: the tensors that decided; ``notes``: what cannot be told. ``quantization``: how
    weights are packed. ``touches_likeness`` is for moderators only (house.md H12).
    """

    kind: str = UNKNOWN
    family: str = UNKNOWN
    role: str = UNKNOWN
    variants: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    signature: str = ""
    adapter: AdapterDetails | None = None
    components: tuple[Component, ...] = ()
    parameters: int = 0
    dtypes: Mapping[str, int] = field(default_factory=dict)
    quantization: tuple[str, ...] = ()
    touches_likeness: bool = False

    @property
    def possible_families(self) -> frozenset[str]:
        """Return every family that fits; empty where nothing is known."""
        return frozenset({self.family, *self.alternatives} - {UNKNOWN})

    @property
    def is_firm(self) -> bool:
        """Return whether exactly one family fits."""
        return self.family != UNKNOWN and not self.alternatives
