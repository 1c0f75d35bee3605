"""A file's header, read by every dialect that we know.

One file a dialect; a new one is a function in ``READERS``, or a ``Dialect`` in ``merge_header`` if
it fills ``sd_merge_recipe``. Pure Python: importing this module must never import Django.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from registry.lineage.recipes.comfy import read_comfy_header
from registry.lineage.recipes.gguf import read_gguf
from registry.lineage.recipes.kohya import read_kohya
from registry.lineage.recipes.mecha import read_mecha_header
from registry.lineage.recipes.merge_header import read_merge_header
from registry.lineage.recipes.modelspec import read_modelspec
from registry.lineage.recipes.recipe import Recipe, joined
from registry.lineage.recipes.supermerger import read_lora_merge


class HeaderReader(Protocol):
    """Reads one dialect; returns an empty recipe where the header is of another."""

    def __call__(self, metadata: Mapping[str, Any], *, source: str) -> Recipe:
        """Return the parents in ``metadata``. Never raises."""


READERS: tuple[HeaderReader, ...] = (
    read_merge_header,
    read_lora_merge,
    read_mecha_header,
    read_comfy_header,
    read_kohya,
    read_modelspec,
    read_gguf,
)


def read_header(metadata: Mapping[str, Any], *, source: str) -> Recipe:
    """Return the parents that any dialect finds in ``metadata``. Never raises.

    ``metadata``: the ``__metadata__`` of a safetensors file or the keys of a GGUF file, as given.
    Complete if every dialect that finds anything is: a merger's words, copied beside a trainer's,
    do not make up for what either leaves out.
    """
    return joined([reader(metadata, source=source) for reader in READERS])
