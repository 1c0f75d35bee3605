"""Rank and alpha that a trainer's header states, against the shapes of an adapter's factors.

Pure Python: importing this module must never import Django.
"""

import json
from collections.abc import Iterator

from registry.fingerprints.architecture_values import AdapterDetails, Architecture
from registry.fingerprints.model_file import FileFacts, FileFinding
from registry.inspection.page_words import quoted

_LONGEST_NUMBER = 9  # digits
_LONGEST_ARGUMENTS = 10_000  # characters
_MOST_SHOWN = 5


def adapter_contradictions(facts: FileFacts, shown: Architecture) -> Iterator[FileFinding]:
    """Yield where ss_network_dim or ss_network_alpha and the tensors differ."""
    if shown.adapter is None:
        return
    yield from _rank(facts, shown.adapter)
    yield from _alpha(facts, shown.adapter)


def _rank(facts: FileFacts, adapter: AdapterDetails) -> Iterator[FileFinding]:
    said = facts.metadata.get("ss_network_dim", "")
    number = _number(said)
    if not number or number in adapter.ranks:
        return
    if not adapter.ranks:
        yield FileFinding(
            "adapter_rank_cannot_be_told",
            f"The header's ss_network_dim is {quoted(said)}; the tensors' shapes show no rank.",
        )
        return
    ranks = sorted(adapter.ranks, key=lambda rank: -adapter.ranks[rank])[:_MOST_SHOWN]
    more = " and others" if len(adapter.ranks) > _MOST_SHOWN else ""
    yield FileFinding(
        "adapter_rank_differs",
        f"The header's ss_network_dim is {quoted(said)}; the shapes of the tensors show rank "
        f"{', '.join(map(str, ranks))}{more}{_convolution(facts)}.",
    )


def _alpha(facts: FileFacts, adapter: AdapterDetails) -> Iterator[FileFinding]:
    said = facts.metadata.get("ss_network_alpha", "")
    if (
        _number(said.partition(".")[0])
        and not adapter.stores_alpha
        and "lora" in adapter.algorithms
    ):
        yield FileFinding(
            "adapter_alpha_not_stored",
            f"The header's ss_network_alpha is {quoted(said)}; the file stores no alpha, so a "
            "program that loads it takes the rank instead.",
        )


def _convolution(facts: FileFacts) -> str:
    """Return what the trainer's arguments say of the rank of convolutions, if anything."""
    text = facts.metadata.get("ss_network_args", "")
    try:
        said = json.loads(text) if len(text) < _LONGEST_ARGUMENTS else None
    except (ValueError, RecursionError):
        return ""
    rank = _number(str(said.get("conv_dim", ""))) if isinstance(said, dict) else 0
    return f" (its ss_network_args state {rank} for convolutions)" if rank else ""


def _number(text: str) -> int:
    """Return a positive whole number; 0 for anything else."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else 0
